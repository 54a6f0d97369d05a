import { readFile, readdir } from 'node:fs/promises';
import { createLooks } from './looks.ts';
import type { CheckOutcome } from './outcome.ts';
import { bad, good } from './outcome.ts';

/** Files that are read at a time. */
const AT_ONCE = 16;

/** The kernel keeps this much of a name (TASK_COMM_LEN less its end). */
const NAME_BYTES = 15;

const looks = createLooks();

/** A process of this name, as `ps -e` shows it, must run. */
export function checkProcess(name: string, timeoutMs: number): Promise<CheckOutcome> {
  return looks.look(name, timeoutMs, () => findProcess(name));
}

async function findProcess(name: string): Promise<CheckOutcome> {
  const wanted = cut(name);
  const ids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const part = ids.slice(from, from + AT_ONCE);
    const names = await Promise.all(part.map(runningName));
    const found = names.findIndex((one) => one !== null && cut(one) === wanted);
    if (found >= 0) return good(`process ${part[found]}`);
  }
  return bad('no such process');
}

/** The name of a process; null if it has ended meanwhile. */
async function runningName(id: string): Promise<string | null> {
  try {
    return nameOfRunning(await readFile(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * The name in a line of /proc/PID/stat: `12 (name) S …`; a name may hold brackets itself. null for one that is dead and only waits for its parent
 * (Z, X): its name stands in /proc/PID/comm as before, but nothing of it runs.
 */
export function nameOfRunning(stat: string): string | null {
  const match = /^\d+ \((.*)\) (\S)/s.exec(stat);
  return match === null || match[2] === 'Z' || match[2] === 'X' ? null : match[1]!;
}

function cut(name: string): string {
  return Buffer.from(name).subarray(0, NAME_BYTES).toString('latin1');
}
