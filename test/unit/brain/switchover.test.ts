import assert from 'node:assert/strict';
import type { Hold } from '../../../core/action.ts';
import { NEVER } from '../../../core/clock.ts';
import { DOWN, LET_GO, type Rig, active, plan, round, router, started, withoutAdverts } from './brain-rig.ts';

const TWO = plan([router('r1'), router('r2')]);
const SEPARATE = plan([router('r1', { group: 'r1' }), router('r2', { group: 'r2' })], { mode: 'active-active' });
const NONE: Hold = { kind: 'none' };

function switchOver(rig: Rig, hold: Hold = NONE, actionId = 'act-1'): string[] {
  return rig.fact({ kind: 'switchover', to: null, actionId, by: 'eva', hold, force: false });
}

/** How the actions ended since the last call: `act-1 done`. */
function ended(rig: Rig): string[] {
  const endings = rig.events.flatMap((e) => (e.ended === undefined ? [] : [`${e.actionId} ${e.ended}`]));
  rig.events.length = 0;
  return endings;
}

describe('a switchover', () => {
  it('says priority 0 on every router and keeps the addresses until another is heard', () => {
    const rig = active(TWO);
    assert.deepEqual(switchOver(rig), ['r1 advert 0', 'r2 advert 0']);
    assert.equal(rig.states(), 'r1 releasing, r2 releasing');
    assert.deepEqual(rig.instance.roleReason, { code: 'switchover', by: 'eva' });
    assert.deepEqual(ended(rig), []);
  });

  it('lets each router go when another is heard on it, and is done after the last', () => {
    const rig = active(TWO);
    switchOver(rig);
    rig.pass(600);
    assert.deepEqual(rig.hear('r2', 50), ['r2 drop']);
    assert.deepEqual(ended(rig), []);
    assert.deepEqual(rig.hear('r1', 50), ['r1 drop']);
    assert.equal(rig.states(), 'r1 backup, r2 backup');
    assert.deepEqual(ended(rig), ['act-1 done']);
    assert.equal(rig.instance.undertaking, null);
  });

  it('is aborted when nobody takes over: active again, as if nothing had been, and the action failed', () => {
    const rig = active(TWO);
    switchOver(rig);
    assert.deepEqual(rig.pass(LET_GO + 1), [
      '1996.1 r1 advert 100',
      '1996.1 r1 take',
      '1996.1 r2 advert 100',
      '1996.1 r2 take',
    ]);
    assert.deepEqual(rig.instance.roleReason, { code: 'switchoverAborted', waitedMs: LET_GO });
    assert.equal(rig.events.filter((e) => e.kind === 'address').length, 0, 'nothing was let go');
    assert.deepEqual(ended(rig), ['act-1 failed']);
    assert.equal(rig.instance.heldUntil, Number.NEGATIVE_INFINITY);
  });

  it('may be tried again after it was aborted', () => {
    const rig = active(TWO);
    switchOver(rig);
    rig.pass(LET_GO + 1);
    assert.deepEqual(switchOver(rig, NONE, 'act-2'), ['r1 advert 0', 'r2 advert 0']);
  });

  it('that was taken over in part lets the rest go too: a group is never torn', () => {
    const rig = active(TWO);
    switchOver(rig);
    rig.hear('r1', 50);
    assert.deepEqual(rig.pass(LET_GO + 1), ['1990.9 r2 drop']);
    assert.equal(rig.states(), 'r1 backup, r2 backup');
    assert.deepEqual(ended(rig), ['act-1 done']);
  });

  it('is refused where there is nothing to give away', () => {
    const standby = started(TWO);
    for (const name of ['r1', 'r2']) standby.hear(name, 200);
    const cases: readonly (readonly [Rig, string])[] = [
      [standby, 'this instance is not active (it is standby)'],
      [active(plan([router('r1', { group: 'r1' })], { mode: 'off' })), 'mode off has nobody to switch over to'],
    ];
    for (const [rig, detail] of cases) {
      rig.events.length = 0;
      assert.deepEqual(switchOver(rig), []);
      assert.deepEqual(rig.events[0]?.reason, { code: 'actionRefused', action: 'switch over', detail });
      assert.deepEqual(ended(rig), ['act-1 failed']);
    }
  });

  it('is refused while another one is in progress', () => {
    const rig = active(TWO);
    switchOver(rig);
    rig.said();
    assert.deepEqual(switchOver(rig, NONE, 'act-2'), []);
    const [refusal] = rig.events;
    assert.ok(refusal?.reason.code === 'actionRefused' && refusal.reason.detail.includes('in progress'));
    assert.deepEqual(ended(rig), ['act-2 failed']);
    rig.hear('r1', 50);
    rig.hear('r2', 50);
    assert.deepEqual(ended(rig), ['act-1 done']);
  });

  it('is refused while the daemon stops', () => {
    const rig = active(TWO);
    rig.fact({ kind: 'stop', by: 'SIGTERM' });
    rig.said();
    assert.deepEqual(switchOver(rig), []);
    const [refusal] = rig.events;
    assert.ok(refusal?.reason.code === 'actionRefused' && refusal.reason.detail.includes('stopping'));
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });

  it('moves every group that is active in active-active, and ends when all have let go', () => {
    const rig = active(SEPARATE);
    rig.pass(1);
    switchOver(rig);
    rig.hear('r1', 50);
    assert.deepEqual(ended(rig), []);
    rig.hear('r2', 50);
    assert.deepEqual(ended(rig), ['act-1 done']);
  });

  for (const [what, interrupt] of [
    ['a fault that drops the addresses', (rig: Rig) => rig.transport('r1', { addressUp: false })],
    ['a fault that keeps them in vain', (rig: Rig) => [...rig.transport('r1', { source: null }), ...rig.pass(LET_GO)]],
    ['a stop', (rig: Rig) => [...rig.fact({ kind: 'stop', by: 'SIGTERM' }), ...rig.pass(LET_GO)]],
    ['a reload that takes its router away', (rig: Rig) => rig.reload(plan([router('r7')]))],
  ] as const) {
    it(`that is overtaken by ${what} ends as failed, and does not stand in the way of the next`, () => {
      const rig = active(plan([router('r1')]));
      switchOver(rig);
      interrupt(rig);
      assert.deepEqual(ended(rig), ['act-1 failed']);
      assert.equal(rig.instance.undertaking, null);
    });
  }

  it('that is overtaken by a fault is done all the same when another is heard', () => {
    const rig = active(plan([router('r1')]));
    switchOver(rig);
    rig.transport('r1', { source: null });
    assert.deepEqual(rig.hear('r1', 50), ['r1 drop']);
    assert.equal(rig.states(), 'r1 fault');
    assert.deepEqual(ended(rig), ['act-1 done']);
  });
});

