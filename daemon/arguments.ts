/** The command line of `tandemd` (design section 7), as data. */
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';

/** What the administrator asked for. Paths are absolute. */
export type Command =
  | {
      readonly name: 'run';
      readonly config: string;
      readonly state: string;
      readonly run: string;
      readonly manager: boolean;
    }
  | { readonly name: 'check'; readonly config: string; readonly print: 'text' | 'plan' }
  /** What is wrong with a candidate, told by the name of the file that it is to become. */
  | { readonly name: 'problems'; readonly config: string; readonly shown: string }
  | { readonly name: 'manager'; readonly config: string; readonly state: string; readonly run: string }
  /** After a daemon that did not end in order: what it left is taken away, unless one runs. */
  | { readonly name: 'clean'; readonly state: string; readonly run: string }
  | { readonly name: 'help' }
  | { readonly name: 'version' };

export const DEFAULTS = { config: '/etc/tandem/tandem.yaml', state: '/var/lib/tandem', run: '/run/tandem' } as const;

export const USAGE = `usage: tandemd run     [--config FILE] [--state DIR] [--run DIR] [--without-manager]
       tandemd check   [--config FILE]
       tandemd manager [--config FILE] [--state DIR] [--run DIR]
       tandemd clean   [--state DIR] [--run DIR]
       tandemd --help | --version

run      the daemon: failover, virtual addresses, control socket
check    read the configuration and say what is wrong with it; exit 0 or 2
manager  the manager alone
clean    remove virtual addresses that a daemon left behind; nothing while one runs

  --config FILE       configuration (default ${DEFAULTS.config})
  --state DIR         what must survive a restart (default ${DEFAULTS.state})
  --run DIR           sockets and process ids (default ${DEFAULTS.run})
  --without-manager   the manager runs in a unit of its own`;

const OPTIONS = {
  config: { type: 'string' },
  state: { type: 'string' },
  run: { type: 'string' },
  'without-manager': { type: 'boolean' },
  // Internal: the guardian reads the plan of the configuration from the short process that checks it.
  plan: { type: 'boolean' },
  // Internal: what is wrong with a candidate, as JSON, by the name of the real file.
  problems: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

type OptionName = keyof typeof OPTIONS;

const OPTION_NAMES: readonly OptionName[] = ['config', 'state', 'run', 'without-manager', 'plan', 'problems'];

const ALLOWED: Readonly<Record<'run' | 'check' | 'manager' | 'clean', readonly OptionName[]>> = {
  run: ['config', 'state', 'run', 'without-manager'],
  check: ['config', 'plan', 'problems'],
  manager: ['config', 'state', 'run'],
  clean: ['state', 'run'],
};

const isCommand = (word: string): word is keyof typeof ALLOWED => Object.hasOwn(ALLOWED, word);

/** Reads the arguments after the program's name. The error is one sentence; the caller adds the usage. */
export function readArguments(argv: readonly string[]): Result<Command, string> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    return fail(firstSentence(error));
  }
  const { values, positionals } = parsed;
  if (values.help === true) return ok({ name: 'help' });
  if (values.version === true) return ok({ name: 'version' });
  const [word, extra] = positionals;
  if (word === undefined) return fail('a command is missing: run, check, manager or clean');
  if (!isCommand(word)) return fail(`unknown command '${word}': run, check, manager or clean`);
  if (extra !== undefined) return fail(`unexpected argument '${extra}'`);
  for (const option of OPTION_NAMES) {
    if (values[option] === undefined) continue;
    if (!ALLOWED[word].includes(option)) return fail(`'${word}' has no option '--${option}'`);
    if (values[option] === '') return fail(`option '--${option}' needs a path`);
  }
  const config = resolve(values.config ?? DEFAULTS.config);
  if (word === 'check' && values.problems !== undefined)
    return ok({ name: 'problems', config, shown: values.problems });
  if (word === 'check') return ok({ name: 'check', config, print: values.plan === true ? 'plan' : 'text' });
  const directories = {
    config,
    state: resolve(values.state ?? DEFAULTS.state),
    run: resolve(values.run ?? DEFAULTS.run),
  };
  if (word === 'clean') return ok({ name: 'clean', state: directories.state, run: directories.run });
  if (word === 'manager') return ok({ name: 'manager', ...directories });
  return ok({ name: 'run', ...directories, manager: values['without-manager'] !== true });
}

/** node:util explains at length; the first sentence says it. */
function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const sentence = text.split(/\. |\n/, 1)[0] ?? text;
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
