/**
 * An executor that works a will out a moment after it has come. The guardian runs above the engine: what it does with a will at once (2 to 10 ms: sockets
 * are opened) is taken from an engine that is just taking addresses over. Whatever needs the will before has it worked out then.
 */
import type { Ms } from '../../core/clock.ts';
import type { Will } from '../channel.ts';
import type { Executor } from './executor.ts';

/** As long as 255 addresses take, and a burst of wills. */
const MOMENT: Ms = 30;

/** `executor` with patience. The newest will counts, as ever. */
export function unhurried(executor: Executor): Executor {
  let waiting: Will | null = null;
  let timer: NodeJS.Timeout | null = null;

  function workOut(): Executor {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const will = waiting;
    waiting = null;
    if (will !== null) executor.keep(will);
    return executor;
  }

  return {
    keep(will) {
      waiting = will;
      timer ??= setTimeout(workOut, MOMENT);
    },
    renew: () => workOut().renew(),
    execute: (done) => workOut().execute(done),
    hold: (yielded) => workOut().hold(yielded),
    held: () => workOut().held(),
    endHold: () => workOut().endHold(),
    close: () => workOut().close(),
  };
}
