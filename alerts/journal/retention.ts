/** Dropping the oldest, a slice at a time: the loop is never held for long, and entries that come meanwhile are written in between. */
import { setImmediate } from 'node:timers/promises';
import type { Tables } from './tables.ts';
import { indexKeys } from './tables.ts';

const SLICE = 500;
const DAY_MS = 86_400_000;

export interface RetentionPorts {
  readonly tables: Tables;
  readonly now: () => number;
  readonly held: () => { readonly first: number; readonly last: number };
  /** Called when they are gone from disk: the oldest is `first` now. */
  readonly dropped: (first: number) => void;
}

export async function retain(ports: RetentionPorts, days: number, maxEvents: number): Promise<number> {
  const { tables, held, dropped } = ports;
  const oldest = ports.now() - days * DAY_MS;
  let gone = 0;
  for (;;) {
    const { first, last } = held();
    let seq = first;
    const end = Math.min(last + 1, first + SLICE);
    while (seq < end && (last - seq + 1 > maxEvents || isOlder(tables, seq, oldest))) seq += 1;
    if (seq === first) return gone;
    const committed = await tables.root.batch(() => drop(tables, first, seq));
    if (!committed) throw new Error('the journal cannot be written: the transaction was not taken');
    dropped(seq);
    gone += seq - first;
    await setImmediate();
  }
}

/** One that cannot be read is dropped as if it were old. */
function isOlder(tables: Tables, seq: number, than: number): boolean {
  const entry = tables.entries.get(seq);
  return entry === undefined || Date.parse(entry.at) < than;
}

function drop(tables: Tables, first: number, end: number): void {
  for (let seq = first; seq < end; seq += 1) {
    const entry = tables.entries.get(seq);
    void tables.entries.remove(seq);
    if (entry === undefined) continue;
    void tables.ids.remove(entry.id);
    for (const key of indexKeys(entry)) void tables.index.remove(key);
  }
  for (const { key, value } of tables.days.getRange({})) if (value.last < end) void tables.days.remove(key);
}
