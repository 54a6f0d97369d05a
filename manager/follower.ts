/**
 * Every event of the engine into the journal, exactly once: read on from where the journal ends, write a batch in one transaction, and only then read more.
 * Killed at any moment, the next manager goes on from the journal; an event that was written twice is one for the journal (by its id).
 */
import type { Ms } from '../core/clock.ts';
import type { TandemEvent } from '../core/event.ts';
import type { Journal, NewEntry } from '../core/api/journal.ts';
import { managerReasonText } from '../core/manager-reason.ts';
import type { Batch, GapLine, Position } from './engine-events.ts';

export interface FollowerPorts {
  /** Engine's stream from a position; null = from the oldest event. Ends or throws when the engine goes away. */
  readonly open: (from: Position | null, signal: AbortSignal) => AsyncIterable<Batch>;
  readonly journal: Pick<Journal, 'appendAll'>;
  /** Where the journal ends; null before the first event of an engine. */
  readonly known: Position | null;
  /** Called when they are on disk. */
  readonly onEvents: (events: readonly TandemEvent[]) => void;
  /** What went wrong, for the log; said once until something works again. */
  readonly warn: (text: string) => void;
}

export interface Follower {
  start(): void;
  /** Ends reading; what was read already is written first. */
  stop(): Promise<void>;
}

const FIRST_WAIT_MS: Ms = 100;
const LONGEST_WAIT_MS: Ms = 2000;
/** Events in one transaction. */
const MOST_AT_ONCE = 500;

export function createFollower(ports: FollowerPorts): Follower {
  const ending = new AbortController();
  let position = ports.known;
  /** This process has read the log of `position` itself, up to its end: nothing that was told is missing. */
  let followed = false;
  let running: Promise<void> = Promise.resolve();
  let wait = FIRST_WAIT_MS;
  let said = '';

  async function take({ log, gap, events }: Batch): Promise<void> {
    const missed = gap === null ? null : missedText(gap, position, followed);
    // In one transaction with what follows it: a manager that is killed in between does not say it twice.
    const entries: NewEntry[] = [
      ...(missed === null ? [] : [missedEntry(missed)]),
      ...events.map((event) => ({ event, log })),
    ];
    for (let at = 0; at < entries.length; at += MOST_AT_ONCE) {
      await ports.journal.appendAll(entries.slice(at, at + MOST_AT_ONCE));
    }
    const last = events.at(-1)?.seq ?? (gap === null ? null : gap.first - 1);
    if (last !== null) position = { log, seq: last };
    if (events.length === 0) return;
    followed = true;
    ports.onEvents(events);
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        for await (const batch of ports.open(position, ending.signal)) {
          await take(batch);
          wait = FIRST_WAIT_MS;
          said = '';
        }
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        // An engine that is being replaced is said by the guardian; the same trouble is said once.
        if (!ending.signal.aborted && text !== said && wait >= LONGEST_WAIT_MS) {
          said = text;
          ports.warn(`the events of the engine cannot be followed: ${text}`);
        }
      }
      await pause(wait, ending.signal);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}

/** What is missing between `from` and what the engine has kept; null = nothing that anybody could have read. */
export function missedText(gap: GapLine, from: Position | null, followed: boolean): string | null {
  if (from === null) return gap.first > 1 ? `the engine keeps them from number ${gap.first} on` : null;
  if (gap.log === from.log) {
    const count = gap.first - from.seq - 1;
    return count > 0 ? `${count} between number ${from.seq} and ${gap.first}` : null;
  }
  // Another engine: the one before it was followed to its end, or ended while nobody followed.
  if (followed && gap.first === 1) return null;
  const before = followed ? '' : `what the engine before told after number ${from.seq}`;
  const now = gap.first > 1 ? `what this one told before number ${gap.first}` : '';
  return [before, now].filter((text) => text !== '').join(', and ');
}

function missedEntry(detail: string): NewEntry {
  const reason = { code: 'eventsMissed', detail } as const;
  return {
    kind: 'manager',
    severity: 'info',
    reason: { code: reason.code, text: managerReasonText(reason) },
    incident: null,
  };
}

function pause(ms: Ms, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
