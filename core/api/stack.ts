/** What the page shows of the stack: this instance from its own engine, the others as they report themselves. */
import type { BypassState, FaultStatus, PeerHealth, Role, Status } from '../status.ts';

/** One row of `GET /api/v1/instances`. Null = not known. */
export interface InstanceView {
  readonly name: string;
  readonly self: boolean;
  readonly role: Role | 'unknown';
  readonly since: string | null;
  readonly reason: string | null;
  readonly eligible: boolean | null;
  readonly primary: boolean | null;
  readonly ownsAddresses: number | null;
  readonly addresses: number | null;
  readonly linksActive: number | null;
  readonly linksMinimum: number | null;
  readonly check: PeerHealth | null;
  readonly bypass: BypassState | null;
  readonly version: string | null;
  readonly configurationHash: string | null;
  readonly faults: readonly string[];
  /** Age of what is said here, ms; null = never heard. */
  readonly ageMs: number | null;
}

/** Health of the whole stack, with one sentence (ui words: Protected, Degraded, …). */
export type StackHealth = 'protected' | 'degraded' | 'unprotected' | 'serviceDown' | 'unknown';

export interface Headline {
  readonly health: StackHealth;
  /** `a is active because it is the primary and b has lower priority.` */
  readonly text: string;
  /** Instances that may still be lost without the service being lost. */
  readonly canLose: number;
  readonly actives: readonly string[];
  /** Two actives, no active, bypassed, primary conflict …: likely cause and what to do, loudest first. */
  readonly problems: readonly {
    readonly severity: 'warning' | 'critical';
    readonly text: string;
    readonly advice: string;
  }[];
}

/** How well the manager knows its engine. */
export interface EngineContact {
  readonly reachable: boolean;
  readonly since: string;
  /** Why not, null while reachable. */
  readonly error: string | null;
}

/** One second of bandwidth. */
export interface Sample {
  readonly at: string;
  readonly bps: number | null;
  readonly averageBps: number | null;
}

/** First message of the stream, and `GET /api/v1/snapshot`: all that the page needs at once. */
export interface Snapshot {
  readonly rev: number;
  readonly at: string;
  readonly engine: EngineContact;
  /** Null before the engine was ever reached. */
  readonly status: Status | null;
  readonly statusAt: string | null;
  readonly headline: Headline;
  readonly instances: readonly InstanceView[];
  /** Of the ports of the link pairs that have carrier, bits per second by interface; what is not known is left out. */
  readonly linkSpeeds: Readonly<Record<string, number>>;
  /** Newest last; at most 15 minutes. */
  readonly samples: readonly Sample[];
  readonly settingsRevision: string | null;
  /** The file is invalid: first error. */
  readonly fileError: string | null;
  /** Null without a note, and outside of maintenance. */
  readonly maintenanceNote: Note | null;
  /** Null without a note, and unless the bypass is engaged by hand. */
  readonly bypassNote: Note | null;
  /** The instance that leads the stack; null = none, or there is no other that could. */
  readonly leader: string | null;
  /** Number of the newest journal entry. */
  readonly journal: number | null;
}

/** What whoever took this instance out of service, or engaged its bypass, has to tell colleagues. */
export interface Note {
  readonly text: string;
  readonly by: string;
  readonly at: string;
}

/**
 * `GET /api/v1/events` (text/event-stream): `snapshot`; then `status` (JSON merge patch of the snapshot without samples, with `rev` and `base`:
 * apply only if `base` is the rev one has, otherwise fetch the snapshot); `event` (a JournalEntry, its `id:` is the journal's number, so Last-Event-ID replays the gap);
 * `sample`; a comment every five seconds.
 */
export interface StatusPatch {
  readonly base: number;
  readonly rev: number;
  readonly at: string;
  readonly patch: Readonly<Record<string, unknown>>;
}

export type { FaultStatus };
