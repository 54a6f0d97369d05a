import assert from 'node:assert/strict';
import { DOWN, type Rig, UP, conditions, plan, router, withoutAdverts } from './brain-rig.ts';
import { type Company, followingB, inCompany, peerPlan } from './peer-rig.ts';
import { moves, runningStack, stackPlans } from './stack-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });
const THREE = plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] });
const CLAIM = ['r1 advert 100', 'r1 take'];

describe('told by the active that it gave up (brain 4.2)', () => {
  const ends: readonly (readonly [string, (company: Company) => string[]])[] = [
    ['resigned', ({ b }) => b.says({ role: 'standby' }, { standing: 'resigned' })],
    ['became ineligible', ({ b }) => b.says({ role: 'fault', faults: ['x'] }, { standing: 'fault', eligible: false })],
    ['ended, by its last will', ({ b }) => b.dies()],
  ];
  for (const [what, happens] of ends) {
    it(`acts in the same tick when it ${what}`, () => {
      const company = followingB(PAIR);
      assert.deepEqual(happens(company), CLAIM);
      assert.equal(company.rig.instance.roleReason.code, 'peerGaveUp');
    });
  }

  it('by the next check, if the push was lost', () => {
    const { rig, b } = followingB(PAIR);
    b.becomes({ role: 'standby' }, { standing: 'resigned' });
    rig.schedule.length = 0;
    assert.deepEqual(rig.pass(100).length, 2);
    assert.equal(rig.instance.role, 'active');
  });

  it('is not what an active says that lost an election: it is fit and no more than a standby', () => {
    const { rig, b } = followingB(PAIR);
    assert.deepEqual(b.says({ role: 'standby' }, { standing: 'backup' }), []);
    assert.equal(rig.instance.role, 'standby');
  });

  it('is not what a standby says that becomes unfit', () => {
    const { rig, b } = inCompany(PAIR);
    rig.pass(100);
    assert.deepEqual(b.says({ role: 'fault', eligible: false }, { standing: 'fault', eligible: false }), []);
    assert.equal(rig.instance.role, 'starting');
  });

  it('moves nobody who is not fit', () => {
    const { rig, b } = followingB(PAIR);
    rig.transport('r1', { addressUp: false, source: null });
    assert.deepEqual(b.says({}, { standing: 'resigned' }), []);
    assert.equal(rig.instance.role, 'fault');
  });

  it('waits 20 ms for each standby that is known eligible and better', () => {
    const many = plan([router('r1')], { peers: ['b', 'c', 'd'].map((name) => peerPlan(name)) });
    const cases: readonly (readonly [number, boolean, number, string])[] = [
      [90, true, 80, '0 r1 take'],
      [150, true, 80, '20 r1 take'],
      [150, true, 140, '40 r1 take'],
      [150, false, 80, '0 r1 take'],
    ];
    for (const [priority, eligible, other, expected] of cases) {
      const { rig, b, c, d } = inCompany(many);
      b.says({ role: 'active' }, { standing: 'active', priority: 200 });
      c.says({ eligible }, { priority, eligible });
      d.says({}, { priority: other });
      rig.pass(500);
      const at = b.says({}, { standing: 'resigned' }).map((effect) => `0 ${effect}`);
      assert.deepEqual(
        [...at, ...rig.pass(100)].filter((line) => line.endsWith('take')),
        [expected],
      );
    }
  });

  it('takes nothing after that wait if another reports that it is active by then', () => {
    const { rig, b, c } = followingB(THREE);
    c.says({}, { priority: 150 });
    b.says({}, { standing: 'resigned' });
    rig.pass(10);
    c.says({ role: 'active' }, { standing: 'active' });
    assert.deepEqual(withoutAdverts(rig.pass(100)), []);
    assert.equal(rig.instance.role, 'standby');
  });

  it('takes nothing after that wait if another is heard by then, of whatever priority', () => {
    const { rig, b, c } = followingB(THREE);
    c.says({}, { priority: 150 });
    b.says({}, { standing: 'resigned' });
    rig.pass(10);
    rig.hear('r1', 50, { from: '192.0.2.77' });
    assert.deepEqual(withoutAdverts(rig.pass(100)), []);
  });

  it('takes over before the other has let its addresses go: the wire is never without them', () => {
    const stack = runningStack();
    stack.fact('a', { kind: 'transport', router: 'r1', transport: { ...UP, source: null, detail: 'no address' } });
    stack.pass(100);
    assert.deepEqual(
      moves(stack.log()).map((line) => line.slice(line.indexOf(' ') + 1)),
      ['a r1 advert 0', 'b r1 take', 'a r1 drop'],
    );
    assert.equal(stack.holders(), 'b');
  });
});

