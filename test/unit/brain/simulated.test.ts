/** Sequences of events that the simulator found: each was wrong once, in one scenario of thousands. */
import assert from 'node:assert/strict';
import type { AdoptionToken } from '../../../daemon/channel.ts';
import { nextDue } from '../../../daemon/brain/due.ts';
import type { TrackPlan } from '../../../config/plan.ts';
import { UP, createRig, plan, router } from './brain-rig.ts';
import { masterDown } from '../../../vrrp/timers.ts';
import { type Company, activeInCompany, followingB, inCompany, peerPlan } from './peer-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });
const THREE = plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] });
const BYPASS = { ...PAIR.bypass, driver: 'bridge' } as const;
const HELD = { address: '192.0.2.101', prefix: 24, family: 'ipv4', interface: 'eth0' } as const;
const TOKEN: AdoptionToken = { addresses: [HELD], routers: ['r1'], leftMs: 5000 };
const TRACK: TrackPlan = {
  name: 'gateway',
  target: { type: 'ping', target: '203.0.113.1' },
  intervalMs: 1000,
  timeoutMs: 500,
  fall: 1,
  rise: 1,
  weight: 0,
  routers: [],
};

const wants = (lines: readonly string[]): string[] => lines.filter((line) => line.endsWith('to b want'));

describe('who stops', () => {
  it('waits for no check that nobody begins any more: a due time in the past is an endless loop', () => {
    const { rig } = activeInCompany(plan([router('r1')], { tracks: [TRACK], peers: [peerPlan('b')] }));
    rig.fact({ kind: 'stop', by: 'eva' });
    rig.pass(5000);
    assert.ok(nextDue(rig.instance) > rig.now);
  });
});

describe('the better one', () => {
  it('asks for the role when its own priority has risen', () => {
    const { rig } = followingB(PAIR, 150);
    assert.deepEqual(wants(rig.pass(3000)), []);
    rig.reload(plan([router('r1', { priority: 180 })], { peers: [peerPlan('b')] }));
    assert.notDeepEqual(wants(rig.pass(100)), []);
  });

  it('asks for it when the reports of the active count again after a pause of ours', () => {
    const { rig } = followingB(plan([router('r1', { priority: 220 })], { peers: [peerPlan('b')] }));
    const maintenance = { kind: 'maintenance', by: 'eva', forMs: null, untilReboot: false, force: true } as const;
    rig.fact({ ...maintenance, actionId: 'one', on: true });
    rig.now += 10_000;
    rig.fact({ kind: 'late', lateMs: 10_000 });
    rig.fact({ ...maintenance, actionId: 'two', on: false });
    assert.notDeepEqual(wants(rig.pass(3000)), []);
  });

  it('does not claim twice within a Master_Down, however often the order changes', () => {
    const { rig, b } = activeInCompany(plan([router('r1', { priority: 150 })], { peers: [peerPlan('b')] }));
    const { claimedAt } = rig.instance.groups[0]!;
    b.says({ role: 'active' }, { standing: 'active', priority: 240 });
    assert.equal(rig.instance.role, 'standby');
    b.says({}, { priority: 10 });
    const left = claimedAt + masterDown(3, 150, 1000) - rig.now;
    assert.deepEqual(wants(rig.pass(left - 1)), []);
    assert.notDeepEqual(wants(rig.pass(10)), []);
  });
});

describe('a command for the bypass', () => {
  it('ends, as failed, when another one comes before it is done', () => {
    const { rig } = inCompany(plan([router('r1')], { primary: true, bypass: BYPASS, peers: [peerPlan('b')] }));
    rig.fact({ kind: 'bypassRead', state: 'inline', detail: '' });
    rig.fact({ kind: 'bypass', actionId: 'one', by: 'eva', engage: true });
    rig.fact({ kind: 'bypass', actionId: 'two', by: 'eva', engage: false });
    const ended = rig.events.filter((e) => e.ended !== undefined).map((e) => `${e.actionId} ${e.ended}`);
    assert.ok(ended.includes('one failed'), ended.join());
  });
});

describe('the watchdog of a card', () => {
  it('is told what it should be with the first reading: an engine before may have left it armed', () => {
    const { rig } = inCompany(plan([router('r1')], { bypass: BYPASS, peers: [peerPlan('b')] }));
    const said = rig.fact({ kind: 'bypassRead', state: 'inline', detail: '' });
    assert.ok(said.includes('watchdog disarmed'), said.join());
  });
});

