/** Counters for `GET /measurements`: a few additions each, nothing that grows. */
import type { Clock, Instant, Ms } from '../../core/clock.ts';
import type { TandemEvent } from '../../core/event.ts';
import type { GivenAway, Histogram, Measurements, Takeover } from '../../core/measurements.ts';
import type { Moves } from './moves.ts';

export interface Meter {
  /** A timer was so late. */
  timer(lateMs: Ms): void;
  /** The regular tick, which is to come every `everyMs`. */
  tick(everyMs: Ms): void;
  /** The role moves; called before the events of the turn in which it does. */
  moved(moves: Moves): void;
  event(event: TandemEvent): void;
  read(): Measurements;
  /** For the status. */
  lastTakeover(): Takeover | null;
  lastHandover(): GivenAway | null;
}

const LATENESS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000];
const FAILOVER_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

export function createMeter(clock: Clock): Meter {
  const since = new Date(clock.wall()).toISOString();
  const timers = createHistogram(LATENESS_MS);
  const loop = createHistogram(LATENESS_MS);
  const durations = createHistogram(FAILOVER_MS);
  const given = createHistogram(FAILOVER_MS);
  const byReason = new Map<string, number>();
  const byPurpose = new Map<string, number>();
  let takeover: Takeover | null = null;
  let handover: GivenAway | null = null;
  let ticked: Instant | null = null;
  /** The incident that is under way, and when it began. */
  let open: { readonly id: string; readonly began: Instant } | null = null;
  /** Addresses were taken in this turn; its events come last. */
  let taken: Moves['taken'] = null;

  return {
    timer: timers.add,
    tick(everyMs) {
      const now = clock.now();
      if (ticked !== null) loop.add(Math.max(0, now - ticked - everyMs));
      ticked = now;
    },
    moved(moves) {
      if (moves.taken !== null) ({ taken } = moves);
      for (const { peer, purpose, since: asked } of moves.given) {
        const durationMs = round(clock.now() - asked);
        given.add(durationMs);
        byPurpose.set(purpose, (byPurpose.get(purpose) ?? 0) + 1);
        handover = { at: new Date(clock.wall()).toISOString(), peer, purpose, durationMs };
      }
    },
    event({ kind, at, incident, reason, from, to }) {
      if (incident === null) return;
      const now = clock.now();
      if (open?.id !== incident) open = { id: incident, began: now };
      if (kind !== 'role' || to !== 'active' || from === undefined) return;
      byReason.set(reason.code, (byReason.get(reason.code) ?? 0) + 1);
      // What went before a handover in the same incident is no part of it.
      const began = taken === null ? null : taken.asked ? taken.since : Math.min(open.began, taken.since);
      const durationMs = began === null ? null : round(now - began);
      if (durationMs !== null) durations.add(durationMs);
      takeover = { at, reason: reason.text, durationMs };
      taken = null;
    },
    read: () => ({
      since,
      timerLatenessMs: timers.read(),
      eventLoopDelayMs: loop.read(),
      failovers: { byReason: Object.fromEntries(byReason), durationMs: durations.read(), last: takeover },
      handovers: { byPurpose: Object.fromEntries(byPurpose), durationMs: given.read(), last: handover },
    }),
    lastTakeover: () => takeover,
    lastHandover: () => handover,
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
