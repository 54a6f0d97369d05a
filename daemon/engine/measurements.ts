/** Counters for `GET /measurements`: a few additions each, nothing that grows. */
import type { Clock, Instant, Ms } from '../../core/clock.ts';
import type { TandemEvent } from '../../core/event.ts';
import type { Histogram, Measurements } from '../../core/measurements.ts';

export interface Meter {
  /** A timer was so late. */
  timer(lateMs: Ms): void;
  /** The regular tick, which is to come every `everyMs`. */
  tick(everyMs: Ms): void;
  event(event: TandemEvent): void;
  read(): Measurements;
}

const LATENESS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000];
const FAILOVER_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

export function createMeter(clock: Clock): Meter {
  const since = new Date(clock.wall()).toISOString();
  const timers = createHistogram(LATENESS_MS);
  const loop = createHistogram(LATENESS_MS);
  const durations = createHistogram(FAILOVER_MS);
  const byReason = new Map<string, number>();
  let last: { at: string; reason: string; durationMs: Ms | null } | null = null;
  let ticked: Instant | null = null;
  /** The incident that is under way: when it began, and what of a failover it has seen. */
  let open: { id: string; began: Instant; active: boolean; taken: boolean; done: boolean } | null = null;

  return {
    timer: timers.add,
    tick(everyMs) {
      const now = clock.now();
      if (ticked !== null) loop.add(Math.max(0, now - ticked - everyMs));
      ticked = now;
    },
    event({ kind, at, incident, reason, from, to }) {
      if (incident === null) return;
      const now = clock.now();
      if (open?.id !== incident) open = { id: incident, began: now, active: false, taken: false, done: false };
      if (kind === 'role' && to === 'active' && from !== undefined) {
        open.active = true;
        byReason.set(reason.code, (byReason.get(reason.code) ?? 0) + 1);
        last = { at, reason: reason.text, durationMs: null };
      }
      if (reason.code === 'addressesTaken') open.taken = true;
      if (!open.active || !open.taken || open.done) return;
      open.done = true;
      durations.add(now - open.began);
      if (last !== null) last = { ...last, durationMs: round(now - open.began) };
    },
    read: () => ({
      since,
      timerLatenessMs: timers.read(),
      eventLoopDelayMs: loop.read(),
      failovers: { byReason: Object.fromEntries(byReason), durationMs: durations.read(), last },
    }),
  };
}

function createHistogram(bounds: readonly Ms[]): { readonly add: (value: Ms) => void; readonly read: () => Histogram } {
  const counts = new Float64Array(bounds.length + 1);
  let count = 0;
  let sum = 0;
  return {
    add(value) {
      let at = 0;
      while (at < bounds.length && value > bounds[at]!) at++;
      counts[at]! += 1;
      count += 1;
      sum += value;
    },
    read: () => ({ bounds, counts: [...counts], count, sum: round(sum) }),
  };
}

const round = (ms: Ms): Ms => Math.round(ms * 1000) / 1000;
