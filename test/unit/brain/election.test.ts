import assert from 'node:assert/strict';
import { later } from '../../../core/clock.ts';
import type { Instant } from '../../../core/clock.ts';
import { dueAt } from '../../../vrrp/machine-state.ts';
import { DOWN, OTHER, type Rig, active, conditions, plan, round, router, started } from './brain-rig.ts';

const TWO = plan([router('r1'), router('r2')]);
const SEPARATE = plan([router('r1', { group: 'r1' }), router('r2', { group: 'r2' })], { mode: 'active-active' });

/** Keep hearing somebody on these routers, every second, for `seconds`. What happened, in words. */
function hearing(rig: Rig, routers: readonly string[], priority: number, seconds: number): string[] {
  const happened: string[] = [];
  for (let n = 0; n < seconds; n++) {
    for (const name of routers) happened.push(...rig.hear(name, priority));
    happened.push(...rig.pass(1000));
  }
  return happened;
}

describe('a group', () => {
  it('listens for Master_Down and then becomes active with all its routers: adverts and addresses together', () => {
    const rig = started(TWO);
    assert.equal(rig.instance.role, 'starting');
    assert.deepEqual(rig.pass(DOWN + 1), [
      '3609.4 r1 advert 100',
      '3609.4 r1 take',
      '3609.4 r2 advert 100',
      '3609.4 r2 take',
    ]);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(rig.instance.roleReason, { code: 'masterDown', router: 'r1', silentMs: DOWN });
    assert.equal(rig.instance.roleSince, DOWN);
  });

  it('becomes standby as soon as it hears an active, and says which', () => {
    const rig = started(TWO);
    rig.hear('r1', 200);
    rig.hear('r2', 200);
    assert.equal(rig.instance.role, 'standby');
    assert.deepEqual(rig.instance.roleReason, { code: 'activeHeard', router: 'r1', source: OTHER, priority: 200 });
  });

  it('does not become active while one of its routers hears an active', () => {
    const rig = started(TWO);
    assert.deepEqual(hearing(rig, ['r2'], 200, 20), []);
    assert.equal(rig.states(), 'r1 backup, r2 backup');
  });

  it('says so when it is heard in part only, until it is heard as a whole again', () => {
    const rig = started(TWO);
    hearing(rig, ['r2'], 200, 5);
    assert.deepEqual(conditions(rig), [], 'not at the first time: one advert may have been lost');
    hearing(rig, ['r2'], 200, 3);
    assert.deepEqual(conditions(rig), ['r1 partlyHeard']);
    assert.deepEqual(
      rig.said().filter((text) => text.startsWith('condition')),
      ['condition warning: r1: only some routers of the group hear an active (silent: r1; heard: r2)'],
    );
    hearing(rig, ['r2'], 200, 8);
    assert.deepEqual(rig.said(), [], 'it is said once');
    rig.hear('r1', 200);
    assert.deepEqual(conditions(rig), []);
    assert.deepEqual(rig.said(), ['condition info: r1: no longer: only some routers of the group hear an active']);
  });

  it('that was heard in part becomes active when the last of its routers is unheard', () => {
    const rig = started(TWO);
    hearing(rig, ['r2'], 200, 9);
    const happened = rig.pass(3000);
    assert.deepEqual(happened, ['2609.4 r1 advert 100', '2609.4 r1 take', '2609.4 r2 advert 100', '2609.4 r2 take']);
    assert.deepEqual(conditions(rig), []);
  });

  it('yields with all its routers when a better one is heard on any of them', () => {
    const rig = active(TWO);
    rig.pass(1500);
    assert.deepEqual(rig.hear('r2', 200), ['r1 drop', 'r2 advert 100', 'r2 drop']);
    assert.equal(rig.states(), 'r1 backup, r2 backup');
    assert.deepEqual(rig.instance.roleReason, {
      code: 'betterHeard',
      router: 'r2',
      source: OTHER,
      theirs: 200,
      ours: 100,
    });
  });

  it('stays with all its routers against a worse one, and answers on the one that heard it', () => {
    const rig = active(TWO);
    rig.pass(1500);
    assert.deepEqual(rig.hear('r2', 50), ['r2 advert 100', 'r2 announce']);
    assert.equal(rig.states(), 'r1 active, r2 active');
  });

  it('of one router is an election of its own in active-active', () => {
    const rig = started(SEPARATE);
    hearing(rig, ['r2'], 200, 5);
    assert.equal(rig.states(), 'r1 active, r2 backup');
    assert.equal(rig.instance.role, 'active', 'active for at least one group');
    rig.hear('r1', 200);
    assert.equal(rig.instance.role, 'standby');
  });

  it('preempts together when its delays end one after the other', () => {
    const rig = started(plan(TWO.routers, { preemptDelayMs: 5000 }));
    rig.hear('r1', 50);
    rig.pass(1000);
    rig.hear('r1', 50);
    rig.pass(1000);
    // The first adverts for r2 were lost.
    hearing(rig, ['r1', 'r2'], 50, 10);
    assert.equal(rig.states(), 'r1 active, r2 active');
    assert.equal(rig.instance.roleReason.code, 'preempting');
  });

  it('with Preempt off never takes over from a live worse one', () => {
    const rig = started(plan(TWO.routers, { preempt: false }));
    assert.deepEqual(hearing(rig, ['r1', 'r2'], 50, 30), []);
    assert.deepEqual(conditions(rig), []);
  });

  it('has a live deadline in every backup, whatever it was refused', () => {
    const rig = started(TWO);
    for (let n = 0; n < 40; n++) {
      if (n % 3 === 0) rig.hear('r2', n % 2 === 0 ? 200 : 0);
      rig.pass(700);
      for (const { machine } of rig.instance.routers) {
        if (machine.state === 'backup') assert.ok(dueAt(machine) < Number.POSITIVE_INFINITY);
      }
    }
  });
});

