/** An entry out of what somebody wants to be remembered. Pure. */
import { randomUUID } from 'node:crypto';
import type { JournalEntry, NewEntry } from '../../core/api/journal.ts';

/** Longer texts are cut: an entry must not be larger than what carries it to a receiver. */
export const LONGEST_TEXT = 4096;
const MOST_DETAILS = 64;

export interface EntryFacts {
  readonly seq: number;
  readonly instance: string;
  /** Wall time, ms. */
  readonly now: number;
}

export function makeEntry(entry: NewEntry, { seq, instance, now }: EntryFacts): JournalEntry {
  if ('event' in entry) {
    const { event } = entry;
    return { ...event, seq, engineSeq: event.seq, reason: { code: event.reason.code, text: cut(event.reason.text) } };
  }
  const { kind, severity, reason, actor, details, actionId, incident } = entry;
  return {
    id: randomUUID(),
    seq,
    engineSeq: null,
    at: new Date(now).toISOString(),
    instance,
    kind,
    severity,
    reason: { code: reason.code, text: cut(reason.text) },
    incident,
    ...(actionId === undefined ? {} : { actionId }),
    ...(actor === undefined ? {} : { actor: { user: cut(actor.user), from: cut(actor.from) } }),
    ...(details === undefined ? {} : { details: cutDetails(details) }),
  };
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function cutDetails(details: NonNullable<JournalEntry['details']>): NonNullable<JournalEntry['details']> {
  return Object.fromEntries(
    Object.entries(details)
      .slice(0, MOST_DETAILS)
      .map(([name, value]) => [cut(name), typeof value === 'string' ? cut(value) : value]),
  );
}
