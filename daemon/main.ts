/** The program `tandemd`: reads its arguments and runs one of its commands. Each loads what it needs and nothing else. */
import { writeSync } from 'node:fs';
import { USAGE, readArguments } from './arguments.ts';
import type { Command } from './arguments.ts';
import { program, version } from './where.ts';

async function perform(command: Command): Promise<number> {
  switch (command.name) {
    case 'help':
      say(1, USAGE);
      return 0;
    case 'version':
      say(1, `tandemd ${version()}`);
      return 0;
    case 'manager':
      return runManager(command);
    case 'check': {
      const { checkConfig } = await import('../config/check.ts');
      const { exitCode, stdout, stderr } = await checkConfig(command.config, { print: command.print });
      say(1, stdout);
      say(2, stderr);
      return exitCode;
    }
    case 'problems': {
      const { problemsOf } = await import('../config/check.ts');
      const { exitCode, stdout } = await problemsOf(command.config, command.shown);
      say(1, stdout);
      return exitCode;
    }
    case 'clean': {
      const { clean } = await import('./guardian/clean.ts');
      const { exitCode, lines } = await clean(command);
      say(exitCode === 0 ? 1 : 2, lines.join('\n'));
      return exitCode;
    }
    case 'run': {
      const { runDaemon } = await import('./guardian/run.ts');
      return runDaemon(command);
    }
  }
}

/** The manager alone, in this process (its own unit): it is above this folder and is only ever started, never imported by anything else. */
async function runManager({ run, state }: Extract<Command, { name: 'manager' }>): Promise<number> {
  const { script } = program('manager/main');
  process.argv = [process.argv[0] ?? 'node', script, '--run', run, '--state', state];
  await import(script);
  // It ends by itself.
  return new Promise(() => undefined);
}

/** Whole lines, at once: the process may end right after it. A reader that went away is no error of ours. */
function say(fd: 1 | 2, text: string): void {
  let rest = Buffer.from(text === '' || text.endsWith('\n') ? text : `${text}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code !== 'EAGAIN') return;
      // Somebody made the descriptor non-blocking, and its reader is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const command = readArguments(process.argv.slice(2));
if (command.ok) {
  // Not the natural end: locked memory and open receivers need no tidying up that could hang.
  process.exit(await perform(command.value));
} else {
  say(2, `tandemd: ${command.error}\n${USAGE}`);
  process.exit(2);
}
