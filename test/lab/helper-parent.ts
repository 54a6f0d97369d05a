/**
 * A program: starts the helper as the guardian does and hands on what comes on stdin, one JSON message a line, over the channel.
 * usage: helper-parent RUN. It ends with its standard input; the helper then leaves by itself.
 */
import { spawn } from 'node:child_process';
import type { Serializable } from 'node:child_process';
import { createInterface } from 'node:readline';
import { program } from '../../daemon/where.ts';

const [run = ''] = process.argv.slice(2);
const { nodeOptions, script } = program('daemon/helper/main');
const helper = spawn(process.execPath, [...nodeOptions, script, run], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  detached: true,
});
process.stdout.write(`helper ${helper.pid}\n`);
helper.on('message', (message) => process.stdout.write(`said ${JSON.stringify(message)}\n`));
helper.once('exit', (code, signal) => {
  process.stdout.write(`ended ${code ?? signal}\n`);
  process.exit(0);
});
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => helper.send(JSON.parse(line) as Serializable));
lines.on('close', () => {
  if (helper.connected) helper.disconnect();
});
