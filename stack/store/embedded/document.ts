/**
 * The document that the instances share, in Yjs, which merges. Each store (`replica`) appends records to a list of its own and nobody ever changes one;
 * whoever writes a key takes out the records of it that it has seen. So what two wrote without knowing of each other both stays, and everybody sees
 * that. (A Y.Map would keep only one of them, and would keep every key for ever that it ever had.)
 *
 * Lists come in chunks, so that a change looks at one chunk only; a chunk that is empty and closed is taken out by its owner, and nothing of it stays.
 */
import * as Y from 'yjs';
import type { MergeRule } from '../merge.ts';
import type { Change } from '../store.ts';
import { createIndex } from './index.ts';
import type { Index } from './index.ts';
import { instanceOf, readRecord } from './record.ts';
import type { KeyedVersion, StoredRecord } from './record.ts';

export interface DocumentUpdate {
  readonly bytes: Uint8Array;
  /** The instance that it came from; null = our own. */
  readonly from: string | null;
}

export interface StackDocument {
  readonly index: Index;
  /** The highest stamp that was given or seen. */
  stamp(): number;
  /** Our own writing, over everything that we know of these keys. */
  write(changes: readonly Change[]): void;
  /** Takes records out for good, deletions too. */
  forget(ids: ReadonlySet<string>): void;
  /** Throws where the bytes are no update. */
  apply(bytes: Uint8Array, from: string | null): void;
  /** Changes of the document since it was last asked. */
  takeUpdates(): readonly DocumentUpdate[];
  /** Something that came presupposes something that has not come. */
  isWaiting(): boolean;
  stateVector(): Uint8Array;
  diff(vector?: Uint8Array): Uint8Array;
  /** Records that were none. */
  readonly refused: () => number;
  destroy(): void;
}

export interface DocumentFacts {
  readonly replica: string;
  readonly rules: readonly MergeRule[];
  /** The highest stamp of the last run. */
  readonly stamp: number;
  /** Wall time, ms. */
  readonly now: () => number;
  /** What it begins with. */
  readonly stored: Iterable<Uint8Array>;
}

interface Chunk {
  readonly list: Y.Array<unknown>;
  readonly replica: string;
  records: Map<string, KeyedVersion>;
}

const ROOT = 'log/';
const CHUNK = 256;
/** Empty chunks that are left until it is worth a change. */
const MOST_EMPTY = 8;

