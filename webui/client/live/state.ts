/**
 * What the page knows of the stack, and how old that is: a pure reducer over what the stream says. A value that is too old is shown as unknown, never as if it
 * were current; what was known is kept.
 */
import type { JournalEntry } from '../../../core/api/journal.ts';
import type { Snapshot, StatusPatch } from '../../../core/api/stack.ts';

export type Contact = 'connecting' | 'live' | 'delayed' | 'disconnected';

export interface LiveState {
  readonly contact: Contact;
  /** Null before the first. */
  readonly snapshot: Snapshot | null;
  /** When anything last came, ms since 1970; null before the first. */
  readonly heardAt: number | null;
  /** Since when it is disconnected. */
  readonly lostAt: number | null;
  /** Newest first, at most `KEPT`. */
  readonly entries: readonly JournalEntry[];
  /** The patch that came did not fit: the snapshot has to be fetched. */
  readonly stale: boolean;
}

export type LiveEvent =
  | { readonly kind: 'opening' }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly at: number; readonly polled?: boolean }
  | { readonly kind: 'patch'; readonly patch: StatusPatch; readonly at: number }
  | { readonly kind: 'entry'; readonly entry: JournalEntry; readonly at: number }
  | { readonly kind: 'heartbeat'; readonly at: number }
  | { readonly kind: 'lost'; readonly at: number };

/** Entries that the Status page can show; the Events page asks for the history. */
export const KEPT = 200;

export const NOTHING: LiveState = {
  contact: 'connecting',
  snapshot: null,
  heardAt: null,
  lostAt: null,
  entries: [],
  stale: false,
};

export function reduce(state: LiveState, event: LiveEvent): LiveState {
  switch (event.kind) {
    case 'opening':
      return state.contact === 'disconnected'
        ? state
        : { ...state, contact: state.snapshot === null ? 'connecting' : state.contact };
    case 'snapshot':
      return {
        ...state,
        contact: event.polled === true ? 'delayed' : 'live',
        snapshot: event.snapshot,
        heardAt: event.at,
        lostAt: null,
        stale: false,
      };
    case 'patch':
      return patched(state, event.patch, event.at);
    case 'entry':
      return { ...heard(state, event.at), entries: withEntry(state.entries, event.entry) };
    case 'heartbeat':
      return heard(state, event.at);
    case 'lost':
      return { ...state, contact: 'disconnected', lostAt: state.lostAt ?? event.at };
  }
}

function heard(state: LiveState, at: number): LiveState {
  if (state.contact === 'disconnected') return state;
  return { ...state, heardAt: at };
}

/** A patch fits the revision that it was made from, and no other. */
function patched(state: LiveState, patch: StatusPatch, at: number): LiveState {
  const { snapshot } = state;
  if (snapshot === null || patch.rev <= snapshot.rev) return heard(state, at);
  if (patch.base !== snapshot.rev) return { ...heard(state, at), stale: true };
  const next = merge(snapshot, patch.patch) as Snapshot;
  return { ...heard(state, at), snapshot: { ...next, rev: patch.rev, at: patch.at, samples: snapshot.samples } };
}

/** JSON merge patch (RFC 7396): objects are merged, everything else replaces. What is removed is null here: the shape of a snapshot is fixed. */
export function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue;
    result[key] = merge(result[key], value);
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withEntry(entries: readonly JournalEntry[], entry: JournalEntry): readonly JournalEntry[] {
  if (entries.some(({ seq }) => seq === entry.seq)) return entries;
  return [entry, ...entries].sort((a, b) => b.seq - a.seq).slice(0, KEPT);
}
