/**
 * The engine's log: one line an event on stdout, by level. What the reader (journald, a terminal) does not take in time is dropped
 * and counted, because an advert must not wait for a log.
 */
import fs from 'node:fs';
import type { LogLevel } from '../../core/action.ts';
import { LOG_LEVELS } from '../../core/action.ts';
import type { EventBody, Severity } from '../../core/event.ts';
import { formatReason } from '../../core/reason.ts';

export interface Log {
  line(level: LogLevel, text: string): void;
  event(body: EventBody): void;
  /** False if there is no such level. */
  setLevel(level: string): boolean;
}

const LEVEL_OF: Readonly<Record<Severity, LogLevel>> = { critical: 'error', warning: 'warn', info: 'info' };
/** More than this waiting, and lines are dropped. */
const MOST_WAITING = 256 * 1024;
const STDOUT = 1;

/**
 * `write` hands bytes to a thread, as `fs.write` does: process.stdout would write pipes and sockets synchronously, and a reader
 * that hangs would stop the adverts.
 */
export function createLog(write: typeof fs.write = fs.write): Log {
  let level: LogLevel = 'info';
  let waiting = '';
  let writing = false;
  let dropped = 0;

  function line(of: LogLevel, text: string): void {
    if (LOG_LEVELS.indexOf(of) > LOG_LEVELS.indexOf(level)) return;
    if (waiting.length > MOST_WAITING) {
      dropped++;
      return;
    }
    const lost = dropped === 0 ? '' : ` (${dropped} lines before this one were dropped)`;
    dropped = 0;
    waiting += `${of}: ${text}${lost}\n`;
    flush();
  }

  function flush(): void {
    if (writing || waiting === '') return;
    writing = true;
    const bytes = Buffer.from(waiting);
    waiting = '';
    const next = (from: number): void =>
      write(STDOUT, bytes, from, bytes.length - from, null, (error, written) => {
        // A reader that is gone or full loses lines; it is never waited for in the loop.
        if (error === null && from + written < bytes.length) return next(from + written);
        writing = false;
        flush();
      });
    next(0);
  }

  return {
    line,
    event: (body) => line(LEVEL_OF[body.severity], describe(body)),
    setLevel(next) {
      const known = LOG_LEVELS.find((l) => l === next);
      if (known !== undefined) level = known;
      return known !== undefined;
    },
  };
}

/** `role standby → active: no advert for wan for 3.61 s` */
function describe({ kind, router, from, to, reason }: EventBody): string {
  const subject = router === undefined ? kind : `${kind} ${router}`;
  const change = from === undefined || to === undefined ? '' : ` ${from} → ${to}`;
  return `${subject}${change}: ${formatReason(reason)}`;
}
