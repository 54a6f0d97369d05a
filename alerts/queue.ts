/** The queue of one receiver: waiting, order, repeating, back-off and counting, the same for all. It lives in the journal (alerts/waiting.ts). */
import { setImmediate } from 'node:timers/promises';
import type { SinkView, TestResult } from '../core/api/alerts.ts';
import type { JournalEntry } from '../core/api/journal.ts';
import type { Ms } from '../core/clock.ts';
import { backOff } from './back-off.ts';
import type { OpenJournal } from './journal/journal.ts';
import { GivenUp, TryLater } from './sink.ts';
import type { Sink } from './sink.ts';
import { createTrouble } from './trouble.ts';
import type { Note } from './trouble.ts';
import { createWaiting } from './waiting.ts';

export interface QueueOptions {
  readonly sink: Sink;
  readonly journal: Pick<OpenJournal, 'query' | 'words'>;
  readonly note: Note;
  /** Wall time, ms. */
  readonly now: () => number;
  /** That many wait; beyond it the oldest are dropped. */
  readonly most?: number;
  readonly pause?: (failures: number, asked: Ms) => Ms;
  readonly deliveryMs?: Ms;
}

export interface Queue {
  start(): void;
  /** Ends after what is under way was given up, and keeps its place. */
  stop(): Promise<void>;
  take(entry: JournalEntry): void;
  view(): SinkView;
  /** Hands over this one before everything else, now, and once. */
  test(entry: JournalEntry): Promise<TestResult>;
}

/** What is on disk of a queue. */
interface Kept {
  readonly cursor: number;
  readonly sent: number;
  readonly dropped: number;
  readonly lastSentAt: string | null;
}

const MOST_WAITING = 10_000;
const DELIVERY_MS = 30_000;
const PAGE = 200;
const MOST_AT_ONCE = 50;
/** A place that only moved past what the receiver does not want is written when it is so far ahead. */
const FAR_AHEAD = 500;

