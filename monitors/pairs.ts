/**
 * Link pairs: which inline segments carry traffic (design section 6, brain 2 and 2.5). Pure; what the ports say comes from outside.
 * Every function gives back the same object if nothing has changed.
 */
import type { Instant, Ms } from '../core/clock.ts';
import type { LinksStatus, PairState } from '../core/status.ts';
import type { PairPlan } from '../config/plan.ts';

export interface Pair {
  readonly plan: PairPlan;
  /** Carrier of the two ports, as last read. */
  readonly outside: boolean;
  readonly inside: boolean;
  /** Since when each of them says so. */
  readonly outsideSince: Instant;
  readonly insideSince: Instant;
  readonly state: PairState;
  /** Since when it is in that state. */
  readonly since: Instant;
}

export interface Pairs {
  /** False while the bypass driver reads `bypass`: cards drop the carrier then (brain 2.5). */
  readonly measured: boolean;
  readonly pairs: readonly Pair[];
}

export interface LinkVerdict {
  /** Fewer pairs are up than there must be: the fault `linkPairs`. */
  readonly short: boolean;
  /** Not one is up (brain 2). */
  readonly hard: boolean;
  /** What is missing, for a person: `link pairs 0 of 1: wan1 down (eth0 no carrier)`; empty if nothing is. */
  readonly detail: string;
  /**
   * Since when as many pairs as there must be have each been up without a break: the fault clears FAULTS.linkPairs.clearsAfterMs later.
   * Infinity while too few are up, -Infinity where nothing is demanded or measured.
   */
  readonly sinceUnbroken: Instant;
}

/** Tells whether a port has carrier. */
export type Carrier = (interfaceName: string) => boolean;

const ALWAYS = Number.NEGATIVE_INFINITY as Instant;
const NOT_YET = Number.POSITIVE_INFINITY as Instant;
const NO_CARRIER: Carrier = () => false;

/** Pairs that are named in a detail; a text of 64 is nothing that a log or a trap can carry. */
const MOST_NAMED = 8;

/** The pairs of a plan. A port that `carrier` is not given for has none until it is observed. */
export function newPairs(plan: readonly PairPlan[], now: Instant, carrier: Carrier = NO_CARRIER): Pairs {
  return { measured: true, pairs: plan.map((pair) => newPair(pair, true, now, carrier)) };
}

/** The same after a reload: a pair that is still there keeps its state and its time. */
export function replanPairs(before: Pairs, plan: readonly PairPlan[], now: Instant, carrier: Carrier): Pairs {
  return {
    measured: before.measured,
    pairs: plan.map(
      (pair) => before.pairs.find((known) => same(known.plan, pair)) ?? newPair(pair, before.measured, now, carrier),
    ),
  };
}

/** A port was read, or the kernel told of it. */
export function observePort(pairs: Pairs, interfaceName: string, carrier: boolean, now: Instant): Pairs {
  let changed = false;
  const list = pairs.pairs.map((pair) => {
    const outside = pair.plan.outside === interfaceName ? carrier : pair.outside;
    const inside = pair.plan.inside === interfaceName ? carrier : pair.inside;
    if (outside === pair.outside && inside === pair.inside) return pair;
    changed = true;
    const outsideSince = outside === pair.outside ? pair.outsideSince : now;
    const insideSince = inside === pair.inside ? pair.insideSince : now;
    return shown({ ...pair, outside, inside, outsideSince, insideSince }, pairs.measured, now);
  });
  return changed ? { ...pairs, pairs: list } : pairs;
}

/** Whether link pairs can be judged: not while the bypass driver reads `bypass` (brain 2.5). Measured again, their time begins anew. */
export function measured(pairs: Pairs, yes: boolean, now: Instant): Pairs {
  if (pairs.measured === yes) return pairs;
  return { measured: yes, pairs: pairs.pairs.map((pair) => shown(pair, yes, now)) };
}

/** Number of pairs that are up; none is while they are not measured. */
export function activeCount(pairs: Pairs): number {
  return pairs.pairs.filter((pair) => pair.state === 'up').length;
}

/** The fault question. `minimumActive` 0 = never a fault. */
export function verdict(pairs: Pairs, minimumActive: number): LinkVerdict {
  if (!pairs.measured || minimumActive === 0) {
    return { short: false, hard: false, detail: '', sinceUnbroken: ALWAYS };
  }
  // Each pair's own time, not the count's: two that take turns are no segment that can be relied on.
  const upSince = pairs.pairs.filter((pair) => pair.state === 'up').map((pair) => pair.since);
  const unbroken = upSince.toSorted((a, b) => a - b)[minimumActive - 1];
  if (unbroken !== undefined) return { short: false, hard: false, detail: '', sinceUnbroken: unbroken };
  return { short: true, hard: upSince.length === 0, detail: detailOf(pairs, minimumActive), sinceUnbroken: NOT_YET };
}

/** The section of the status; `text` prints a point in time. */
export function linksStatus(
  pairs: Pairs,
  { minimumActive, intervalMs }: { readonly minimumActive: number; readonly intervalMs: Ms },
  text: (at: Instant) => string,
): LinksStatus {
  return {
    active: activeCount(pairs),
    minimum: minimumActive,
    intervalMs,
    pairs: pairs.pairs.map(({ plan, state, outside, inside, outsideSince, insideSince, since }) => ({
      name: plan.name,
      state,
      outside,
      inside,
      outsideInterface: plan.outside,
      insideInterface: plan.inside,
      outsideSince: text(outsideSince),
      insideSince: text(insideSince),
      since: text(since),
    })),
  };
}

function newPair(plan: PairPlan, isMeasured: boolean, now: Instant, carrier: Carrier): Pair {
  const outside = carrier(plan.outside);
  const inside = carrier(plan.inside);
  const state = stateOf(outside, inside, isMeasured);
  return { plan, outside, inside, outsideSince: now, insideSince: now, state, since: now };
}

function shown(pair: Pair, isMeasured: boolean, now: Instant): Pair {
  const state = stateOf(pair.outside, pair.inside, isMeasured);
  return state === pair.state ? pair : { ...pair, state, since: now };
}

function stateOf(outside: boolean, inside: boolean, isMeasured: boolean): PairState {
  if (!isMeasured) return 'notMeasured';
  if (outside && inside) return 'up';
  return outside || inside ? 'half' : 'down';
}

function detailOf(pairs: Pairs, minimumActive: number): string {
  const all = pairs.pairs.length;
  const wanting = pairs.pairs.filter((pair) => pair.state !== 'up');
  const named = wanting.slice(0, MOST_NAMED).map(({ plan, outside, inside }) => {
    const dead = [...(outside ? [] : [plan.outside]), ...(inside ? [] : [plan.inside])];
    return `${plan.name} down (${dead.join(', ')} no carrier)`;
  });
  const more = wanting.length > MOST_NAMED ? [`and ${wanting.length - MOST_NAMED} more`] : [];
  const minimum = minimumActive === all ? '' : `, minimum ${minimumActive}`;
  return `link pairs ${all - wanting.length} of ${all}${minimum}: ${[...named, ...more].join(', ')}`;
}

function same(a: PairPlan, b: PairPlan): boolean {
  return a.name === b.name && a.outside === b.outside && a.inside === b.inside;
}
