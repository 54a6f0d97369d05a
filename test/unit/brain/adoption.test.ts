import assert from 'node:assert/strict';
import type { AdoptionToken } from '../../../daemon/channel.ts';
import { DOWN, UP, createRig, plan, round, router } from './brain-rig.ts';
import { activeInCompany, followingB, inCompany, peerPlan } from './peer-rig.ts';
import { skewTime } from '../../../vrrp/timers.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });
const ALONE = plan([router('r1')]);
const HELD = { address: '192.0.2.101', prefix: 24, family: 'ipv4', interface: 'eth0' } as const;
const TOKEN: AdoptionToken = { addresses: [HELD], routers: ['r1'], leftMs: 5000 };

/** Started with a token; its first words, and the peer. */
function begun(of = PAIR, adopt: AdoptionToken = TOKEN) {
  return inCompany(of, { adopt });
}

describe('adopting what a predecessor’s will holds (brain 6.4)', () => {
  it('waits for one check of every peer, and then is active with the same addresses', () => {
    const { rig } = begun();
    assert.deepEqual(rig.pass(90), []);
    assert.deepEqual(rig.pass(20), ['10 r1 advert 100', '10 r1 take', '10 adopted']);
    assert.equal(rig.instance.roleReason.code, 'adopted');
  });

  it('asks every peer first', () => {
    const rig = createRig(PAIR);
    rig.fact({ kind: 'start', transports: { r1: UP }, reason: { code: 'starting' }, adopt: TOKEN });
    const asked = rig.effects.flatMap((e) => (e.do === 'send' && e.message.type === 'request' ? [e.peer] : []));
    assert.deepEqual(asked, ['b']);
  });

  it('does so at once without peers: there is nobody to ask', () => {
    const rig = createRig(ALONE);
    const start = { kind: 'start', transports: { r1: UP }, reason: { code: 'starting' }, adopt: TOKEN } as const;
    assert.deepEqual(rig.fact(start), ['r1 advert 100', 'r1 take', 'adopted']);
  });

  it('lets the addresses go if a peer reports that it is active', () => {
    const { rig, b } = begun();
    b.says({ role: 'active' }, { standing: 'active', priority: 150 });
    assert.deepEqual(rig.pass(110), ['100 r1 drop', '100 adopted']);
    assert.equal(rig.instance.role, 'standby');
  });

  it('lets them go if they are not all there any more', () => {
    const { rig } = begun(PAIR, { ...TOKEN, addresses: [] });
    assert.deepEqual(rig.pass(110), ['100 r1 drop', '100 adopted']);
  });

  it('lets them go if somebody advertises', () => {
    const { rig } = begun();
    rig.hear('r1', 50, { from: '192.0.2.77' });
    assert.deepEqual(rig.pass(110), ['100 r1 drop', '100 adopted']);
  });

  it('lets them go if it may not be active itself', () => {
    const { rig } = begun();
    rig.transport('r1', { source: null });
    assert.deepEqual(rig.pass(110), ['100 r1 drop', '100 adopted']);
  });

  it('waits no longer than half of what is left of the token', () => {
    const { rig } = begun(PAIR, { ...TOKEN, leftMs: 60 });
    assert.deepEqual(
      rig.pass(40).map((line) => line.split(' ')[0]),
      ['30', '30', '30'],
    );
  });

  it('takes nothing by another way before that', () => {
    const { b } = begun();
    b.says({ role: 'active' }, { standing: 'active' });
    assert.deepEqual(b.says({ role: 'fault', eligible: false }, { standing: 'resigned' }), []);
  });

  it('is not done by a start without a token: it listens like everybody', () => {
    const { rig } = inCompany(PAIR);
    assert.deepEqual(rig.pass(DOWN - 10), []);
  });
});

describe('the first wait after the engine before resigned (brain 6.4)', () => {
  const SKEW = skewTime(3, 100, 1000);

  it('is Skew_Time where peers are configured and none reports that it is active', () => {
    const { rig } = inCompany(PAIR, { resigned: true });
    assert.deepEqual(rig.pass(SKEW - 5), []);
    assert.equal(rig.pass(10).at(-1), `${round(5)} r1 take`);
  });

  it('gives no role to whom a peer reports that it is active', () => {
    const { rig, b } = inCompany(PAIR, { resigned: true });
    b.says({ role: 'active' }, { standing: 'active', priority: 150 });
    assert.deepEqual(rig.pass(10_000), []);
  });

  it('is Master_Down without peers', () => {
    const { rig } = inCompany(ALONE, { resigned: true });
    assert.deepEqual(rig.pass(DOWN - 10), []);
    assert.equal(rig.pass(20).length, 2);
  });
});

