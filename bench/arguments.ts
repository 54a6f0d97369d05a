/** The command line of the benchmarks, as data. */
import { parseArgs } from 'node:util';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';

export interface Wish {
  readonly kind: 'run' | 'list' | 'help';
  /** Names, or beginnings of names; empty = all. */
  readonly cases: readonly string[];
  /** Null = what each case says. */
  readonly runs: number | null;
  /** Length of the cases that watch for a time, seconds; null = what each says. */
  readonly seconds: number | null;
  /** File for all results of this call. */
  readonly json: string | null;
  /** Measure again what has been measured. */
  readonly fresh: boolean;
}

export const USAGE = `usage: npm run bench [-- [--case NAME]... [--runs N] [--seconds N] [--json FILE] [--fresh] | --list]

--case NAME   only this case, or all whose names begin so (kill, takeover255); more than once if wanted
--runs N      runs of each program (default: as --list says)
--seconds N   length of \`busy-peers\`, \`busy\` and \`flood\` (default: as --list says)
--json FILE   all results of this call as JSON
--fresh       forget what was measured before; otherwise a case goes on where it was interrupted
--list        the cases, and how long they take`;

const OPTIONS = {
  case: { type: 'string', multiple: true },
  runs: { type: 'string' },
  seconds: { type: 'string' },
  json: { type: 'string' },
  fresh: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the arguments. The error is one sentence. */
export function readArguments(argv: readonly string[]): Result<Wish, string> {
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false, strict: true }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  const numbers: { runs: number | null; seconds: number | null } = { runs: null, seconds: null };
  for (const name of ['runs', 'seconds'] as const) {
    const text = values[name];
    if (text === undefined) continue;
    if (!/^[1-9]\d{0,4}$/.test(text)) return fail(`--${name} must be a whole number from 1, not '${text}'`);
    numbers[name] = Number(text);
  }
  return ok({
    kind: values.help === true ? 'help' : values.list === true ? 'list' : 'run',
    cases: values.case ?? [],
    ...numbers,
    json: values.json ?? null,
    fresh: values.fresh === true,
  });
}

/** The cases that are meant, in the order of the list; an exact name wins over beginnings. Null: this name fits none. */
export function choose<T extends { readonly name: string }>(
  all: readonly T[],
  wanted: readonly string[],
): Result<readonly T[], string> {
  if (wanted.length === 0) return ok(all);
  const chosen = new Set<T>();
  for (const name of wanted) {
    const exact = all.filter((one) => one.name === name);
    const fitting = exact.length > 0 ? exact : all.filter((one) => one.name.startsWith(name));
    if (fitting.length === 0) return fail(name);
    for (const one of fitting) chosen.add(one);
  }
  return ok(all.filter((one) => chosen.has(one)));
}
