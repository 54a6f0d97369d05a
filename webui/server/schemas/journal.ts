/** The journal and its queries (core/api/journal.ts). */
import * as z from 'zod';
import { MANAGER_KINDS } from '../../../core/api/journal.ts';
import type { Actor, JournalEntry, JournalKind, JournalPage, JournalQuery } from '../../../core/api/journal.ts';
import type { EventKind, Severity } from '../../../core/event.ts';
import { line, reasonText, time, timeAsked } from './common.ts';
import type { AllSame, Same } from './same.ts';
import { role, routerState } from './status.ts';

const EVENT_KINDS = [
  'role',
  'router',
  'fault',
  'condition',
  'address',
  'advert',
  'peer',
  'link',
  'track',
  'bandwidth',
  'flap',
  'bypass',
  'action',
  'config',
  'process',
] as const satisfies readonly EventKind[];

const kind = z.enum([...EVENT_KINDS, ...MANAGER_KINDS]);
const severity = z.enum(['info', 'warning', 'critical']);
export const actor = z.object({ user: z.string(), from: z.string() });

export const journalEntry = z.object({
  id: z.string(),
  seq: z.number(),
  engineSeq: z.number().nullable(),
  at: time,
  instance: z.string(),
  kind,
  severity,
  reason: reasonText,
  incident: z.string().nullable(),
  router: z.exactOptional(z.string()),
  from: z.exactOptional(z.union([role, routerState])),
  to: z.exactOptional(z.union([role, routerState])),
  actionId: z.exactOptional(z.string()),
  ended: z.exactOptional(z.enum(['done', 'failed'])),
  actor: z.exactOptional(actor),
  details: z.exactOptional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
});

export const journalPage = z.object({
  entries: z.array(journalEntry),
  more: z.boolean(),
  next: z.number().nullable(),
  first: z.number().nullable(),
  last: z.number().nullable(),
});

/** A list in a query: `kinds=role,link` or `kinds=role&kinds=link`. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.exactOptional(
    z.preprocess(
      (value) => (Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : value),
      z.array(item).max(64),
    ),
  );

const seq = z.coerce
  .number({ error: 'expected a number from 0 up' })
  .int({ error: 'expected a number from 0 up' })
  .min(0, { error: 'expected a number from 0 up' });

/** Filters of history and export. */
export const journalFilter = z.strictObject({
  after: z.exactOptional(seq.meta({ description: 'only entries with a larger number' })),
  before: z.exactOptional(seq.meta({ description: 'only entries with a smaller number' })),
  from: z.exactOptional(timeAsked),
  to: z.exactOptional(timeAsked),
  kinds: listOf(kind),
  severities: listOf(severity),
  instances: listOf(line(1, 63)),
  incident: z.exactOptional(line(1, 100)),
  actionId: z.exactOptional(line(1, 100)),
  text: z.exactOptional(line(1, 200).meta({ description: "part of the reason's text" })),
  order: z.exactOptional(z.enum(['newest', 'oldest'])),
});

const limit = z.coerce
  .number({ error: 'expected 1 to 1000' })
  .int({ error: 'expected 1 to 1000' })
  .min(1, { error: 'expected 1 to 1000' })
  .max(1000, { error: 'expected 1 to 1000' });

export const journalQuery = journalFilter.extend({ limit: z.exactOptional(limit) });

export const exportQuery = journalFilter.extend({ format: z.enum(['jsonl', 'csv']).default('jsonl') });

export type Checked = AllSame<
  [
    Same<typeof kind, JournalKind>,
    Same<typeof severity, Severity>,
    Same<typeof actor, Actor>,
    Same<typeof journalEntry, JournalEntry>,
    Same<typeof journalPage, JournalPage>,
    Same<typeof journalQuery, JournalQuery>,
  ]
>;
