import assert from 'node:assert/strict';
import { duePings } from '../../../fleet/pools/pings.ts';
import { nextTry, retriesOf } from '../../../fleet/pools/retries.ts';
import { countPing, createStatistics } from '../../../fleet/pools/statistics.ts';

describe('retries of a query', () => {
  const RULES = { retryCount: 5, mirrorRetryCount: null, mirrors: 10, blackhole: false };

  it('are the count for every mirror: ten mirrors with five make fifty', () => {
    assert.equal(retriesOf(RULES), 50);
    assert.equal(retriesOf({ ...RULES, mirrorRetryCount: 3 }), 3);
    assert.equal(retriesOf({ ...RULES, blackhole: true }), 0);
  });

  for (const [outcome, kind] of [
    ['connect_failures', 'again'],
    ['connect_timeouts', 'again'],
    ['network_errors', 'again'],
    ['unexpected_closings', 'again'],
    ['wrong_replies', 'again'],
    ['query_timeouts', 'done'],
    ['wrong_query', 'done'],
    ['warnings', 'done'],
    ['succeeded_queries', 'done'],
  ] as const) {
    it(`after ${outcome}: ${kind}`, () => assert.equal(nextTry(outcome, 1, 2, 500).kind, kind));
  }

  it('wait as configured between tries, and end with a sentence', () => {
    assert.deepEqual(nextTry('network_errors', 2, 2, 500), { kind: 'again', afterMs: 500 });
    assert.deepEqual(nextTry('network_errors', 3, 2, 500), {
      kind: 'exhausted',
      text: 'retries limit exceeded after 3 tries',
    });
    assert.equal(nextTry('network_errors', 1, 0, 500).kind, 'exhausted');
  });
});

describe('pings', () => {
  const mirrors = [createStatistics(60_000), createStatistics(60_000), createStatistics(60_000)];

  it('go to mirrors that have been silent for an interval, and to no blackhole', () => {
    countPing(mirrors[0]!, 'succeeded_queries', 1, 1500);
    assert.deepEqual(duePings(mirrors, [null, null, null], [false, false, true], { intervalMs: 1000 }, 2000), [1]);
    assert.deepEqual(duePings(mirrors, [null, 1900, null], [false, false, true], { intervalMs: 1000 }, 2501), [0]);
  });

  it('are never sent with an interval of 0', () => {
    assert.deepEqual(duePings(mirrors, [null, null, null], [false, false, false], { intervalMs: 0 }, 1e9), []);
  });
});
