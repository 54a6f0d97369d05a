/**
 * What the manager asks of the helper for sessions, over `<run>/helper.sock`: one JSON object a line, `{ id, kind, … }`, each answered by
 * `{ id, ok, text, … }`. Rules are numbers, networks and names of interfaces; nobody can name a program, a file or a rule of nftables here: of a
 * command only its name in the configuration.
 */

/** What of a session becomes rules. Its blocklist comes beside it, as it may be long. */
export interface SessionRules {
  readonly session: string;
  /** Canonical network (core/prefix.ts): what is protected. */
  readonly target: string;
  readonly blocklist: boolean;
  readonly ratelimit: RateLimit | null;
  /** Interface that gets a copy of what goes to the target. */
  readonly copyTo: string | null;
}

export interface RateLimit {
  /** Of all that goes to the target, or of each source. */
  readonly per: 'target' | 'source';
  /** Null: not limited so. */
  readonly bitsPerSecond: number | null;
  readonly packetsPerSecond: number | null;
}

/** Networks of one session's blocklist, of the family of its target. */
export interface SourceList {
  readonly session: string;
  readonly sources: readonly string[];
}

export type FilterRequest =
  /** Sources for an `apply` with this `load`: a long list comes in pieces and goes into effect as one. */
  | {
      readonly kind: 'filter.stage';
      readonly load: string;
      readonly session: string;
      readonly sources: readonly string[];
    }
  /**
   * What is in effect from now on, in one step. `whole`: everything anew; otherwise what was applied last stays, sessions that are not listed any more
   * go, and sources are added (`put`, and what was staged) and taken away. Single addresses go by `take`; networks, which may lie in one another,
   * by `renew`: all that are left of a session.
   */
  | {
      readonly kind: 'filter.apply';
      readonly whole: boolean;
      readonly load: string | null;
      readonly sessions: readonly SessionRules[];
      readonly put: readonly SourceList[];
      readonly take: readonly SourceList[];
      readonly renew: readonly SourceList[];
    }
  /** Whether what was applied last is still there. */
  | { readonly kind: 'filter.look' };

/** Features that run in this instance alone. */
export type FeatureRequest =
  /** One that runs already goes on. */
  | {
      readonly kind: 'feature.capture';
      readonly session: string;
      readonly target: string;
      readonly megabytes: number;
    }
  /** Starts what the configuration declares under this name, or resumes it here after it ran on another instance. */
  | {
      readonly kind: 'feature.command';
      readonly session: string;
      readonly target: string;
      readonly command: string;
      readonly how: 'start' | 'resume';
    }
  /** Ends everything that runs for the session. What has ended already is no error. */
  | { readonly kind: 'feature.stop'; readonly session: string; readonly why: 'ended' | 'moved' }
  /** What runs. */
  | { readonly kind: 'feature.list' };

export type SessionRequest = FilterRequest | FeatureRequest;

/** A feature that runs here: `capture`, or the name of a command. */
export interface RunningFeature {
  readonly session: string;
  readonly feature: string;
}

export interface SessionAnswer {
  readonly ok: boolean;
  /** Empty, or what went wrong. */
  readonly text: string;
  /** What is in effect is not what was applied last: everything has to be applied anew, as a whole. */
  readonly again?: boolean;
  /** Of `feature.list`. */
  readonly running?: readonly RunningFeature[];
}

/** Sources in one line, so that it stays below the longest (1 MB). */
export const MOST_SOURCES = 5_000;
/** Sessions at a time: each is a chain that every packet to its target goes through. */
export const MOST_SESSIONS = 500;
/** Sources of all sessions together. */
export const MOST_SOURCES_KEPT = 250_000;
