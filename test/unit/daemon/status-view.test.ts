import assert from 'node:assert/strict';
import { type Clock, type Instant, NEVER } from '../../../core/clock.ts';
import type { Report } from '../../../core/report.ts';
import type { Status } from '../../../core/status.ts';
import type { EnginePlan } from '../../../config/plan.ts';
import { newInstance } from '../../../daemon/brain/instance.ts';
import { newFault } from '../../../daemon/brain/faults.ts';
import type { Instance, PeerEntry } from '../../../daemon/brain/state.ts';
import { newCounters } from '../../../daemon/engine/counters.ts';
import type { Card } from '../../../daemon/engine/sensors.ts';
import { makeStatus } from '../../../daemon/engine/status-view.ts';
import { PLAIN } from '../../support/plain-plan.ts';
import { routerPlan } from '../vrrp/edge-samples.ts';

/** The monotonic clock stands at 100 s, the wall clock at this time. */
const NOW = 100_000 as Instant;
const WALL = Date.parse('2026-11-21T01:00:00.000Z');
const clock: Clock = { now: () => NOW, wall: () => WALL };
const at = (ms: number): Instant => (NOW + ms) as Instant;
const wallAt = (ms: number): string => new Date(WALL + ms).toISOString();

const PLAN: EnginePlan = {
  ...PLAIN,
  instance: 'a',
  stack: 'edge',
  mode: 'active-passive',
  primary: true,
  peers: [{ name: 'b', paths: ['192.0.2.2', '198.51.100.2'] }],
  routers: [routerPlan({ name: 'wan', group: 'stack' })],
};

function statusOf(change: Partial<Instance> = {}, plan: Partial<EnginePlan> = {}, card: Card | null = null): Status {
  const instance = newInstance({ ...PLAN, ...plan }, 0 as Instant, {});
  return makeStatus({
    instance: { ...instance, ...change },
    clock,
    version: '0.1.0',
    processes: { guardian: 1, engine: 2, manager: null, helper: null },
    countersOf: newCounters,
    lateness: { p50: 0, p99: 0, worst: 0 },
    card,
    lastTakeover: null,
    lastHandover: null,
    realtime: { scheduling: false, memoryLocked: false },
    loadedAt: WALL,
    leader: null,
  });
}

/** Peer `b`, healthy on its first path, with a report of that age. */
function peerB(reportAgeMs: number, change: Partial<Report> = {}): PeerEntry {
  const fresh = newInstance(PLAN, 0 as Instant, {});
  const [entry] = fresh.peers;
  const { session } = entry!;
  const report: Report = { ...fresh.report, instance: 'b', role: 'standby', eligible: true, ...change };
  const [first, second] = session.paths;
  const good = { ...first!, health: 'healthy', rttMs: 0.41234, lastContact: at(-12.4), failing: 1 } as const;
  return {
    ...entry!,
    session: {
      ...session,
      health: 'healthy',
      healthSince: at(-60_000),
      paths: [good, { ...second!, health: 'unhealthy', failing: 3 }],
      report,
      reportAt: at(-reportAgeMs),
      lastContact: at(-12.4),
      ignored: { replayed: 2 },
    },
  };
}

