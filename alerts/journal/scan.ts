/**
 * Reading: entries that a query asks for, from one number on, with a bound on the work of one go. It goes along the narrowest index that the query
 * allows, and by date looks only between the numbers that carry such a date (a wall clock that was set back is why the numbers are not sorted by time).
 */
import type { JournalEntry, JournalQuery } from '../../core/api/journal.ts';
import { matcher } from './match.ts';
import { dayOf } from './tables.ts';
import type { IndexName, Tables } from './tables.ts';

export interface Bounds {
  readonly first: number;
  readonly last: number;
}

export interface Scanned {
  readonly entries: readonly JournalEntry[];
  /** Number at which to go on (it is part of what is left); null = nothing is left. */
  readonly next: number | null;
}

export interface Work {
  readonly limit: number;
  /** Entries looked at, whether they match or not. */
  readonly looks: number;
}

/** `held`: numbers that the journal holds. */
export function scan(tables: Tables, query: JournalQuery, held: Bounds, work: Work): Scanned {
  const newest = query.order !== 'oldest';
  const bounds = boundsOf(tables, query, held);
  const entries: JournalEntry[] = [];
  if (bounds === null) return { entries, next: null };
  const matches = matcher(query);
  let looks = 0;
  for (const seq of numbers(tables, query, bounds, newest)) {
    // One beyond the limit is looked for, so that `next` is one that matches where the work allows to know.
    if (looks === work.looks) return { entries, next: seq };
    looks += 1;
    const entry = tables.entries.get(seq);
    if (entry === undefined || !matches(entry)) continue;
    if (entries.length === work.limit) return { entries, next: seq };
    entries.push(entry);
  }
  return { entries, next: null };
}

function boundsOf(tables: Tables, query: JournalQuery, held: Bounds): Bounds | null {
  let first = Math.max(held.first, query.after === undefined ? 0 : Math.floor(query.after) + 1);
  let last = Math.min(held.last, query.before === undefined ? Infinity : Math.ceil(query.before) - 1);
  if (query.from !== undefined || query.to !== undefined) {
    const days = daysBetween(tables, query);
    if (days === null) return null;
    first = Math.max(first, days.first);
    last = Math.min(last, days.last);
  }
  return first <= last ? { first, last } : null;
}

function daysBetween(tables: Tables, { from, to }: JournalQuery): Bounds | null {
  const start = from === undefined ? '' : dateOf(from);
  const end = to === undefined ? '~' : dateOf(to);
  if (start === null || end === null) return null;
  let bounds: Bounds | null = null;
  // A key that is the end itself is wanted: the range stops before it.
  for (const { value } of tables.days.getRange({ start, end: `${end}~` })) {
    bounds = bounds === null ? value : grow(bounds, value);
  }
  return bounds;
}

/** Both together. */
export const grow = (a: Bounds, b: Bounds): Bounds => ({
  first: Math.min(a.first, b.first),
  last: Math.max(a.last, b.last),
});

function dateOf(time: string): string | null {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : dayOf(new Date(ms).toISOString());
}

/** Numbers to look at, in order, out of the narrowest index. */
function numbers(tables: Tables, query: JournalQuery, bounds: Bounds, newest: boolean): Iterable<number> {
  const along = (name: IndexName, values: readonly string[]): Iterable<number> =>
    merged(
      [...new Set(values)].map((value) => alongIndex(tables, name, value, bounds, newest)),
      newest,
    );
  if (query.incident !== undefined) return along('incident', [query.incident]);
  if (query.actionId !== undefined) return along('action', [query.actionId]);
  if (query.kinds !== undefined && query.kinds.length > 0) return along('kind', query.kinds);
  if (query.severities !== undefined && query.severities.length > 0) return along('severity', query.severities);
  return counted(bounds, newest);
}

function* counted({ first, last }: Bounds, newest: boolean): Iterable<number> {
  if (newest) for (let seq = last; seq >= first; seq -= 1) yield seq;
  else for (let seq = first; seq <= last; seq += 1) yield seq;
}

function* alongIndex(
  tables: Tables,
  name: IndexName,
  value: string,
  { first, last }: Bounds,
  newest: boolean,
): Generator<number> {
  // A range takes its start and leaves its end.
  const keys = newest
    ? tables.index.getKeys({ start: [name, value, last], end: [name, value, first - 1], reverse: true })
    : tables.index.getKeys({ start: [name, value, first], end: [name, value, last + 1] });
  for (const [, , seq] of keys) yield seq;
}

/** Several sorted sequences as one, each number once. */
function* merged(sequences: readonly Generator<number>[], newest: boolean): Generator<number> {
  const heads = sequences.map((sequence) => ({ sequence, head: sequence.next() }));
  try {
    for (;;) {
      let best: number | null = null;
      for (const { head } of heads) {
        if (head.done === true) continue;
        if (best === null || (newest ? head.value > best : head.value < best)) best = head.value;
      }
      if (best === null) return;
      yield best;
      for (const one of heads) {
        if (one.head.done !== true && one.head.value === best) one.head = one.sequence.next();
      }
    }
  } finally {
    for (const { sequence } of heads) sequence.return(undefined);
  }
}
