/**
 * `npm test`: lint, types, build, then the suites one after the other, each in a process of its own.
 * usage: run.ts [SUITE | FILE]… [--grep PATTERN]; without arguments everything. Last line: `N passed, N failed, N skipped`.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageFolder } from '../daemon/where.ts';
import { endWithParent, filesOf, heading, runCommand, runSuite, runSuiteSpread, summary } from './support/steps.ts';
import { add, clock, closingLine, emptyTally, exitCode, yellow } from './support/tally.ts';
import type { SuiteStep } from './support/steps.ts';
import type { Tally } from './support/tally.ts';

/** A part of the run with its budget on two cores (design section 12). Going over it is said, and is no failure. */
interface Part {
  readonly name: string;
  readonly suites: readonly string[];
  readonly budgetMs: number;
  run(): Promise<Tally>;
}

const { values, positionals } = parseArgs({
  options: { grep: { type: 'string', short: 'g' } },
  allowPositionals: true,
});
const bin = (name: string): string => join(packageFolder, 'node_modules/.bin', name);

async function all(...steps: readonly (() => Promise<Tally>)[]): Promise<Tally> {
  const sum = emptyTally();
  for (const step of steps) add(sum, await step());
  return sum;
}

const lint = (): Promise<Tally> =>
  all(
    () =>
      runCommand({
        name: 'oxlint finds nothing',
        argv: [bin('oxlint'), '--type-aware', '--deny-warnings', '--format=unix'],
      }),
    () =>
      runCommand({
        name: 'prettier would change nothing',
        argv: [bin('prettier'), '--check', '--log-level=warn', '.'],
      }),
    () =>
      runCommand({
        name: 'generated files are fresh',
        argv: [process.execPath, '--import=tsx', 'config/generate.ts', '--check'],
      }),
    () =>
      runCommand({
        name: 'manual pages are fresh',
        argv: [process.execPath, '--import=tsx', 'systemd/man/generate.ts', '--check'],
      }),
  );
const types = (): Promise<Tally> => runCommand({ name: 'the types fit', argv: [bin('tsc'), '-p', '.'] });
const build = (): Promise<Tally> => runCommand({ name: 'it builds', argv: [process.execPath, 'setup.mjs', 'build'] });

/** In the lab every test says that it went well: they are few, and slow. */
const isSlow = (suite: string): boolean => ['lab', 'interop', 'e2e'].includes(suite);

/** Their files share nothing, so they run beside each other. In the lab one at a time has the machine, as daemons have it. */
const isSpread = (suite: string): boolean => ['unit', 'fuzz', 'e2e'].includes(suite);

const suitesOf = (names: readonly string[], budgetMs: number): Promise<Tally> => {
  const usual = (...suites: readonly string[]): SuiteStep => {
    const files = suites.flatMap((suite) => filesOf(suite));
    return { ...stepOf(files, suites.some(isSlow), budgetMs), only: 'usual' };
  };
  return all(
    () => runSuiteSpread(usual(...names.filter(isSpread))),
    ...names.filter((name) => !isSpread(name) && filesOf(name).length > 0).map((name) => () => runSuite(usual(name))),
  );
};

const stepOf = (files: readonly string[], every: boolean, budgetMs: number): SuiteStep => ({
  files,
  every,
  limitMs: 4 * budgetMs,
  ...(values.grep === undefined ? {} : { grep: values.grep }),
});

const suitePart = (suites: readonly string[], budgetMs: number): Part => ({
  name: suites.join(', '),
  suites,
  budgetMs,
  run: () => suitesOf(suites, budgetMs),
});

const PARTS: readonly Part[] = [
  {
    name: 'lint, types, build',
    suites: ['lint', 'types', 'build'],
    budgetMs: 30_000,
    run: () => all(lint, types, build),
  },
  // The slowest file of both is in fuzz: it comes first, so that the others are run beside it.
  suitePart(['fuzz', 'unit'], 60_000),
  suitePart(['simulation'], 90_000),
  suitePart(['lab', 'interop'], 240_000),
  suitePart(['e2e'], 150_000),
];

/** What the arguments ask for; a sentence if that is nothing we have. */
function chosen(): readonly Part[] | string {
  if (positionals.length === 0)
    return PARTS.filter(({ suites }) => suites.includes('lint') || suites.some((suite) => filesOf(suite).length > 0));
  const parts: Part[] = [];
  const single = new Map<string, () => Promise<Tally>>([
    ['lint', lint],
    ['types', types],
    ['build', build],
  ]);
  for (const word of positionals) {
    const step = single.get(word);
    const part = PARTS.find(({ suites }) => suites.includes(word));
    const file = resolve(word);
    if (step !== undefined) parts.push({ name: word, suites: [word], budgetMs: 30_000, run: step });
    else if (part !== undefined && filesOf(word).length > 0) {
      // Together with what else of its part is asked for.
      const together = part.suites.filter((suite) => positionals.includes(suite));
      if (!parts.some(({ suites }) => suites.includes(word))) parts.push(suitePart(together, part.budgetMs));
    } else if (existsSync(file) && file.endsWith('.ts')) {
      // A file that is named is run whole, with its long tests.
      parts.push({ name: word, suites: [word], budgetMs: 240_000, run: () => runSuite(stepOf([file], true, 240_000)) });
    } else {
      const known = [
        ...single.keys(),
        ...PARTS.flatMap(({ suites }) => suites).filter((name) => filesOf(name).length > 0),
      ];
      return `'${word}' is no suite and no test file. Suites: ${known.join(', ')}`;
    }
  }
  // The real programs are run from dist/, so a part that starts them wants it fresh.
  const wantsBuild = parts.some(({ suites }) =>
    suites.some((suite) => isSlow(suite) || /test\/(lab|interop|e2e)\//.test(suite)),
  );
  const fresh: Part = { name: 'build', suites: ['build'], budgetMs: 30_000, run: build };
  return wantsBuild && !positionals.includes('build') ? [fresh, ...parts] : parts;
}

endWithParent();
const parts = chosen();
if (typeof parts === 'string') {
  process.stderr.write(`${parts}\n`);
  process.exit(2);
}
const total = emptyTally();
const lines: string[] = [];
for (const part of parts) {
  heading(part.name);
  const began = performance.now();
  const tally = await part.run();
  const took = performance.now() - began;
  add(total, tally);
  const over = took > part.budgetMs ? yellow('  over its budget') : '';
  lines.push(`  ${part.name.padEnd(20)} ${clock(took)} of ${clock(part.budgetMs)}  ${summary(tally)}${over}`);
}
heading(`Node.js ${process.versions.node}`);
process.stdout.write(`${lines.join('\n')}\n\n${closingLine(total)}\n`);
process.exit(exitCode(total));