describe('an owner', () => {
  it('becomes active at once, without listening (RFC 9568 6.4.1)', () => {
    const rig = started(plan([router('r1', { priority: 255 })]));
    assert.equal(rig.states(), 'r1 active');
    assert.deepEqual(rig.instance.roleReason, { code: 'owner', router: 'r1' });
    assert.equal(rig.now, 0);
  });

  it('returns from a fault straight to active', () => {
    const rig = active(plan([router('r1', { priority: 255 })]));
    rig.pass(10_000);
    rig.transport('r1', { addressUp: false });
    assert.equal(rig.states(), 'r1 fault');
    rig.transport('r1', { addressUp: true });
    assert.deepEqual(rig.pass(1000), ['1000 r1 advert 255', '1000 r1 take']);
  });

  it('of some routers of its group only waits like everybody', () => {
    const rig = started(plan([router('r1', { priority: 255 }), router('r2', { priority: 254 })]));
    assert.equal(rig.states(), 'r1 backup, r2 backup');
  });

  it('that hears another owner says so, and that it is over when the other has changed', () => {
    const rig = active(plan([router('r1', { priority: 255 })]));
    rig.pass(5000);
    rig.hear('r1', 255, { from: '192.0.2.1' });
    assert.deepEqual(conditions(rig), ['r1 twoOwners']);
    assert.ok(rig.said().some((text) => text.includes('192.0.2.1 has priority 255 too')));
    rig.pass(100);
    rig.hear('r1', 255, { from: '192.0.2.1' });
    assert.deepEqual(
      rig.said().filter((text) => text.startsWith('condition')),
      [],
    );
    rig.hear('r1', 200, { from: '192.0.2.1' });
    assert.deepEqual(conditions(rig), []);
  });

  it('yields to another owner with a higher address, so that one is left', () => {
    const rig = active(plan([router('r1', { priority: 255 })]));
    rig.pass(5000);
    rig.hear('r1', 255, { from: OTHER });
    assert.equal(rig.states(), 'r1 backup');
    assert.deepEqual(conditions(rig), ['r1 twoOwners']);
  });
});

