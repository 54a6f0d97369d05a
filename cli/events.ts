import type { TandemEvent } from '../core/event.ts';
import { EXIT, NO_OPERANDS, usageFailure } from './command.ts';
import type { Command, Context } from './command.ts';
import { eventLine, incidentBegins } from './events-text.ts';
import { paintFor, safeJson } from './terminal.ts';

/** Shown if nobody says how many. */
const NEWEST = 50;

export const events: Command = {
  name: 'events',
  summary: 'what happened, and what happens now',
  usage: ['events [--follow] [--after SEQ | --latest N]'],
  details: `Shows the newest ${NEWEST} events; the engine keeps the last 10,000 since it was started. With --json one event a line.`,
  options: {
    follow: {
      type: 'boolean',
      short: 'f',
      text: 'go on with what happens, until Ctrl-C; waits for an engine that is away',
    },
    after: { type: 'string', value: 'SEQ', text: 'only events after this number; 0 = all that are kept' },
    latest: { type: 'string', value: 'N', short: 'n', text: `only the newest N (default ${NEWEST})` },
  },
  operands: NO_OPERANDS,
  async run(context) {
    const { after, latest, follow } = context.options;
    if (after !== undefined && latest !== undefined) throw usageFailure("'--after' and '--latest' exclude each other");
    const from =
      after === undefined ? `latest=${number('latest', latest ?? String(NEWEST))}` : `after=${number('after', after)}`;
    const printer = createPrinter(context);
    if (follow === true) return followForever(context, from, printer);
    for await (const line of context.engine.lines(`/events?${from}&follow=false`)) printer.print(line);
    return EXIT.done;
  },
};

function number(name: string, text: string | boolean): string {
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) throw usageFailure(`'--${name}' needs a number from 0 up`);
  return text;
}

/** The engine may end and come back: its events are followed over that. */
async function followForever(context: Context, from: string, printer: Printer): Promise<never> {
  const { engine, io } = context;
  let log = await logOf(context);
  for await (const line of engine.lines(`/events?${from}&log=${log}`)) printer.print(line);
  io.err('tandem: the engine closed the stream; waiting for it to come back\n');
  for (;;) {
    await io.sleep(500);
    try {
      // Another log counts from 1 again: the gap that it begins with says so, and all of its events follow.
      const from = `/events?after=${printer.last}&log=${log}`;
      log = await logOf(context);
      for await (const line of engine.lines(from)) printer.print(line);
    } catch {
      // Still away.
    }
  }
}

async function logOf({ engine }: Context): Promise<string> {
  const version = await engine.get('/version');
  return typeof version === 'object' && version !== null && 'log' in version
    ? encodeURIComponent(String(version.log))
    : '';
}

interface Printer {
  /** Number of the last event printed. */
  readonly last: number;
  print(line: unknown): void;
}

function createPrinter({ io, json }: Context): Printer {
  const paint = paintFor(io);
  let previous: TandemEvent | null = null;
  let last = 0;
  return {
    get last() {
      return last;
    },
    print(line) {
      if (json) io.out(`${safeJson(line)}\n`);
      if (isEvent(line)) {
        if (!json) io.out(`${incidentBegins(previous, line) ? '\n' : ''}${eventLine(line, paint)}\n`);
        previous = line;
        last = line.seq;
      } else if (!json) io.out('-- events before this are not kept any more, or the engine was started anew --\n');
    },
  };
}

/** A line of the stream that is an event; the other kind is a gap. */
export function isEvent(line: unknown): line is TandemEvent {
  return typeof line === 'object' && line !== null && 'seq' in line && 'reason' in line;
}
