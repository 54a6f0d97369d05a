/**
 * Looks at files with a deadline. A look at a dead network mount never ends and keeps one of the few threads that Node does such work on: a second
 * one at the same thing waits for the first instead of taking another thread, until none is left for anything.
 */
import type { CheckOutcome } from './outcome.ts';
import { bad, late, messageOf } from './outcome.ts';

type Waiter = (outcome: CheckOutcome) => void;

export interface Looks {
  /** The outcome of `start`, or of one for the same key that is still under way; a failure after `timeoutMs`. Never rejects. */
  look(key: string, timeoutMs: number, start: () => Promise<CheckOutcome>): Promise<CheckOutcome>;
}

export function createLooks(): Looks {
  const underWay = new Map<string, Set<Waiter>>();

  async function run(key: string, waiters: Set<Waiter>, start: () => Promise<CheckOutcome>): Promise<void> {
    let outcome: CheckOutcome;
    try {
      outcome = await start();
    } catch (error) {
      outcome = bad(messageOf(error));
    }
    underWay.delete(key);
    for (const waiter of waiters) waiter(outcome);
  }

  return {
    look(key, timeoutMs, start) {
      return new Promise((resolve) => {
        const known = underWay.get(key);
        const waiters = known ?? new Set<Waiter>();
        const timer = setTimeout(() => {
          // Nothing of it stays: a mount may be dead for days.
          waiters.delete(answer);
          resolve(late(timeoutMs));
        }, timeoutMs);
        const answer: Waiter = (outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        };
        waiters.add(answer);
        if (known !== undefined) return;
        underWay.set(key, waiters);
        void run(key, waiters, start);
      });
    },
  };
}
