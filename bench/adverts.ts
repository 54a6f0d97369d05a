/** What the wire says about the adverts of one router: pure, from what was captured. */
import { percentile } from './statistics.ts';

/** An advert of the router that is watched. `at` in ms, stamped by the kernel that received it. */
export interface CapturedAdvert {
  readonly at: number;
  readonly source: string;
  readonly priority: number;
}

/** How regular the adverts of the active instance were. */
export interface Regularity {
  /** Adverts seen. */
  readonly count: number;
  /** What the gaps between two adverts exceed the interval by, ms: middle, 99 of 100, worst. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  /** Adverts that should have come in the gaps and did not. */
  readonly missed: number;
}

/**
 * The gaps between the adverts of one source. What counts for the other instance is the gap, not the place on a time table: its timer starts
 * anew with each advert.
 */
export function regularity(adverts: readonly CapturedAdvert[], source: string, intervalMs: number): Regularity {
  const times = adverts.filter((advert) => advert.source === source).map(({ at }) => at);
  const gaps = times.slice(1).map((at, i) => at - times[i]!);
  const over = gaps.map((gap) => Math.max(0, gap - intervalMs));
  const missed = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / intervalMs) - 1), 0);
  return {
    count: times.length,
    p50: percentile(over, 0.5) ?? 0,
    p99: percentile(over, 0.99) ?? 0,
    worst: percentile(over, 1) ?? 0,
    missed,
  };
}

/** How often another source began to advertise, with a priority above zero, while `active` was the one: false failovers. */
export function takeovers(adverts: readonly CapturedAdvert[], active: string): number {
  let last = active;
  let count = 0;
  for (const { source, priority } of adverts) {
    if (priority === 0) continue;
    if (source !== active && last === active) count += 1;
    last = source;
  }
  return count;
}
