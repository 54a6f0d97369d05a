/** Service down (brain 7.1–7.3): no instance of the stack is eligible, so traffic passes uninspected rather than not at all. */
import { type Instant, type Ms, NEVER, later } from '../../core/clock.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, say, unsettle } from './draft.ts';
import { faultReason, fitted } from './faults.ts';
import { describeReason } from '../../core/reason.ts';
import { isHolder } from './holder.ts';
import { downOf, heardAt, standingOf } from './peer-queries.ts';
import type { Instance, ServiceDown } from './state.ts';

/** `starting` blocks it for so long after the engine's start, at most. */
const STARTING_MS: Ms = 30_000;
const LEAST_MS: Ms = 1000;
const BACKOFF_FIRST: Ms = 10_000;
const BACKOFF_MOST: Ms = 600_000;

export const NO_SERVICE_DOWN: ServiceDown = {
  since: NEVER,
  declared: false,
  engaged: false,
  tryAt: NEVER,
  backOffMs: BACKOFF_FIRST,
};

/** Whether this instance could serve, but for the bypass itself. */
function selfFit(instance: Instance): boolean {
  if (instance.maintenance !== null) return false;
  return instance.groups.some((group) =>
    instance.faults.every(
      (f) => f.router !== '' && instance.routers.find((r) => r.plan.name === f.router)?.plan.group !== group.name,
    ),
  );
}

/** Nobody: neither this instance nor any peer (brain 7.1). */
function nobody(turn: Turn): boolean {
  const { draft, now } = turn;
  if (draft.phase !== 'running') return false;
  if (draft.role === 'starting' && now - draft.startedAt < STARTING_MS) return false;
  if (heardLately(draft, now)) return false;
  const engaged = draft.serviceDown.engaged || draft.latched !== null || draft.bypass.operator !== null;
  if (selfFit(draft) && !engaged) return false;
  return draft.peers.every((peer) => {
    const is = standingOf(draft, peer, null, now);
    return is === 'ineligible' || is === 'gone';
  });
}

/** An advert with priority > 0 for one of our VRIDs: somebody serves. */
function heardLately(instance: Instance, now: Instant): boolean {
  return instance.groups.some((group) => now - heardAt(instance, group) <= downOf(instance));
}

/** At the end of every turn that may have changed it, and when it is due. */
export function judgeService(turn: Turn): void {
  const { draft, now } = turn;
  if (draft.routers.length === 0) return;
  const before = draft.serviceDown;
  if (!nobody(turn)) return restored(turn, before);
  const since = before.since === NEVER ? now : before.since;
  draft.serviceDown = { ...before, since };
  if (now < later(since, Math.max(LEAST_MS, downOf(draft)))) return;
  if (!before.declared) declare(turn);
  engageOrTry(turn);
}

function restored(turn: Turn, before: ServiceDown): void {
  const { draft, now } = turn;
  if (before.since === NEVER && !before.engaged) return;
  const somebodyElse =
    heardLately(draft, now) || draft.peers.some((peer) => standingOf(draft, peer, null, now) === 'eligible');
  // Engaged, and nobody else is fit: only the trial of `engageOrTry` ends it.
  if (before.engaged && !somebodyElse) return;
  draft.serviceDown = { ...NO_SERVICE_DOWN };
  clearCondition(turn, 'serviceDown', '');
  unsettle(turn);
  if (before.declared) {
    say(turn, 'bypass', 'info', { code: 'serviceRestored', detail: 'an instance of the stack is eligible again' });
  }
}

function declare(turn: Turn): void {
  const { draft } = turn;
  draft.serviceDown = { ...draft.serviceDown, declared: true };
  unsettle(turn);
  const why =
    draft.faults.map((fault) => describeReason(faultReason(fault)).text).join('; ') || 'this instance is not eligible';
  say(turn, 'bypass', 'critical', { code: 'serviceDown', detail: why });
  raiseCondition(turn, 'serviceDown', '', why);
}

/** The holder engages; once it has no fault itself, it tries inline from time to time (brain 7.3). */
function engageOrTry(turn: Turn): void {
  const { draft, now } = turn;
  const down = draft.serviceDown;
  const engages = draft.plan.bypass.onServiceDown && isHolder(draft) && fitted(draft) && draft.maintenance === null;
  if (!engages) return;
  if (!down.engaged) {
    draft.serviceDown = { ...down, engaged: true, tryAt: later(now, down.backOffMs) };
    return unsettle(turn);
  }
  if (now < down.tryAt) return;
  if (!selfFit(draft)) {
    draft.serviceDown = { ...down, tryAt: later(now, BACKOFF_FIRST) };
    return;
  }
  tryInline(turn);
}

/** Inline for `settle`: then this instance is eligible, or a fault engages the bypass again, for longer. */
function tryInline(turn: Turn): void {
  const { draft } = turn;
  const backOffMs = Math.min(BACKOFF_MOST, draft.serviceDown.backOffMs * 2);
  draft.serviceDown = { ...NO_SERVICE_DOWN, backOffMs };
  clearCondition(turn, 'serviceDown', '');
  unsettle(turn);
  say(turn, 'bypass', 'info', {
    code: 'serviceRestored',
    detail: 'this instance has no fault any more: trying inline',
  });
}

/** An operator releases the bypass: a new start. */
export function releaseServiceDown(turn: Turn): void {
  turn.draft.serviceDown = NO_SERVICE_DOWN;
  clearCondition(turn, 'serviceDown', '');
}

/** When it has to be judged again without any other fact. */
export function serviceDueAt(instance: Instance): Instant {
  const { since, engaged, tryAt, declared } = instance.serviceDown;
  if (engaged) return tryAt;
  if (since !== NEVER && !declared) return later(since, Math.max(LEAST_MS, downOf(instance)));
  return NEVER;
}
