/**
 * A program: reads a journal as far as two seconds go, newest first, and writes one word. usage: probe FOLDER. A damaged file ends it by a signal, or
 * with a status of its own.
 */
import { openTables } from './tables.ts';
import { DAMAGED, isDamage } from './verdict.ts';

const ENOUGH_MS = 2000;

async function readAll(folder: string): Promise<void> {
  const { root, entries, ids, index, days, words } = openTables(folder);
  const until = performance.now() + ENOUGH_MS;
  for (const table of [words, days, entries, index, ids]) {
    for (const { key } of table.getRange({ reverse: true })) {
      // To read the value is the point: it may lie on pages of its own.
      table.getBinaryFast(key as never);
      if (performance.now() > until) break;
    }
  }
  // A write goes through the list of free pages, which reading does not.
  await words.put('probed', true);
  await root.close();
}

const [, , folder = ''] = process.argv;
try {
  await readAll(folder);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = isDamage(error) ? DAMAGED : 1;
}
