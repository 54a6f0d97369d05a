import assert from 'node:assert/strict';
import {
  COUNTERS,
  countConnect,
  countPing,
  countQuery,
  createStatistics,
  over,
} from '../../../fleet/pools/statistics.ts';
import type { Counter, MirrorStatistics } from '../../../fleet/pools/statistics.ts';

const KARMA = 1000;

const counter = (statistics: MirrorStatistics, name: Counter, periods: number, now: number): number =>
  over(statistics, periods, now).counters[COUNTERS.indexOf(name)] ?? Number.NaN;

describe('the statistics of a mirror', () => {
  it('count each end of a query in the period in which it came', () => {
    const statistics = createStatistics(KARMA);
    for (let period = 0; period < 15; period += 1) countQuery(statistics, 'wrong_replies', 1, period * KARMA);
    const now = 14 * KARMA;
    assert.deepEqual(
      [1, 5, 15].map((periods) => counter(statistics, 'wrong_replies', periods, now)),
      [1, 5, 15],
    );
  });

  it('keep fifteen periods: what is older is gone, also after a long silence', () => {
    const statistics = createStatistics(KARMA);
    countQuery(statistics, 'succeeded_queries', 1, 0);
    assert.equal(counter(statistics, 'succeeded_queries', 15, 14 * KARMA), 1);
    assert.equal(counter(statistics, 'succeeded_queries', 15, 15 * KARMA), 0);
    countQuery(statistics, 'succeeded_queries', 1, 15 * KARMA);
    assert.equal(counter(statistics, 'succeeded_queries', 15, 15 * KARMA), 1);
    assert.equal(counter(statistics, 'succeeded_queries', 15, 1_000_000 * KARMA), 0);
  });

  it('count a ping without its time among the queries’ times', () => {
    const statistics = createStatistics(KARMA);
    countPing(statistics, 'succeeded_queries', 40, 0);
    countQuery(statistics, 'succeeded_queries', 2, 0);
    const window = over(statistics, 1, 0);
    assert.equal(counter(statistics, 'succeeded_queries', 1, 0), 2);
    assert.equal(window.queryMs, 2);
    assert.equal(statistics.pingMs, 40);
  });

  it('know how long connections take', () => {
    const statistics = createStatistics(KARMA);
    for (const ms of [1, 2, 9]) countConnect(statistics, ms, 0);
    const { connects, connectAverageMs, connectMaxMs } = over(statistics, 1, 0);
    assert.deepEqual([connects, connectAverageMs, connectMaxMs], [3, 4, 9]);
  });

  it('end a row of errors at a full success alone', () => {
    const statistics = createStatistics(KARMA);
    for (const outcome of ['connect_failures', 'wrong_query', 'warnings'] as const)
      countQuery(statistics, outcome, 1, 0);
    assert.equal(statistics.errorsInARow, 3);
    countQuery(statistics, 'succeeded_queries', 1, 0);
    assert.equal(statistics.errorsInARow, 0);
  });

  it('remember when an answer came; a connection that failed brought none', () => {
    const statistics = createStatistics(KARMA);
    countQuery(statistics, 'connect_failures', 1, 5);
    assert.equal(statistics.lastAnswerAt, null);
    countQuery(statistics, 'wrong_replies', 1, 7);
    assert.equal(statistics.lastAnswerAt, 7);
  });
});
