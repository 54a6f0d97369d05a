/** Whether CPU, memory or a disk of this machine is used up: above `high` percent until below `low`. */
import { readFile, statfs } from 'node:fs/promises';
import type { TrackTarget } from '../../config/plan.ts';
import { createLooks } from './looks.ts';
import type { CheckOutcome } from './outcome.ts';
import { bad, good } from './outcome.ts';

export type ResourceTarget = Extract<TrackTarget, { type: 'resource' }>;

export interface CpuTimes {
  readonly idle: number;
  readonly total: number;
}

/** What a check leaves for the next one of the same target. */
export interface ResourceState {
  /** It was above `high` and not below `low` since. */
  readonly over: boolean;
  /** CPU times at the last check; null before the first, or for another resource. */
  readonly cpu: CpuTimes | null;
}

/** Before the first check. */
export const NO_RESOURCE_STATE: ResourceState = { over: false, cpu: null };

/** Without an earlier check there is nothing to compare CPU times with: then this long is looked at, ms. */
const FIRST_LOOK_MS = 100;

const looks = createLooks();

/** One check. `keep` is called with what the next one needs; not if nothing could be measured. */
export function checkResource(
  target: ResourceTarget,
  timeoutMs: number,
  before: ResourceState,
  keep: (state: ResourceState) => void,
): Promise<CheckOutcome> {
  return looks.look(JSON.stringify(target), timeoutMs, async () => {
    const { use, cpu } = await measure(target, timeoutMs, before.cpu);
    if (use === null) return bad(`${target.target} use cannot be read`);
    const over = isOver(use, target, before.over);
    keep({ over, cpu });
    const detail = `${target.target} ${use.toFixed(0)} %`;
    return over ? bad(detail) : good(detail);
  });
}

/** Above `high` it is over, below `low` it is not; between them it is what it was. */
export function isOver(use: number, limits: { readonly high: number; readonly low: number }, was: boolean): boolean {
  if (use > limits.high) return true;
  return was && use >= limits.low;
}

async function measure(
  target: ResourceTarget,
  timeoutMs: number,
  earlier: CpuTimes | null,
): Promise<{ readonly use: number | null; readonly cpu: CpuTimes | null }> {
  switch (target.target) {
    case 'memory':
      return { use: memoryUse(await readFile('/proc/meminfo', 'utf8')), cpu: null };
    case 'disk':
      return { use: diskUse(await statfs(target.path)), cpu: null };
    case 'cpu': {
      const from = earlier ?? (await firstLook(timeoutMs));
      const to = await readCpuTimes();
      return { use: from === null || to === null ? null : cpuUse(from, to), cpu: to };
    }
  }
}

async function firstLook(timeoutMs: number): Promise<CpuTimes | null> {
  const times = await readCpuTimes();
  await new Promise((resolve) => setTimeout(resolve, Math.min(FIRST_LOOK_MS, timeoutMs / 2)));
  return times;
}

async function readCpuTimes(): Promise<CpuTimes | null> {
  return parseCpuTimes(await readFile('/proc/stat', 'utf8'));
}

/** The line of all CPUs together in /proc/stat; null if there is none. Waiting for a disk is idle; guests are in user time already. */
export function parseCpuTimes(text: string): CpuTimes | null {
  const numbers = /^cpu +(\d+(?: \d+){3,})/m.exec(text)?.[1]?.split(' ').slice(0, 8).map(Number);
  if (numbers === undefined) return null;
  const [, , , idle = 0, wait = 0] = numbers;
  return { idle: idle + wait, total: numbers.reduce((sum, n) => sum + n, 0) };
}

/** Percent of the time between two readings; null if none has passed. */
export function cpuUse(from: CpuTimes, to: CpuTimes): number | null {
  const total = to.total - from.total;
  if (total <= 0) return null;
  // The kernel's idle time may go back by a tick.
  return Math.min(100, Math.max(0, 100 * (1 - (to.idle - from.idle) / total)));
}

/** Percent of memory that a program cannot get (/proc/meminfo); null if the text does not say. */
export function memoryUse(text: string): number | null {
  const total = Number(/^MemTotal: +(\d+) kB/m.exec(text)?.[1]);
  const available = Number(/^MemAvailable: +(\d+) kB/m.exec(text)?.[1]);
  return total > 0 && available >= 0 ? 100 * (1 - available / total) : null;
}

/** Percent as `df` counts it: of what those who are not root may fill; null for a file system without blocks. */
export function diskUse(disk: {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
}): number | null {
  const used = disk.blocks - disk.bfree;
  return used + disk.bavail > 0 ? (100 * used) / (used + disk.bavail) : null;
}
