/** A program: the manager (design section 2). usage: manager/main --run DIR --state DIR. It leaves when the guardian does. */
import { parseArgs } from 'node:util';
import { createGuardianClient } from './guardian-client.ts';

const { values } = parseArgs({ options: { run: { type: 'string' }, state: { type: 'string' } } });
const { run = '/run/tandem' } = values;

/** The guardian kills who is silent: a loop that hangs says nothing. */
const ALIVE_MS = 1000;

const guardian = createGuardianClient(`${run}/guardian.sock`);
if (process.connected) {
  process.on('disconnect', () => process.exit(0));
  const alive = (): void => {
    if (process.connected) process.send?.({ kind: 'alive' }, undefined, undefined, () => undefined);
  };
  alive();
  setInterval(alive, ALIVE_MS);
}
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));
// Whoever read our lines has gone: that is no reason to stop.
process.on('SIGPIPE', () => undefined);

const greeted = await guardian.ask({ kind: 'hello', pid: process.pid });
if (!greeted.ok) {
  process.stderr.write(`tandem manager: ${greeted.error.text}\n`);
  process.exitCode = 1;
}
