/** Entries of the journal as CSV (RFC 4180). Pure. */
import type { JournalEntry } from '../../core/api/journal.ts';

const COLUMNS: readonly (readonly [string, (entry: JournalEntry) => string | number | null | undefined])[] = [
  ['seq', ({ seq }) => seq],
  ['at', ({ at }) => at],
  ['instance', ({ instance }) => instance],
  ['kind', ({ kind }) => kind],
  ['severity', ({ severity }) => severity],
  ['code', ({ reason }) => reason.code],
  ['text', ({ reason }) => reason.text],
  ['router', ({ router }) => router],
  ['from', ({ from }) => from],
  ['to', ({ to }) => to],
  ['user', ({ actor }) => actor?.user],
  ['address', ({ actor }) => actor?.from],
  ['incident', ({ incident }) => incident],
  ['action', ({ actionId }) => actionId],
  ['id', ({ id }) => id],
];

export const csvHead = (): string => `${COLUMNS.map(([name]) => name).join(',')}\r\n`;

export const csvLine = (entry: JournalEntry): string =>
  `${COLUMNS.map(([, value]) => cell(value(entry) ?? '')).join(',')}\r\n`;

/** A spreadsheet takes a text that begins like a formula for one, and runs it: with an apostrophe before it, it is text. */
export function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
