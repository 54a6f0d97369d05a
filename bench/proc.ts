/** Processes as /proc shows them: CPU time and memory. The parsing is pure. */
import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: fixed in the kernel's interface to programs. */
const TICKS = 100;

/** CPU time of a process, user and system, in ms, from the text of /proc/PID/stat. */
export function cpuOfStat(stat: string): number {
  // The name in parentheses may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

/** Number of the parent process, from the text of /proc/PID/stat. */
export function parentOfStat(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Resident and proportional memory of a process in MB (10^6 bytes), from the text of /proc/PID/smaps_rollup. */
export function memoryOfRollup(text: string): { readonly rss: number; readonly pss: number } {
  const megabytes = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024) / 1e6;
  return { rss: megabytes('Rss'), pss: megabytes('Pss') };
}

/** Time that all processors were busy and idle since boot, in ticks, from the text of /proc/stat. */
export function processorsOfStat(text: string): { readonly busy: number; readonly idle: number } {
  const fields = (/^cpu\s+(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number);
  const total = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
  // idle and waiting for a disk
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busy: total - idle, idle };
}

function stat(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1');
}

/** CPU time of these processes so far, ms. Throws if one of them is gone: the sum would be wrong. */
export function cpuOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOfStat(stat(pid)), 0);
}

/** Memory of these processes together, MB. Throws if one of them is gone. */
export function memoryOf(pids: readonly number[]): { readonly rss: number; readonly pss: number } {
  const each = pids.map((pid) => memoryOfRollup(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')));
  return { rss: each.reduce((sum, { rss }) => sum + rss, 0), pss: each.reduce((sum, { pss }) => sum + pss, 0) };
}

/** Those of the processes whose parent is this one. */
export function childrenOf(parent: number, pids: readonly number[]): readonly number[] {
  return pids.filter((pid) => parentOfStat(stat(pid)) === parent);
}

/** What share of the machine (0 to 1) was busy while `wait` lasted. */
export async function busyDuring(wait: () => Promise<void>): Promise<number> {
  const read = (): ReturnType<typeof processorsOfStat> => processorsOfStat(readFileSync('/proc/stat', 'latin1'));
  const before = read();
  await wait();
  const after = read();
  const busy = after.busy - before.busy;
  const all = busy + after.idle - before.idle;
  return all === 0 ? 0 : busy / all;
}