export function createQueue(options: QueueOptions): Queue {
  const { sink, journal, now } = options;
  const { most = MOST_WAITING, deliveryMs = DELIVERY_MS } = options;
  const pause = options.pause ?? ((failures: number, asked: Ms) => backOff(failures, Math.random(), asked));
  const trouble = createTrouble(sink.id, options.note, () => performance.now());
  const name = `sink:${sink.id}`;

  const kept = (journal.words.read(name) as Kept | undefined) ?? null;
  // A receiver that is new is told what happens from now on.
  const begin = kept?.cursor ?? journal.query({ limit: 1 }).last ?? 0;
  const waiting = createWaiting(begin, most);
  let written = kept?.cursor ?? -1;
  let { sent, dropped, lastSentAt } = kept ?? { sent: 0, dropped: 0, lastSentAt: null };
  let saving: Promise<void> | null = null;
  /** Something was done that is not written yet. */
  let unsaved = false;
  let state: SinkView['state'] = 'idle';
  let since = now();
  let lastError: string | null = null;
  let failures = 0;
  const ending = new AbortController();
  const stopped = (): boolean => ending.signal.aborted;
  let underWay: AbortController | null = null;
  let running: Promise<void> = Promise.resolve();
  const tests: { readonly entry: JournalEntry; readonly answer: (result: TestResult) => void }[] = [];
  /** Something has come since the loop last looked. */
  let called = false;
  let endSleep: () => void = () => undefined;

  function turn(next: SinkView['state']): void {
    if (state !== next) since = now();
    state = next;
  }

  function lose(count: number): void {
    if (count === 0) return;
    dropped += count;
    trouble.dropped(count);
  }

  const wants = (entry: JournalEntry): boolean => !isOwnTrouble(entry, sink.id) && !isTest(entry) && sink.wants(entry);
  const see = (entry: JournalEntry): void => lose(waiting.see(entry.seq, wants(entry)));

  /** Looks at what the journal has and this queue has not seen: after a start, or where entries came faster than they were told. */
  async function catchUp(): Promise<void> {
    for (;;) {
      const page = journal.query({ after: waiting.scanned, order: 'oldest', limit: PAGE });
      if (page.first !== null) lose(waiting.lost(page.first));
      for (const entry of page.entries) if (entry.seq > waiting.scanned) see(entry);
      if (!page.more || stopped()) return;
      await setImmediate();
    }
  }

  function nextBatch(): readonly JournalEntry[] {
    const { oldest } = waiting;
    if (oldest === null) return [];
    const limit = sink.deliverAll === undefined ? 1 : MOST_AT_ONCE;
    const page = journal.query({ after: oldest - 1, order: 'oldest', limit });
    if (page.first === null || page.first > oldest) lose(waiting.lost(page.first ?? oldest + 1));
    const batch = page.entries.filter(({ seq }) => waiting.has(seq));
    // One that the journal cannot give (its bytes are damaged) must not hold up the others.
    if (batch[0]?.seq !== oldest && waiting.oldest === oldest) lose(waiting.lost(oldest + 1));
    return batch[0]?.seq === oldest ? batch : [];
  }

  /** Runs one delivery with a limit of time; whoever does not look at the signal is not waited for either. */
  async function within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    underWay = controller;
    const late = new Error(`no answer within ${deliveryMs / 1000} s`);
    const timer = setTimeout(() => controller.abort(late), deliveryMs);
    try {
      const given = new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error));
      });
      return await Promise.race([work(controller.signal), given]);
    } finally {
      clearTimeout(timer);
      underWay = null;
    }
  }

  function worked(count: number): void {
    failures = 0;
    lastError = null;
    sent += count;
    lastSentAt = new Date(now()).toISOString();
    turn('ok');
    trouble.worked(waiting.count);
  }

  function failed(error: unknown): void {
    failures += 1;
    lastError = textOf(error);
    turn('failing');
    trouble.failed(failures, lastError);
  }

  async function deliver(batch: readonly JournalEntry[]): Promise<Ms> {
    try {
      const count = await within(async (signal) => {
        if (sink.deliverAll !== undefined)
          return Math.min(batch.length, Math.max(1, await sink.deliverAll(batch, signal)));
        await sink.deliver(batch[0]!, signal);
        return 1;
      });
      waiting.done(count);
      worked(count);
      return 0;
    } catch (error) {
      if (stopped()) return 0;
      if (error instanceof GivenUp) {
        waiting.done(1);
        dropped += 1;
        lastError = error.message;
        turn('failing');
        trouble.refused(error.message);
        return 0;
      }
      failed(error);
      return pause(failures, error instanceof TryLater ? error.afterMs : 0);
    }
  }

  async function runTests(): Promise<void> {
    for (let one = tests.shift(); one !== undefined; one = tests.shift()) {
      const { entry, answer } = one;
      const start = performance.now();
      try {
        await within((signal) => sink.deliver(entry, signal));
        worked(1);
        const took = Math.max(1, Math.round(performance.now() - start));
        answer({ sink: sink.id, ok: true, text: sink.promised ? `taken (${took} ms)` : 'sent; UDP gives no receipt' });
      } catch (error) {
        if (!(error instanceof GivenUp)) failed(error);
        answer({ sink: sink.id, ok: false, text: textOf(error) });
      }
    }
  }

  /** Writes the place, one write at a time: what is handed over meanwhile may be handed over again after a crash. */
  function save(): Promise<void> {
    if (saving !== null) return saving;
    unsaved = false;
    if (waiting.cursor === written) return Promise.resolve();
    const value: Kept = { cursor: waiting.cursor, sent, dropped, lastSentAt };
    saving = journal.words
      .write(name, value)
      .then(() => void (written = value.cursor))
      // On a full disk the journal itself has failed before this: the place is written with the next alert.
      .catch(() => undefined)
      .finally(() => (saving = null));
    return saving;
  }

  function wake(): void {
    called = true;
    endSleep();
  }

  function sleep(ms: Ms): Promise<void> {
    return new Promise((resolve) => {
      if (called) return resolve();
      const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
      endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    let wait: Ms = 0;
    let until = 0;
    // The place of a new receiver is on disk before anything waits for it.
    if (kept === null) await save();
    while (!stopped()) {
      called = false;
      await runTests();
      if (failures === 0) wait = 0;
      if (wait > 0 && performance.now() < until) {
        await sleep(until - performance.now());
        continue;
      }
      await catchUp();
      const batch = nextBatch();
      if (batch.length === 0) {
        if (waiting.count > 0) continue;
        if (unsaved) {
          await save();
          continue;
        }
        if (waiting.cursor - written >= FAR_AHEAD) await save();
        await sleep(Number.POSITIVE_INFINITY);
        continue;
      }
      wait = await deliver(batch);
      unsaved = true;
      until = performance.now() + wait;
      void save();
    }
    await save();
    await save();
  }

  sink.onDoubt?.((seqs) => {
    waiting.again(seqs);
    sent = Math.max(0, sent - seqs.length);
    wake();
  });

  return {
    start() {
      running = run().catch((error: unknown) => {
        lastError = `this queue ended: ${textOf(error)}`;
        turn('failing');
      });
    },
    async stop() {
      ending.abort();
      underWay?.abort(new Error('the manager stops'));
      wake();
      for (const { answer } of tests.splice(0)) answer({ sink: sink.id, ok: false, text: 'the manager stops' });
      await running;
      await sink.close();
    },
    take(entry) {
      if (entry.seq === waiting.scanned + 1) see(entry);
      wake();
    },
    view: () => ({
      id: sink.id,
      kind: sink.kind,
      target: sink.target,
      detail: sink.detail,
      state,
      since: new Date(since).toISOString(),
      queued: waiting.count,
      sent,
      dropped,
      lastError,
      lastSentAt,
    }),
    test: (entry) =>
      new Promise((answer) => {
        tests.push({ entry, answer });
        wake();
      }),
  };
}

/** A receiver's own trouble is not told to it: what it refuses would make the next entry that it refuses. */
function isOwnTrouble({ kind, details }: JournalEntry, id: string): boolean {
  return kind === 'alert' && details?.['sink'] === id;
}

/** Test alerts go to whom they are for, directly. */
const isTest = ({ kind, reason }: JournalEntry): boolean => kind === 'alert' && reason.code === 'testAlert';

function textOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === undefined || message === '' ? (code ?? String(error)) : message;
}
