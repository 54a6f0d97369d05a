/** The benchmarks from the command line to the exit code: Tandem and keepalived in turn on the same lab, and a table. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../daemon/where.ts';
import { USAGE, choose, readArguments } from './arguments.ts';
import type { Wish } from './arguments.ts';
import type { Case } from './case.ts';
import { allCases } from './cases.ts';
import { formatDuration, textTable } from './format.ts';
import { linesOf, table, warnings } from './report.ts';
import { measure } from './measure.ts';
import { describeMachine, whyNotHere } from './machine.ts';
import { Store } from './store.ts';
import type { Results } from './store.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function give(text: string, code: number): never {
  process.stderr.write(`bench: ${text}\n`);
  process.exit(code);
}

const secondsOf = (one: Case): number => one.runs * one.secondsPerRound;

function list(cases: readonly Case[]): void {
  const rows = cases.map((one) => [one.name, String(one.runs), formatDuration(secondsOf(one)), one.text]);
  say(
    textTable(
      [{ heading: 'case' }, { heading: 'runs', right: true }, { heading: 'about', right: true }, { heading: 'what' }],
      rows,
    ),
  );
}

async function runAll(wish: Wish, cases: readonly Case[]): Promise<void> {
  const why = whyNotHere();
  if (why !== null) give(why, 1);
  const machine = describeMachine();
  const store = new Store(join(packageFolder, 'bench/results'));
  say(
    Object.entries(machine)
      .map(([key, value]) => `${key} ${value}`)
      .join(' · '),
  );
  const seconds = cases.reduce((sum, one) => sum + secondsOf(one), 0);
  if (cases.length > 1) say(`${cases.length} cases, about ${formatDuration(seconds)} if none has been measured yet`);
  const done: { readonly one: Case; readonly results: Results }[] = [];
  for (const one of cases) {
    const results = await measure(one, { store, machine, fresh: wish.fresh, say });
    done.push({ one, results });
    say(`\n${table(linesOf(one, results))}`);
    for (const text of [...one.notes, ...warnings(one, results)]) say(`  ${text}`);
    say('');
  }
  if (cases.length > 1) say(`${table(done.flatMap(({ one, results }) => linesOf(one, results)))}\n`);
  if (wish.json !== null) writeFileSync(wish.json, `${JSON.stringify(done.map(asJson), null, 1)}\n`);
  if (
    done.some(({ one, results }) => one.subjects.some((subject) => (results.samples[subject]?.length ?? 0) < one.runs))
  ) {
    give('not every run gave a figure: see the failed runs above', 1);
  }
}

function asJson({ one, results }: { readonly one: Case; readonly results: Results }): unknown {
  return {
    ...results,
    text: one.text,
    lines: linesOf(one, results),
    notes: one.notes,
    warnings: warnings(one, results),
  };
}

async function obey(): Promise<void> {
  const read = readArguments(process.argv.slice(2));
  if (!read.ok) give(`${read.error}\n${USAGE}`, 2);
  const wish = read.value;
  if (wish.kind === 'help') return say(USAGE);
  const known = allCases({ runs: wish.runs, seconds: wish.seconds });
  const chosen = choose(known, wish.cases);
  if (!chosen.ok) give(`there is no case '${chosen.error}'; --list shows them`, 2);
  if (wish.kind === 'list') return list(chosen.value);
  // Started by setup.mjs, which closes the channel when it is asked to end: the labs are cleared away on exit.
  process.once('disconnect', () => process.exit(130));
  // It may have closed it while this was being loaded.
  if ('connected' in process && !process.connected) process.exit(130);
  await runAll(wish, chosen.value);
  // The channel would keep this process alive.
  process.exit(0);
}

/** Reads the command line of this process and does what it says; ends the process. */
export async function main(): Promise<void> {
  await obey().catch((error: unknown) => give(error instanceof Error ? error.message : String(error), 1));
}