describe('preemption after a switchover', () => {
  /** Given away to a worse one, which is heard every second from then on. */
  function givenAway(hold: Hold): Rig {
    const rig = active(plan([router('r1')]));
    switchOver(rig, hold);
    rig.hear('r1', 50);
    return rig;
  }
  /** Hear the worse one until we preempt it; how long that took, in s. */
  function preemptedAfter(rig: Rig, limit: number): number | null {
    for (let n = 0; n < limit; n++) {
      rig.pass(1000);
      if (rig.instance.role === 'active') return n;
      rig.hear('r1', 50);
    }
    return null;
  }

  it('is not held with `none`: the better one comes back after Master_Down', () => {
    const rig = givenAway(NONE);
    assert.equal(preemptedAfter(rig, 10), 3);
  });

  it('is held for a time, and says so at its beginning and its end', () => {
    const rig = givenAway({ kind: 'for', ms: 60_000 });
    assert.ok(rig.said().includes('action info: preemption held for 60 s'));
    const after = preemptedAfter(rig, 100);
    assert.ok(after !== null && after >= 60, String(after));
    assert.ok(rig.said().includes('action info: preemption no longer held'));
  });

  it('is held until it is released', () => {
    const rig = givenAway({ kind: 'untilReleased' });
    assert.equal(rig.instance.heldUntil, NEVER);
    assert.equal(preemptedAfter(rig, 1000), null);
    rig.events.length = 0;
    assert.deepEqual(rig.fact({ kind: 'releaseHold', actionId: 'act-2', by: 'eva' }), []);
    assert.deepEqual(ended(rig), ['act-2 done']);
    assert.equal(preemptedAfter(rig, 10), 3);
  });

  it('that is held does not keep a standby from taking over when nobody is heard', () => {
    const rig = givenAway({ kind: 'untilReleased' });
    assert.deepEqual(withoutAdverts(rig.pass(DOWN + 1)), ['3609.4 r1 take']);
  });

  it('is not held by a switchover that was aborted', () => {
    const rig = active(plan([router('r1')]));
    switchOver(rig, { kind: 'untilReleased' });
    rig.pass(LET_GO);
    assert.equal(rig.instance.role, 'active');
    assert.equal(rig.instance.heldUntil, Number.NEGATIVE_INFINITY);
  });
});

