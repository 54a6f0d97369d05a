import assert from 'node:assert/strict';
import type { EnginePlan, PairPlan, TrackPlan } from '../../../config/plan.ts';
import { eligible } from '../../../daemon/brain/faults.ts';
import { DOWN, type Rig, conditions, faults, plan, router } from './brain-rig.ts';
import { type Company, activeInCompany, inCompany, peerPlan } from './peer-rig.ts';

const PAIRS: readonly PairPlan[] = [
  { name: 'wan1', outside: 'eth3', inside: 'eth4' },
  { name: 'wan2', outside: 'eth5', inside: 'eth6' },
];
const linked = (minimumActive: number): EnginePlan =>
  plan([router('r1')], { peers: [peerPlan('b')], links: { intervalMs: 100, minimumActive, pairs: PAIRS } });

function trackPlan(change: Partial<TrackPlan> = {}): TrackPlan {
  const target = { type: 'ping', target: '192.0.2.1' } as const;
  return { name: 'gw', target, intervalMs: 1000, timeoutMs: 500, fall: 2, rise: 3, weight: 0, routers: [], ...change };
}

const tracked = (track: Partial<TrackPlan>, change: Partial<EnginePlan> = {}): EnginePlan =>
  plan([router('r1')], { peers: [peerPlan('b')], tracks: [trackPlan(track)], ...change });

const port = (rig: Rig, name: string, up: boolean): string[] => rig.fact({ kind: 'port', interface: name, up });
const allUp = (rig: Rig): void => {
  for (const name of ['eth3', 'eth4', 'eth5', 'eth6']) port(rig, name, true);
};

/** The check of the track ends so, as often as it takes until it has been asked so often. */
function checks(rig: Rig, results: readonly (boolean | null)[], track = 'gw'): string[] {
  return results.flatMap((good) => {
    const lines: string[] = [];
    for (let n = 0; n < 100 && !lines.some((line) => line.endsWith(`check ${track}`)); n++)
      lines.push(...rig.pass(100));
    return [...lines, ...rig.fact({ kind: 'tracked', track, good, detail: good === true ? '' : 'no answer' })];
  });
}

/** Active with every port up; `b` is fit, or not. */
function activeLinked(minimum: number, fit = true): Company {
  return activeInCompany(linked(minimum), ({ rig, b }) => {
    allUp(rig);
    b.says({ eligible: fit }, { eligible: fit });
    rig.pass(1100);
  });
}

describe('link pairs (brain 2, 2.3)', () => {
  it('are a fault while fewer are up than there must be; a pair is up with both its ports', () => {
    const { rig } = inCompany(linked(2));
    assert.deepEqual(faults(rig), [' linkPairs']);
    allUp(rig);
    rig.pass(1100);
    assert.deepEqual(faults(rig), []);
    port(rig, 'eth4', false);
    assert.deepEqual(faults(rig), [' linkPairs']);
    assert.equal(rig.instance.faults[0]!.detail, 'link pairs 1 of 2: wan1 down (eth4 no carrier)');
  });

  it('act at once when carrier is lost, and only after a second of unbroken carrier when it is back', () => {
    const { rig } = activeLinked(2);
    assert.deepEqual(port(rig, 'eth3', false), ['r1 advert 0']);
    port(rig, 'eth3', true);
    rig.pass(900);
    port(rig, 'eth3', false);
    port(rig, 'eth3', true);
    rig.pass(900);
    assert.deepEqual(faults(rig), [' linkPairs']);
    rig.pass(110);
    assert.deepEqual(faults(rig), []);
  });

  it('that are too few are soft: the last of the stack stays in service', () => {
    const { rig } = activeLinked(2, false);
    port(rig, 'eth3', false);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(conditions(rig), ['r1 lastResort']);
  });

  it('of which none is left are hard: the active resigns although nobody else is eligible', () => {
    const { rig } = activeLinked(2, false);
    port(rig, 'eth3', false);
    assert.deepEqual(port(rig, 'eth5', false), ['r1 advert 0']);
  });

  it('are soft again when one is back', () => {
    const { rig } = activeLinked(2, false);
    port(rig, 'eth3', false);
    port(rig, 'eth5', false);
    assert.equal(rig.instance.faults[0]!.hard, true);
    port(rig, 'eth5', true);
    assert.equal(rig.instance.faults[0]!.hard, false);
  });

  it('are never a fault with a minimum of 0', () => {
    const { rig } = inCompany(linked(0));
    assert.deepEqual(faults(rig), []);
  });

  it('are told to peers, and what happens to each to people', () => {
    const { rig } = activeLinked(1);
    port(rig, 'eth3', false);
    assert.deepEqual(rig.instance.report.links, { active: 1, minimum: 1 });
    assert.ok(rig.said().some((line) => line === 'link warning: link pair wan1 is half (no carrier: eth3)'));
  });
});

