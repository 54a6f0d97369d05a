/** Real-time scheduling and locked memory, as far as the system allows them (design section 2). */
import { readFileSync, readdirSync } from 'node:fs';
import { lockRange, releaseRange, schedule } from './libc.ts';
import { lockable, releasable } from './memory-lock.ts';

/**
 * Of a process's other threads: the lowest. Above ordinary work, beside which the garbage collector's would starve, with the main thread waiting for
 * them; but they compile, too, and 25 ms of that at a takeover of 255 addresses are not to come before anybody's real-time work, the other
 * instance's on this machine and our own main thread's among it.
 */
const HELPERS = 1;

/**
 * Puts a process under `SCHED_RR`: its main thread with this priority (1–99), its others with the lowest. With 0 all are put under the ordinary class.
 * With `resetOnFork` whatever it starts later, threads too, begins under the ordinary class.
 * Returns null, or the errno name; nothing is left half done but threads that ended meanwhile.
 */
export function scheduleProcess(pid: number, priority: number, resetOnFork: boolean): string | null {
  const done = new Set<number>();
  // A thread may start another one between the reading and the call: look again until nothing is new.
  for (let look = 0; look < 10; look += 1) {
    const fresh = threadsOf(pid).filter((thread) => !done.has(thread));
    if (fresh.length === 0) return null;
    for (const thread of fresh) {
      const error = schedule(thread, thread === pid ? priority : Math.min(priority, HELPERS), resetOnFork);
      if (error !== null && error !== 'ESRCH') return error;
      done.add(thread);
    }
  }
  return null;
}

/**
 * Locks this process's memory as far as Node stands it (see memory-lock.ts): programs, libraries, C heap and stack. Null, or the errno name:
 * without CAP_IPC_LOCK and with a small RLIMIT_MEMLOCK it is refused. Takes about a millisecond. To be called when everything is loaded.
 */
export function lockMemory(): string | null {
  let first: string | null = null;
  let locked = 0;
  let refused = 0;
  for (const range of lockable(readFileSync('/proc/self/maps', 'utf8'))) {
    const error = lockRange(range.from, range.to);
    if (error === null) locked += range.to - range.from;
    else {
      first ??= error;
      refused += range.to - range.from;
    }
  }
  // A single mapping may have gone meanwhile; the limit refuses the large ones.
  return refused > locked ? first : null;
}

/**
 * Gives back the pages of programs and libraries that only the start needed, some 12 MB of Node's: compilers of this and that, ICU, what
 * was mapped because it lay beside what was read. What is needed again is mapped from the page cache, a microsecond a page. To be called when
 * everything is loaded, and before `lockMemory`: locked pages stay.
 */
export function releaseStartPages(): void {
  let smaps: string;
  try {
    smaps = readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    // A kernel without it: nothing is lost but the saving.
    return;
  }
  for (const range of releasable(smaps)) releaseRange(range.from, range.to);
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}
