/** How many datagrams of one source are looked at: what a flood costs is bounded before any key is tried. Pure. */
import type { Instant } from '../../core/clock.ts';

export interface Budget {
  /** May one more be looked at? */
  take(now: Instant): boolean;
  /** Those that were not, since the beginning. */
  readonly dropped: number;
}

const WINDOW_MS = 1000;

export function createBudget(perSecond: number): Budget {
  let began = Number.NEGATIVE_INFINITY;
  let taken = 0;
  let dropped = 0;
  return {
    take(now) {
      if (now - began >= WINDOW_MS) {
        began = now;
        taken = 0;
      }
      if (taken >= perSecond) {
        dropped += 1;
        return false;
      }
      taken += 1;
      return true;
    },
    get dropped() {
      return dropped;
    },
  };
}
