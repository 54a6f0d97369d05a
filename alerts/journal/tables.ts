/**
 * The journal's files: one LMDB environment, entries by number, an index of what is asked for, and a few words of our own.
 *
 * Only `batch` and `put` are used for writing: they are one transaction, synced to disk before the promise resolves. (lmdb's `transaction()` with a
 * callback waits for ever under Node 20.)
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import type { JournalEntry } from '../../core/api/journal.ts';

/** What entries are found by, beside their number. */
export type IndexName = 'kind' | 'severity' | 'incident' | 'action';
export type IndexKey = [name: IndexName, value: string, seq: number];

/** Numbers of the entries that carry a date (UTC): the bounds within which a query for a time has to look. */
export interface DayBounds {
  readonly first: number;
  readonly last: number;
}

export interface Tables {
  readonly root: RootDatabase;
  readonly entries: Database<JournalEntry, number>;
  readonly ids: Database<number, string>;
  readonly index: Database<1, IndexKey>;
  readonly days: Database<DayBounds, string>;
  readonly words: Database<unknown, string>;
}

/** Opens or makes them. The folder is the caller's: it exists, and nobody else may look into it. */
export function openTables(folder: string): Tables {
  const root = open({
    path: folder,
    noSubdir: false,
    maxDbs: 8,
    encoding: 'json',
    // A transaction is on disk before it is said to be: the plain order of LMDB, without the shortcut of this package.
    overlappingSync: false,
  });
  for (const file of ['data.mdb', 'lock.mdb']) chmodSync(join(folder, file), 0o600);
  return {
    root,
    entries: root.openDB<JournalEntry, number>({ name: 'entries', keyEncoding: 'uint32', encoding: 'json' }),
    ids: root.openDB<number, string>({ name: 'ids', encoding: 'json' }),
    index: root.openDB<1, IndexKey>({ name: 'index', encoding: 'json' }),
    days: root.openDB<DayBounds, string>({ name: 'days', encoding: 'json' }),
    words: root.openDB<unknown, string>({ name: 'words', encoding: 'json' }),
  };
}

export function indexKeys(entry: JournalEntry): readonly IndexKey[] {
  const keys: IndexKey[] = [
    ['kind', entry.kind, entry.seq],
    ['severity', entry.severity, entry.seq],
  ];
  if (entry.incident !== null) keys.push(['incident', entry.incident, entry.seq]);
  if (entry.actionId !== undefined) keys.push(['action', entry.actionId, entry.seq]);
  return keys;
}

/** The date of a time in ISO 8601. */
export const dayOf = (at: string): string => at.slice(0, 10);
