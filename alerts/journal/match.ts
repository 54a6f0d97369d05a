/** Whether an entry is one that a query asks for. Pure. */
import type { JournalEntry, JournalQuery } from '../../core/api/journal.ts';

export type Match = (entry: JournalEntry) => boolean;

/** Times are compared as points in time, so that `2026-11-21` and an offset work too; one that is none matches nothing. */
export function matcher(query: JournalQuery): Match {
  const { after, before, kinds, severities, instances, incident, actionId } = query;
  const from = query.from === undefined ? null : Date.parse(query.from);
  const to = query.to === undefined ? null : Date.parse(query.to);
  const text = query.text === undefined || query.text === '' ? null : query.text.toLowerCase();
  return (entry) =>
    (after === undefined || entry.seq > after) &&
    (before === undefined || entry.seq < before) &&
    isOneOf(kinds, entry.kind) &&
    isOneOf(severities, entry.severity) &&
    isOneOf(instances, entry.instance) &&
    (incident === undefined || entry.incident === incident) &&
    (actionId === undefined || entry.actionId === actionId) &&
    (from === null || Date.parse(entry.at) >= from) &&
    (to === null || Date.parse(entry.at) <= to) &&
    (text === null || entry.reason.text.toLowerCase().includes(text));
}

/** No list, or an empty one: all. */
function isOneOf<T>(list: readonly T[] | undefined, value: T): boolean {
  return list === undefined || list.length === 0 || list.includes(value);
}
