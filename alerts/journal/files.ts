/** Where the journal's files lie, and what becomes of damaged ones: they are moved aside, and a new journal begins. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openTables } from './tables.ts';
import type { Tables } from './tables.ts';
import { isDamage, isSuspicious, probe } from './verdict.ts';

const DATA = 'data.mdb';
const LOCK = 'lock.mdb';
/** There while a process has the journal open: found at a start, the last one did not end well. */
const IN_USE = 'in-use';
const ASIDE = 'damaged-';
/** Damaged journals that are kept for whoever wants to look into them. */
const MOST_ASIDE = 2;

export interface Opened {
  readonly tables: Tables;
  /** What was wrong with the journal before, and where it is now; null = nothing. */
  readonly moved: { readonly file: string; readonly error: string } | null;
  close(): Promise<void>;
}

/** `now`: wall time in ms, for the name of what is moved aside. */
export async function openFiles(folder: string, now: () => number): Promise<Opened> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const error = await troubleOf(folder);
  let moved = error === null ? null : { file: moveAside(folder, now()), error };
  mark(folder);
  let tables: Tables;
  try {
    tables = openTables(folder);
  } catch (caught) {
    if (moved !== null || !isDamage(caught)) throw caught;
    moved = { file: moveAside(folder, now()), error: (caught as Error).message };
    tables = openTables(folder);
  }
  return {
    tables,
    moved,
    async close() {
      await tables.root.flushed;
      await tables.root.close();
      rmSync(join(folder, IN_USE), { force: true });
    },
  };
}

async function troubleOf(folder: string): Promise<string | null> {
  const data = join(folder, DATA);
  const endedBadly = existsSync(join(folder, IN_USE)) && existsSync(data);
  return endedBadly || isSuspicious(data) ? await probe(folder) : null;
}

function mark(folder: string): void {
  closeSync(openSync(join(folder, IN_USE), 'w', 0o600));
  // After a loss of power too it is there.
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

function moveAside(folder: string, now: number): string {
  const name = `${ASIDE}${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;
  const target = join(folder, name);
  const before = readdirSync(folder)
    .filter((one) => one.startsWith(ASIDE))
    .sort();
  for (const old of before.slice(0, Math.max(0, before.length - MOST_ASIDE + 1))) {
    rmSync(join(folder, old), { recursive: true, force: true });
  }
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const file of [DATA, LOCK]) {
    if (existsSync(join(folder, file))) renameSync(join(folder, file), join(target, file));
  }
  return target;
}
