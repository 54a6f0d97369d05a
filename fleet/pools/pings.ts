/** Which mirrors are due for a ping: those that are idle (the reference's rule). Pure. */
import type { MirrorStatistics } from './statistics.ts';

export interface PingRules {
  /** 0 = never. Also the longest wait of a ping. */
  readonly intervalMs: number;
}

/**
 * Indices of the mirrors that have answered nothing for an interval, and are not being pinged. `pinged` holds when each was last sent a ping
 * (null = never); `blackhole` mirrors are left alone.
 */
export function duePings(
  statistics: readonly MirrorStatistics[],
  pinged: readonly (number | null)[],
  blackhole: readonly boolean[],
  { intervalMs }: PingRules,
  now: number,
): readonly number[] {
  if (intervalMs === 0) return [];
  return [...statistics.keys()].filter((index) => {
    if (blackhole[index] === true) return false;
    const heard = Math.max(
      statistics[index]?.lastAnswerAt ?? Number.NEGATIVE_INFINITY,
      pinged[index] ?? Number.NEGATIVE_INFINITY,
    );
    return now - heard > intervalMs;
  });
}