describe('stopping', () => {
  const stop = (rig: Rig): string[] => rig.fact({ kind: 'stop', by: 'SIGTERM' });

  it('while active says priority 0 and keeps the addresses until another is heard', () => {
    const rig = active(TWO);
    assert.deepEqual(stop(rig), ['r1 advert 0', 'r2 advert 0']);
    assert.deepEqual(rig.hear('r1', 50), ['r1 drop']);
    assert.deepEqual(rig.hear('r2', 50), ['r2 drop', 'stopped']);
    assert.ok(rig.said().includes('address info: 1 address let go after 192.0.2.9 was heard'));
  });

  it('takes one interval and the largest skew at most', () => {
    const rig = active(TWO);
    stop(rig);
    assert.deepEqual(rig.pass(10_000), ['1996.1 r1 drop', '1996.1 r2 drop', '1996.1 stopped']);
    assert.equal(round(rig.now), round(DOWN + 10_000));
  });

  it('in standby and in fault is over at once', () => {
    const standby = started(TWO);
    standby.hear('r1', 200);
    assert.deepEqual(stop(standby), ['stopped']);
    const faulty = started(TWO);
    faulty.transport('r1', { addressUp: false });
    assert.deepEqual(stop(faulty), ['stopped']);
  });

  it('without routers, or before the start, is over at once', () => {
    assert.deepEqual(stop(started(plan([]))), ['stopped']);
  });

  it('says `stopped` once and nothing afterwards, whatever still arrives', () => {
    const rig = active(TWO);
    const all = [...stop(rig), ...stop(rig), ...rig.pass(5000), ...stop(rig)];
    all.push(
      ...rig.hear('r1', 200),
      ...rig.transport('r1', { addressUp: false }),
      ...rig.reload(TWO),
      ...rig.pass(60_000),
    );
    assert.equal(all.filter((effect) => effect.endsWith('stopped')).length, 1);
    assert.ok(all.at(-1)?.endsWith('stopped'));
    assert.equal(rig.instance.phase, 'stopped');
  });

  it('while letting go for a switchover does not begin the wait anew', () => {
    const rig = active(TWO);
    switchOver(rig);
    rig.pass(1000);
    assert.deepEqual(stop(rig), []);
    assert.deepEqual(rig.pass(10_000), ['996.1 r1 drop', '996.1 r2 drop', '996.1 stopped']);
  });

  it('while letting go may meet a fault, which drops the addresses at once', () => {
    const rig = active(TWO);
    stop(rig);
    assert.deepEqual(rig.transport('r1', { addressUp: false }), ['r1 drop']);
    assert.deepEqual(rig.hear('r2', 1), ['r2 drop', 'stopped']);
  });

  it('claims nothing any more', () => {
    const rig = active(SEPARATE);
    rig.pass(5);
    rig.hear('r2', 200);
    stop(rig);
    assert.deepEqual(rig.pass(1), []);
    assert.deepEqual(withoutAdverts(rig.pass(60_000)), ['1995.1 r1 drop', '1995.1 stopped']);
  });

  it('shows why', () => {
    const rig = active(TWO);
    stop(rig);
    assert.deepEqual(rig.instance.roleReason, { code: 'stopping', by: 'SIGTERM' });
    assert.equal(rig.instance.role, 'standby');
  });
});
