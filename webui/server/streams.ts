/**
 * The streams of `GET /api/v1/events`: each message is made once for all of them. One that does not read is dropped, and none outlives the login that
 * opened it.
 */
import type { ServerResponse } from 'node:http';
import type { JournalEntry } from '../../core/api/journal.ts';
import type { Services } from '../../core/services.ts';

export interface StreamOptions {
  readonly out: ServerResponse;
  /** Who it is for: one of them has only so many. */
  readonly owner: string;
  /** Number of the last journal entry that the reader has; null = begin with what happens from now on. */
  readonly after: number | null;
  /** It was ended because the reader did not read. */
  readonly dropped: () => void;
}

export interface Streams {
  readonly count: number;
  /** False: there are too many. */
  mayOpen(owner: string): boolean;
  /** Begins with the snapshot. Returns how to end it. */
  open(options: StreamOptions): () => void;
  stop(): void;
}

export const MOST_STREAMS = 500;
export const MOST_OF_ONE = 300;
/** More than this unsent: the reader is dead or much too slow. */
export const MOST_UNSENT = 1024 * 1024;
const HEARTBEAT_MS = 5000;
const IN_ONE_TURN = 10;
/** Entries that are read from the journal in one go, and at most for one reader; whoever missed more asks for the history. */
const REPLAY_PAGE = 200;
const MOST_REPLAYED = 10_000;

interface Stream extends StreamOptions {
  /** Number of the newest entry sent. */
  sent: number;
  /** Entries come from the journal yet: what happens now is there too. */
  replaying: boolean;
}

/** A message under way. */
interface Job {
  readonly text: string;
  /** Of an entry of the journal: who has it already gets it no more. */
  readonly seq: number | null;
  readonly to: readonly Stream[];
  next: number;
}

const message = (name: string, data: unknown, id?: number): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export function createStreams({ copy, journal }: Pick<Services, 'copy' | 'journal'>): Streams {
  const streams = new Set<Stream>();
  /** One after the other, so that everybody gets them in order. */
  const jobs: Job[] = [];

  function end(stream: Stream): void {
    if (!streams.delete(stream)) return;
    stream.out.end();
  }

  function send(stream: Stream, text: string): void {
    if (stream.out.writableLength > MOST_UNSENT) {
      streams.delete(stream);
      stream.out.destroy();
      stream.dropped();
      return;
    }
    stream.out.write(text);
  }

  /** Hands a message to those who are there now. Many encryptions in one go would keep everybody who asks for something waiting: it is done in turns. */
  function toAll(make: () => string, seq: number | null = null): void {
    // Made once for all, and not at all for nobody.
    if (streams.size === 0) return;
    const text = make();
    // One that replays finds this entry in the journal.
    jobs.push({ text, seq, to: [...streams].filter(({ replaying }) => seq === null || !replaying), next: 0 });
    if (jobs.length === 1) setImmediate(work);
  }

  function work(): void {
    const [job] = jobs;
    if (job === undefined) return;
    const until = Math.min(job.to.length, job.next + IN_ONE_TURN);
    for (; job.next < until; job.next += 1) {
      const stream = job.to[job.next]!;
      if (!streams.has(stream) || (job.seq !== null && job.seq <= stream.sent)) continue;
      if (job.seq !== null) stream.sent = job.seq;
      send(stream, job.text);
    }
    if (job.next >= job.to.length) jobs.shift();
    if (jobs.length > 0) setImmediate(work);
  }

  const entry = (made: JournalEntry): void => toAll(() => message('event', made, made.seq), made.seq);

  /** Sends what is in the journal after `stream.sent`, no faster than it is read. */
  async function replay(stream: Stream): Promise<void> {
    for (let left = MOST_REPLAYED; left > 0 && streams.has(stream); left -= REPLAY_PAGE) {
      const page = journal.query({ after: stream.sent, order: 'oldest', limit: REPLAY_PAGE });
      for (const missed of page.entries) {
        stream.sent = missed.seq;
        send(stream, message('event', missed, missed.seq));
      }
      if (!page.more) break;
      if (stream.out.writableLength > MOST_UNSENT / 4) await drained(stream.out);
    }
    // Nothing was awaited since the last page: what comes from now on goes out directly.
    stream.replaying = false;
  }

  const stops = [
    copy.onPatch((patch) => toAll(() => message('status', patch))),
    copy.onSample((sample) => toAll(() => message('sample', sample))),
    journal.onEntry(entry),
  ];
  const heartbeat = setInterval(() => toAll(() => ': still here\n\n'), HEARTBEAT_MS);
  heartbeat.unref();

  return {
    get count() {
      return streams.size;
    },
    mayOpen(owner) {
      let own = 0;
      for (const stream of streams) if (stream.owner === owner) own += 1;
      return streams.size < MOST_STREAMS && own < MOST_OF_ONE;
    },
    open(options) {
      const { out } = options;
      // A number that was never given out is of a journal that is gone.
      const newest = journal.query({ limit: 1 }).last ?? 0;
      const after = options.after !== null && options.after <= newest ? options.after : null;
      const stream: Stream = { ...options, sent: after ?? 0, replaying: after !== null };
      streams.add(stream);
      out.on('close', () => streams.delete(stream));
      out.on('error', () => streams.delete(stream));
      send(stream, `retry: 2000\n${message('snapshot', copy.snapshot())}`);
      if (after !== null) void replay(stream).catch(() => end(stream));
      return () => end(stream);
    },
    stop() {
      clearInterval(heartbeat);
      for (const stop of stops) stop();
      for (const stream of streams) end(stream);
    },
  };
}

function drained(out: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done);
      out.off('close', done);
      resolve();
    };
    out.on('drain', done);
    out.on('close', done);
  });
}
