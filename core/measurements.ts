/** What the engine has measured of itself (`GET /measurements`), counted since it was started: for /metrics. */
import type { Ms } from './clock.ts';
import type { HandoverPurpose } from './report.ts';

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
    /** How long each took, as seen here. */
    readonly durationMs: Histogram;
    readonly last: Takeover | null;
  };
  readonly handovers: {
    /** How often a peer took over what this instance asked it to take, by purpose. */
    readonly byPurpose: Readonly<Record<string, number>>;
    readonly durationMs: Histogram;
    readonly last: GivenAway | null;
  };
}

/** This instance became active. */
export interface Takeover {
  readonly at: string;
  readonly reason: string;
  /** To the addresses in service: in a handover from its first message, otherwise from the first event of the incident. Null: none had to be taken. */
  readonly durationMs: Ms | null;
}

/** This instance gave the role to a peer. */
export interface GivenAway {
  readonly at: string;
  readonly peer: string;
  readonly purpose: HandoverPurpose;
  /** From asking the peer to hearing that it is active. */
  readonly durationMs: Ms;
}
