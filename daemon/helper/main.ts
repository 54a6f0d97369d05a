/**
 * The helper's process (design section 2): runs programs for the engine, under the ordinary scheduling class. Started by the guardian with the run
 * directory as its only argument; leaves when the guardian says so or is gone, and gives back what it made.
 */
import { readFileSync, writeSync } from 'node:fs';
import type { HelperAnswer, HelperRequest } from './protocol.ts';
import { runWork } from './runner.ts';
import { createHelperServer } from './server.ts';
import { undoOf, workOf } from './work.ts';

/** The engine may still need it to clean up after the guardian died. */
const LINGER_MS = 5_000;

const [run] = process.argv.slice(2);
if (run === undefined || process.send === undefined) {
  writeSync(2, 'tandemd: the helper is started by tandemd run\n');
  process.exit(2);
}

/** What was made and not taken away again. */
const made = new Map<string, HelperRequest>();

async function perform(request: HelperRequest): Promise<HelperAnswer> {
  const answer = await runWork(workOf(request, allRpFilter()));
  const undo = undoOf(request);
  if (undo !== null) {
    if (undo.undo === null) made.delete(undo.key);
    else made.set(undo.key, undo.undo);
  }
  return answer;
}

function allRpFilter(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/conf/all/rp_filter', 'utf8'));
  } catch {
    return 0;
  }
}

const server = createHelperServer(`${run}/helper.sock`, perform);

let leaving = false;
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  await server.idle(LINGER_MS);
  for (const undo of made.values()) await perform(undo);
  server.stop();
  process.exit(0);
}

// A signal to the whole group must not take it away from the engine: the guardian decides.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => void leave());
// The guardian may have gone while this was being loaded: then nobody will tell.
if (!process.connected) process.exit(0);

try {
  await server.start();
} catch (error) {
  writeSync(2, `tandemd: helper: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
