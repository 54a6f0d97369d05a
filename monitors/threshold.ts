/**
 * When enough results in a row count (vrrp.md 2.6). One integer from 0 to rise + fall - 1: below `rise` lie the steps up, from `rise` on the
 * steps down, so that one success takes back every failure and one failure every success. Pure.
 */

export interface ThresholdLimits {
  /** Good results in a row until it is up. At least 1. */
  readonly rise: number;
  /** Bad results in a row until it is down. At least 1. */
  readonly fall: number;
}

export interface Threshold {
  readonly limits: ThresholdLimits;
  /** 0 … rise + fall - 1. */
  readonly result: number;
  /** null until `rise` good or `fall` bad results in a row have been seen: neither failed nor confirmed. */
  readonly up: boolean | null;
  /** Bad results in a row that have not brought it down yet. */
  readonly failing: number;
  /** Good results in a row that have not brought it up yet. */
  readonly rising: number;
}

/** A threshold that nothing is known of. */
export function newThreshold(limits: ThresholdLimits): Threshold {
  return at(limits, 0, null);
}

/** The threshold after one more result. */
export function addResult(state: Threshold, good: boolean): Threshold {
  const { limits, up } = state;
  const { rise } = limits;
  const top = rise + limits.fall - 1;
  if (good) {
    // Undecided, the number may lie on the side of the failures: a success takes those back first.
    const from = up === null && state.result >= rise ? 0 : state.result;
    return from + 1 < rise ? at(limits, from + 1, up) : at(limits, top, true);
  }
  const from = up === null && state.result < rise ? top : state.result;
  return from > rise ? at(limits, from - 1, up) : at(limits, 0, false);
}

/** The same verdict under other limits: what was decided stays, the runs begin anew. */
export function withLimits(state: Threshold, limits: ThresholdLimits): Threshold {
  const { rise, fall } = state.limits;
  if (rise === limits.rise && fall === limits.fall) return state;
  return at(limits, state.up === true ? limits.rise + limits.fall - 1 : 0, state.up);
}

function at(limits: ThresholdLimits, result: number, up: boolean | null): Threshold {
  const below = result < limits.rise;
  return {
    limits,
    result,
    up,
    failing: below ? 0 : limits.rise + limits.fall - 1 - result,
    rising: below ? result : 0,
  };
}
