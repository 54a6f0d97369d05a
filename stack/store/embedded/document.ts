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
import type { Placed, StoredRecord } from './record.ts';

export interface DocumentUpdate {
  readonly bytes: Uint8Array;
  /** The instance that it came from; null = our own. */
  readonly from: string | null;
}

export interface StackDocument {
  readonly index: Index<Placed<unknown>>;
  /** The highest stamp that was given or seen. */
  stamp(): number;
  /** Our own writing, over everything that we know of these keys. */
  write(changes: readonly Change[]): void;
  /** Takes records out for good, deletions too. */
  forget(keys: readonly string[]): void;
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
  readonly by: string;
  /** By stamp. */
  records: Map<unknown, Placed<Chunk>>;
}

const ROOT = 'log/';
const CHUNK = 256;
/** From here on it is cheaper to keep what came than to write down anew what of it was new. */
const LARGE_UPDATE = 64 * 1024;
/** Empty chunks that are left until it is worth a change. */
const MOST_EMPTY = 8;

export function createDocument(facts: DocumentFacts): StackDocument {
  const { replica, rules, now } = facts;
  const doc = new Y.Doc();
  const index = createIndex<Placed<Chunk>>(rules);
  const chunks = new Map<Y.Array<unknown>, Chunk>();
  const roots = new Map<Y.Array<unknown>, string>();
  let updates: DocumentUpdate[] = [];
  let stamp = facts.stamp;
  let refused = 0;
  /** The last transaction left something in the document. */
  let changed = false;
  let current: { readonly list: Y.Array<unknown>; count: number } | null = null;
  const own = doc.getArray<unknown>(`${ROOT}${replica}`);
  roots.set(own, replica);

  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    changed = hasChanged(transaction);
    const touched = new Set<unknown>(transaction.changed.keys());
    for (const name of doc.share.keys()) {
      if (!name.startsWith(ROOT) || instanceOf(name.slice(ROOT.length)) === null) continue;
      const root = doc.getArray<unknown>(name);
      if (roots.has(root)) continue;
      roots.set(root, name.slice(ROOT.length));
      touched.add(root);
    }
    for (const [root, name] of roots) if (touched.has(root)) for (const list of scanRoot(root, name)) touched.add(list);
    for (const list of touched) {
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
    for (const list of fresh)
      chunks.set(list, { list, replica: name, by: instanceOf(name) ?? name, records: new Map() });
    return fresh;
  }

  function scanChunk(chunk: Chunk, found: readonly unknown[]): void {
    const before = chunk.records;
    const after = new Map<unknown, Placed<Chunk>>();
    const fresh: Placed<Chunk>[] = [];
    for (const one of found) {
      const at = (one as StoredRecord | null)?.i;
      let record = before.get(at) ?? null;
      if (record === null) {
        record = readRecord(one, chunk.replica, chunk.by, chunk);
        if (record !== null) fresh.push(record);
      }
      if (record === null || after.has(at)) refused += 1;
      else after.set(at, record);
    }
    chunk.records = after;
    if (before.size + fresh.length > after.size)
      for (const [at, { key, id }] of before) if (!after.has(at)) index.remove(key, id);
    for (const record of fresh) {
      stamp = Math.max(stamp, record.stamp);
      index.add(record.key, record);
    }
  }

  /** Within a transaction. */
  function takeOut(records: Iterable<Placed<Chunk>>): void {
    const byChunk = new Map<Chunk, Set<number>>();
    for (const { place, stamp: at } of records) {
      const stamps = byChunk.get(place);
      if (stamps === undefined) byChunk.set(place, new Set([at]));
      else stamps.add(at);
    }
    for (const [{ list }, stamps] of byChunk)
      takeOutOf(list, (one) => stamps.has((one as StoredRecord | null)?.i ?? -1));
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
    takeOutOf(own, (one) => lists.has(one));
  }

  doc.transact(() => {
    for (const bytes of facts.stored) Y.applyUpdate(doc, bytes);
  });
  index.takeTouched();
  // Only from here on: to write down as an update what has just been read would take as long again.
  const onUpdate = (bytes: Uint8Array, origin: unknown): void => {
    updates.push({ bytes, from: typeof origin === 'string' ? origin : null });
  };
  doc.on('update', onUpdate);

  /** Without the update that Yjs would make of it; what of it was known already does no harm. */
  function applyLarge(bytes: Uint8Array, from: string | null): void {
    doc.off('update', onUpdate);
    try {
      changed = false;
      Y.applyUpdate(doc, bytes, from);
      if (changed) updates.push({ bytes, from });
    } finally {
      doc.on('update', onUpdate);
    }
  }

  return {
    index,
    stamp: () => stamp,
    write(changes) {
      doc.transact(() => {
        const records: StoredRecord[] = [];
        const gone: Placed<Chunk>[] = [];
        for (const change of changes) {
          const { key } = change;
          const state = index.get(key);
          if (change.kind === 'delete' && (state === null || (state.versions.length === 1 && state.winner.deleted)))
            continue;
          gone.push(...(state?.versions ?? []));
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
        takeOut(gone);
        append(records);
        tidy();
      });
    },
    forget: (keys) => doc.transact(() => takeOut(keys.flatMap((key) => index.get(key)?.versions ?? []))),
    apply: (bytes, from) =>
      bytes.byteLength < LARGE_UPDATE ? Y.applyUpdate(doc, bytes, from) : applyLarge(bytes, from),
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

/** As Yjs decides whether there is an update to tell of. */
function hasChanged({ deleteSet, beforeState, afterState }: Y.Transaction): boolean {
  if (deleteSet.clients.size > 0) return true;
  for (const [client, clock] of afterState) if (beforeState.get(client) !== clock) return true;
  return false;
}

/** From the back, and neighbours together. */
function takeOutOf(list: Y.Array<unknown>, isMeant: (one: unknown) => boolean): void {
  const all = list.toArray();
  for (let end = all.length; end > 0; end -= 1) {
    if (!isMeant(all[end - 1])) continue;
    let start = end - 1;
    while (start > 0 && isMeant(all[start - 1])) start -= 1;
    list.delete(start, end - start);
    end = start + 1;
  }
}
