/** Flaps (brain 8): leaving the active role by fault, resignation, bandwidth or death, and what too many of them lead to. */
import { type Instant, NEVER, later } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, routersOf, say, unsettle } from './draft.ts';
import { clearFault, raiseFault } from './fault-facts.ts';
import { standing } from './faults.ts';
import { flapCount, flapsInWindow, overLimit } from './flap-window.ts';
import { latchBypasses } from './holder.ts';
import { someoneEligible } from './peer-queries.ts';
import { protect } from './protection.ts';
import { endWhenSaved } from './saved.ts';
import type { Fact } from './fact.ts';
import type { Group, Instance } from './state.ts';

/** Reasons of an operator, and of an election that was lost, are none. */
const NO_FLAP: ReadonlySet<Reason['code']> = new Set([
  'maintenance',
  'switchover',
  'stopping',
  'bypassRead',
  'bypassWanted',
]);

/** This instance leaves active for the group. It counts if that was the last one (brain 8.1). */
export function noteFlap(turn: Turn, leaving: Group, reason: Reason): void {
  const { draft, now } = turn;
  if (NO_FLAP.has(reason.code) || draft.phase !== 'running') return;
  const others = draft.groups.filter((g) => g.name !== leaving.name);
  if (others.some((g) => routersOf(draft, g).some((r) => r.machine.state === 'active'))) return;
  draft.flaps = [...flapsInWindow(draft, now), now];
  turn.dirty = true;
  const { max } = draft.plan.flaps;
  const count = flapCount(draft, now);
  say(turn, 'flap', max > 0 && count >= max ? 'critical' : 'warning', { code: 'flapped', count, max });
  judgeFlaps(turn);
  protect(turn);
}

/** Hold the count against the limit. The latch is on the disk before the driver is told (brain 8.3): see bypass.ts. */
export function judgeFlaps(turn: Turn): void {
  const { draft, now } = turn;
  if (draft.latched !== null) return raiseLatchFault(turn);
  draft.flaps = flapsInWindow(draft, now);
  if (!overLimit(draft, now)) return clearCondition(turn, 'flapLimitReached', '');
  const { max } = draft.plan.flaps;
  const count = flapCount(draft, now);
  const bypasses = latchBypasses(draft);
  // Two latches must not empty the stack (brain 8.4).
  if (!bypasses && !draft.groups.some((g) => someoneEligible(draft, g.name, now))) {
    return raiseCondition(turn, 'flapLimitReached', '', `${count} times, ${max} are allowed`);
  }
  clearCondition(turn, 'flapLimitReached', '');
  draft.latched = { since: now, saved: false };
  protect(turn);
  say(turn, 'flap', 'critical', { code: 'latched', count, max, action: bypasses ? 'bypass' : 'fault' });
  raiseFault(turn, 'flapLimit', '', `${count} times, ${max} are allowed`);
}

/** Who stayed in service at its limit, as nobody else was eligible, is judged again when that, or the window, has changed (brain 8.4). */
export function judgeFlapsAgain(turn: Turn): void {
  if (turn.draft.conditions.some((c) => c.name === 'flapLimitReached')) judgeFlaps(turn);
}

/** When a flap leaves the window that keeps an alarm standing. */
export function flapsDueAt({ conditions, flaps, plan }: Instance): Instant {
  const stands = conditions.some((c) => c.name === 'flapLimitReached');
  return stands && flaps[0] !== undefined ? later(flaps[0], plan.flaps.windowMs) : NEVER;
}

function raiseLatchFault(turn: Turn): void {
  const { draft, now } = turn;
  raiseFault(
    turn,
    'flapLimit',
    '',
    `${flapCount(draft, now)} times, ${draft.plan.flaps.max} are allowed; until \`bypass release\``,
  );
}

/** By an operator alone (brain 8.3): the count is forgotten, a latched bypass stays. */
export function resetFlaps(turn: Turn, { by, actionId }: Extract<Fact, { kind: 'flapsReset' }>): void {
  const { draft } = turn;
  if (!latchBypasses(draft)) draft.latched = null;
  forgetFlaps(turn);
  if (draft.latched === null) clearFault(turn, 'flapLimit', '');
  endWhenSaved(turn, { of: 'flaps', kind: 'flap', reason: { code: 'flapsReset', by }, actionId });
}

/** Also when a latched bypass is released. */
export function forgetFlaps(turn: Turn): void {
  turn.draft.flaps = [];
  clearCondition(turn, 'flapLimitReached', '');
  unsettle(turn);
  protect(turn);
}

/** Opens the latch, and ends `flapLimit` where that is a fault alone (brain 8.3); false if there is neither. */
export function openLatch(turn: Turn): boolean {
  if (turn.draft.latched === null && standing(turn.draft, 'flapLimit', '') === null) return false;
  turn.draft.latched = null;
  forgetFlaps(turn);
  clearFault(turn, 'flapLimit', '');
  return true;
}
