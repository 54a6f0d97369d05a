/** How long the engine may be silent before it counts as hung (brain 6.1). Pure. */
import type { Instant, Ms } from '../../core/clock.ts';

const BASE_REALTIME: Ms = 100;
const BASE: Ms = 1000;
const MOST: Ms = 2000;
const MEMORY: Ms = 60_000;
const SLICE: Ms = 10_000;

/** Three ordinary gaps fit into the shortest limit. More ticks would find nothing sooner, and each costs both sides some 0.2 ms of a core. */
export function tickPeriod(realtime: boolean): Ms {
  return Math.floor((realtime ? BASE_REALTIME : BASE) / 3);
}

/** The worst gaps between ticks, by slices of ten seconds, newest last. */
export type Gaps = readonly { readonly from: Instant; readonly worst: Ms }[];

/** Adds a gap that ended at `now`; what is older than a minute is forgotten. */
export function addGap(gaps: Gaps, now: Instant, gap: Ms): Gaps {
  const newest = gaps.at(-1);
  if (newest !== undefined && now - newest.from < SLICE) {
    return gap <= newest.worst ? gaps : [...gaps.slice(0, -1), { from: newest.from, worst: gap }];
  }
  return [...gaps.filter((slice) => now - slice.from < MEMORY), { from: now, worst: gap }];
}

/** The worst gap of the last minute, 0 if there was none. */
export function worstGap(gaps: Gaps, now: Instant): Ms {
  let worst = 0;
  for (const slice of gaps) if (now - slice.from < MEMORY + SLICE && slice.worst > worst) worst = slice.worst;
  return worst;
}

/** 100 ms under real time, 1 s otherwise; at least three times the worst gap; at most 2 s. */
export function hangLimit(realtime: boolean, worst: Ms): Ms {
  return Math.min(MOST, Math.max(realtime ? BASE_REALTIME : BASE, 3 * worst));
}
