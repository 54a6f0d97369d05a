/**
 * What labs have made, in files, so that the next lab can clear away what a crashed one left behind, and nothing else.
 * One file per lab under /run/tandem-lab (or the user's run-time directory); written before a thing is made, gone after it is.
 */
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt } from './command.ts';
import { now, sleepNow } from './clock.ts';

/** A process that cannot be mistaken for a later one with the same number: start time in clock ticks since boot. */
export interface ProcessMark {
  readonly pid: number;
  readonly start: string;
}

/** What one lab made. */
export interface Inventory {
  readonly owner: ProcessMark;
  readonly namespaces: readonly string[];
  readonly programs: readonly ProcessMark[];
  readonly folder: string;
}

let base: string | null = null;

/** The folder of all labs; made at first use. Short, because Unix socket paths end at 107 bytes. */
export function registryFolder(): string {
  if (base !== null) return base;
  const wanted = ['/run', process.env['XDG_RUNTIME_DIR'], tmpdir()];
  let trouble = '';
  for (const parent of wanted) {
    if (parent === undefined || parent === '') continue;
    const folder = join(parent, 'tandem-lab');
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      writeFileSync(join(folder, `.${process.pid}`), '');
      unlinkSync(join(folder, `.${process.pid}`));
      base = folder;
      return folder;
    } catch (error) {
      trouble = String(error);
    }
  }
  throw new Error(`lab: no folder to keep its inventory in (${wanted.join(', ')}): ${trouble}`);
}

/** The mark of a running process; null if there is none with this number (a zombie counts as gone). */
export function markOf(pid: number): ProcessMark | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : { pid, start: fields[19] ?? '' };
  } catch {
    return null;
  }
}

/** True while exactly this process runs. */
export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.start === mark.start;
}

/** Writes (or replaces) the file of a lab. */
export function record(id: string, inventory: Inventory): void {
  const file = join(registryFolder(), `${id}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(inventory));
  renameSync(`${file}.new`, file);
}

/** Processes that live in one of these network namespaces. Nobody but the lab can have put them there. */
export function programsIn(namespaces: readonly string[]): readonly ProcessMark[] {
  const inodes = new Set<string>();
  for (const name of namespaces) {
    try {
      inodes.add(`net:[${statSync(`/run/netns/${name}`).ino}]`);
    } catch {
      // Never made, or gone.
    }
  }
  if (inodes.size === 0) return [];
  const found: ProcessMark[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (!inodes.has(readlinkSync(`/proc/${entry}/ns/net`))) continue;
    } catch {
      continue;
    }
    const mark = markOf(Number(entry));
    if (mark !== null && mark.pid !== process.pid) found.push(mark);
  }
  return found;
}

/** Kills for certain; returns when all are gone (or after 5 s, with those that are not). */
export function killAll(marks: readonly ProcessMark[]): readonly ProcessMark[] {
  const deadline = now() + 5000;
  let left = marks.filter(isAlive);
  while (left.length > 0 && now() < deadline) {
    for (const mark of left) {
      try {
        process.kill(mark.pid, 'SIGKILL');
      } catch {
        // Gone between the look and the kill.
      }
    }
    sleepNow(2);
    left = left.filter(isAlive);
  }
  return left;
}

/** Removes what a lab made: its programs, everything in its namespaces, the namespaces, its folder, its file. Blocking. */
export function clear(id: string, inventory: Inventory): void {
  const names = inventory.namespaces.filter((name) => name.startsWith('tdm-'));
  // A dying guardian may start a last child: look again until the namespaces are empty.
  let left: readonly ProcessMark[] = [...inventory.programs, ...programsIn(names)];
  for (let look = 0; look < 10 && left.length > 0; look += 1) {
    killAll(left);
    left = programsIn(names);
  }
  for (const name of names) attempt(['ip', 'netns', 'del', name]);
  const root = registryFolder();
  if (inventory.folder.startsWith(`${root}/`)) rmSync(inventory.folder, { recursive: true, force: true });
  rmSync(join(root, `${id}.json`), { force: true });
  rmSync(join(root, `${id}.json.new`), { force: true });
}

/** Clears every lab whose owner is dead. Returns how many there were. */
export function sweep(): number {
  let cleared = 0;
  for (const entry of readdirSync(registryFolder())) {
    if (!entry.endsWith('.json')) continue;
    const id = entry.slice(0, -'.json'.length);
    const inventory = readInventory(join(registryFolder(), entry));
    if (inventory === null || isAlive(inventory.owner)) continue;
    clear(id, inventory);
    cleared += 1;
  }
  return cleared;
}

function readInventory(file: string): Inventory | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isInventory(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isInventory(value: unknown): value is Inventory {
  if (typeof value !== 'object' || value === null) return false;
  if (!('owner' in value && 'namespaces' in value && 'programs' in value && 'folder' in value)) return false;
  const strings = Array.isArray(value.namespaces) && value.namespaces.every((name) => typeof name === 'string');
  return (
    strings &&
    typeof value.folder === 'string' &&
    isMark(value.owner) &&
    Array.isArray(value.programs) &&
    value.programs.every(isMark)
  );
}

function isMark(value: unknown): value is ProcessMark {
  return (
    typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number' && 'start' in value
  );
}
