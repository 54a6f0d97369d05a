/**
 * The average rate of a count of bytes over a sliding window, in bounded memory. The count over time is kept as a line through a few of the
 * samples; where the window begins between two of them, the line says how much had come by then. Exact where samples are at least 1/64 of
 * the window apart; otherwise off by no more than what arrived in 1/32 of it around its beginning. Pure.
 */
import type { Instant, Ms } from '../core/clock.ts';

/** Samples that are kept for a window, but for two at its ends. */
const KEPT = 64;

interface Mark {
  readonly at: Instant;
  /** Bytes since the first sample. */
  readonly total: number;
}

export interface TrafficWindow {
  readonly spanMs: Ms;
  /** Oldest first, at least 1/64 of the span apart; only the first may lie before the window's beginning. */
  readonly marks: readonly Mark[];
  /** The newest sample; null before the first. */
  readonly last: Mark | null;
}

/** A window in which nothing was measured yet. */
export function newTrafficWindow(spanMs: Ms): TrafficWindow {
  return { spanMs, marks: [], last: null };
}

/** `bytes` have come since the sample before. Those of the first sample came before the measurement and do not count. */
export function addBytes(window: TrafficWindow, bytes: number, now: Instant): TrafficWindow {
  const { spanMs, last } = window;
  if (last === null) {
    const first = { at: now, total: 0 };
    return { spanMs, marks: [first], last: first };
  }
  const newest: Mark = { at: now, total: last.total + bytes };
  const start = newest.at - spanMs;
  const distant = newest.at - window.marks.at(-1)!.at >= spanMs / KEPT;
  const marks = distant ? [...window.marks, newest] : window.marks;
  const passed = marks.findIndex((mark) => mark.at > start);
  // The last one at or before the beginning stays: the line into the window starts there.
  const from = (passed < 0 ? marks.length : passed) - 1;
  return { spanMs, marks: from > 0 ? marks.slice(from) : marks, last: newest };
}

/** Whether samples cover the window from end to end. */
export function isFull(window: TrafficWindow): boolean {
  return window.last !== null && window.last.at - window.marks[0]!.at >= window.spanMs;
}

/** Bits per second over the window up to the newest sample, or over what there is of it; null before the second sample. */
export function bitsPerSecond(window: TrafficWindow): number | null {
  const { spanMs, marks, last } = window;
  if (last === null) return null;
  const first = marks[0]!;
  const start = Math.max(first.at, last.at - spanMs);
  if (start >= last.at) return null;
  const next = marks[1] ?? last;
  const share = next.at > first.at ? (start - first.at) / (next.at - first.at) : 0;
  const before = first.total + share * (next.total - first.total);
  return ((last.total - before) * 8000) / (last.at - start);
}