describe('a track of weight 0 (brain 2, vrrp.md 2.6)', () => {
  it('is a soft fault after `fall` failures, cleared after `rise` successes in a row', () => {
    const { rig } = inCompany(tracked({}));
    checks(rig, [false]);
    assert.deepEqual(faults(rig), []);
    checks(rig, [false]);
    assert.deepEqual(faults(rig), [' track']);
    assert.equal(rig.instance.faults[0]!.hard, false);
    checks(rig, [true, true, false, true, true]);
    assert.deepEqual(faults(rig), [' track']);
    checks(rig, [true]);
    assert.deepEqual(faults(rig), []);
  });

  it('moves the role if somebody else is eligible, and does not otherwise (brain 2.3)', () => {
    for (const fit of [true, false]) {
      const { rig } = activeInCompany(tracked({ fall: 1 }), ({ b }) => {
        b.says({ eligible: fit }, { eligible: fit });
      });
      checks(rig, [false]);
      assert.equal(rig.instance.role === 'active', !fit);
    }
  });

  it('that is bound to routers is a fault of these alone in active-active', () => {
    const both = [router('r1', { group: 'r1' }), router('r2', { group: 'r2' })];
    const { rig } = inCompany(
      tracked({ fall: 1, routers: ['r2'] }, { mode: 'active-active', routers: both, peers: [] }),
    );
    rig.pass(DOWN + 10);
    checks(rig, [false]);
    assert.deepEqual(faults(rig), ['r2 track']);
    assert.equal(rig.router('r1').machine.state, 'active');
    assert.equal(eligible(rig.instance), true);
  });

  it('that is bound to one router takes the whole stack with it in active-passive (brain 2.2)', () => {
    const both = [router('r1'), router('r2')];
    const { rig } = activeInCompany(tracked({ fall: 1, routers: ['r2'] }, { routers: both }));
    checks(rig, [false]);
    assert.equal(rig.states(), 'r1 releasing, r2 releasing');
  });

  it('does not count a check that could not be done at all', () => {
    const { rig } = inCompany(tracked({ fall: 1 }));
    checks(rig, [null, null, null]);
    assert.deepEqual(faults(rig), []);
  });
});

describe('checks of a track', () => {
  it('are begun at their interval, never two at once', () => {
    const { rig } = inCompany(tracked({}));
    const begun = rig.effects.filter((e) => e.do === 'check').length;
    assert.equal(begun, 1, 'the first at the start');
    assert.equal(rig.pass(10_000).filter((line) => line.endsWith('check gw')).length, 0);
    rig.fact({ kind: 'tracked', track: 'gw', good: true, detail: '' });
    assert.equal(rig.pass(1000).filter((line) => line.endsWith('check gw')).length, 1);
  });
});

describe('a track with a weight (vrrp.md 2.6)', () => {
  const priority = (rig: Rig): number => rig.router('r1').machine.priority;

  it('takes from the priority while it is down, and is no fault', () => {
    const { rig } = activeInCompany(tracked({ weight: -30, fall: 1, rise: 1 }));
    checks(rig, [false]);
    assert.equal(priority(rig), 70);
    assert.deepEqual(faults(rig), []);
    checks(rig, [true]);
    assert.equal(priority(rig), 100);
  });

  it('gives to the priority while it is up', () => {
    const { rig } = activeInCompany(tracked({ weight: 20, fall: 1, rise: 1 }));
    assert.equal(priority(rig), 100);
    checks(rig, [true]);
    assert.equal(priority(rig), 120);
  });

  it('is on the wire and in the report at once', () => {
    const { rig } = activeInCompany(tracked({ weight: -30, fall: 1 }));
    checks(rig, [false]);
    assert.equal(rig.instance.report.groups[0]!.priority, 70);
    assert.deepEqual(
      rig.pass(1).filter((line) => line.includes('advert')),
      ['0 r1 advert 70'],
    );
  });

  it('leaves at least 1 and at most 254', () => {
    for (const [weight, good, expected] of [
      [-200, false, 1],
      [200, true, 254],
    ] as const) {
      const { rig } = activeInCompany(tracked({ weight, fall: 1, rise: 1 }));
      checks(rig, [good]);
      assert.equal(priority(rig), expected);
    }
  });

  it('changes nothing for an owner of the addresses', () => {
    const { rig } = activeInCompany(tracked({ weight: -30, fall: 1 }, { routers: [router('r1', { priority: 255 })] }));
    checks(rig, [false]);
    assert.equal(priority(rig), 255);
  });

  it('concerns only the routers that it is bound to', () => {
    const both = [router('r1', { group: 'r1' }), router('r2', { group: 'r2' })];
    const of = tracked({ weight: -30, fall: 1, routers: ['r2'] }, { mode: 'active-active', routers: both });
    const { rig } = inCompany({ ...of, peers: [] });
    checks(rig, [false]);
    assert.deepEqual(
      rig.instance.routers.map((r) => r.machine.priority),
      [100, 70],
    );
  });

  it('weighs on the whole group in active-passive, which has one priority (brain 1.2)', () => {
    const both = [router('r1'), router('r2', { priority: 80 })];
    const { rig } = inCompany(tracked({ weight: -30, fall: 1, routers: ['r2'] }, { routers: both }));
    const priorities = (): number[] => rig.instance.routers.map((r) => r.machine.priority);
    assert.deepEqual(priorities(), [100, 100]);
    checks(rig, [false]);
    assert.deepEqual(priorities(), [70, 70]);
  });

  it('gives way to 254 after a handover (brain 5.2)', () => {
    const { rig, b } = activeInCompany(tracked({ weight: -30, fall: 1 }), (company) => {
      company.b.says({ role: 'active' }, { standing: 'active', priority: 200 });
      company.b.advertises(200);
      company.rig.pass(100);
      company.b.sends('ask', { purpose: 'switchover', holdMs: null });
      company.b.sends('go');
      company.b.sends('released');
      company.b.says({ role: 'standby' }, { standing: 'backup', priority: 50 });
    });
    checks(rig, [false]);
    assert.equal(priority(rig), 254);
    assert.equal(b.name, 'b');
  });
});
