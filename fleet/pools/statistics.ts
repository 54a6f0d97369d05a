/**
 * What a pool remembers of one mirror: fifteen periods of counters, as the reference's dashboards have them, and errors in a row. Times are monotonic ms,
 * given from outside; nothing here reads a clock. Typed arrays, because a selection reads all of it.
 */

/** In the reference's order: what stands before `warnings` is critical. The names are those of the status. */
export const COUNTERS = [
  'query_timeouts',
  'connect_timeouts',
  'connect_failures',
  'network_errors',
  'wrong_query',
  'wrong_replies',
  'unexpected_closings',
  'warnings',
  'succeeded_queries',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** How one query, or ping, ended. */
export type Outcome = Counter;

export const STORED_PERIODS = 15;

const WARNINGS = COUNTERS.indexOf('warnings');
const SUCCEEDED = COUNTERS.indexOf('succeeded_queries');
const QUERY_TIME = COUNTERS.length;
const CONNECTS = QUERY_TIME + 1;
const CONNECT_TIME = QUERY_TIME + 2;
const CONNECT_MAX = QUERY_TIME + 3;
/** Sum of the critical counters: a selection reads it for every mirror. */
const CRITICAL = QUERY_TIME + 4;
const WIDTH = QUERY_TIME + 5;

export interface MirrorStatistics {
  readonly karmaMs: number;
  /** `STORED_PERIODS` rows of counters and metrics. */
  readonly rows: Float64Array;
  /** Which period each row is of; -1 = none yet. */
  readonly periods: Float64Array;
  errorsInARow: number;
  lastQueryAt: number | null;
  lastAnswerAt: number | null;
  /** Round trip of the last ping that was answered, and when it was. */
  pingMs: number | null;
  pingedAt: number | null;
}

/** What was counted over some periods. */
export interface Window {
  /** In the order of `COUNTERS`. */
  readonly counters: readonly number[];
  /** Of all queries that ended, in ms. */
  readonly queryMs: number;
  readonly connects: number;
  readonly connectAverageMs: number;
  readonly connectMaxMs: number;
}

export function createStatistics(karmaMs: number): MirrorStatistics {
  return {
    karmaMs,
    rows: new Float64Array(STORED_PERIODS * WIDTH),
    periods: new Float64Array(STORED_PERIODS).fill(-1),
    errorsInARow: 0,
    lastQueryAt: null,
    lastAnswerAt: null,
    pingMs: null,
    pingedAt: null,
  };
}

/** Counts the end of a query that took `ms`. Only a full success ends a row of errors: an answer with a warning does not. */
export function countQuery(statistics: MirrorStatistics, outcome: Outcome, ms: number, now: number): void {
  statistics.rows[countEnd(statistics, outcome, now) + QUERY_TIME]! += ms;
  noteEnd(statistics, outcome, now);
}

/** Counts the end of a ping: a success or an error like any other, but no time of a query. */
export function countPing(statistics: MirrorStatistics, outcome: Outcome, ms: number, now: number): void {
  countEnd(statistics, outcome, now);
  if (outcome === 'succeeded_queries') {
    statistics.pingMs = ms;
    statistics.pingedAt = now;
  }
  noteEnd(statistics, outcome, now);
}

/** Counts a connection that took `ms` to be made. */
export function countConnect(statistics: MirrorStatistics, ms: number, now: number): void {
  const at = rowOf(statistics, now);
  const { rows } = statistics;
  rows[at + CONNECTS]! += 1;
  rows[at + CONNECT_TIME]! += ms;
  rows[at + CONNECT_MAX] = Math.max(rows[at + CONNECT_MAX]!, ms);
}

/** Returns where the row begins. */
function countEnd(statistics: MirrorStatistics, outcome: Outcome, now: number): number {
  const at = rowOf(statistics, now);
  const index = COUNTERS.indexOf(outcome);
  statistics.rows[at + index]! += 1;
  if (index < WARNINGS) statistics.rows[at + CRITICAL]! += 1;
  return at;
}

function noteEnd(statistics: MirrorStatistics, outcome: Outcome, now: number): void {
  if (outcome === 'succeeded_queries') statistics.errorsInARow = 0;
  else statistics.errorsInARow += 1;
  if (ANSWERS.has(outcome)) statistics.lastAnswerAt = now;
}

const ANSWERS: ReadonlySet<Outcome> = new Set(['wrong_query', 'wrong_replies', 'warnings', 'succeeded_queries']);

/** Where the row of the current period begins; the row is cleared when an older period used it. */
function rowOf({ karmaMs, rows, periods }: MirrorStatistics, now: number): number {
  const period = Math.floor(now / karmaMs);
  const slot = period % STORED_PERIODS;
  if (periods[slot] !== period) {
    rows.fill(0, slot * WIDTH, (slot + 1) * WIDTH);
    periods[slot] = period;
  }
  return slot * WIDTH;
}

/** Whether the selection still looks at the period before the current one: while less than half of the current one is over. */
const looksBack = (karmaMs: number, now: number): boolean => now % karmaMs < karmaMs / 2;

/** Sums over the current period and, in its first half, the one before: 0.5 to 1.5 times the karma. No allocation: a selection asks often. */
export interface Recent {
  total: number;
  /** Ended badly; what only brought a warning is not among them. */
  critical: number;
  warnings: number;
  succeeded: number;
  queryMs: number;
}

/** Fills `into` and returns it. */
export function recent(statistics: MirrorStatistics, now: number, into: Recent): Recent {
  into.total = 0;
  into.critical = 0;
  into.warnings = 0;
  into.succeeded = 0;
  into.queryMs = 0;
  const { karmaMs } = statistics;
  const period = Math.floor(now / karmaMs);
  addRecent(statistics, period, into);
  if (looksBack(karmaMs, now)) addRecent(statistics, period - 1, into);
  into.total = into.critical + into.warnings + into.succeeded;
  return into;
}

function addRecent({ rows, periods }: MirrorStatistics, period: number, into: Recent): void {
  const slot = period % STORED_PERIODS;
  if (period < 0 || periods[slot] !== period) return;
  const at = slot * WIDTH;
  into.critical += rows[at + CRITICAL]!;
  into.warnings += rows[at + WARNINGS]!;
  into.succeeded += rows[at + SUCCEEDED]!;
  into.queryMs += rows[at + QUERY_TIME]!;
}

/** The last `count` periods, the current one among them: what the status shows. */
export function over(statistics: MirrorStatistics, count: number, now: number): Window {
  const { karmaMs, rows, periods } = statistics;
  const current = Math.floor(now / karmaMs);
  const counters = COUNTERS.map(() => 0);
  let queryMs = 0;
  let connects = 0;
  let connectMs = 0;
  let connectMaxMs = 0;
  for (let period = Math.max(0, current - count + 1); period <= current; period += 1) {
    const slot = period % STORED_PERIODS;
    if (periods[slot] !== period) continue;
    const at = slot * WIDTH;
    for (const index of counters.keys()) counters[index]! += rows[at + index]!;
    queryMs += rows[at + QUERY_TIME]!;
    connects += rows[at + CONNECTS]!;
    connectMs += rows[at + CONNECT_TIME]!;
    connectMaxMs = Math.max(connectMaxMs, rows[at + CONNECT_MAX]!);
  }
  return { counters, queryMs, connects, connectAverageMs: connects === 0 ? 0 : connectMs / connects, connectMaxMs };
}
