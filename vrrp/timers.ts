/** Timing arithmetic of VRRP, in milliseconds. Pure; priorities are those in use, intervals those of the active router. */
import type { Ms } from '../core/clock.ts';

/** Fraction of a unit that a priority waits longer: (256 − priority) / 256. */
const skewShare = (priority: number): number => (256 - priority) / 256;

/**
 * Skew_Time. v2 (RFC 3768 section 6.1): a fraction of one second, whatever the interval.
 * v3 (RFC 9568 section 6.1): the same fraction of the active router's interval.
 */
export function skewTime(version: 2 | 3, priority: number, intervalMs: Ms): Ms {
  return skewShare(priority) * (version === 2 ? 1000 : intervalMs);
}

/** Master_Down_Interval / Active_Down_Interval: three intervals and the skew. */
export function masterDown(version: 2 | 3, priority: number, intervalMs: Ms): Ms {
  return 3 * intervalMs + skewTime(version, priority, intervalMs);
}

/**
 * Between hearing the other's first advert and letting the addresses go, ms. The advert comes before the other's addresses and announcements
 * (vrrp.md 2.5), so whoever lets go at once leaves a gap of a millisecond or two. Not longer: meanwhile both answer for the address.
 */
export const LINGER_MS = 5;

/** What the other needs for one more address, ms: adding takes 0.04 to 0.09, announcing as long again, and both machines may be busy. */
const LINGER_PER_ADDRESS_MS = 0.2;

/** The same where many addresses move together: those that the other has not got to yet would answer nowhere (255: 50 ms of silence, measured). */
export function lingerTime(addresses: number): Ms {
  return LINGER_MS + Math.max(0, addresses - 1) * LINGER_PER_ADDRESS_MS;
}

/** How long addresses are kept after resigning when nobody is heard: one interval and the largest skew there is (brain 5.6). */
export function letGoTime(version: 2 | 3, intervalMs: Ms): Ms {
  return intervalMs + skewTime(version, 1, intervalMs);
}
