/** What a row of numbers says. Pure. */

export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The middle value, or the mean of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + sorted[(sorted.length >> 1) - 1]!) / 2;
}

/** The smallest value that at least this share (0 to 1) of the values does not exceed (nearest rank); null of nothing. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank - 1))] ?? null;
}

/** Minimum, median and maximum; null of nothing. */
export function summary(values: readonly number[]): Summary | null {
  const middle = median(values);
  if (middle === null) return null;
  return { count: values.length, min: Math.min(...values), median: middle, max: Math.max(...values) };
}

/** `a / b`; null where that says nothing (no value, or division by zero). */
export function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b;
}

/**
 * A place within a period for run number `index` (0 to 1): spread evenly over the runs, without a random number, so that the programs that are
 * compared meet the same places. Golden ratio sequence.
 */
export function phase(index: number): number {
  return (0.5 + index * 0.618_033_988_749_895) % 1;
}
