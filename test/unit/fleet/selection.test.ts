import assert from 'node:assert/strict';
import { createSelection, pick } from '../../../fleet/pools/selection.ts';
import type { Selection, Strategy } from '../../../fleet/pools/selection.ts';
import { countPing, countQuery } from '../../../fleet/pools/statistics.ts';
import type { Outcome } from '../../../fleet/pools/statistics.ts';

const KARMA = 60_000;

function pool(strategy: Strategy, mirrors = 4): Selection {
  return createSelection(mirrors, strategy, KARMA, 0);
}

function queries(selection: Selection, mirror: number, outcome: Outcome, count: number, ms = 1, now = 1000): void {
  for (let n = 0; n < count; n += 1) countQuery(selection.statistics[mirror]!, outcome, ms, now);
}

/** Even steps through [0, 1): the shares come out exactly. */
function shares(selection: Selection, now: number, steps = 1000): readonly number[] {
  const counts = selection.statistics.map(() => 0);
  for (let n = 0; n < steps; n += 1) counts[pick(selection, now, () => n / steps)]! += 1;
  return counts.map((count) => (count / steps) * 100);
}

const round = (values: Iterable<number>): readonly number[] => [...values].map((value) => Math.round(value));

describe('the selection of a mirror', () => {
  it('has no choice with one mirror, dead or not', () => {
    const one = pool('nodeads', 1);
    queries(one, 0, 'connect_failures', 9);
    assert.equal(
      pick(one, 1000, () => 0.99),
      0,
    );
  });

  it('random: all alike, whatever their health', () => {
    const selection = pool('random');
    queries(selection, 2, 'connect_failures', 50);
    assert.deepEqual(shares(selection, 1000), [25, 25, 25, 25]);
  });

  it('roundrobin: one after the other, whatever their health', () => {
    const selection = pool('roundrobin', 3);
    queries(selection, 1, 'connect_failures', 50);
    assert.deepEqual(
      Array.from({ length: 7 }, () => pick(selection, 1000, () => 0)),
      [0, 1, 2, 0, 1, 2, 0],
    );
  });

  describe('nodeads', () => {
    for (const [errors, expected] of [
      [3, [25, 25, 25, 25]],
      [4, [33.3, 33.3, 33.4, 0]],
    ] as const) {
      it(`after ${errors} errors in a row a mirror is ${errors > 3 ? 'left out' : 'still asked'}`, () => {
        const selection = pool('nodeads');
        queries(selection, 3, 'network_errors', errors);
        for (const [index, share] of shares(selection, 1000).entries())
          assert.ok(Math.abs(share - expected[index]!) < 0.15, `mirror ${index}: ${share}`);
      });
    }

    it('takes the least bad of mirrors that are all dead', () => {
      const selection = pool('nodeads', 3);
      for (const [index, errors] of [9, 5, 7].entries()) queries(selection, index, 'connect_timeouts', errors);
      assert.deepEqual(shares(selection, 1000), [0, 100, 0]);
    });

    it('asks a mirror again as soon as a ping has succeeded; an answer with a warning is no success', () => {
      const selection = pool('nodeads', 2);
      queries(selection, 1, 'network_errors', 9);
      countPing(selection.statistics[1]!, 'warnings', 1, 2000);
      assert.deepEqual(shares(selection, 2000), [100, 0]);
      countPing(selection.statistics[1]!, 'succeeded_queries', 1, 2000);
      assert.deepEqual(shares(selection, 2000), [50, 50]);
    });
  });

  describe('weights', () => {
    it('are the inverse of the latencies: 10, 5, 30 and 3 ms give 15, 30, 5 and 50 percent', () => {
      const selection = pool('nodeads');
      for (const [index, ms] of [10, 5, 30, 3].entries())
        queries(selection, index, 'succeeded_queries', 20, ms, 31_000);
      assert.deepEqual(round(shares(selection, 31_000)), [15, 30, 5, 50]);
      assert.deepEqual(round(selection.weights), [15, 30, 5, 50]);
    });

    it('are made anew only after half a karma', () => {
      const selection = pool('nodeads', 2);
      queries(selection, 0, 'succeeded_queries', 9, 1, 29_000);
      queries(selection, 1, 'succeeded_queries', 9, 4, 29_000);
      assert.deepEqual(shares(selection, 30_000), [50, 50]);
      assert.deepEqual(round(shares(selection, 30_001)), [80, 20]);
    });

    it('do not depend on the weights before', () => {
      const selection = pool('nodeads', 2);
      for (const now of [31_000, 62_000, 93_000]) {
        queries(selection, 0, 'succeeded_queries', 9, 1, now);
        queries(selection, 1, 'succeeded_queries', 9, 4, now);
        assert.deepEqual(round(shares(selection, now)), [80, 20]);
      }
    });

    it('stay as they are while nothing was measured', () => {
      const selection = pool('nodeads', 2);
      queries(selection, 0, 'succeeded_queries', 9, 1, 31_000);
      queries(selection, 1, 'succeeded_queries', 9, 4, 31_000);
      pick(selection, 31_000, () => 0);
      pick(selection, 400_000, () => 0);
      assert.deepEqual(round(selection.weights), [80, 20]);
    });

    it('are 0 for a mirror that neither answered a query nor a ping, and come from its ping when it is back', () => {
      const selection = pool('nodeads', 2);
      queries(selection, 0, 'succeeded_queries', 9, 10, 31_000);
      assert.deepEqual(shares(selection, 31_000), [100, 0]);
      countPing(selection.statistics[1]!, 'succeeded_queries', 10, 61_000);
      queries(selection, 0, 'succeeded_queries', 9, 10, 61_500);
      assert.deepEqual(round(shares(selection, 61_500)), [50, 50]);
    });
  });

  describe('noerrors', () => {
    it('forgives three percent of errors', () => {
      const selection = pool('noerrors', 2);
      queries(selection, 0, 'succeeded_queries', 97);
      queries(selection, 0, 'wrong_replies', 3);
      queries(selection, 1, 'succeeded_queries', 100);
      assert.deepEqual(shares(selection, 1000), [50, 50]);
      queries(selection, 0, 'wrong_replies', 1);
      assert.deepEqual(shares(selection, 1000), [0, 100]);
    });

    it('looks at critical errors first, at warnings only among equals', () => {
      const selection = pool('noerrors', 3);
      queries(selection, 0, 'succeeded_queries', 50);
      queries(selection, 0, 'warnings', 50);
      queries(selection, 1, 'succeeded_queries', 90);
      queries(selection, 1, 'query_timeouts', 10);
      queries(selection, 2, 'succeeded_queries', 60);
      queries(selection, 2, 'warnings', 40);
      assert.deepEqual(shares(selection, 1000), [0, 0, 100]);
    });

    it('leaves out who never succeeded, and takes anybody when nobody did', () => {
      const selection = pool('noerrors', 2);
      queries(selection, 0, 'connect_failures', 10);
      assert.deepEqual(shares(selection, 1000), [50, 50]);
      queries(selection, 1, 'succeeded_queries', 1);
      queries(selection, 1, 'connect_failures', 99);
      assert.deepEqual(shares(selection, 1000), [0, 100]);
    });

    for (const [now, seen] of [
      [60_000, true],
      [89_999, true],
      [90_000, false],
      [119_999, false],
      [120_000, false],
    ] as const) {
      it(`${seen ? 'sees' : 'does not see'} at ${now / 1000} s what happened in the first period: it looks back half a karma to one and a half`, () => {
        const selection = pool('noerrors', 2);
        queries(selection, 0, 'network_errors', 5, 1, 59_000);
        queries(selection, 0, 'succeeded_queries', 5, 1, 59_000);
        queries(selection, 1, 'succeeded_queries', 5, 1, now);
        queries(selection, 0, 'succeeded_queries', 5, 1, now);
        const [first] = shares(selection, now);
        assert.equal(first === 0, seen);
      });
    }
  });
});
