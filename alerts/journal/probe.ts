/** A program: reads a journal as far as two seconds go, newest first, and writes one word. usage: probe FOLDER. A damaged file ends it by a signal. */
import { openTables } from './tables.ts';

const ENOUGH_MS = 2000;

const [, , folder = ''] = process.argv;
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
