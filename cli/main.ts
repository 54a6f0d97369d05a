/** `tandem`: read the arguments, run the command, say what went wrong. */
import { readArguments } from './arguments.ts';
import { createEngineClient } from './client.ts';
import { EXIT, Failure, usageFailure } from './command.ts';
import type { Exit } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, overview } from './help-text.ts';
import { cleanText, printJson, processIo } from './terminal.ts';
import type { Io } from './terminal.ts';
import { version } from './version.ts';

/** Run one command line; never throws. Resolves to the exit code. */
export async function main(argv: readonly string[], io: Io): Promise<Exit> {
  const json = argv.includes('--json');
  try {
    return await run(argv, io);
  } catch (error) {
    return report(error, json, io);
  }
}

async function run(argv: readonly string[], io: Io): Promise<Exit> {
  const read = readArguments(argv, commands);
  if (!read.ok) throw usageFailure(read.error);
  const invocation = read.value;
  const { columns } = io.size();
  switch (invocation.kind) {
    case 'version':
      io.out(`${version()}\n`);
      return EXIT.done;
    case 'help':
      io.out(invocation.topic === null ? overview(commands, columns) : commandHelp(invocation.topic, columns));
      return EXIT.done;
    case 'nothing':
      io.err(overview(commands, columns));
      return EXIT.usage;
    case 'run': {
      const { command, options, operands, run: directory, json } = invocation;
      const engine = createEngineClient(directory, { raw: json });
      return await command.run({ io, json, run: directory, options, operands, engine });
    }
  }
}

/** One sentence on stderr, with --json the same on stdout as data. A mistake of ours is exit 1 with its stack where DEBUG is set. */
function report(error: unknown, json: boolean, io: Io): Exit {
  const known = error instanceof Failure;
  const failure = known ? error : new Failure(EXIT.failed, 'internal', `this is a mistake in tandem: ${String(error)}`);
  const { code, message: text, path } = failure;
  if (json) printJson(io, { error: { code, text, ...(path === undefined ? {} : { path }) } });
  const lines = text.split('\n').map(cleanText).join('\n');
  io.err(code === 'invalidConfiguration' ? `${lines}\n` : `tandem: ${lines}\n`);
  if (code === 'usage') io.err("try 'tandem help'\n");
  if (!known && io.env['DEBUG'] !== undefined && error instanceof Error) io.err(`${error.stack ?? ''}\n`);
  return failure.exit;
}

/** For bin/tandem. */
export async function launch(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), processIo());
}