describe('fast: the active is unhealthy on all paths (brain 4.3)', () => {
  /** `b` was active and healthy, and says nothing more: no answer, no advert. */
  function gone(of = PAIR, priority = 200): Company {
    const company = followingB(of, priority);
    company.rig.pass(10_000);
    company.rig.schedule.length = 0;
    company.b.silent();
    return company;
  }

  it('calls once at the edge, adds no address, and claims when nobody answered within 2 ms at least', () => {
    const { rig } = gone();
    const lines = rig.pass(500);
    assert.deepEqual(
      lines.map((line) => line.slice(line.indexOf(' ') + 1)),
      ['r1 advert 100', ...CLAIM],
    );
    const [call, claim] = lines.map((line) => Number(line.split(' ')[0]));
    assert.equal(Math.round((claim! - call!) * 10) / 10, 2);
    assert.equal(rig.instance.roleReason.code, 'peerUnhealthy');
  });

  it('waits twice the worst round trip, 10 ms at most', () => {
    for (const [worst, wait] of [
      [3, 6],
      [12, 10],
    ] as const) {
      const { rig, b } = inCompany(PAIR);
      b.says({ role: 'active' }, { standing: 'active', priority: 200 });
      b.advertises(200);
      b.delayMs = 3;
      rig.pass(3000);
      b.delayMs = worst;
      rig.pass(100);
      b.silent();
      const [call, claim] = rig.pass(500).map((line) => Number(line.split(' ')[0]));
      assert.equal(Math.round((claim! - call!) * 10) / 10, wait, `round trip ${worst}`);
    }
  });

  it('takes nothing if the call is answered, raises a critical alarm, and leaves it to the timer', () => {
    const { rig, b } = gone();
    untilCall(rig);
    rig.pass(1);
    b.advertises(200);
    assert.deepEqual(withoutAdverts(rig.pass(DOWN - 10)), []);
    assert.deepEqual(
      conditions(rig).filter((c) => c.includes('Blocked')),
      ['b checksBlocked'],
    );
    assert.ok(rig.said().some((line) => line.startsWith('condition critical: b: the peer advertises')));
    rig.pass(20);
    assert.equal(rig.instance.role, 'active');
  });

  it('does not even call if an advert came since the first missed check', () => {
    const { rig, b } = gone();
    rig.pass(150);
    b.advertises(200);
    assert.deepEqual(rig.pass(500), []);
    assert.deepEqual(
      conditions(rig).filter((c) => c.includes('Blocked')),
      ['b checksBlocked'],
    );
  });

  it('is not disarmed by an advert from before the first missed check', () => {
    const { rig, b } = gone();
    b.advertises(200);
    rig.pass(500);
    assert.equal(rig.instance.role, 'active');
  });

  it('is not disarmed by the call of another standby', () => {
    const { rig, c } = gone(THREE);
    c.becomes({}, { priority: 90 });
    untilCall(rig);
    rig.pass(1);
    c.advertises(90);
    rig.pass(50);
    assert.equal(rig.instance.role, 'active');
  });

  it('forgets the alarm when the peer answers again', () => {
    const { rig, b } = gone();
    rig.pass(150);
    b.advertises(200);
    rig.pass(500);
    b.answers.fill(true);
    rig.pass(500);
    assert.deepEqual(
      conditions(rig).filter((c) => c.includes('Blocked')),
      [],
    );
  });

  it('is one-shot: armed again only after 10 s of health', () => {
    const { rig, b } = gone();
    b.keepsAdvertising(200);
    // It fell silent, but advertises: fired once.
    rig.pass(1000);
    const falls = (healthyMs: number): string[] => {
      b.answers.fill(true);
      rig.pass(1000 + healthyMs);
      const advertising = rig.schedule.splice(0);
      b.silent();
      const effects = withoutAdverts(rig.pass(500)).concat(rig.instance.role);
      rig.schedule.push(...advertising.map((item) => ({ ...item, at: rig.now })));
      return effects;
    };
    assert.deepEqual(falls(5000), ['standby']);
    assert.equal(falls(10_000).at(-1), 'active');
  });

  it('does nothing about a peer that was no active by its newest report', () => {
    const { rig, b } = followingB(PAIR);
    b.says({ role: 'standby' }, { standing: 'backup' });
    rig.schedule.length = 0;
    b.silent();
    assert.deepEqual(rig.pass(1000), []);
  });

  it('does nothing while one path still answers', () => {
    const { rig, b } = gone(plan([router('r1')], { peers: [peerPlan('b', '10.0.0.1', '10.1.0.1')] }));
    b.answers[1] = true;
    b.keepsAdvertising(200);
    rig.pass(1500);
    rig.schedule.length = 0;
    assert.deepEqual(withoutAdverts(rig.pass(2000)), []);
    assert.equal(rig.instance.role, 'standby');
    assert.deepEqual(conditions(rig), ['b 10.0.0.1 pathDown']);
  });

  it('is off with `fastTakeover: false`: the timer decides', () => {
    const { rig } = gone({ ...PAIR, fastTakeover: false });
    assert.deepEqual(rig.pass(2000), []);
    rig.pass(DOWN);
    assert.equal(rig.instance.role, 'active');
  });

  it('calls with a priority that loses against the active, or that would have to yield to the call', () => {
    const { rig } = gone({ ...PAIR, preempt: false }, 80);
    assert.deepEqual(
      rig
        .pass(500)
        .map((line) => line.slice(line.indexOf(' ') + 1))
        .slice(0, 1),
      ['r1 advert 79'],
    );
  });

  it('leaves an active where it is that answers adverts, but whose checks are blocked both ways', () => {
    const stack = runningStack(
      stackPlans(['a', 'b'], () => ({ preempt: false })),
      'b',
    );
    stack.cutPath('a', 'b');
    stack.pass(20_000);
    assert.equal(stack.active(), 'b');
    assert.deepEqual(
      moves(stack.log()).filter((line) => !line.endsWith('announce')),
      [],
    );
  });

  it('has the role moved within detection and the wait for the call when a machine loses its power', () => {
    const stack = runningStack();
    stack.kill('a');
    const killed = stack.now;
    stack.pass(1000);
    const taken = Number(
      stack
        .log()
        .find((line) => line.endsWith('b r1 take'))!
        .split(' ')[0],
    );
    assert.ok(taken - killed < 420, `${taken - killed} ms`);
  });
});

function untilCall(rig: Rig): void {
  for (let n = 0; n < 1000; n++) if (rig.pass(1).some((line) => line.endsWith('r1 advert 100'))) return;
  throw new Error('no call');
}
