/** `tandem pools status`: every counter of the reference, under its names, as key and value. Pure. */
import { mirrorId } from './mirrors.ts';
import type { Mirror } from './mirrors.ts';
import type { Selection } from './selection.ts';
import { COUNTERS, STORED_PERIODS, over } from './statistics.ts';
import type { MirrorStatistics } from './statistics.ts';

/** Windows that are shown, in periods. */
export const WINDOWS = [1, 5, 15] as const;

export type StatusRow = readonly [key: string, value: string];

export interface PoolMirrors {
  readonly mirrors: readonly Mirror[];
  readonly blackhole: readonly boolean[];
  readonly persistent: readonly boolean[];
  readonly selection: Selection;
}

/** Rows of a whole pool: mirrors as `ag_0_…`, then what the pool itself decides by. */
export function poolRows(
  { mirrors, blackhole, persistent, selection }: PoolMirrors,
  now: number,
): readonly StatusRow[] {
  return [
    ...head(selection),
    ...mirrors.flatMap((mirror, index) => mirrorRows(`ag_${index}`, mirror, selection.statistics[index]!, now)),
    ['dstindex_1_is_ha', mirrors.length > 1 ? '1' : '0'],
    ...mirrors.flatMap((mirror, index): StatusRow[] => {
      const prefix = `dstindex_1mirror${index + 1}`;
      return [
        [`${prefix}_id`, mirrorId(mirror)],
        [`${prefix}_probability_weight`, `${(selection.weights[index] ?? 0).toFixed(2)}%`],
        [`${prefix}_is_blackhole`, blackhole[index] === true ? '1' : '0'],
        [`${prefix}_is_persistent`, persistent[index] === true ? '1' : '0'],
      ];
    }),
  ];
}

/** Rows of one mirror, named by its address: `agent_…`. Null if the pool has no such mirror. */
export function mirrorRowsOf(pool: PoolMirrors, id: string, now: number): readonly StatusRow[] | null {
  const index = pool.mirrors.findIndex((mirror) => mirrorId(mirror) === id || `${mirror.host}:${mirror.port}` === id);
  const [mirror, statistics] = [pool.mirrors[index], pool.selection.statistics[index]];
  if (mirror === undefined || statistics === undefined) return null;
  return [...head(pool.selection), ...mirrorRows('agent', mirror, statistics, now)];
}

/** The row that stands for an unknown name. */
export function unknownRows(name: string): readonly StatusRow[] {
  return [['status_error', `No such pool or mirror: ${name}`]];
}

function head({ karmaMs }: Selection): readonly StatusRow[] {
  return [
    ['status_period_seconds', String(karmaMs / 1000)],
    ['status_stored_periods', String(STORED_PERIODS)],
  ];
}

function mirrorRows(prefix: string, mirror: Mirror, statistics: MirrorStatistics, now: number): readonly StatusRow[] {
  const age = (at: number | null): string => (at === null ? 'n/a' : ((now - at) / 1000).toFixed(2));
  const last = over(statistics, 1, now);
  return [
    [`${prefix}_hostname`, mirrorId(mirror)],
    [`${prefix}_lastquery`, age(statistics.lastQueryAt)],
    [`${prefix}_lastanswer`, age(statistics.lastAnswerAt)],
    [`${prefix}_lastperiodmsec`, String(Math.round(now % statistics.karmaMs))],
    [`${prefix}_pingtripmsec`, statistics.pingMs === null ? 'n/a' : statistics.pingMs.toFixed(3)],
    [`${prefix}_errorsarow`, String(statistics.errorsInARow)],
    [`${prefix}_connect_count`, String(last.connects)],
    [`${prefix}_connect_avg`, last.connectAverageMs.toFixed(3)],
    [`${prefix}_connect_max`, last.connectMaxMs.toFixed(3)],
    ...WINDOWS.flatMap((periods) => windowRows(`${prefix}_${periods}periods`, statistics, periods, now)),
  ];
}

function windowRows(prefix: string, statistics: MirrorStatistics, periods: number, now: number): readonly StatusRow[] {
  const { counters, queryMs } = over(statistics, periods, now);
  const total = counters.reduce((sum, count) => sum + count, 0);
  return [
    ...COUNTERS.map((name, index): StatusRow => [`${prefix}_${name}`, String(counters[index])]),
    [`${prefix}_msecsperquery`, total === 0 ? 'n/a' : (queryMs / total).toFixed(2)],
  ];
}

/** Rows whose key fits a pattern with `%` (any text) and `_` (one character), as SQL's LIKE, without regard to case. */
export function like(rows: readonly StatusRow[], pattern: string): readonly StatusRow[] {
  const wanted = pattern.toLowerCase();
  return rows.filter(([key]) => fits(key.toLowerCase(), wanted));
}

/** One pass with a single place to go back to: no pattern makes it slow. */
function fits(text: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  let percent = -1;
  let from = 0;
  while (at < text.length) {
    if (pattern[place] === '%') {
      percent = place++;
      from = at;
    } else if (pattern[place] === '_' || pattern[place] === text[at]) {
      place += 1;
      at += 1;
    } else if (percent >= 0) {
      place = percent + 1;
      at = ++from;
    } else return false;
  }
  while (pattern[place] === '%') place += 1;
  return place === pattern.length;
}
