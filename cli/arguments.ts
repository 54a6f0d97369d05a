/** What stands on the command line, as data. Options stand before or after the command (design section 7). Pure. */
import { parseArgs } from 'node:util';
import { suggest } from '../config/suggest.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import type { Command, OptionSpec, OptionValues } from './command.ts';

/** Options of every command. */
export const GLOBAL_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  run: { type: 'string', value: 'DIR', files: true, text: 'run directory of the daemon (default /run/tandem)' },
  json: { type: 'boolean', text: 'print for programs' },
  help: { type: 'boolean', short: 'h', text: 'show help' },
  version: { type: 'boolean', text: 'show the version' },
};

export type Invocation =
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly options: OptionValues;
      readonly operands: readonly string[];
      readonly run: string;
      readonly json: boolean;
    }
  | { readonly kind: 'help'; readonly topic: Command | null }
  | { readonly kind: 'version' }
  /** No command at all. */
  | { readonly kind: 'nothing' };

/** Read the arguments after the program's name. The error is one sentence. */
export function readArguments(argv: readonly string[], commands: readonly Command[]): Result<Invocation, string> {
  const parsed = parse(argv, commands);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  const [word, ...operands] = positionals;
  const command = commands.find((c) => c.name === word);
  if (values['version'] === true && word === undefined) return ok({ kind: 'version' });
  if (word !== undefined && command === undefined) return fail(unknownCommand(word, commands));
  if (values['help'] === true) return ok({ kind: 'help', topic: command ?? null });
  if (command === undefined) return ok({ kind: 'nothing' });
  const { run = '/run/tandem', json } = values;
  if (run === '') return fail("option '--run' needs a directory");
  const problem = command.lacking === true ? null : misuse(command, values, operands);
  if (problem !== null) return fail(problem);
  return ok({ kind: 'run', command, options: values, operands, run: String(run), json: json === true });
}

type Parsed = { readonly values: OptionValues; readonly positionals: readonly string[] };

function parse(argv: readonly string[], commands: readonly Command[]): Result<Parsed, string> {
  const specs = Object.assign({}, ...commands.map((c) => c.options), GLOBAL_OPTIONS) as Record<string, OptionSpec>;
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
  const args = [...argv];
  try {
    return ok(only(parseArgs({ args, options, allowPositionals: true, strict: true })));
  } catch (error) {
    // What this version lacks may have options that it does not know: it is refused for the better reason.
    const loose = only(parseArgs({ args, options, allowPositionals: true, strict: false }));
    if (commands.find((c) => c.name === loose.positionals[0])?.lacking === true) return ok(loose);
    return fail(explain(error, argv, Object.keys(specs)));
  }
}

function only(parsed: { values: Record<string, unknown>; positionals: string[] }): Parsed {
  return { values: parsed.values as OptionValues, positionals: parsed.positionals };
}

/** The first thing that is wrong with a known command's options and operands. */
function misuse(command: Command, values: OptionValues, operands: readonly string[]): string | null {
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(command.options, name) && !Object.hasOwn(GLOBAL_OPTIONS, name)) {
      return `'${command.name}' has no option '--${name}'`;
    }
    if (values[name] === '') return `option '--${name}' needs a value`;
  }
  const { min, max, choices } = command.operands;
  if (operands.length < min)
    return `'${command.name}' needs more: ${command.usage.map((u) => `tandem ${u}`).join(' or ')}`;
  if (operands.length > max) return `unexpected '${operands[max]!}' after '${command.name}'`;
  const wrong = choices === undefined ? undefined : operands.find((o) => !choices.includes(o));
  if (wrong !== undefined) return `'${wrong}' is none of ${choices!.join(', ')}`;
  return null;
}

function unknownCommand(word: string, commands: readonly Command[]): string {
  const near = suggest(
    word,
    commands.map((c) => c.name),
  );
  return `unknown command '${word}'${near === null ? '' : `: did you mean '${near}'?`}`;
}

/** node:util explains at length; one sentence says it. */
function explain(error: unknown, argv: readonly string[], known: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error);
  const unknown = /^Unknown option '(-[^']*)'/.exec(text)?.[1];
  if (unknown !== undefined) {
    const near = suggest(unknown.replace(/^-+/, ''), known);
    return `unknown option '${unknown}'${near === null ? '' : `: did you mean '--${near}'?`}`;
  }
  const option = /^Option '(?:-\w, )?(--[^' ]+)/.exec(text)?.[1];
  if (option !== undefined && text.includes('argument missing')) return `option '${option}' needs a value`;
  if (option !== undefined && text.includes('does not take an argument')) return `option '${option}' takes no value`;
  return text.split(/\. |\n/, 1)[0] ?? argv.join(' ');
}
