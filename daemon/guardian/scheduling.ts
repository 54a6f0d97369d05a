/** Gives the guardian and its engine the scheduling class that the plan asks for (design section 2). What is refused is said once. */
import { stat } from 'node:fs';
import type { EnginePlan } from '../../config/plan.ts';
import { lockMemory, releaseStartPages, scheduleProcess } from '../realtime.ts';

/** Highest priority of SCHED_RR. */
const HIGHEST = 99;

export interface Scheduling {
  /** The guardian itself: one above the engine, and memory locked where asked for. True if an engine can have real time. */
  own(plan: EnginePlan): boolean;
  /** A started engine, all its threads. */
  engine(pid: number, plan: EnginePlan): void;
}

export function createScheduling(pid: number, warn: (text: string) => void): Scheduling {
  const said = new Set<string>();
  const once = (text: string): void => {
    if (!said.has(text)) warn(text);
    said.add(text);
  };
  // Node starts its thread pool (log, memory) at the first use. It has to be there when the class is given: an ordinary thread that is pushed
  // aside while it holds the pool's lock would hold up the guardian's own thread for as long as other work keeps the cores.
  stat('/', () => undefined);
  let settled = false;
  let granted = false;
  let changed = false;

  return {
    own({ realtime }) {
      // Children begin under the ordinary class.
      const priority = realtime === false ? 0 : Math.min(HIGHEST, realtime.priority + 1);
      if (priority > 0 || changed) {
        const error = scheduleProcess(pid, priority, priority > 0);
        granted = error === null && priority > 0;
        changed = changed || granted;
        if (error !== null)
          once(
            `no real-time scheduling (${error}): raise RLIMIT_RTPRIO or give CAP_SYS_NICE, or set realtime: false; running without`,
          );
      }
      if (!settled) releaseStartPages();
      settled = true;
      if (realtime !== false && realtime.lockMemory) {
        const error = lockMemory();
        if (error !== null)
          once(`memory cannot be locked (${error}): raise RLIMIT_MEMLOCK or give CAP_IPC_LOCK; running without`);
      }
      return granted;
    },
    engine(child, { realtime }) {
      if (!granted && !changed) return;
      const error = scheduleProcess(child, granted && realtime !== false ? realtime.priority : 0, false);
      if (error !== null) once(`the engine could not be given real-time scheduling (${error}); running without`);
    },
  };
}
