import assert from 'node:assert/strict';
import { readMirrors } from '../../../fleet/pools/mirrors.ts';
import { createSelection } from '../../../fleet/pools/selection.ts';
import { like, mirrorRowsOf, poolRows } from '../../../fleet/pools/status.ts';
import { COUNTERS, countPing, countQuery } from '../../../fleet/pools/statistics.ts';

const mirrors = readMirrors('a|b:9312:p');
assert.ok(mirrors.ok);
const pool = {
  mirrors: mirrors.value,
  blackhole: [false, false],
  persistent: [false, true],
  selection: createSelection(2, 'nodeads', 60_000, 0),
};
countQuery(pool.selection.statistics[0]!, 'succeeded_queries', 8, 1000);
countQuery(pool.selection.statistics[0]!, 'query_timeouts', 4, 1000);
countPing(pool.selection.statistics[1]!, 'succeeded_queries', 0.25, 2000);
const rows = Object.fromEntries(poolRows(pool, 61_500));

describe('the status of a pool', () => {
  it('has every counter of the reference for 1, 5 and 15 periods of every mirror', () => {
    for (const mirror of [0, 1])
      for (const periods of [1, 5, 15])
        for (const name of COUNTERS) assert.ok(`ag_${mirror}_${periods}periods_${name}` in rows, name);
    assert.equal(rows['status_period_seconds'], '60');
    assert.equal(rows['status_stored_periods'], '15');
  });

  it('shows what was counted, and n/a where nothing was', () => {
    assert.equal(rows['ag_0_1periods_succeeded_queries'], '0');
    assert.equal(rows['ag_0_1periods_msecsperquery'], 'n/a');
    assert.equal(rows['ag_0_5periods_query_timeouts'], '1');
    assert.equal(rows['ag_0_5periods_msecsperquery'], '6.00');
    assert.equal(rows['ag_0_lastanswer'], '60.50');
    assert.equal(rows['ag_1_pingtripmsec'], '0.250');
    assert.equal(rows['ag_1_lastquery'], 'n/a');
  });

  it('shows weights and kinds of the mirrors', () => {
    assert.equal(rows['dstindex_1mirror2_id'], 'b:9312:p');
    assert.equal(rows['dstindex_1mirror2_probability_weight'], '50.00%');
    assert.equal(rows['dstindex_1mirror2_is_persistent'], '1');
  });

  it('of one mirror has the prefix agent_, and there is none of an unknown one', () => {
    const one = Object.fromEntries(mirrorRowsOf(pool, 'b:9312', 61_500) ?? []);
    assert.equal(one['agent_hostname'], 'b:9312:p');
    assert.equal(mirrorRowsOf(pool, 'c:9312', 61_500), null);
  });

  it('is filtered by % and _, and by nothing else', () => {
    const keys = (pattern: string): readonly string[] => like(Object.entries(rows), pattern).map(([key]) => key);
    assert.deepEqual(keys('ag_0_1periods_w%'), [
      'ag_0_1periods_wrong_query',
      'ag_0_1periods_wrong_replies',
      'ag_0_1periods_warnings',
    ]);
    assert.deepEqual(keys('ag___errorsarow'), ['ag_0_errorsarow', 'ag_1_errorsarow']);
    assert.deepEqual(keys('.*'), []);
    assert.deepEqual(keys('%a'.repeat(200)), []);
    assert.deepEqual(keys('%%_MAX%'), ['ag_0_connect_max', 'ag_1_connect_max']);
  });
});
