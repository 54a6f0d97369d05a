/** Sessions: mitigations in progress that survive a failover (design section 9, docs/sessions.md). What the REST API, the command line and the page say of them. */

/** Why a session ended. */
export const CLOSE_REASONS = ['SetupDeadlineExceeded', 'Unused', 'TimeLimitExceeded', 'StateLost', 'Killed'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** What is done for the target. */
export type SessionFeature =
  /** Packets from the session's sources are dropped. */
  | { readonly name: 'blocklist' }
  /** What is beyond so much is dropped: of all to the target, or of each source. */
  | {
      readonly name: 'ratelimit';
      readonly per: 'target' | 'source';
      readonly bitsPerSecond: number | null;
      readonly packetsPerSecond: number | null;
    }
  /** Everything to the target is also sent out of this interface, to an analysis host. */
  | { readonly name: 'copy'; readonly interface: string }
  /** The newest packets to and from the target in a pcap file of at most this size. */
  | { readonly name: 'capture'; readonly megabytes: number }
  /** What the configuration declares under this name. */
  | { readonly name: 'command'; readonly command: string };

/** A feature as a caller asks for it; what is left out has its default. */
export type SessionFeatureAsked =
  | { readonly name: 'blocklist'; readonly sources?: readonly string[] }
  | {
      readonly name: 'ratelimit';
      readonly per?: 'target' | 'source';
      /** `10Mbps`, or a number of bits per second. */
      readonly rate?: string | number;
      readonly packetsPerSecond?: number;
    }
  | { readonly name: 'copy'; readonly interface: string }
  | { readonly name: 'capture'; readonly megabytes?: number }
  | { readonly name: 'command'; readonly command: string };

/** `POST /sessions`. */
export interface SessionAsked {
  /** Network or address that is protected. */
  readonly target: string;
  readonly features?: readonly SessionFeatureAsked[];
  /** Name of a policy: its features come first, and its `maxTime` holds where none is given here. */
  readonly policy?: string | null;
  /** `2h`: it ends then, even in use. */
  readonly maxTime?: string | null;
  /** It lasts without a client until it is killed. */
  readonly hold?: boolean;
  /** After so long without a heartbeat it ends; at least 6 s. */
  readonly unusedAfter?: string;
}

export interface SessionEnd {
  readonly reason: CloseReason;
  /** For a person. */
  readonly text: string;
  /** `StateLost`: the feature that does not survive. */
  readonly feature: string | null;
  readonly at: string;
}

/** `setup`: no client has been heard yet. */
export type SessionState = 'setup' | 'inUse' | 'ended';

export interface SessionView {
  readonly id: string;
  readonly target: string;
  readonly features: readonly SessionFeature[];
  /** The policy that it was started with. */
  readonly policy: { readonly name: string; readonly version: number } | null;
  readonly state: SessionState;
  readonly hold: boolean;
  /** Who started it. */
  readonly by: string;
  readonly startedAt: string;
  /** How long it has run. What is known of it after a failover may be less than the truth, never more. */
  readonly elapsedMs: number;
  readonly maxTimeMs: number | null;
  readonly unusedAfterMs: number;
  /** What ends it next if nothing happens, and in how long; known to the leader alone. */
  readonly deadline: { readonly reason: CloseReason; readonly inMs: number } | null;
  /** The instance that leads it. */
  readonly home: string;
  /** How often another instance took it over. */
  readonly takeovers: number;
  /** Number of sources on its blocklist. */
  readonly sources: number;
  /** Features that would end it on a failover; empty: it survives. */
  readonly notHa: readonly string[];
  readonly ended: SessionEnd | null;
}

/** `GET /sessions`. */
export interface SessionList {
  readonly sessions: readonly SessionView[];
  /** What of them is not in effect on this instance; empty if all is. */
  readonly trouble: string;
}

/** `POST /sessions/:id/blocklist`. */
export interface SourcesAsked {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** `GET /sessions/:id/blocklist`. */
export interface SourcePage {
  readonly sources: readonly string[];
  /** Ask again with `after` this one; null: that was all. */
  readonly next: string | null;
  readonly total: number;
}

/** `POST /sessions/kill`. */
export interface SessionsKilled {
  readonly killed: number;
}

/** One row of `GET /features`: what survives a failover. */
export interface FeatureView {
  readonly name: string;
  readonly kind: 'builtIn' | 'command';
  readonly ha: boolean;
  /** How it survives, or why not. */
  readonly text: string;
}

export interface FeatureList {
  readonly features: readonly FeatureView[];
}

/** Limits of the life of a session, as the reference has them. */
export const SETUP_MS = 180_000;
export const UNUSED_MS = 30_000;
export const LEAST_UNUSED_MS = 6_000;
/** A client that is alive says so this often. */
export const HEARTBEAT_MS = 3_000;
