/** Which router of a dead engine lets its addresses go, and when (brain 5.6). Pure. */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant } from '../../core/clock.ts';
import { lingerTime } from '../../vrrp/timers.ts';
import type { Will, WillRouter } from '../channel.ts';

/** A router whose addresses are still kept. */
export interface Kept {
  readonly router: WillRouter;
  /** At the latest then. */
  readonly deadline: Instant;
  /** The other router that was heard; null while we wait for one. */
  readonly heard: string | null;
}

export interface LettingGo {
  readonly kept: readonly Kept[];
}

/** When the priority 0 adverts have been sent everything is kept. A router that holds nothing has nothing to wait for. */
export function beginLettingGo(routers: readonly WillRouter[], now: Instant): LettingGo {
  const holding = routers.filter(holdsSomething);
  return { kept: holding.map((router) => ({ router, deadline: later(now, router.letGoMs), heard: null })) };
}

/** Another's advert was heard for this router: it lets go when that one has had the time to take its addresses (`lingerTime`). */
export function anotherHeard(state: LettingGo, router: WillRouter, source: string, now: Instant): LettingGo {
  const deadline = later(now, lingerTime(addressesOf(state.kept.map((one) => one.router))));
  const kept = state.kept.map((one) =>
    one.router === router && one.heard === null ? { router, deadline, heard: source } : one,
  );
  return { kept };
}

/** A router that was held gives in to another that was heard: the same, but nothing was said about it before. */
export function giveIn(state: LettingGo, router: WillRouter, source: string, now: Instant): LettingGo {
  if (!holdsSomething(router)) return state;
  const deadline = later(now, lingerTime(addressesOf([...state.kept.map((one) => one.router), router])));
  return { kept: [...state.kept, { router, deadline, heard: source }] };
}

/** The routers whose time is up. */
export function timeIsUp(state: LettingGo, now: Instant): { state: LettingGo; release: readonly Kept[] } {
  const release = state.kept.filter((one) => now >= one.deadline);
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

/** All that may move together: whoever takes over takes them one after the other. */
const addressesOf = (routers: readonly WillRouter[]): number =>
  routers.reduce((sum, router) => sum + router.addresses.length, 0);

const holdsSomething = (router: WillRouter): boolean => router.addresses.length + router.macvlans.length > 0;
