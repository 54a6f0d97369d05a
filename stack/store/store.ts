/**
 * The store: what the instances of a stack agree on beyond who holds the address (design section 9). One interface, three kinds. A value is plain
 * JSON; a key is a path such as `policies/edge`. Nothing here throws for what the outside does: errors are answers.
 */
import type { Ms } from '../../core/clock.ts';
import type { Result } from '../../core/result.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

export type StoreKind = 'memory' | 'embedded' | 'etcd';

export interface StoreEntry {
  readonly key: string;
  readonly value: Json;
  /** Says which writing of the key this is; means nothing else. */
  readonly version: string;
  /** How long it lives if it is not written again; null = for good. */
  readonly ttlMs: Ms | null;
}

export type Change =
  | { readonly kind: 'put'; readonly key: string; readonly value: Json; readonly ttlMs?: Ms | null }
  | { readonly kind: 'delete'; readonly key: string };

/** The entry has this version; null = there is none. */
export interface Condition {
  readonly key: string;
  readonly version: string | null;
}

/** All of it or nothing. At most `MOST_CHANGES`; a key stands in it once. */
export interface Write {
  readonly changes: readonly Change[];
  /** Compare-and-set: nothing is written unless all of these hold. */
  readonly when?: readonly Condition[];
}

export type StoreError =
  /** A condition does not hold. */
  | { readonly code: 'conflict'; readonly key: string; readonly text: string }
  /** The store does not answer or cannot write. What was asked for may have been done all the same. */
  | { readonly code: 'unavailable'; readonly text: string }
  | { readonly code: 'badRequest'; readonly text: string };

export type StoreEvent =
  | { readonly kind: 'put'; readonly entry: StoreEntry }
  | { readonly kind: 'delete'; readonly key: string }
  /** Something may have been missed: list it anew. */
  | { readonly kind: 'again' };

/** Two instances wrote the same key without knowing of each other, and now do. */
export interface StoreConflict {
  readonly key: string;
  /** Instance whose writing holds. */
  readonly winner: string;
  /** Instances whose writing does not. */
  readonly losers: readonly string[];
  /** What it is, for a person: `deleted`, `edited`. */
  readonly outcome: 'deleted' | 'written';
  /** Keys under which what lost is kept; empty where it says nothing that the winner does not. */
  readonly drafts: readonly string[];
}

export interface StoreState {
  readonly available: boolean;
  /** Why not; empty while it is. */
  readonly text: string;
}

export interface Store {
  readonly kind: StoreKind;
  /** Other instances see what is written here. */
  readonly supportsHa: boolean;
  get(key: string): Promise<Result<StoreEntry | null, StoreError>>;
  /** Every entry whose key begins so, by key. */
  list(prefix: string): Promise<Result<readonly StoreEntry[], StoreError>>;
  /** Done when it is kept: on disk, or by a majority. The answer has the versions of what was put, by key. */
  write(write: Write): Promise<Result<ReadonlyMap<string, string>, StoreError>>;
  /** Changes under a prefix from now on, in order, each after it is kept. Returns the end of it. */
  watch(prefix: string, listener: (events: readonly StoreEvent[]) => void): () => void;
  onConflict(listener: (conflict: StoreConflict) => void): () => void;
  state(): StoreState;
  onState(listener: (state: StoreState) => void): () => void;
  close(): Promise<void>;
}

export const MOST_CHANGES = 100;
/** Bytes. */
export const LONGEST_KEY = 512;
/** Bytes of JSON: the largest policy document that makes sense, ten times. */
export const LARGEST_VALUE = 256 * 1024;

/** Writes one entry; with `version` only over that one (null: only if there is none). */
export async function put(
  store: Store,
  key: string,
  value: Json,
  options: { readonly ttlMs?: Ms | null; readonly version?: string | null } = {},
): Promise<Result<string, StoreError>> {
  const { ttlMs = null, version } = options;
  const when = version === undefined ? [] : [{ key, version }];
  const written = await store.write({ changes: [{ kind: 'put', key, value, ttlMs }], when });
  return written.ok ? { ok: true, value: written.value.get(key) ?? '' } : written;
}

/** Removes one entry; one that is not there is no error. */
export async function remove(store: Store, key: string, version?: string): Promise<Result<null, StoreError>> {
  const when = version === undefined ? [] : [{ key, version }];
  const written = await store.write({ changes: [{ kind: 'delete', key }], when });
  return written.ok ? { ok: true, value: null } : written;
}
