/**
 * The document on disk: its changes one after the other in LMDB, and now and then all of it as one. A change is one transaction, synced before it is
 * said to be kept, so that after a crash at any moment it is there or it is not.
 *
 * Only `batch` and `put` write. (lmdb's `transaction()` with a callback waits for ever under Node 20.)
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { fail, ok } from '../../../core/result.ts';
import type { Result } from '../../../core/result.ts';
import { instanceOf } from './record.ts';

export interface DocumentFiles {
  /** Name of this store in the document: `<instance>~<8 hex>`. Another one after the folder was lost, so that its records are never mistaken for those of before. */
  readonly replica: string;
  readonly stamp: number;
  /** In order. */
  load(): Iterable<Uint8Array>;
  /** Rejects where the disk does not take it. */
  commit(updates: readonly Uint8Array[], stamp: number): Promise<void>;
  /** So much has been added that all of it as one is worth the trouble. */
  isLong(): boolean;
  /** `whole` stands for everything that was committed. */
  replace(whole: Uint8Array, stamp: number): Promise<void>;
  close(): Promise<void>;
}

interface About {
  readonly format: 1;
  readonly stack: string;
  readonly replica: string;
}

const ABOUT = 'about';
const STAMP = 'stamp';
const FORMAT = 1;
/** A start reads all of it: below this nothing is gained. */
const SHORT_BYTES = 4 * 1024 * 1024;
const SHORT_COUNT = 10_000;

/** The error is one sentence. The folder is made if it is not there; nobody else may look into it. */
export function openDocumentFiles(folder: string, stack: string, instance: string): Result<DocumentFiles, string> {
  try {
    return openIn(folder, stack, instance);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return fail(
      `the store in ${folder} cannot be opened (${text}): move the folder away, and it is filled anew by the other instances`,
    );
  }
}

function openIn(folder: string, stack: string, instance: string): Result<DocumentFiles, string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const root = open({
    path: folder,
    noSubdir: false,
    maxDbs: 4,
    encoding: 'json',
    // A transaction is on disk before it is said to be: the plain order of LMDB, without the shortcut of this package.
    overlappingSync: false,
  });
  for (const file of ['data.mdb', 'lock.mdb']) chmodSync(join(folder, file), 0o600);
  const updates = root.openDB<Uint8Array, number>({ name: 'updates', keyEncoding: 'uint32', encoding: 'binary' });
  const words = root.openDB<unknown, string>({ name: 'words', encoding: 'json' });

  const found = words.get(ABOUT) as About | undefined;
  if (found !== undefined && (found.format as number) !== FORMAT) {
    void root.close();
    return fail(
      `the store in ${folder} has the format ${found.format}, this version reads ${FORMAT}: it is of another version of Tandem`,
    );
  }
  if (found !== undefined && found.stack !== stack) {
    void root.close();
    return fail(
      `the store in ${folder} belongs to the stack ${found.stack}, the configuration says ${stack}: correct \`stack\`, or move the folder away to begin with an empty store`,
    );
  }
  // An instance with another name writes under that one.
  const replica =
    found !== undefined && instanceOf(found.replica) === instance
      ? found.replica
      : `${instance}~${randomBytes(4).toString('hex')}`;
  const about: About = { format: FORMAT, stack, replica };
  let isTold = found?.replica === replica;
  let [last = 0] = [...updates.getKeys({ reverse: true, limit: 1 })];
  let bytes = 0;
  let count = 0;
  let whole = SHORT_BYTES;
  let closed = false;

  async function batch(put: () => void): Promise<void> {
    if (closed) throw new Error('the store is closed');
    const committed = await root.batch(() => {
      if (!isTold) void words.put(ABOUT, about);
      put();
    });
    if (!committed) throw new Error('the transaction was not taken');
    isTold = true;
  }

  return ok({
    replica,
    stamp: (words.get(STAMP) as number | undefined) ?? 0,
    *load() {
      bytes = 0;
      count = 0;
      for (const { value } of updates.getRange({})) {
        bytes += value.byteLength;
        count += 1;
        yield value;
      }
    },
    async commit(some, stamp) {
      const from = last;
      await batch(() => {
        some.forEach((one, at) => void updates.put(from + at + 1, one));
        void words.put(STAMP, stamp);
      });
      last = from + some.length;
      count += some.length;
      for (const one of some) {
        bytes += one.byteLength;
        // All that another instance had: as one already.
        whole = Math.max(whole, one.byteLength);
      }
    },
    isLong: () => count > SHORT_COUNT || bytes > 2 * whole,
    async replace(all, stamp) {
      const next = last + 1;
      const old = [...updates.getKeys({})];
      await batch(() => {
        for (const key of old) void updates.remove(key);
        void updates.put(next, all);
        void words.put(STAMP, stamp);
      });
      last = next;
      count = 1;
      bytes = all.byteLength;
      whole = Math.max(SHORT_BYTES, bytes);
    },
    async close() {
      if (closed) return;
      closed = true;
      await root.flushed;
      await root.close();
    },
  });
}
