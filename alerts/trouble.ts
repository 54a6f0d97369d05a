/**
 * What the journal is told of a receiver's trouble. Not each failure: that it fails, that it is back, and how many it lost, each once a minute at most,
 * because such an entry goes to the other receivers, whose trouble would make the next one.
 */
import type { NewEntry } from '../core/api/journal.ts';
import { managerReasonText } from '../core/manager-reason.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import type { Ms } from '../core/clock.ts';

export type Note = (entry: NewEntry) => void;

const PAUSE_MS: Ms = 60_000;
/** Failures in a row before it is said: a receiver that restarts is no news. */
const WORTH_SAYING = 2;

export interface Trouble {
  failed(failures: number, error: string): void;
  worked(queued: number): void;
  dropped(count: number): void;
  refused(error: string): void;
}

/** `now`: monotonic, ms. */
export function createTrouble(sink: string, note: Note, now: () => Ms): Trouble {
  let said = false;
  let lastFailing = Number.NEGATIVE_INFINITY;
  const drops = gathered((count) => tell('warning', { code: 'sinkDropped', sink, count }));
  const refusals = gathered((count, error) => tell('warning', { code: 'sinkRefused', sink, count, error }));

  function tell(severity: 'info' | 'warning', reason: ManagerReason): void {
    const text = managerReasonText(reason);
    note({ kind: 'alert', severity, reason: { code: reason.code, text }, incident: null, details: { sink } });
  }

  /** Says the first at once, and what comes within the next minute together after it. */
  function gathered(say: (count: number, error: string) => void): (count: number, error: string) => void {
    let count = 0;
    let last = Number.NEGATIVE_INFINITY;
    return (more, error) => {
      count += more;
      if (count === 0 || now() - last < PAUSE_MS) return;
      last = now();
      say(count, error);
      count = 0;
    };
  }

  return {
    failed(failures, error) {
      drops(0, '');
      refusals(0, error);
      if (said || failures < WORTH_SAYING || now() - lastFailing < PAUSE_MS) return;
      said = true;
      lastFailing = now();
      tell('warning', { code: 'sinkFailing', sink, error });
    },
    worked(queued) {
      drops(0, '');
      if (!said) return;
      said = false;
      tell('info', { code: 'sinkBack', sink, queued });
    },
    dropped: (count) => drops(count, ''),
    refused: (error) => refusals(1, error),
  };
}
