/**
 * Writing: whatever has come in while the disk was busy is the next transaction. Numbers are given when a transaction is made, so that one that fails
 * (a full disk) leaves no hole, and the next is made from where the disk really is.
 */
import type { JournalEntry, NewEntry } from '../../core/api/journal.ts';
import type { EntryFacts } from './entry.ts';
import { makeEntry } from './entry.ts';
import { grow } from './scan.ts';
import { dayOf, indexKeys } from './tables.ts';
import type { DayBounds, Tables } from './tables.ts';

/** Where the journal ends in the log of an engine. */
export interface EngineEnd {
  readonly log: string;
  readonly seq: number;
}

export const ENGINE_END = 'engine';
/** The newest number that was given: it goes on where retention has dropped every entry. */
export const LAST_SEQ = 'last';

interface Asked {
  readonly entries: readonly NewEntry[];
  readonly done: (made: readonly JournalEntry[]) => void;
  readonly failed: (error: Error) => void;
}

export interface WriterPorts {
  readonly tables: Tables;
  readonly instance: string;
  /** Wall time, ms. */
  readonly now: () => number;
  /** The newest number that is on disk. */
  readonly last: () => number;
  /** Called when a transaction is on disk, with what is new in it, in order. */
  readonly written: (entries: readonly JournalEntry[], engine: EngineEnd | null) => void;
}

/** Entries of one transaction, so that one that is asked for meanwhile does not wait long. */
const MOST_AT_ONCE = 1000;

export interface Writer {
  write(entries: readonly NewEntry[]): Promise<readonly JournalEntry[]>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createWriter(ports: WriterPorts): Writer {
  const waiting: Asked[] = [];
  let busy = false;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const group = [waiting.shift()!];
      let count = group[0]!.entries.length;
      while (waiting.length > 0 && count + waiting[0]!.entries.length <= MOST_AT_ONCE) {
        count += waiting[0]!.entries.length;
        group.push(waiting.shift()!);
      }
      await writeGroup(group);
    }
    busy = false;
  }

  async function writeGroup(group: readonly Asked[]): Promise<void> {
    const { tables, instance, now } = ports;
    const draft = createDraft(tables, { instance, now: now() }, ports.last());
    try {
      const answers = group.map(({ entries }) => entries.map(draft.add));
      const committed = await tables.root.batch(draft.put);
      if (!committed) throw new Error('the transaction was not taken');
      ports.written(draft.fresh, draft.engine());
      group.forEach(({ done }, at) => done(answers[at]!));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      for (const { failed } of group) failed(new Error(`the journal cannot be written: ${text}`));
    }
  }

  return {
    write: (entries) =>
      new Promise((done, failed) => {
        waiting.push({ entries, done, failed });
        if (busy) return;
        busy = true;
        running = run();
      }),
    idle: () => running,
  };
}

interface Draft {
  readonly add: (entry: NewEntry) => JournalEntry;
  readonly put: () => void;
  readonly fresh: readonly JournalEntry[];
  readonly engine: () => EngineEnd | null;
}

/** What one transaction writes. */
function createDraft(tables: Tables, facts: Omit<EntryFacts, 'seq'>, last: number): Draft {
  const fresh: JournalEntry[] = [];
  const byId = new Map<string, JournalEntry>();
  let engine: EngineEnd | null = null;

  function known(id: string): JournalEntry | null {
    const seq = tables.ids.get(id);
    return byId.get(id) ?? (seq === undefined ? null : (tables.entries.get(seq) ?? null));
  }

  function add(entry: NewEntry): JournalEntry {
    if ('event' in entry) {
      if (entry.log !== undefined) engine = { log: entry.log, seq: entry.event.seq };
      const there = known(entry.event.id);
      if (there !== null) return there;
    }
    const made = makeEntry(entry, { ...facts, seq: last + fresh.length + 1 });
    fresh.push(made);
    byId.set(made.id, made);
    return made;
  }

  function put(): void {
    const days = new Map<string, DayBounds>();
    for (const entry of fresh) {
      void tables.entries.put(entry.seq, entry);
      void tables.ids.put(entry.id, entry.seq);
      for (const key of indexKeys(entry)) void tables.index.put(key, 1);
      const day = dayOf(entry.at);
      const known = days.get(day) ?? tables.days.get(day);
      const own = { first: entry.seq, last: entry.seq };
      days.set(day, known === undefined ? own : grow(known, own));
    }
    for (const [day, bounds] of days) void tables.days.put(day, bounds);
    if (fresh.length > 0) void tables.words.put(LAST_SEQ, last + fresh.length);
    if (engine !== null) void tables.words.put(ENGINE_END, engine);
  }

  return { add, put, fresh, engine: () => engine };
}
