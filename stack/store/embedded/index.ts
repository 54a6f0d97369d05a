/** What the document says, by key: the versions of it that nobody has replaced, and which of them holds. */
import { judge, ruleFor } from '../merge.ts';
import type { Judged, MergeRule, Version } from '../merge.ts';
import type { StoreEntry } from '../store.ts';

export interface KeyState<V extends Version = Version> extends Judged {
  readonly key: string;
  readonly versions: readonly V[];
}

export interface Index<V extends Version = Version> {
  get(key: string): KeyState<V> | null;
  entry(key: string): StoreEntry | null;
  /** Entries whose key begins so, by key. */
  entries(prefix: string): readonly StoreEntry[];
  all(): IterableIterator<KeyState<V>>;
  add(key: string, version: V): void;
  remove(key: string, id: string): void;
  /** What has changed since it was last asked: each key with what it was. */
  takeTouched(): Map<string, KeyState<V> | null>;
}

const NONE: readonly never[] = [];

export function createIndex<V extends Version>(rules: readonly MergeRule[]): Index<V> {
  const states = new Map<string, KeyState<V>>();
  let touched = new Map<string, KeyState<V> | null>();

  function set(key: string, before: KeyState<V> | null, versions: readonly V[]): void {
    if (!touched.has(key)) touched.set(key, before);
    const [only] = versions;
    if (only === undefined) return void states.delete(key);
    // Nearly always there is one.
    if (versions.length === 1) return void states.set(key, { key, versions, winner: only, losers: NONE });
    states.set(key, { key, versions, ...judge(versions, ruleFor(key, rules)) });
  }

  return {
    get: (key) => states.get(key) ?? null,
    entry: (key) => entryOf(states.get(key) ?? null),
    entries(prefix) {
      const found: StoreEntry[] = [];
      for (const state of states.values()) {
        const entry = state.key.startsWith(prefix) ? entryOf(state) : null;
        if (entry !== null) found.push(entry);
      }
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    all: () => states.values(),
    add(key, version) {
      const before = states.get(key) ?? null;
      set(key, before, before === null ? [version] : [...before.versions, version]);
    },
    remove(key, id) {
      const before = states.get(key) ?? null;
      set(key, before, before?.versions.filter((version) => version.id !== id) ?? []);
    },
    takeTouched() {
      const taken = touched;
      touched = new Map();
      return taken;
    },
  };
}

/** What is served of it; null = deleted. Its version names everything that was seen, so that whoever writes over it writes over all of that. */
export function entryOf(state: KeyState | null): StoreEntry | null {
  if (state === null || state.winner.deleted) return null;
  const { key, winner, versions } = state;
  const version =
    versions.length === 1
      ? winner.id
      : versions
          .map(({ id }) => id)
          .sort()
          .join(',');
  return { key, value: winner.value, version, ttlMs: winner.ttlMs };
}