export function createDocument(facts: DocumentFacts): StackDocument {
  const { replica, rules, now } = facts;
  const doc = new Y.Doc();
  const index = createIndex(rules);
  const chunks = new Map<Y.Array<unknown>, Chunk>();
  const roots = new Map<Y.Array<unknown>, string>();
  /** Where a record lies. */
  const places = new Map<string, Chunk>();
  let updates: DocumentUpdate[] = [];
  let stamp = facts.stamp;
  let refused = 0;
  let current: { readonly list: Y.Array<unknown>; count: number } | null = null;
  const own = doc.getArray<unknown>(`${ROOT}${replica}`);
  roots.set(own, replica);

  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    const changed = new Set<unknown>(transaction.changed.keys());
    for (const name of doc.share.keys()) {
      if (!name.startsWith(ROOT) || instanceOf(name.slice(ROOT.length)) === null) continue;
      const root = doc.getArray<unknown>(name);
      if (roots.has(root)) continue;
      roots.set(root, name.slice(ROOT.length));
      changed.add(root);
    }
    for (const [root, name] of roots) if (changed.has(root)) for (const list of scanRoot(root, name)) changed.add(list);
    for (const list of changed) {
      const chunk = chunks.get(list as Y.Array<unknown>);
      if (chunk !== undefined) scanChunk(chunk, chunk.list.toArray());
    }
  });

  /** The chunks of it that are new. */
  function scanRoot(root: Y.Array<unknown>, name: string): readonly Y.Array<unknown>[] {
    const there = new Set(root.toArray().filter((one) => one instanceof Y.Array));
    for (const chunk of chunks.values()) {
      if (chunk.replica !== name || there.has(chunk.list)) continue;
      scanChunk(chunk, []);
      chunks.delete(chunk.list);
    }
    const fresh = [...there].filter((list) => !chunks.has(list));
    for (const list of fresh) chunks.set(list, { list, replica: name, records: new Map() });
    return fresh;
  }

  function scanChunk(chunk: Chunk, found: readonly unknown[]): void {
    const before = chunk.records;
    const after = new Map<string, KeyedVersion>();
    for (const one of found) {
      const id = `${chunk.replica}:${(one as StoredRecord | null)?.i}`;
      const known = before.get(id) ?? readRecord(one, chunk.replica);
      if (known === null || after.has(id)) refused += 1;
      else after.set(id, known);
    }
    chunk.records = after;
    for (const [id, { key }] of before) {
      if (after.has(id)) continue;
      places.delete(id);
      index.remove(key, id);
    }
    for (const [id, { key, version }] of after) {
      if (before.has(id)) continue;
      places.set(id, chunk);
      stamp = Math.max(stamp, version.stamp);
      index.add(key, version);
    }
  }

  /** Within a transaction. */
  function takeOut(ids: Iterable<string>): void {
    const byChunk = new Map<Chunk, Set<number>>();
    for (const id of ids) {
      const chunk = places.get(id);
      if (chunk === undefined) continue;
      const stamps = byChunk.get(chunk) ?? new Set();
      stamps.add(chunk.records.get(id)!.version.stamp);
      byChunk.set(chunk, stamps);
    }
    for (const [{ list }, stamps] of byChunk) {
      const at = list
        .toArray()
        .flatMap((one, place) => (stamps.has((one as StoredRecord | null)?.i ?? -1) ? [place] : []));
      for (const place of at.toReversed()) list.delete(place, 1);
    }
  }

  function append(records: readonly StoredRecord[]): void {
    let rest = records;
    while (rest.length > 0) {
      if (current === null || current.count >= CHUNK) {
        current = { list: new Y.Array<unknown>(), count: 0 };
        own.push([current.list]);
      }
      const part = rest.slice(0, CHUNK - current.count);
      current.list.push([...part]);
      current.count += part.length;
      rest = rest.slice(part.length);
    }
  }

  function tidy(): void {
    const empty = [...chunks.values()].filter(
      ({ list, replica: owner, records }) => owner === replica && records.size === 0 && list !== current?.list,
    );
    if (empty.length < MOST_EMPTY) return;
    const lists = new Set<unknown>(empty.map(({ list }) => list));
    const at = own.toArray().flatMap((one, place) => (lists.has(one) ? [place] : []));
    for (const place of at.toReversed()) own.delete(place, 1);
  }

  doc.transact(() => {
    for (const bytes of facts.stored) Y.applyUpdate(doc, bytes);
  });
  index.takeTouched();
  // Only from here on: to write down as an update what has just been read would take as long again.
  doc.on('update', (bytes: Uint8Array, origin: unknown) => {
    updates.push({ bytes, from: typeof origin === 'string' ? origin : null });
  });

  return {
    index,
    stamp: () => stamp,
    write(changes) {
      doc.transact(() => {
        const records: StoredRecord[] = [];
        for (const change of changes) {
          const { key } = change;
          const state = index.get(key);
          if (change.kind === 'delete' && (state === null || (state.versions.length === 1 && state.winner.deleted)))
            continue;
          takeOut(state?.versions.map(({ id }) => id) ?? []);
          stamp += 1;
          const record = { i: stamp, k: key, t: Math.max(0, Math.round(now())) };
          if (change.kind === 'delete') records.push(record);
          else
            records.push({
              ...record,
              v: change.value,
              ...((change.ttlMs ?? null) === null ? {} : { x: change.ttlMs! }),
            });
        }
        append(records);
        tidy();
      });
    },
    forget: (ids) => doc.transact(() => takeOut(ids)),
    apply: (bytes, from) => Y.applyUpdate(doc, bytes, from),
    takeUpdates() {
      const taken = updates;
      updates = [];
      return taken;
    },
    isWaiting: () => doc.store.pendingStructs !== null || doc.store.pendingDs !== null,
    stateVector: () => Y.encodeStateVector(doc),
    diff: (vector) => Y.encodeStateAsUpdate(doc, vector),
    refused: () => refused,
    destroy: () => doc.destroy(),
  };
}