describe('the status', () => {
  it('has an empty list where nothing is configured, and says what is off or not fitted', () => {
    const status = statusOf({}, { peers: [] });
    assert.deepEqual(
      [status.peers, status.links, status.tracks],
      [[], { active: 0, minimum: 0, intervalMs: 100, pairs: [] }, []],
    );
    assert.equal(status.bandwidth.state, 'off');
    assert.deepEqual(status.flaps, { count: 0, max: 6, windowSeconds: 900, latched: false, at: [] });
    assert.deepEqual(status.bypass, {
      driver: 'none',
      state: 'notFitted',
      latched: false,
      by: null,
      commanded: null,
      reason: null,
      reasonSince: null,
      holder: true,
      since: null,
      detail: '',
      powerOff: null,
      watchdog: null,
    });
    assert.deepEqual([status.maintenance, status.preemptionHeldUntil], [null, null]);
  });

  describe('of a peer', () => {
    it('shows its checks, and what it says of itself', () => {
      const [peer] = statusOf({ peers: [peerB(50)] }).peers;
      assert.deepEqual(
        [peer?.name, peer?.health, peer?.role, peer?.standing, peer?.eligible, peer?.lastContactMs, peer?.since],
        ['b', 'healthy', 'standby', 'eligible', true, 12, wallAt(-60_000)],
      );
      assert.deepEqual(peer?.ignored, { replayed: 2 });
    });

    it('counts failures on its best path, and each path on its own', () => {
      const [peer] = statusOf({ peers: [peerB(50)] }).peers;
      assert.deepEqual(
        [peer?.failing, peer?.recovering, peer?.failureThreshold, peer?.recoveryThreshold],
        [1, 0, 3, 2],
      );
      assert.deepEqual(peer?.paths, [
        {
          address: '192.0.2.2',
          health: 'healthy',
          rttMs: 0.412,
          lastContactMs: 12,
          failing: 1,
          recovering: 0,
          recent: '',
        },
        {
          address: '198.51.100.2',
          health: 'unhealthy',
          rttMs: null,
          lastContactMs: null,
          failing: 3,
          recovering: 0,
          recent: '',
        },
      ]);
    });

    it('says that its role is unknown when its report is older than twice the detection time', () => {
      const stale = (ageMs: number) => statusOf({ peers: [peerB(ageMs)] }).peers[0];
      assert.equal(stale(600)?.role, 'standby');
      const peer = stale(601);
      assert.deepEqual(
        [peer?.role, peer?.reason, peer?.eligible, peer?.version, peer?.configurationHash, peer?.links, peer?.faults],
        ['unknown', null, null, null, null, null, []],
      );
    });

    it('says of one that was never heard that it never was', () => {
      const [peer] = statusOf().peers;
      assert.deepEqual([peer?.health, peer?.role, peer?.lastContactMs], ['unknown', 'unknown', null]);
    });
  });

  it('gives a standby router the peer that reports to be active as its reason', () => {
    const standby = newInstance(PLAN, 0 as Instant, {});
    const [entry] = standby.routers;
    const machine = { ...entry!.machine, state: 'backup', reason: { code: 'recovered' } } as const;
    const groups = [{ ...standby.report.groups[0]!, standing: 'active', priority: 150 } as const];
    const { routers } = statusOf({ routers: [{ ...entry!, machine }], peers: [peerB(50, { role: 'active', groups })] });
    assert.equal(routers[0]?.reason.text, 'b reports that it is active for wan (priority 150)');
  });

  it('names the router of a fault only where it has one', () => {
    const faults = [
      { ...newFault('linkPairs', '', 'link pairs 0 of 1: wan1 down (eth0 no carrier)', at(-1000)), hard: true },
      newFault('track', 'wan', 'no answer', at(-2000), 'gateway'),
    ];
    assert.deepEqual(statusOf({ faults }).faults, [
      {
        name: 'linkPairs',
        scope: 'instance',
        hard: true,
        since: wallAt(-1000),
        text: 'link pairs 0 of 1: wan1 down (eth0 no carrier)',
      },
      {
        name: 'track',
        scope: 'router',
        router: 'wan',
        hard: false,
        since: wallAt(-2000),
        text: 'wan: a check fails (gateway: no answer)',
      },
    ]);
  });

  it('says of a condition whether it is about a peer, a router or the instance', () => {
    const of = (name: Instance['conditions'][number]['name'], router: string) => {
      const [found] = statusOf({ conditions: [{ name, router, since: at(0), detail: '' }] }).conditions;
      const { name: _name, since: _since, text: _text, ...subject } = found!;
      return subject;
    };
    assert.deepEqual(of('pathDown', 'b 192.0.2.2'), { peer: 'b' });
    for (const name of ['otherSecret', 'otherStack', 'checksBlocked'] as const) {
      assert.deepEqual(of(name, 'b'), { peer: 'b' }, name);
    }
    assert.deepEqual(of('mute', 'wan'), { router: 'wan' });
    assert.deepEqual(of('lateChecks', 'b'), { peer: 'b' });
    assert.deepEqual(of('serviceDown', ''), {});
  });

  it('counts the flaps that are still in the window', () => {
    const flaps = [at(-900_001), at(-5000), at(-1000)];
    assert.deepEqual(statusOf({ flaps }).flaps, {
      count: 2,
      max: 6,
      windowSeconds: 900,
      latched: false,
      at: [wallAt(-5000), wallAt(-1000)],
    });
  });

  it('is latched by the bypass, or by the fault where there is none', () => {
    assert.equal(statusOf({ faults: [newFault('flapLimit', '', '', at(0))] }).flaps.latched, true);
    const latched = { since: at(0), saved: true };
    const { flaps, bypass } = statusOf({ latched }, { primary: true, bypass: { ...PLAIN.bypass, driver: 'bridge' } });
    assert.deepEqual([flaps.latched, bypass.latched], [true, true]);
    assert.equal(statusOf({ latched }).bypass.latched, false, 'there is no bypass to latch');
  });

  it('shows what the bypass reads, and who wants it', () => {
    const { bypass: before } = newInstance(PLAN, 0 as Instant, {});
    const plan = { bypass: { ...PLAN.bypass, driver: 'bridge' } } as const;
    const of = (bypass: Partial<Instance['bypass']>) => statusOf({ bypass: { ...before, ...bypass } }, plan).bypass;
    assert.deepEqual([of({}).state, of({}).since, of({}).by], ['unknown', null, null]);
    const engaged = { read: 'bypass', since: at(-3000), detail: 'br-wan1' } as const;
    assert.deepEqual(of(engaged), {
      driver: 'bridge',
      state: 'bypass',
      latched: false,
      by: 'unknown',
      commanded: 'inline',
      reason: { code: 'bypassBecause', text: 'found engaged: nobody here asked for it' },
      reasonSince: wallAt(-3000),
      holder: true,
      since: wallAt(-3000),
      detail: 'br-wan1',
      powerOff: null,
      watchdog: null,
    });
    assert.equal(of({ ...engaged, operator: { by: 'ann', since: at(0) } }).by, 'operator');
  });

  it('says why the bypass is engaged, and since when that holds, which may be before it reads so', () => {
    const bypass = { ...PLAN.bypass, driver: 'bridge' } as const;
    const { bypass: before, serviceDown } = newInstance({ ...PLAN, bypass }, 0 as Instant, {});
    const why = (change: Partial<Instance>) => {
      const read = { ...before, read: 'bypass', since: at(-3000) } as const;
      const { by, commanded, reason, reasonSince } = statusOf({ bypass: read, ...change }, { bypass }).bypass;
      return [by, commanded, reason?.text, reasonSince];
    };
    assert.deepEqual(why({ latched: { since: at(-5000), saved: true } }), [
      'flaps',
      'bypass',
      'too many flaps: more than 6 within 15m',
      wallAt(-5000),
    ]);
    const operator = { by: 'ann@192.0.2.7', since: at(-4000) };
    assert.deepEqual(why({ bypass: { ...before, read: 'inline', since: at(-9000), operator } }), [
      'operator',
      'bypass',
      'asked for by ann@192.0.2.7',
      wallAt(-4000),
    ]);
    const down = { ...serviceDown, since: at(-6000), declared: true, engaged: true };
    const condition = { name: 'serviceDown', router: '', since: at(-5500), detail: 'link pairs 0 of 1' } as const;
    assert.deepEqual(why({ serviceDown: down, conditions: [condition] }), [
      'serviceDown',
      'bypass',
      'no instance of the stack is eligible: link pairs 0 of 1',
      wallAt(-6000),
    ]);
    assert.deepEqual(why({ bypass: { ...before, read: 'inline', since: at(-9000) } }), [
      null,
      'inline',
      undefined,
      null,
    ]);
  });

  it('says what the card does by itself: its watchdog, when that was fed, and what it does without power', () => {
    const plan = { bypass: { ...PLAN.bypass, driver: 'silicom', watchdogMs: 2000 } } as const;
    const card = { powerOff: 'bypass', watchdog: { armed: true, fedAt: at(-300) } } as const;
    const { powerOff, watchdog } = statusOf({}, plan, card).bypass;
    assert.deepEqual([powerOff, watchdog], ['bypass', { armed: true, timeMs: 2000, fedAt: wallAt(-300) }]);
    const never = { powerOff: null, watchdog: { armed: false, fedAt: null } };
    assert.deepEqual(statusOf({}, plan, never).bypass.watchdog, { armed: false, timeMs: 2000, fedAt: null });
    assert.equal(statusOf({}, plan, { powerOff: 'blocked', watchdog: null }).bypass.watchdog, null);
  });

  it('says until when maintenance and a held preemption last', () => {
    const stay = (until: Instant, reboot = false) =>
      statusOf({ maintenance: { by: 'ann', since: at(-1000), until, reboot } }).maintenance;
    assert.deepEqual(stay(NEVER), { by: 'ann', since: wallAt(-1000), until: null });
    assert.equal(stay(NEVER, true)?.until, 'reboot');
    assert.equal(stay(at(60_000))?.until, wallAt(60_000));
    assert.equal(statusOf({ heldUntil: at(5000) }).preemptionHeldUntil, wallAt(5000));
    assert.equal(statusOf({ heldUntil: NEVER }).preemptionHeldUntil, 'released');
  });

  it('can be sent as JSON as it is', () => {
    const status = statusOf({ peers: [peerB(50)] });
    assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
  });
});
