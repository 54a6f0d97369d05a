/** A program: the manager (design section 2). usage: manager/main --run DIR --state DIR. It leaves when the guardian that started it does. */
import { parseArgs } from 'node:util';
import type { ManagerPlan } from '../config/manager-plan.ts';
import type { GuardianAnswer } from '../core/guardian-link.ts';
import { createGuardianClient } from './guardian-client.ts';
import { createLog } from './log.ts';
import type { Manager } from './manager.ts';

const { values } = parseArgs({ options: { run: { type: 'string' }, state: { type: 'string' } } });
const { run = '/run/tandem', state = '/var/lib/tandem' } = values;

/** The guardian kills who is silent: a loop that hangs says nothing. */
const ALIVE_MS = 1000;
/** An orderly end takes no longer. */
const STOP_MS = 2000;

const log = createLog();
const guardian = createGuardianClient(`${run}/guardian.sock`);
let manager: Manager | null = null;
let ending = false;

if (process.connected) {
  process.on('disconnect', end);
  const alive = (): void => {
    if (process.connected) process.send?.({ kind: 'alive' }, undefined, undefined, () => undefined);
  };
  alive();
  setInterval(alive, ALIVE_MS);
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
// Whoever read our lines has gone: that is no reason to stop.
process.on('SIGPIPE', () => undefined);
process.stderr.on('error', () => undefined);
// A mistake of ours: the guardian starts another one, and the journal goes on where it ended.
process.on('uncaughtException', (error) => {
  log.error(`it ends because of a mistake in it: ${error.stack ?? String(error)}`);
  process.exit(1);
});

function end(): void {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(0), STOP_MS);
  void (manager?.stop() ?? Promise.resolve()).finally(() => process.exit(0));
}

const planOf = (answer: GuardianAnswer): ManagerPlan | null =>
  answer.ok ? ((answer.value.plan as ManagerPlan | null | undefined) ?? null) : null;

/** Says which process this is, and gets what it works from. */
async function greet(): Promise<void> {
  const answer = await guardian.ask({ kind: 'hello', pid: process.pid });
  const plan = planOf(answer);
  if (!answer.ok) log.warn(answer.error.text);
  if (ending) return;
  if (answer.ok && plan === null && manager !== null) return end();
  if (plan === null) {
    // In a unit of its own it waits for a configuration that has one, and for a guardian.
    if (answer.ok && manager === null) log.info('the configuration has no manager: waiting');
    setTimeout(() => void greet(), manager === null ? 5000 : 1000);
    return;
  }
  if (manager !== null) return manager.apply(plan);
  const { startManager } = await import('./manager.ts');
  manager = await startManager({ run, state, guardian, plan, file: (answer.ok && answer.value.file) || null, log });
  if (ending) await manager.stop();
}

let connected = false;
guardian.onConnect(() => {
  // The guardian is another one, perhaps with another configuration.
  if (connected) void greet();
  connected = true;
});
await greet();
