/**
 * Readers of the event stream: one JSON object a line. What is kept is sent in small slices at the reader's own pace; what happens from then
 * on is sent at once, and a reader that does not take it is dropped, so that it costs the engine neither time nor memory.
 */
import type { ServerResponse } from 'node:http';
import type { EventLog } from './event-log.ts';
import type { EventQuery } from './routes.ts';

/** Unsent bytes of a reader that is up to date, beyond which it is dropped (design section 2). */
const MOST_UNSENT = 1_000_000;
/** Events written to one reader, and to all, in one turn of the loop: some tenths of a millisecond. */
const SLICE = 100;
const SLICE_OF_ALL = 400;
/** A reader that takes nothing of what is kept for this long is dropped (ms). */
const STALLED = 30_000;

interface Reader {
  readonly response: ServerResponse;
  /** Number of the next event to send. */
  next: number;
  /** How many more to send. */
  left: number;
  /** Number of the last event to send; infinite for a follower. */
  readonly end: number;
  /** Everything kept was sent once. */
  live: boolean;
  stalled: NodeJS.Timeout | null;
}

export interface EventStreams {
  /** How many read now. */
  readonly readers: number;
  /** Answer a request with events; the response belongs to the stream from here on. */
  open(response: ServerResponse, query: EventQuery): void;
  /** Send what is not sent yet, as far as it is taken, and end every stream. */
  stop(): void;
}

/** `status` gives the status as JSON, for readers that missed something. */
export function createEventStreams(events: EventLog, status: () => string): EventStreams {
  const readers = new Set<Reader>();
  let scheduled: NodeJS.Immediate | null = null;
  let unsubscribe: (() => void) | null = null;

  const schedule = (): void => {
    scheduled ??= setImmediate(() => {
      scheduled = null;
      let budget = SLICE_OF_ALL;
      const row = [...readers];
      for (const reader of row) {
        if (budget <= 0) return schedule();
        const from = reader.next;
        pump(reader);
        budget -= reader.next - from;
        // Who was served goes to the end of the row.
        if (readers.delete(reader)) readers.add(reader);
      }
    });
  };

  const drop = (reader: Reader): void => {
    forget(reader);
    reader.response.destroy();
  };

  const forget = (reader: Reader): void => {
    readers.delete(reader);
    if (reader.stalled !== null) clearTimeout(reader.stalled);
    if (readers.size > 0) return;
    unsubscribe?.();
    unsubscribe = null;
  };

  /** Write the next slice, if the reader can take it. */
  const pump = (reader: Reader): void => {
    const { response } = reader;
    if (!reader.live && response.writableNeedDrain) return waitForDrain(reader);
    if (response.writableLength > MOST_UNSENT || reader.next < events.first) return drop(reader);
    const lines = slice(reader);
    if (lines !== '') response.write(lines);
    if (reader.next > reader.end || reader.left === 0) {
      forget(reader);
      response.end();
    } else if (reader.next <= events.last) schedule();
    else reader.live = true;
  };

  const slice = (reader: Reader): string => {
    const most = Math.min(SLICE, reader.left, reader.end - reader.next + 1);
    const batch = events.after(reader.next - 1, most).events;
    reader.next += batch.length;
    reader.left -= batch.length;
    return batch.map((event) => `${JSON.stringify(event)}\n`).join('');
  };

  const waitForDrain = (reader: Reader): void => {
    if (reader.stalled !== null) return;
    reader.stalled = setTimeout(() => drop(reader), STALLED).unref();
    reader.response.once('drain', () => {
      if (reader.stalled !== null) clearTimeout(reader.stalled);
      reader.stalled = null;
      if (readers.has(reader)) pump(reader);
    });
  };

  return {
    get readers() {
      return readers.size;
    },
    open(response, query) {
      response.writeHead(200, {
        'content-type': 'application/x-ndjson; charset=utf-8',
        'cache-control': 'no-store',
        'tandem-log': events.id,
      });
      response.flushHeaders();
      const begin = beginning(events, query);
      if (begin.gap) {
        const { first, last, id } = events;
        response.write(`{"gap":true,"log":"${id}","first":${first},"last":${last},"status":${status()}}\n`);
      }
      const end = query.follow ? Number.POSITIVE_INFINITY : events.last;
      const reader: Reader = { response, next: begin.next, left: query.limit, end, live: false, stalled: null };
      readers.add(reader);
      unsubscribe ??= events.subscribe(schedule);
      response.on('close', () => forget(reader));
      schedule();
    },
    stop() {
      if (scheduled !== null) clearImmediate(scheduled);
      scheduled = null;
      for (const reader of readers) {
        while (reader.live && reader.next >= events.first && reader.next <= events.last && reader.left > 0) {
          reader.response.write(slice(reader));
        }
        forget(reader);
        reader.response.end();
      }
    },
  };
}

/** Where a reader begins, and whether it missed something. */
function beginning(events: EventLog, query: EventQuery): { readonly next: number; readonly gap: boolean } {
  const otherLog = query.log !== null && query.log !== events.id;
  if (query.after !== null) {
    const gap = otherLog || query.after > events.last || query.after < events.first - 1;
    return { gap, next: gap ? events.first : query.after + 1 };
  }
  if (query.latest !== null) return { gap: otherLog, next: Math.max(events.first, events.last - query.latest + 1) };
  return { gap: otherLog, next: events.first };
}
