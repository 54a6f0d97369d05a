/** What the Events page asks the journal for: kept in the address, so that a view can be sent to somebody. Pure. */
import type { JournalEntry, JournalKind } from '../../../../core/api/journal.ts';
import { KINDS } from '../../words/words.ts';

export interface Filter {
  /** Names of groups of kinds; none = all. */
  readonly groups: readonly string[];
  readonly text: string;
  /** As an input of type datetime-local gives it. */
  readonly from: string;
  readonly to: string;
  readonly incident: string;
  /** Number of the one entry that a permanent link shows. */
  readonly entry: string;
}

export const NO_FILTER: Filter = { groups: [], text: '', from: '', to: '', incident: '', entry: '' };

export function readFilter(search: string): Filter {
  const query = new URLSearchParams(search);
  return {
    groups: query.getAll('group').filter((name) => KINDS.some(({ text }) => text === name)),
    text: query.get('text') ?? '',
    from: query.get('from') ?? '',
    to: query.get('to') ?? '',
    incident: query.get('incident') ?? '',
    entry: /^\d{1,15}$/.exec(query.get('entry') ?? '')?.[0] ?? '',
  };
}

export function writeFilter({ groups, ...single }: Filter): string {
  const query = new URLSearchParams();
  for (const group of groups) query.append('group', group);
  for (const [name, value] of Object.entries(single)) if (value !== '') query.set(name, value);
  const written = query.toString();
  return written === '' ? '' : `?${written}`;
}

const kindsOf = (groups: readonly string[]): readonly JournalKind[] =>
  KINDS.filter(({ text }) => groups.includes(text)).flatMap(({ kinds }) => kinds);

/** The API's query of the same. */
export function journalQuery(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  const kinds = kindsOf(filter.groups);
  if (kinds.length > 0) query.set('kinds', kinds.join(','));
  if (filter.text !== '') query.set('text', filter.text);
  if (filter.incident !== '') query.set('incident', filter.incident);
  if (filter.entry !== '') {
    query.set('after', String(Number(filter.entry) - 1));
    query.set('before', String(Number(filter.entry) + 1));
  }
  for (const name of ['from', 'to'] as const) {
    const date = new Date(filter[name]);
    if (filter[name] !== '' && !Number.isNaN(date.getTime())) query.set(name, date.toISOString());
  }
  return query;
}

/** Whether an entry that comes in live belongs to the view. */
export function fits(entry: JournalEntry, filter: Filter): boolean {
  const kinds = kindsOf(filter.groups);
  if (kinds.length > 0 && !kinds.includes(entry.kind)) return false;
  if (filter.entry !== '' && entry.seq !== Number(filter.entry)) return false;
  if (filter.incident !== '' && entry.incident !== filter.incident) return false;
  if (filter.from !== '' && Date.parse(entry.at) < Date.parse(filter.from)) return false;
  if (filter.to !== '' && Date.parse(entry.at) > Date.parse(filter.to)) return false;
  return entry.reason.text.toLowerCase().includes(filter.text.toLowerCase());
}

/** An incident with its entries, or a single entry. Newest first, entries within oldest first. */
export interface Item {
  readonly key: string;
  readonly head: JournalEntry;
  readonly rest: readonly JournalEntry[];
  /** Of all its entries: a good end does not hide what led to it. */
  readonly loudest: JournalEntry['severity'];
}

const WEIGHT = { critical: 2, warning: 1, info: 0 } as const;

/** One failover is one item: the change of role is its head, its causes and effects are below. */
export function itemsOf(entries: readonly JournalEntry[]): readonly Item[] {
  const groups = new Map<string, JournalEntry[]>();
  for (const entry of entries.toSorted((a, b) => b.seq - a.seq)) {
    const key = entry.incident ?? entry.id;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups].map(([key, group]) => {
    const oldest = group.toReversed();
    const loudest = oldest.toSorted((a, b) => WEIGHT[b.severity] - WEIGHT[a.severity])[0]!;
    const head = group.find(({ kind }) => kind === 'role') ?? loudest;
    return { key, head, rest: oldest.filter((entry) => entry !== head), loudest: loudest.severity };
  });
}
