/** Help, made from what the commands say of themselves. Pure. */
import { GLOBAL_OPTIONS } from './arguments.ts';
import type { Command, OptionSpec } from './command.ts';
import { wrap } from './format.ts';

/** Help is wrapped to this width, or to the terminal's where that is narrower. */
const WIDEST = 100;

const EXIT_CODES =
  'Exit codes: 0 done; 1 refused or failed (reason on stderr); 2 wrong usage or invalid configuration; 3 daemon not reachable. ' +
  'With --json a failure is { "error": { "code", "text", "path"? } } on stdout as well.';

/** All commands, a line each. */
export function overview(commands: readonly Command[], columns: number): string {
  const width = Math.min(columns, WIDEST);
  const here = commands.filter((c) => c.lacking !== true);
  const lacking = commands.filter((c) => c.lacking === true).map((c) => c.name);
  return lines([
    'usage: tandem [--run DIR] [--json] COMMAND',
    '',
    'Commands:',
    ...pairs(
      here.map((c) => [c.name, c.summary]),
      width,
    ),
    '',
    'Options, before or after the command:',
    ...options(GLOBAL_OPTIONS, width),
    '',
    ...wrap(`Not in this version yet: ${lacking.join(', ')}.`, width),
    '',
    ...wrap(EXIT_CODES, width),
    '',
    '`tandem help COMMAND` tells more of one.',
  ]);
}

/** All about one command. */
export function commandHelp(command: Command, columns: number): string {
  const width = Math.min(columns, WIDEST);
  const usage = command.usage.map((way, i) => `${i === 0 ? 'usage:' : '      '} tandem ${way}`);
  const lacking = command.lacking === true ? ['', 'This version does not have it yet.'] : [];
  const details = command.details === undefined ? [] : ['', ...wrap(command.details, width)];
  const own =
    Object.keys(command.options).length === 0 || command.lacking === true ? [] : options(command.options, width);
  return lines([
    ...usage,
    '',
    ...wrap(`${command.name}: ${command.summary}`, width),
    ...lacking,
    ...details,
    '',
    'Options:',
    ...own,
    ...options(GLOBAL_OPTIONS, width),
  ]);
}

function options(specs: Readonly<Record<string, OptionSpec>>, width: number): string[] {
  return pairs(
    Object.entries(specs).map(([name, { short, value, text }]) => {
      const shown = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
      return [shown, text] as const;
    }),
    width,
  );
}

function pairs(rows: readonly (readonly [string, string])[], width: number): string[] {
  const first = 20;
  return rows.flatMap(([left, right]) => {
    const parts = wrap(right, Math.max(20, width - first - 2));
    const shown = left.length < first - 1 ? [`  ${left.padEnd(first)}${parts.shift() ?? ''}`] : [`  ${left}`];
    return [...shown, ...parts.map((part) => `  ${' '.repeat(first)}${part}`)];
  });
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
