/** Which router of a dead engine lets its addresses go, and when (brain 5.6). Pure. */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant } from '../../core/clock.ts';
import type { Will, WillRouter } from '../channel.ts';

/** A router whose addresses are still kept. */
export interface Kept {
  readonly router: WillRouter;
  /** At the latest then. */
  readonly deadline: Instant;
}

export interface LettingGo {
  readonly kept: readonly Kept[];
}

/** When the priority 0 adverts have been sent everything is kept. A router that holds nothing has nothing to wait for. */
export function beginLettingGo(will: Will, now: Instant): LettingGo {
  const holding = will.routers.filter((router) => router.addresses.length + router.macvlans.length > 0);
  return { kept: holding.map((router) => ({ router, deadline: later(now, router.letGoMs) })) };
}

/** Another's advert was heard for this router: it alone lets go. Null if it did before. */
export function anotherHeard(state: LettingGo, router: WillRouter): { state: LettingGo; release: WillRouter | null } {
  const kept = state.kept.filter((one) => one.router !== router);
  return kept.length === state.kept.length ? { state, release: null } : { state: { kept }, release: router };
}

/** The routers whose time is up. */
export function timeIsUp(state: LettingGo, now: Instant): { state: LettingGo; release: readonly WillRouter[] } {
  const release = state.kept.filter((one) => now >= one.deadline).map((one) => one.router);
  return { state: { kept: state.kept.filter((one) => now < one.deadline) }, release };
}

/** When `timeIsUp` has something to say next. */
export function nextDeadline(state: LettingGo): Instant {
  return state.kept.reduce<Instant>((first, one) => (one.deadline < first ? one.deadline : first), NEVER);
}

/** The longest letting go of a will, ms. */
export function longestLetGo(will: Will): number {
  return will.routers.reduce((longest, router) => Math.max(longest, router.letGoMs), 0);
}
