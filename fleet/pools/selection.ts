/**
 * Which mirror gets the next query: the reference's four strategies, as pure functions of statistics, time and a random number. A selection never refuses: of
 * mirrors that are all dead it takes the least bad.
 */
import { createStatistics, recent } from './statistics.ts';
import type { MirrorStatistics, Recent } from './statistics.ts';

export const STRATEGIES = ['random', 'roundrobin', 'nodeads', 'noerrors'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** So many errors in a row are forgiven; one more, and the mirror counts as dead. */
export const FORGIVEN = 3;
/** Share of errors that counts as none. */
export const TOLERANCE = 0.03;

/** A pool's memory. Made by `createSelection`, changed by `pick` and by what is counted in its statistics. */
export interface Selection {
  readonly strategy: Strategy;
  readonly karmaMs: number;
  readonly statistics: readonly MirrorStatistics[];
  /** Percent, in sum 100. */
  readonly weights: Float64Array;
  weighedAt: number;
  /** Of `roundrobin`. */
  turn: number;
  /** Room for the tied, so that a pick allocates nothing. */
  readonly tied: Int32Array;
  readonly sums: Recent;
}

export function createSelection(mirrors: number, strategy: Strategy, karmaMs: number, now: number): Selection {
  return {
    strategy,
    karmaMs,
    statistics: Array.from({ length: mirrors }, () => createStatistics(karmaMs)),
    weights: new Float64Array(mirrors).fill(100 / mirrors),
    weighedAt: now,
    turn: 0,
    tied: new Int32Array(mirrors),
    sums: { total: 0, critical: 0, warnings: 0, succeeded: 0, queryMs: 0 },
  };
}

/** Index of the mirror for the next query. `random()` in [0, 1). Time: monotonic ms. */
export function pick(selection: Selection, now: number, random: () => number): number {
  const count = selection.statistics.length;
  if (count === 1) return 0;
  switch (selection.strategy) {
    case 'random':
      return Math.floor(random() * count);
    case 'roundrobin': {
      const { turn } = selection;
      selection.turn = (turn + 1) % count;
      return turn;
    }
    case 'nodeads':
      weigh(selection, now);
      return withoutDead(selection, random);
    case 'noerrors':
      weigh(selection, now);
      return fewestErrors(selection, now, random);
  }
}

function withoutDead(selection: Selection, random: () => number): number {
  const { statistics, tied } = selection;
  let best = Number.POSITIVE_INFINITY;
  let length = 0;
  for (let index = 0; index < statistics.length; index += 1) {
    const { errorsInARow } = statistics[index]!;
    const score = errorsInARow > FORGIVEN ? errorsInARow : 0;
    if (score > best) continue;
    if (score < best) length = 0;
    best = score;
    tied[length++] = index;
  }
  return byWeight(selection, length, random);
}

function fewestErrors(selection: Selection, now: number, random: () => number): number {
  const { statistics, tied, sums } = selection;
  let bestCritical = Number.POSITIVE_INFINITY;
  let bestAll = Number.POSITIVE_INFINITY;
  let length = 0;
  for (let index = 0; index < statistics.length; index += 1) {
    recent(statistics[index]!, now, sums);
    if (sums.succeeded === 0) continue;
    const critical = forgive(sums.critical / sums.total);
    const all = forgive((sums.critical + sums.warnings) / sums.total);
    if (critical > bestCritical || (critical === bestCritical && all > bestAll)) continue;
    if (critical < bestCritical || all < bestAll) length = 0;
    bestCritical = critical;
    bestAll = all;
    tied[length++] = index;
  }
  // Nobody has succeeded lately: any is as good as another.
  if (length === 0) return Math.floor(random() * statistics.length);
  return byWeight(selection, length, random);
}

const forgive = (share: number): number => (share <= TOLERANCE ? 0 : share);

/** One of the first `length` of the tied, by chance, in proportion to their weights. */
function byWeight({ tied, weights }: Selection, length: number, random: () => number): number {
  if (length === 1) return tied[0]!;
  let sum = 0;
  for (let at = 0; at < length; at += 1) sum += weights[tied[at]!]!;
  // None of them was ever measured.
  if (sum === 0) return tied[Math.floor(random() * length)]!;
  let left = random() * sum;
  for (let at = 0; at < length; at += 1) {
    left -= weights[tied[at]!]!;
    if (left < 0) return tied[at]!;
  }
  return tied[length - 1]!;
}

/**
 * New weights, by inverse latency, once half a karma has passed. They do not depend on the weights before (the reference's code; its manual multiplies).
 * A mirror without any query in the window but with an answered ping is weighed by that: the reference gives it 0, and one that came back would
 * never be asked again while the others are well.
 */
function weigh(selection: Selection, now: number): void {
  if (now - selection.weighedAt <= selection.karmaMs / 2) return;
  selection.weighedAt = now;
  const { statistics, weights, sums } = selection;
  const speeds = statistics.map((one) => {
    recent(one, now, sums);
    const latency = sums.queryMs > 0 ? sums.queryMs / sums.total : pingLatency(one, now);
    return latency > 0 ? 1 / latency : 0;
  });
  const sum = speeds.reduce((total, speed) => total + speed, 0);
  if (sum === 0) return;
  for (const [index, speed] of speeds.entries()) weights[index] = (speed / sum) * 100;
}

/** Round trip of a ping in the last karma; 0 = none. */
function pingLatency({ pingMs, pingedAt, karmaMs, errorsInARow }: MirrorStatistics, now: number): number {
  if (pingMs === null || pingedAt === null || now - pingedAt > karmaMs || errorsInARow > FORGIVEN) return 0;
  return Math.max(pingMs, 0.001);
}
