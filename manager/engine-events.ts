/**
 * The engine's event stream (`GET /events`) as batches of lines. Whoever takes a batch slowly slows the socket down, not this process: nothing is read
 * ahead of it.
 */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Ms } from '../core/clock.ts';
import type { TandemEvent } from '../core/event.ts';

/** Where to go on: the number of the last event that is known, and the log that it is a number of. */
export interface Position {
  readonly log: string;
  readonly seq: number;
}

/** The first line of a stream that cannot go on where the reader was. */
export interface GapLine {
  readonly gap: true;
  readonly log: string;
  readonly first: number;
  readonly last: number;
}

export interface Batch {
  /** Of this stream. */
  readonly log: string;
  readonly gap: GapLine | null;
  readonly events: readonly TandemEvent[];
}

/** A gap line holds a whole status. */
const LONGEST_LINE = 8 * 1024 * 1024;
const OPEN_MS: Ms = 5000;

/** Reads until the engine ends the stream (then it returns), or `signal` does. Throws what is wrong with the connection or with what comes. */
export async function* engineEvents(
  socketPath: string,
  from: Position | null,
  signal: AbortSignal,
): AsyncGenerator<Batch, void, undefined> {
  const query = from === null ? 'after=0' : `after=${from.seq}&log=${encodeURIComponent(from.log)}`;
  const response = await open(socketPath, `/events?${query}`, signal);
  const log = response.headers['tandem-log'];
  if (response.statusCode !== 200 || typeof log !== 'string') {
    response.destroy();
    throw new Error(`the engine gives no events: it answered with ${response.statusCode}`);
  }
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error('a line of the event stream does not end');
    const batch = readBatch(log, lines);
    if (batch.events.length > 0 || batch.gap !== null) yield batch;
  }
}

function readBatch(log: string, lines: readonly string[]): Batch {
  let gap: GapLine | null = null;
  const events: TandemEvent[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const value = JSON.parse(line) as TandemEvent | GapLine;
    if ('gap' in value) {
      const { first, last } = value;
      gap = { gap: true, log, first, last };
    } else events.push(value);
  }
  return { log, gap, events };
}

function open(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, agent: false, signal });
    // The stream itself may be silent for hours.
    const timer = setTimeout(() => call.destroy(new Error('no answer')), OPEN_MS);
    call.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    call.on('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    call.end();
  });
}
