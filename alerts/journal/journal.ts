/** The journal (core/api/journal.ts) on LMDB. */
import { setImmediate } from 'node:timers/promises';
import type { Journal, JournalEntry, JournalPage, JournalQuery, NewEntry } from '../../core/api/journal.ts';
import { managerReasonText } from '../../core/manager-reason.ts';
import { openFiles } from './files.ts';
import { retain } from './retention.ts';
import { scan } from './scan.ts';
import type { Bounds, Scanned, Work } from './scan.ts';
import type { Tables } from './tables.ts';
import { ENGINE_END, LAST_SEQ, createWriter } from './writer.ts';
import type { EngineEnd } from './writer.ts';

/** Small things that others keep beside the journal and that make sense only together with it: how far a receiver of alerts has come. */
export interface Words {
  read(name: string): unknown;
  /** Resolves when it is on disk. */
  write(name: string, value: unknown): Promise<void>;
}

export interface OpenJournal extends Journal {
  /** Where the journal ends in the log of the engine; null = no event of an engine yet. */
  lastEngine(): EngineEnd | null;
  /** The journal that was there could not be read and was moved aside; null = all was well. */
  readonly moved: { readonly file: string; readonly error: string } | null;
  readonly words: Words;
  close(): Promise<void>;
}

const USUAL_LIMIT = 100;
const MOST_LIMIT = 1000;
/** Entries that one query looks at. What lies beyond is `more`. */
const MOST_LOOKS = 10_000;
/** The same for a slice of a stream, after which others have their turn. */
const SLICE: Work = { limit: 200, looks: 1000 };

/** `instance` and `now` (wall time, ms) are for the manager's own entries. The folder is made if it is not there. */
export async function openJournal(folder: string, instance: string, now: () => number): Promise<OpenJournal> {
  const { tables, moved, close } = await openFiles(folder, now);
  const listeners = new Set<(entry: JournalEntry) => void>();
  let held = heldBy(tables);
  let engine = (tables.words.get(ENGINE_END) as EngineEnd | undefined) ?? null;

  const writer = createWriter({
    tables,
    instance,
    now,
    last: () => held.last,
    written(entries, end) {
      held = { first: held.first, last: held.last + entries.length };
      engine = end ?? engine;
      for (const entry of entries) for (const listener of listeners) tell(listener, entry);
    },
  });
  let retaining: Promise<unknown> = Promise.resolve();
  const words = new Set<Promise<unknown>>();
  let closed = false;

  async function write(entries: readonly NewEntry[]): Promise<readonly JournalEntry[]> {
    if (closed) throw new Error('the journal is closed');
    return entries.length === 0 ? [] : await writer.write(entries);
  }

  function query(asked: JournalQuery): JournalPage {
    const limit = Math.min(MOST_LIMIT, Math.max(1, Math.floor(asked.limit ?? USUAL_LIMIT)));
    const { entries, next } = scan(tables, asked, held, { limit, looks: MOST_LOOKS });
    const empty = held.first > held.last;
    return {
      entries,
      more: next !== null,
      next,
      first: empty ? null : held.first,
      last: empty ? null : held.last,
    };
  }

  async function* stream(asked: JournalQuery): AsyncIterable<JournalEntry> {
    let left = asked.limit ?? Number.POSITIVE_INFINITY;
    // What is written from now on is not part of it, or it might never end.
    const end = held.last + 1;
    let rest: JournalQuery = { ...asked, before: Math.min(asked.before ?? end, end) };
    while (left > 0) {
      const { entries, next }: Scanned = scan(tables, rest, held, SLICE);
      for (const entry of entries.slice(0, left)) yield entry;
      left -= entries.length;
      if (next === null) return;
      rest = rest.order === 'oldest' ? { ...rest, after: next - 1 } : { ...rest, before: next + 1 };
      await setImmediate();
    }
  }

  const journal: OpenJournal = {
    append: async (entry) => (await write([entry]))[0]!,
    appendAll: write,
    query,
    stream,
    get(id) {
      const seq = tables.ids.get(id);
      return seq === undefined ? null : (tables.entries.get(seq) ?? null);
    },
    onEntry(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    retain(days, maxEvents) {
      const dropped = (first: number): void => void (held = { first, last: held.last });
      const run = retaining.then(() => retain({ tables, now, held: () => held, dropped }, days, maxEvents));
      retaining = run.catch(() => undefined);
      return run;
    },
    lastEngine: () => engine,
    moved,
    words: {
      read: (name) => tables.words.get(`word:${name}`),
      async write(name, value) {
        // A write that begins after the end is not caught by anybody: lmdb throws it later.
        if (closed) throw new Error('the journal is closed');
        const writing = tables.words.put(`word:${name}`, value);
        words.add(writing);
        await writing.finally(() => words.delete(writing));
      },
    },
    async close() {
      closed = true;
      await Promise.allSettled(words);
      await writer.idle();
      await retaining;
      await close();
    },
  };
  if (moved !== null) {
    const reason = { code: 'journalDamaged', ...moved } as const;
    const text = managerReasonText(reason);
    await journal.append({ kind: 'manager', severity: 'warning', reason: { code: reason.code, text }, incident: null });
  }
  return journal;
}

/** A listener's trouble is not the journal's: the entry is on disk. */
function tell(listener: (entry: JournalEntry) => void, entry: JournalEntry): void {
  try {
    listener(entry);
  } catch (error) {
    process.stderr.write(`tandem manager: an entry was not passed on: ${(error as Error).message}\n`);
  }
}

/** Empty: `first` is one more than `last`. */
function heldBy(tables: Tables): Bounds {
  const [last] = [...tables.entries.getKeys({ reverse: true, limit: 1 })];
  const [first] = [...tables.entries.getKeys({ limit: 1 })];
  if (first !== undefined && last !== undefined) return { first, last };
  const given = (tables.words.get(LAST_SEQ) as number | undefined) ?? 0;
  return { first: given + 1, last: given };
}
