/**
 * The journal: what every instance remembers of what happened (design section 8). An entry is an event of the engine, or something that the manager
 * itself has to tell: who logged in, who changed what, a receiver of alerts that does not answer, a drill.
 */
import type { EventKind, Severity, TandemEvent } from '../event.ts';

/** Kinds of entries that the manager makes, beside the engine's. */
export type ManagerKind =
  | 'user' // a login, a refused request, a write: who, from where, what
  | 'alert' // a receiver of alerts failed, came back, or lost something
  | 'drill' // a planned switchover on a schedule
  | 'session' // a session began, ended, or went on elsewhere; its rules
  | 'manager'; // the manager itself: started, lost the engine, snapshot taken

export type JournalKind = EventKind | ManagerKind;

export const MANAGER_KINDS = ['user', 'alert', 'drill', 'session', 'manager'] as const satisfies readonly ManagerKind[];

/** Who did something, and from where. */
export interface Actor {
  /** User name, or `token:NAME`. */
  readonly user: string;
  /** Address of the client; `local` over the Unix socket. */
  readonly from: string;
}

export interface JournalEntry extends Omit<TandemEvent, 'kind' | 'seq'> {
  readonly kind: JournalKind;
  /** The journal's own number: it goes on over restarts of engine and manager, without holes but where retention dropped the oldest. */
  readonly seq: number;
  /** Number in the engine's log, null for the manager's own entries. */
  readonly engineSeq: number | null;
  readonly actor?: Actor;
  /** Kind `drill`: its report. Kind `user`: what was changed, as `path: before → after`. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** What a query asks for. All parts are and-ed; lists are or-ed. Times: ISO 8601. */
export interface JournalQuery {
  readonly after?: number;
  readonly before?: number;
  readonly from?: string;
  readonly to?: string;
  readonly kinds?: readonly JournalKind[];
  readonly severities?: readonly Severity[];
  readonly instances?: readonly string[];
  readonly incident?: string;
  readonly actionId?: string;
  /** Part of the reason's text, without regard to case. */
  readonly text?: string;
  /** Newest first is what a person reads; oldest first is what a program follows. */
  readonly order?: 'newest' | 'oldest';
  /** At most so many; 1…1000. */
  readonly limit?: number;
}

export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  /** There may be more beyond these: a query looks at a bounded number of entries. */
  readonly more: boolean;
  /** Where to go on: ask again with `before: next + 1` (newest first) or `after: next - 1`. Null: there is no more. */
  readonly next: number | null;
  /** Numbers of the oldest and the newest entry that the journal holds; null = empty. */
  readonly first: number | null;
  readonly last: number | null;
}

/** An entry before the journal has given it a number and, where it is the manager's own, id, time and instance. */
export type NewEntry =
  /** `log`: id of the engine's log that its `seq` is a number of (docs/api.md), for whoever goes on reading after a restart. */
  | { readonly event: TandemEvent; readonly log?: string }
  | Pick<JournalEntry, 'kind' | 'severity' | 'reason' | 'actor' | 'details' | 'actionId' | 'incident'>;

export interface Journal {
  /** Resolves when the entry is on disk. An engine's event that the journal has already (same id) gives the one that is there. */
  append(entry: NewEntry): Promise<JournalEntry>;
  /** Several, in one transaction. */
  appendAll(entries: readonly NewEntry[]): Promise<readonly JournalEntry[]>;
  query(query: JournalQuery): JournalPage;
  /** One by one, for an export; ends when the journal is read. Never loads everything. */
  stream(query: JournalQuery): AsyncIterable<JournalEntry>;
  get(id: string): JournalEntry | null;
  /** Told after each entry is on disk, in order. Returns how to stop. */
  onEntry(listener: (entry: JournalEntry) => void): () => void;
  /** Drops what retention says (days, number). Returns how many went. */
  retain(days: number, maxEvents: number): Promise<number>;
}
