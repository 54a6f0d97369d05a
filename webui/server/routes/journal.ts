/** History: with filters, and whole as a file. */
import { Readable } from 'node:stream';
import * as z from 'zod';
import type { JournalEntry, JournalQuery } from '../../../core/api/journal.ts';
import type { WebContext } from '../context.ts';
import { csvHead, csvLine } from '../csv.ts';
import { ApiFailure } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { exportQuery, journalEntry, journalPage, journalQuery } from '../schemas/journal.ts';
import { line } from '../schemas/common.ts';

/** Pieces of a file are sent in lumps: a line a write would be slow. */
const LUMP = 64 * 1024;

async function* fileOf(entries: AsyncIterable<JournalEntry>, format: 'jsonl' | 'csv'): AsyncGenerator<string> {
  let lump = format === 'csv' ? csvHead() : '';
  for await (const entry of entries) {
    lump += format === 'csv' ? csvLine(entry) : `${JSON.stringify(entry)}\n`;
    if (lump.length < LUMP) continue;
    yield lump;
    lump = '';
  }
  yield lump;
}

export function journalRoutes({ services: { journal, instance } }: WebContext): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/journal',
      access: 'viewer',
      tag: 'journal',
      summary: 'entries of the journal, newest first unless asked otherwise',
      query: journalQuery,
      answers: { 200: journalPage },
      handle: ({ query }) => journal.query(query),
    }),
    route({
      method: 'GET',
      path: '/api/v1/journal/export',
      access: 'viewer',
      tag: 'journal',
      summary: 'the same as a file, oldest first: a JSON object a line, or CSV',
      query: exportQuery,
      answers: {
        200: {
          description: 'the file',
          content: { 'application/jsonl': { schema: z.string() }, 'text/csv': { schema: z.string() } },
        },
      },
      handle({ query, reply }) {
        const { format, ...filter } = query;
        const asked: JournalQuery = { order: 'oldest', ...filter };
        const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8';
        return reply
          .type(type)
          .header('content-disposition', `attachment; filename="tandem-${instance}-journal.${format}"`)
          .send(Readable.from(fileOf(journal.stream(asked), format)));
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/journal/:id',
      access: 'viewer',
      tag: 'journal',
      summary: 'one entry',
      params: z.strictObject({ id: line(1, 100) }),
      answers: { 200: journalEntry },
      handle({ params }) {
        const entry = journal.get(params.id);
        if (entry === null) throw new ApiFailure(404, 'noSuchEntry', 'the journal has no such entry');
        return entry;
      },
    }),
  ];
}
