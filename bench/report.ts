/** Results as a table. Pure. */
import type { Case, Row, Subject } from './case.ts';
import { goalText, judge } from './goal.ts';
import { formatNumber, formatValue, textTable } from './format.ts';
import type { Unit } from './format.ts';
import { ratio, summary } from './statistics.ts';
import type { Summary } from './statistics.ts';
import { samplesOf, valuesOf } from './store.ts';
import type { Results } from './store.ts';

/** One line of the table, as numbers. */
export interface Line {
  readonly case: string;
  readonly text: string;
  readonly unit: Unit;
  readonly tandem: Summary | null;
  readonly keepalived: Summary | null;
  readonly ratio: number | null;
  readonly goals: readonly { readonly text: string; readonly verdict: string }[];
  /** Runs of Tandem and of keepalived. */
  readonly runs: readonly [number, number | null];
}

/** The lines of a case. */
export function linesOf(one: Case, results: Results): readonly Line[] {
  return one.rows.map((row) => lineOf(one.name, row, results));
}

function lineOf(name: string, row: Row, results: Results): Line {
  const ours = summary(valuesOf(results, row.ours, row.figure));
  const theirs = row.theirs === null ? null : summary(valuesOf(results, row.theirs, row.figure));
  return {
    case: name,
    text: row.text,
    unit: row.unit,
    tandem: ours,
    keepalived: theirs,
    ratio: ratio(ours?.median ?? null, theirs?.median ?? null),
    goals: (row.goals ?? []).map((goal) => ({
      text: goalText(goal, row.unit),
      verdict: judge(goal, ours, theirs),
    })),
    runs: [samplesOf(results, row.ours).length, row.theirs === null ? null : samplesOf(results, row.theirs).length],
  };
}

const NOTHING = '–';

const HEADINGS = [
  { heading: 'case' },
  { heading: 'what' },
  { heading: 'unit' },
  { heading: 'Tandem min', right: true },
  { heading: 'median', right: true },
  { heading: 'max', right: true },
  { heading: 'keepalived min', right: true },
  { heading: 'median', right: true },
  { heading: 'max', right: true },
  { heading: 'ratio', right: true },
  { heading: 'runs', right: true },
  { heading: 'goal' },
];

/** The table. The name of a case stands in its first line only. */
export function table(lines: readonly Line[]): string {
  const rows = lines.map((line, at) => [
    lines[at - 1]?.case === line.case ? '' : line.case,
    line.text,
    line.unit,
    ...cells(line.tandem, line.unit),
    ...cells(line.keepalived, line.unit),
    line.ratio === null ? NOTHING : formatNumber(line.ratio, 2),
    line.runs[1] === null || line.runs[1] === line.runs[0] ? String(line.runs[0]) : line.runs.join('/'),
    line.goals.map(({ text, verdict }) => `${text}: ${verdict}`).join('; '),
  ]);
  return textTable(HEADINGS, rows);
}

function cells(found: Summary | null, unit: Unit): readonly string[] {
  if (found === null) return [NOTHING, NOTHING, NOTHING];
  return [found.min, found.median, found.max].map((value) => formatValue(value, unit));
}

/** More of the machine than this in use by others, and the figures are not for quoting. */
const QUIET = 0.1;

/** Sentences about runs that failed, and about other work on the machine. */
export function warnings(one: Case, results: Results): readonly string[] {
  const failed = one.subjects.flatMap((subject: Subject) => {
    const texts = results.failures[subject] ?? [];
    const runs = texts.length === 1 ? 'run' : 'runs';
    return texts.length === 0 ? [] : [`${one.name}: ${texts.length} failed ${runs} of ${subject}: ${texts.at(-1)}`];
  });
  const percent = Math.round(results.otherWork * 100);
  const busy =
    results.otherWork > QUIET ? [`${one.name}: other work used ${percent} % of the machine: not for quoting`] : [];
  return [...failed, ...busy];
}