describe('claims that had to be given up at once', () => {
  /** Wait until it is active again; how long it took, in Master_Downs of the interval heard. */
  function untilActive(rig: Rig): number {
    const from = rig.now;
    for (let n = 0; n < 400 && rig.states() !== 'r1 active'; n++) rig.pass(DOWN / 4);
    return round((rig.router('r1').machine.since - from) / DOWN);
  }

  it('wait twice as long after each, up to 2⁵ times Master_Down', () => {
    const rig = active(plan([router('r1')]));
    const waits: number[] = [];
    for (let n = 0; n < 7; n++) {
      rig.hear('r1', 200);
      waits.push(untilActive(rig));
      rig.now = rig.router('r1').machine.since;
    }
    assert.deepEqual(waits, [2, 4, 8, 16, 32, 32, 32]);
  });

  it('are refused with the reason, and told as history', () => {
    const rig = active(plan([router('r1')]));
    rig.hear('r1', 200);
    rig.said();
    rig.pass(DOWN + 1);
    assert.deepEqual(rig.said(), [
      'role info: not allowed to become active: waiting longer after yielding right after a claim',
    ]);
  });

  it('are refused once for all routers of the group', () => {
    const rig = active(TWO);
    rig.hear('r1', 200);
    rig.said();
    rig.pass(DOWN + 1);
    assert.equal(rig.said().length, 1);
  });

  it('are forgotten by one that lasted longer than an interval', () => {
    const rig = active(plan([router('r1')]));
    rig.hear('r1', 200);
    untilActive(rig);
    rig.now = rig.router('r1').machine.since + 1001;
    rig.hear('r1', 200);
    assert.equal(rig.instance.groups[0]!.yields, 0);
    assert.equal(untilActive(rig), 1);
  });

  it('are not made up for while somebody is heard', () => {
    const rig = active(plan([router('r1')]));
    rig.hear('r1', 200);
    assert.deepEqual(hearing(rig, ['r1'], 200, 60), []);
    assert.equal(rig.states(), 'r1 backup');
  });
});

describe('lateness', () => {
  it('of a standby moves its wait, so that its own pause is not the other’s silence', () => {
    const rig = started(plan([router('r1')]));
    rig.hear('r1', 200);
    rig.now = 3000;
    rig.fact({ kind: 'late', lateMs: 800 });
    assert.equal(round(dueAt(rig.router('r1').machine)), round(later(0 as Instant, DOWN + 800)));
  });

  it('of half an interval or less moves nothing', () => {
    const rig = started(plan([router('r1')]));
    rig.fact({ kind: 'late', lateMs: 500 });
    assert.equal(rig.router('r1').machine.downAt, DOWN);
  });

  it('beyond Master_Down makes an active listen before it says anything, and is told', () => {
    const rig = active(TWO);
    rig.now += 60_000;
    assert.deepEqual(rig.fact({ kind: 'late', lateMs: 60_000 }), []);
    assert.deepEqual(rig.said(), ['process critical: this instance stood still for 60 s']);
    assert.deepEqual(rig.pass(999), []);
    assert.deepEqual(rig.pass(1), ['1 r1 advert 100', '1 r1 announce', '1 r2 advert 100', '1 r2 announce']);
  });

  it('beyond Master_Down ends in standby if anybody took over, whatever the priority', () => {
    const rig = active(TWO);
    rig.now += 60_000;
    rig.fact({ kind: 'late', lateMs: 60_000 });
    assert.deepEqual(rig.hear('r1', 1), ['r1 drop', 'r2 drop']);
    assert.equal(rig.instance.roleReason.code, 'activeHeardAfterPause');
    assert.equal(rig.instance.role, 'standby');
  });

  it('that is shorter changes nothing for an active', () => {
    const rig = active(TWO);
    rig.now += 3000;
    rig.fact({ kind: 'late', lateMs: 3000 });
    assert.equal(rig.fact({ kind: 'time' })[0], 'r1 advert 100');
  });
});

describe('adverts of version 2 at another interval', () => {
  it('raise a condition until one is accepted', () => {
    const rig = started(plan([router('r1', { version: 2 })]));
    rig.fact({ kind: 'intervalMismatch', router: 'r1', detail: '192.0.2.9: interval 2000 ms, 1000 ms expected' });
    assert.deepEqual(conditions(rig), ['r1 intervalMismatch']);
    assert.equal(rig.said().length, 1);
    rig.fact({ kind: 'intervalMismatch', router: 'r1', detail: 'again' });
    assert.deepEqual(rig.said(), []);
    assert.equal(rig.instance.conditions[0]!.detail, 'again');
    rig.hear('r1', 200);
    assert.deepEqual(conditions(rig), []);
  });
});

describe('a fact about a router that is not there', () => {
  it('means nothing', () => {
    const rig = started(plan([router('r1')]));
    const before = rig.instance;
    assert.deepEqual(rig.hear('gone', 200), []);
    assert.deepEqual(rig.probed('gone', 'claim', true), []);
    assert.deepEqual(rig.fact({ kind: 'sent', router: 'gone', error: 'ENODEV' }), []);
    assert.deepEqual({ ...rig.instance }, { ...before });
  });
});
