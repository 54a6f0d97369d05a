/** How much an agent does for others: so many packets a second, and a burst of them. Pure. */
export interface Rate {
  /** May one more be answered now? */
  take(nowMs: number): boolean;
}

export function createRate(perSecond: number, burst: number): Rate {
  let left = burst;
  let last = Number.NEGATIVE_INFINITY;
  return {
    take(nowMs) {
      left = Math.min(burst, left + Math.max(0, nowMs - last) * (perSecond / 1000));
      last = nowMs;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
