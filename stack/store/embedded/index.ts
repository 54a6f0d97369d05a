/** What the document says, by key: the versions of it that nobody has replaced, and which of them holds. */
import { judge, ruleFor } from '../merge.ts';
import type { Judged, MergeRule, Version } from '../merge.ts';
import type { StoreEntry } from '../store.ts';

export interface KeyState extends Judged {
  readonly key: string;
  readonly versions: readonly Version[];
}

export interface Index {
  get(key: string): KeyState | null;
  entry(key: string): StoreEntry | null;
  /** Entries whose key begins so, by key. */
  entries(prefix: string): readonly StoreEntry[];
  all(): IterableIterator<KeyState>;
  add(key: string, version: Version): void;
  remove(key: string, id: string): void;
  /** What has changed since it was last asked: each key with what it was. */
  takeTouched(): ReadonlyMap<string, KeyState | null>;
}

export function createIndex(rules: readonly MergeRule[]): Index {
  const states = new Map<string, KeyState>();
  let touched = new Map<string, KeyState | null>();

  function set(key: string, versions: readonly Version[]): void {
    if (!touched.has(key)) touched.set(key, states.get(key) ?? null);
    if (versions.length === 0) return void states.delete(key);
    states.set(key, { key, versions, ...judge(versions, ruleFor(key, rules)) });
  }

  const index: Index = {
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
    add: (key, version) => set(key, [...(states.get(key)?.versions ?? []), version]),
    remove(key, id) {
      const before = states.get(key)?.versions ?? [];
      set(
        key,
        before.filter((version) => version.id !== id),
      );
    },
    takeTouched() {
      const taken = touched;
      touched = new Map();
      return taken;
    },
  };
  return index;
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
