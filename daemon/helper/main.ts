/**
 * The helper's process (design section 2): runs programs for the engine, under the ordinary scheduling class. Started by the guardian with the run
 * directory as its only argument, and told the configuration over the channel; leaves when the guardian says so or is gone, and gives back what it made.
 */
import { writeSync } from 'node:fs';
import { performCheck } from '../../monitors/track-check/check.ts';
import { createBypassControl } from '../bypass/control.ts';
import { createSessionWork } from '../sessions/work.ts';
import { createChecks } from './checks.ts';
import { hands } from './hands.ts';
import { createParents } from './parents.ts';
import { createPerformer } from './performer.ts';
import { isToHelper } from './plan-message.ts';
import type { FromHelper } from './plan-message.ts';
import { createHelperServer } from './server.ts';

/** The engine may still need it to clean up after the guardian died. */
const LINGER_MS = 5_000;

const say = (text: string): void => void writeSync(2, `tandemd: helper: ${text}\n`);

const [run] = process.argv.slice(2);
if (run === undefined || process.send === undefined) {
  writeSync(2, 'tandemd: the helper is started by tandemd run\n');
  process.exit(2);
}

const performer = createPerformer({
  bypass: createBypassControl(hands, { say }),
  checks: createChecks((target, timeoutMs) => performCheck(target, timeoutMs)),
  parents: createParents(`${run}/helper-parents.json`),
  sessions: createSessionWork({ run, hands }),
});

const server = createHelperServer(`${run}/helper.sock`, performer.perform);

function answer(message: FromHelper): void {
  // It may be gone by now.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

let leaving = false;
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  await server.idle(LINGER_MS);
  await performer.undo();
  server.stop();
  process.exit(0);
}

// A signal to the whole group must not take it away from the engine: the guardian decides.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('message', (message) => {
  if (!isToHelper(message)) return;
  void performer.told(message).then(() => {
    if (message.kind === 'plan') answer({ kind: 'planned' });
  });
});
process.on('disconnect', () => void leave());
// The guardian may have gone while this was being loaded: then nobody will tell.
if (!process.connected) process.exit(0);

try {
  await server.start();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