describe('waking from a pause (brain 6.5)', () => {
  const wake = (rig: ReturnType<typeof begun>['rig'], lateMs: number): string[] => rig.fact({ kind: 'late', lateMs });

  it('of more than 2 × detection makes an active ask every peer on every path, and say nothing until then', () => {
    const two = plan([router('r1')], { peers: [peerPlan('b', '10.0.0.1', '10.1.0.1')] });
    const { rig } = activeInCompany(two);
    rig.now += 700;
    rig.wire = null;
    assert.deepEqual(wake(rig, 700), []);
    const asked = rig.effects.flatMap((e) => (e.do === 'send' && e.message.type === 'request' ? [e.path] : []));
    assert.deepEqual(asked, [0, 1]);
    assert.deepEqual(rig.pass(95), []);
    assert.ok(
      rig.pass(10).some((line) => line.endsWith('r1 advert 100')),
      'one check’s deadline is over',
    );
  });

  it('of less changes nothing', () => {
    const { rig } = activeInCompany(PAIR);
    rig.pass(1);
    rig.now += 500;
    wake(rig, 500);
    assert.equal(rig.router('r1').machine.listenUntil, Number.POSITIVE_INFINITY);
  });

  it('ends in standby if a peer reports that it is active, whatever the priority', () => {
    const { rig, b } = activeInCompany(PAIR);
    b.becomes({ role: 'active' }, { standing: 'active', priority: 1 });
    rig.now += 4000;
    const lines = wake(rig, 4000);
    assert.ok(lines.includes('r1 drop'), lines.join());
    assert.equal(rig.instance.role, 'standby');
    assert.ok(!lines.some((line) => line.includes('advert')));
  });

  it('ends in standby if another is heard, whatever the priority', () => {
    const { rig } = activeInCompany(PAIR);
    rig.now += 4000;
    wake(rig, 4000);
    assert.ok(rig.hear('r1', 1, { from: '192.0.2.77' }).includes('r1 drop'));
  });

  it('brings the role back in order: the better one asks for it', () => {
    const { rig, b } = activeInCompany({ ...PAIR, primary: true, routers: [router('r1', { priority: 200 })] });
    b.becomes({ role: 'active', primary: false }, { standing: 'active', priority: 100 });
    rig.now += 4000;
    wake(rig, 4000);
    assert.ok(rig.pass(2000).some((line) => line.endsWith('to b want')));
  });
});

describe('own lateness (brain 3.5)', () => {
  const beLate = (company: ReturnType<typeof followingB>, lateMs: number): void => {
    company.rig.fact({ kind: 'late', lateMs });
  };

  it('three times in a minute raises an alarm, and slows the judgement of peers', () => {
    const company = followingB(PAIR);
    const { rig } = company;
    for (let n = 0; n < 3; n++) {
      rig.pass(5000);
      beLate(company, 300);
    }
    assert.deepEqual(
      rig.instance.conditions.map((c) => c.name),
      ['lateChecks'],
    );
    // 4 × 300 ms at an interval of 100 ms.
    assert.match(rig.instance.conditions[0]!.detail, /after 12 missed checks of 100 ms/);
  });

  it('lets a peer be silent for the effective detection time before it is unhealthy', () => {
    const company = followingB(PAIR);
    const { rig, b } = company;
    for (let n = 0; n < 3; n++) {
      rig.pass(5000);
      beLate(company, 300);
    }
    b.silent();
    rig.schedule.length = 0;
    rig.pass(1100);
    assert.equal(rig.instance.peers[0]!.session.health, 'healthy');
    rig.pass(300);
    assert.equal(rig.instance.peers[0]!.session.health, 'unhealthy');
  });

  it('twice in a minute does not, nor lateness of half an interval or less', () => {
    const company = followingB(PAIR);
    for (const lateMs of [300, 300, 40, 50, 30]) {
      company.rig.pass(5000);
      beLate(company, lateMs);
    }
    assert.deepEqual(company.rig.instance.conditions, []);
  });

  it('within 10 × detection is one excuse', () => {
    const company = followingB(PAIR);
    for (let n = 0; n < 5; n++) {
      company.rig.pass(500);
      beLate(company, 300);
    }
    assert.deepEqual(company.rig.instance.conditions, []);
  });

  it('is forgotten after a minute: the judgement is as configured again', () => {
    const company = followingB(PAIR);
    const { rig, b } = company;
    for (let n = 0; n < 3; n++) {
      rig.pass(5000);
      beLate(company, 300);
    }
    rig.pass(61_000);
    assert.deepEqual(rig.instance.conditions, []);
    b.silent();
    rig.schedule.length = 0;
    rig.pass(420);
    assert.equal(rig.instance.peers[0]!.session.health, 'unhealthy');
  });
});
