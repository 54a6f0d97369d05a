/** Measures a case: its subjects in turn, run by run, so that drift of the machine hits all of them alike. */
import { sleep } from '../lab/clock.ts';
import type { Case, Subject } from './case.ts';
import { formatValue } from './format.ts';
import { busyDuring } from './proc.ts';
import { emptyResults, samplesOf, withFailure, withOtherWork, withSample } from './store.ts';
import type { Results, Store } from './store.ts';

export interface Measuring {
  readonly store: Store;
  readonly machine: Readonly<Record<string, string>>;
  readonly fresh: boolean;
  readonly say: (text: string) => void;
  /** How busy the machine is without us (0 to 1). */
  readonly quiet?: () => Promise<number>;
}

/** After so many failed runs a subject is given up. */
const FAILURES = 3;

/** The next run: who, and which of its runs. The order turns with every round. Null when all is measured. Pure. */
export function nextRun(one: Case, results: Results): { readonly subject: Subject; readonly index: number } | null {
  const counts = one.subjects
    .map((subject) => ({
      subject,
      index: samplesOf(results, subject).length,
      failed: results.failures[subject]?.length ?? 0,
    }))
    .filter(({ index, failed }) => index < one.runs && failed < FAILURES);
  const round = Math.min(...counts.map(({ index }) => index));
  const due = counts.filter(({ index }) => index === round);
  // Whoever began the last round ends this one.
  const first = one.subjects.length === 0 ? 0 : round % one.subjects.length;
  const order = [...one.subjects.slice(first), ...one.subjects.slice(0, first)];
  return due.toSorted((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject))[0] ?? null;
}

/** Measures what is missing, keeping every run in its file at once. */
export async function measure(one: Case, options: Measuring): Promise<Results> {
  const { store, say } = options;
  let results = begin(one, options);
  say(`${one.name}: ${one.text}`);
  if (nextRun(one, results) === null) {
    say(`  measured ${results.updatedAt}; --fresh measures again`);
    return results;
  }
  // Failures of an earlier call are history: what caused them may be mended.
  results = { ...results, failures: {} };
  const look = options.quiet ?? ((): Promise<number> => busyDuring(() => sleep(1000)));
  results = withOtherWork(results, await look());
  const bed = await one.open();
  try {
    for (let next = nextRun(one, results); next !== null; next = nextRun(one, results)) {
      const { subject, index } = next;
      try {
        const sample = await bed.run(subject, index);
        results = withSample(results, subject, sample, new Date().toISOString());
        const figures = Object.entries(sample).map(([name, value]) => `${name} ${formatValue(value, 'ms')}`);
        say(`  ${index + 1}/${one.runs} ${subject}: ${figures.join(', ')}`);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        results = withFailure(results, subject, text, new Date().toISOString());
        say(`  ${index + 1}/${one.runs} ${subject} failed: ${text}`);
      }
      store.save(results);
    }
  } finally {
    bed.close();
  }
  results = withOtherWork(results, await look());
  store.save(results);
  return results;
}

function begin(one: Case, { store, machine, fresh, say }: Measuring): Results {
  const signature = JSON.stringify([machine, one.parameters]);
  const nothing = emptyResults(one.name, signature, machine, new Date().toISOString());
  const known = fresh ? null : store.load(one.name);
  if (known === null) return nothing;
  if (known.signature === signature) return known;
  say(`${one.name}: measured before with another build, machine or setting: beginning anew`);
  return nothing;
}
