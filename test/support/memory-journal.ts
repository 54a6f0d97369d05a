/** A journal in memory, for whatever needs one and not the disk. */
import { randomUUID } from 'node:crypto';
import type { Journal, JournalEntry, JournalQuery, NewEntry } from '../../core/api/journal.ts';

export interface MemoryJournal extends Journal {
  readonly entries: readonly JournalEntry[];
}

export function createMemoryJournal(instance: string, now: () => number = Date.now): MemoryJournal {
  const entries: JournalEntry[] = [];
  const listeners = new Set<(entry: JournalEntry) => void>();

  function add(made: NewEntry): JournalEntry {
    const seq = (entries.at(-1)?.seq ?? 0) + 1;
    const entry: JournalEntry =
      'event' in made
        ? { ...made.event, engineSeq: made.event.seq, seq }
        : { id: randomUUID(), seq, engineSeq: null, at: new Date(now()).toISOString(), instance, ...made };
    entries.push(entry);
    for (const listener of listeners) listener(entry);
    return entry;
  }

  function fits(entry: JournalEntry, query: JournalQuery): boolean {
    const { after, before, from, to, kinds, severities, instances, incident, actionId, text } = query;
    return (
      (after === undefined || entry.seq > after) &&
      (before === undefined || entry.seq < before) &&
      (from === undefined || Date.parse(entry.at) >= Date.parse(from)) &&
      (to === undefined || Date.parse(entry.at) <= Date.parse(to)) &&
      (kinds === undefined || kinds.includes(entry.kind)) &&
      (severities === undefined || severities.includes(entry.severity)) &&
      (instances === undefined || instances.includes(entry.instance)) &&
      (incident === undefined || entry.incident === incident) &&
      (actionId === undefined || entry.actionId === actionId) &&
      (text === undefined || entry.reason.text.toLowerCase().includes(text.toLowerCase()))
    );
  }

  function select(query: JournalQuery): readonly JournalEntry[] {
    const found = entries.filter((entry) => fits(entry, query));
    return query.order === 'oldest' ? found : found.toReversed();
  }

  return {
    entries,
    append: (made) => Promise.resolve(add(made)),
    appendAll: (all) => Promise.resolve(all.map(add)),
    query(query) {
      const found = select(query);
      const limit = query.limit ?? 100;
      return {
        entries: found.slice(0, limit),
        more: found.length > limit,
        next: found[limit]?.seq ?? null,
        first: entries[0]?.seq ?? null,
        last: entries.at(-1)?.seq ?? null,
      };
    },
    async *stream(query) {
      yield* select(query);
    },
    get: (id) => entries.find((entry) => entry.id === id) ?? null,
    onEntry(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    retain: () => Promise.resolve(0),
  };
}
