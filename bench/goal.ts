/** What a figure has to reach, and whether it did. Pure. */
import type { Summary } from './statistics.ts';
import { ratio } from './statistics.ts';
import { formatNumber, formatValue } from './format.ts';
import type { Unit } from './format.ts';

/** `median` of the runs, `any` single run, or the `ratio` of the medians to keepalived's, is at most this. */
export interface Goal {
  readonly of: 'median' | 'any' | 'ratio';
  readonly most: number;
}

/** `unknown`: not enough was measured to say. */
export type Verdict = 'met' | 'NOT met' | 'unknown';

/** Whether the figures reach the goal. */
export function judge(goal: Goal, ours: Summary | null, theirs: Summary | null): Verdict {
  const value = measured(goal, ours, theirs);
  if (value === null) return 'unknown';
  return value <= goal.most ? 'met' : 'NOT met';
}

function measured(goal: Goal, ours: Summary | null, theirs: Summary | null): number | null {
  if (ours === null) return null;
  if (goal.of === 'median') return ours.median;
  if (goal.of === 'any') return ours.max;
  return ratio(ours.median, theirs?.median ?? null);
}

/** The goal in words: `median ≤ 10 ms`. */
export function goalText(goal: Goal, unit: Unit): string {
  if (goal.of === 'ratio') return `≤ ${formatNumber(goal.most, 2)} × keepalived`;
  const amount = goal.most === 0 ? '0' : formatValue(goal.most, unit);
  return `${goal.of} ${goal.most === 0 ? '=' : '≤'} ${amount}${goal.most === 0 || unit === 'count' ? '' : ` ${unit}`}`;
}
