/** A switchover without Tandem peers: resign, keep the addresses until another is heard, go on as before if nobody is (brain 5.6). */
import type { Hold } from '../../core/action.ts';
import { NEVER, later } from '../../core/clock.ts';
import { letGoTime } from '../../vrrp/timers.ts';
import { type Turn, routersOf, say, tellGroup, updateGroup } from './draft.ts';
import type { Group } from './state.ts';

const releasing = (turn: Turn): boolean => turn.draft.routers.some((r) => r.machine.state === 'releasing');

/** Called when a router of the group let go: the switchover is done when none is left that keeps its addresses. */
export function finishSwitchover(turn: Turn): void {
  const { undertaking } = turn.draft;
  if (undertaking?.byResigning !== true || releasing(turn)) return;
  turn.draft.undertaking = null;
  hold(turn, undertaking.hold);
  end(turn, { code: 'switchover', by: undertaking.by }, undertaking.actionId, 'done');
}

/** The addresses went another way, by a fault, a stop or a reload: the switchover ended, but nobody is known to have taken over. */
export function noteUnfinishedSwitchover(turn: Turn): void {
  const { undertaking } = turn.draft;
  if (undertaking?.byResigning !== true || releasing(turn)) return;
  turn.draft.undertaking = null;
  const detail = 'this instance let go before anybody took over';
  end(turn, { code: 'actionRefused', action: 'switch over', detail }, undertaking.actionId, 'failed');
}

/** Nobody took over: advertise again, as if nothing had been (brain 5.6). */
export function abortSwitchover(turn: Turn, group: Group): void {
  const { undertaking } = turn.draft;
  const first = routersOf(turn.draft, group)[0]!;
  const waitedMs = turn.now - first.machine.since;
  const reason = {
    code: 'switchoverAborted',
    waitedMs: waitedMs > 0 ? waitedMs : letGoTime(first.plan.version, first.plan.advertIntervalMs),
  } as const;
  turn.cause = reason;
  turn.dirty = true;
  updateGroup(turn, group.name, { resigned: false });
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'releasing',
    () => ({ kind: 'reclaim', reason }),
  );
  if (undertaking?.byResigning !== true) return;
  turn.draft.undertaking = null;
  end(turn, reason, undertaking.actionId, 'failed');
}

function hold(turn: Turn, wanted: Hold): void {
  if (wanted.kind === 'none') return;
  turn.draft.heldUntil = wanted.kind === 'for' ? later(turn.now, wanted.ms) : NEVER;
  const until = wanted.kind === 'for' ? `for ${Math.round(wanted.ms / 1000)} s` : 'until released';
  say(turn, 'action', 'info', { code: 'preemptionHeld', until });
}

/** An operator ends the hold. It is where the role is: on the instance that took over. */
export function endHold(turn: Turn, actionId: string): void {
  const { draft } = turn;
  if (draft.heldUntil > turn.now || draft.groups.some((g) => g.elevated !== null)) return releaseHold(turn, actionId);
  const reason = { code: 'actionRefused', action: 'release the hold', detail: 'preemption is not held here' } as const;
  end(turn, reason, actionId, 'failed');
}

/** The hold is over, by its time or by an operator: a role that was held here may be asked back. */
export function releaseHold(turn: Turn, actionId: string | null): void {
  turn.draft.heldUntil = Number.NEGATIVE_INFINITY as typeof turn.draft.heldUntil;
  for (const group of turn.draft.groups) {
    if (group.elevated !== null && group.elevated.until === null) updateGroup(turn, group.name, { elevated: null });
  }
  turn.dirty = true;
  say(turn, 'action', 'info', { code: 'preemptionReleased' }, actionId === null ? {} : { actionId, ended: 'done' });
}

function end(turn: Turn, reason: Parameters<typeof say>[3], actionId: string | null, ended: 'done' | 'failed'): void {
  if (actionId !== null) say(turn, 'action', ended === 'done' ? 'info' : 'warning', reason, { actionId, ended });
}
