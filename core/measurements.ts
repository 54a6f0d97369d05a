/** What the engine has measured of itself (`GET /measurements`), counted since it was started: for /metrics. */
import type { Ms } from './clock.ts';

/** Fixed buckets. `counts` has one more than `bounds`: what is beyond the last bound. Not cumulative. */
export interface Histogram {
  /** Upper bounds, ms, each included. */
  readonly bounds: readonly Ms[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: Ms;
}

export interface Measurements {
  /** Since when is counted. */
  readonly since: string;
  /** How late the timers were by which adverts and checks leave. */
  readonly timerLatenessMs: Histogram;
  /** How late the engine's regular tick was: what keeps the event loop busy keeps it from the sockets too. */
  readonly eventLoopDelayMs: Histogram;
  readonly failovers: {
    /** How often this instance became active, by the code of the reason. */
    readonly byReason: Readonly<Record<string, number>>;
    /** From the first event of the incident to the addresses in service, as seen here. */
    readonly durationMs: Histogram;
    readonly last: { readonly at: string; readonly reason: string; readonly durationMs: Ms | null } | null;
  };
}
