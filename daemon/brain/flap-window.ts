/** Counting flaps in a sliding window (brain 8). Pure. */
import { type Instant, later } from '../../core/clock.ts';
import type { Instance } from './state.ts';

/** The stamps that still count. */
export function flapsInWindow(instance: Instance, now: Instant): readonly Instant[] {
  return instance.flaps.filter((at) => now < later(at, instance.plan.flaps.windowMs));
}

export function flapCount(instance: Instance, now: Instant): number {
  return flapsInWindow(instance, now).length;
}

/** One more is not allowed (brain 8.3: more than `max`). 0 = no limit. */
export function overLimit(instance: Instance, now: Instant): boolean {
  const { max } = instance.plan.flaps;
  return max > 0 && flapCount(instance, now) > max;
}
