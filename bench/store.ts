/** Results in files, one a case, so that an interrupted case goes on where it was. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBJECTS } from './case.ts';
import type { Sample, Subject } from './case.ts';

/** What was measured of one case. */
export interface Results {
  readonly case: string;
  /** What has to be equal for figures to be put together: program versions, build, parameters. */
  readonly signature: string;
  /** The machine and the programs, for the reader. */
  readonly machine: Readonly<Record<string, string>>;
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Most of the machine that was busy (0 to 1) just before and just after the runs: other work shows here. */
  readonly otherWork: number;
  readonly samples: Readonly<Partial<Record<Subject, readonly Sample[]>>>;
  /** Runs that gave no figure, and why. */
  readonly failures: Readonly<Partial<Record<Subject, readonly string[]>>>;
}

/** Results without any run yet. */
export function emptyResults(
  name: string,
  signature: string,
  machine: Readonly<Record<string, string>>,
  at: string,
): Results {
  return { case: name, signature, machine, startedAt: at, updatedAt: at, otherWork: 0, samples: {}, failures: {} };
}

/** The samples of a subject. */
export function samplesOf(results: Results, subject: Subject): readonly Sample[] {
  return results.samples[subject] ?? [];
}

/** All values of one figure of a subject. */
export function valuesOf(results: Results, subject: Subject, figure: string): readonly number[] {
  return samplesOf(results, subject).flatMap((sample) => {
    const value = sample[figure];
    return value === undefined ? [] : [value];
  });
}

/** The results with one more run. */
export function withSample(results: Results, subject: Subject, sample: Sample, at: string): Results {
  const samples = { ...results.samples, [subject]: [...samplesOf(results, subject), sample] };
  return { ...results, samples, updatedAt: at };
}

/** The results with one more look at how busy the machine is without us. */
export function withOtherWork(results: Results, share: number): Results {
  return { ...results, otherWork: Math.max(results.otherWork, share) };
}

/** The results with one more run that failed. */
export function withFailure(results: Results, subject: Subject, text: string, at: string): Results {
  const failures = { ...results.failures, [subject]: [...(results.failures[subject] ?? []), text] };
  return { ...results, failures, updatedAt: at };
}

/** Reads results from JSON; null if it holds none. */
export function parseResults(text: string): Results | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isResults(value) ? value : null;
}

function isResults(value: unknown): value is Results {
  if (typeof value !== 'object' || value === null) return false;
  const wanted = ['case', 'signature', 'machine', 'startedAt', 'updatedAt', 'otherWork', 'samples', 'failures'];
  if (!wanted.every((key) => key in value)) return false;
  const { samples, failures } = value as { readonly samples: unknown; readonly failures: unknown };
  return (
    bySubject(samples, (one) => typeof one === 'object' && one !== null) &&
    bySubject(failures, (one) => typeof one === 'string')
  );
}

function bySubject(value: unknown, fits: (one: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([subject, list]) => SUBJECTS.some((known) => known === subject) && Array.isArray(list) && list.every(fits),
  );
}

/** The folder of results. Every method throws if the file system does not allow it: without results there is nothing to do. */
export class Store {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  load(name: string): Results | null {
    try {
      return parseResults(readFileSync(join(this.folder, `${name}.json`), 'utf8'));
    } catch {
      return null;
    }
  }

  /** Replaces the file in one step: an interruption leaves the old or the new one. */
  save(results: Results): void {
    mkdirSync(this.folder, { recursive: true });
    const file = join(this.folder, `${results.case}.json`);
    writeFileSync(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`);
    renameSync(`${file}.new`, file);
  }
}