describe('an active that stays as a last resort', () => {
  it('takes a router that a reload adds into its group', () => {
    const { rig, b } = activeInCompany(plan([router('r1')], { tracks: [TRACK], peers: [peerPlan('b')] }));
    b.says({ eligible: false }, { eligible: false });
    rig.fact({ kind: 'tracked', track: 'gateway', good: false, detail: 'no answer' });
    assert.equal(rig.states(), 'r1 active');
    rig.reload(plan([router('r1'), router('r2')], { tracks: [TRACK], peers: [peerPlan('b')] }));
    assert.equal(rig.states(), 'r1 active, r2 active');
  });
});

describe('adoption', () => {
  const LINKS = { ...PAIR.links, minimumActive: 1, pairs: [{ name: 'wan1', outside: 'eth3', inside: 'eth4' }] };

  it('is not hindered by link pairs that are up: their ports are known from the start', () => {
    const ports = { eth3: true, eth4: true };
    const { rig } = inCompany({ ...PAIR, links: LINKS }, { adopt: TOKEN, ports });
    rig.pass(200);
    assert.equal(rig.instance.roleReason.code, 'adopted');
  });

  it('waits for the first reading of the bypass', () => {
    const { rig } = inCompany({ ...PAIR, bypass: BYPASS }, { adopt: TOKEN });
    assert.deepEqual(
      rig.pass(300).filter((line) => /drop|adopted/.test(line)),
      [],
    );
    rig.fact({ kind: 'bypassRead', state: 'inline', detail: '' });
    rig.pass(50);
    assert.equal(rig.instance.roleReason.code, 'adopted');
  });

  it('lets the addresses go at the end of the token, if the bypass cannot be read', () => {
    const { rig } = inCompany({ ...PAIR, bypass: BYPASS }, { adopt: TOKEN });
    const lines = rig.pass(6000);
    assert.ok(lines.some((line) => line.endsWith('r1 drop')) && lines.some((line) => line.endsWith('adopted')));
  });

  it('asks nobody in mode off: what is adopted was never let go', () => {
    const off = plan([router('r1')], { mode: 'off' });
    const rig = createRig(off);
    const start = { kind: 'start', transports: { r1: UP }, reason: { code: 'starting' }, adopt: TOKEN } as const;
    assert.deepEqual(rig.fact(start), ['r1 take', 'adopted']);
  });
});

describe('a third instance', () => {
  function lost(direct: () => number): Company {
    const company = inCompany(THREE);
    const { rig, b, c } = company;
    b.says({ role: 'active' }, { standing: 'active', priority: 200 });
    b.advertises(200);
    c.says({ others: { b: ['stack'] } });
    rig.pass(900);
    b.silent();
    for (let n = 0; n < 60; n++) {
      c.direct = { b: direct() };
      rig.pass(10);
    }
    return company;
  }

  it('that was in contact with the active before the first missed check does not keep *fast* from it', () => {
    let silentFor = 0;
    const { rig } = lost(() => (silentFor += 10) + 60);
    assert.equal(rig.instance.role, 'active');
  });

  it('that still is in contact does', () => {
    const { rig } = lost(() => 20);
    assert.equal(rig.instance.role, 'standby');
  });
});

describe('a report', () => {
  it('in which a group has another name does not give that group up: only adverts tell where it went', () => {
    const { rig, b } = followingB(PAIR);
    const [group] = b.report.groups;
    b.says({ groups: [{ ...group!, name: 'r1' }] });
    assert.equal(rig.instance.role, 'standby');
  });

  it('that comes out of the socket after a pause is as old as the pause: nothing is taken because of it', () => {
    const { rig, b } = followingB(PAIR);
    rig.now += 10_000;
    rig.fact({ kind: 'late', lateMs: 10_000 });
    b.says({ eligible: false, role: 'fault' }, { standing: 'fault', eligible: false });
    assert.equal(rig.instance.role, 'standby');
  });
});

describe('mode off', () => {
  it('takes nothing over by agreement', () => {
    const { rig, b } = inCompany(plan([router('r1')], { mode: 'off', peers: [peerPlan('b')] }));
    rig.pass(500);
    const [group] = rig.instance.groups;
    b.sends('ask', { group: group!.name });
    assert.deepEqual(
      b.asked.map(({ kind }) => kind),
      ['refused'],
    );
  });

  it('is no place to hand the role over to', () => {
    const { rig, b } = activeInCompany(PAIR, (company) => company.b.says({ mode: 'off' }));
    rig.fact({ kind: 'switchover', actionId: 'x', by: 'eva', to: 'b', hold: { kind: 'none' }, force: false });
    assert.deepEqual(
      b.asked.filter(({ kind }) => kind === 'ask'),
      [],
    );
  });
});
