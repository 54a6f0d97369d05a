/** Dear work in turns: so many at once, so many waiting, the rest is refused. */
import { ApiFailure } from '../errors.ts';

/** Runs what it is given, at most `most` at a time, in order. */
export function oneAtATime(most: number, waiting: number): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) {
      if (queue.length >= waiting) {
        throw new ApiFailure(503, 'busy', 'too many passwords are being checked: try again', { retryAfter: 2 });
      }
      // The place of the one that ends is handed on: nobody overtakes.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
