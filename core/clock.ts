/**
 * Time. Decisions use milliseconds of the monotonic clock only; wall time is for display.
 * The brand keeps a duration or a wall time from being passed where a point in time is meant.
 */
declare const instant: unique symbol;

/** A point in time: milliseconds (with fractions) on a monotonic clock of arbitrary origin. */
export type Instant = number & { readonly [instant]: true };

/** A duration in milliseconds. */
export type Ms = number;

/** No deadline: later than every instant. */
export const NEVER = Number.POSITIVE_INFINITY as Instant;

/** Source of time, injected at the composition root; the simulator brings its own. */
export interface Clock {
  /** Now, on the monotonic clock. */
  now(): Instant;
  /** Now, on the wall clock, in milliseconds since 1970 (display only). */
  wall(): number;
}

/** The point in time `after` milliseconds later than `from`. */
export function later(from: Instant, after: Ms): Instant {
  return (from + after) as Instant;
}

/** The kernel's monotonic clock and wall clock. */
export const systemClock: Clock = {
  now: () => performance.now() as Instant,
  wall: () => Date.now(),
};
