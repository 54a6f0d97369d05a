import type { Status } from '../core/status.ts';
import { EXIT, Failure, NO_OPERANDS } from './command.ts';
import type { Command, Context } from './command.ts';
import { statusText } from './status-text.ts';
import { paintFor, printJson, safeJson } from './terminal.ts';

export const status: Command = {
  name: 'status',
  summary: 'who is active, since when and why',
  usage: ['status [--watch]'],
  details: 'With --json the same as GET /status on the socket of the engine.',
  options: { watch: { type: 'boolean', short: 'w', text: 'show it again every second, until Ctrl-C' } },
  operands: NO_OPERANDS,
  async run(context) {
    if (context.options['watch'] === true) return watch(context);
    const answer = await context.engine.get('/status');
    if (context.json) printJson(context.io, answer);
    else context.io.out(render(context, readStatus(answer)));
    return EXIT.done;
  },
};

/** What the daemon answered, seen to be a status. Texts in it are clean (client). */
export function readStatus(answer: unknown): Status {
  const isStatus =
    typeof answer === 'object' &&
    answer !== null &&
    'role' in answer &&
    ['routers', 'peers', 'tracks'].every((key) => Array.isArray((answer as Record<string, unknown>)[key]));
  if (!isStatus)
    throw new Failure(
      EXIT.failed,
      'badAnswer',
      'the daemon did not answer with a status: are daemon and tandem of one version?',
    );
  return answer as unknown as Status;
}

function render({ io }: Context, answer: Status): string {
  return statusText(answer, { now: io.now(), width: io.size().columns, paint: paintFor(io) });
}

/** Never ends by itself: a daemon that is away for a moment is shown as such. */
async function watch(context: Context): Promise<never> {
  const { io, json, engine } = context;
  for (;;) {
    if (json) io.out(`${safeJson(await engine.get('/status'))}\n`);
    else io.out(frame(context, await picture(context)));
    await io.sleep(1000);
  }
}

async function picture(context: Context): Promise<string> {
  try {
    return render(context, readStatus(await context.engine.get('/status')));
  } catch (error) {
    if (error instanceof Failure) return `${error.message}\n`;
    throw error;
  }
}

/** On a terminal each picture replaces the last one, cut to what the terminal can show. */
function frame({ io }: Context, text: string): string {
  if (!io.tty) return `${text}\n`;
  const { rows } = io.size();
  const lines = text.trimEnd().split('\n');
  const shown = lines.length < rows ? lines : [...lines.slice(0, rows - 2), `(${lines.length - rows + 2} more lines)`];
  return `\u001b[H${shown.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`;
}
