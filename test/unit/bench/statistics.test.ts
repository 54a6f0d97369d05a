import assert from 'node:assert/strict';
import { median, percentile, phase, ratio, summary } from '../../../bench/statistics.ts';

describe('bench statistics', () => {
  for (const { values, expected } of [
    { values: [], expected: null },
    { values: [7], expected: 7 },
    { values: [3, 1, 2], expected: 2 },
    { values: [4, 1, 3, 2], expected: 2.5 },
    { values: [10, 9, 100], expected: 10 },
  ]) {
    it(`takes ${String(expected)} as the median of [${values.join(', ')}]`, () => {
      assert.equal(median(values), expected);
    });
  }

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    median(values);
    percentile(values, 0.5);
    assert.deepEqual(values, [3, 1, 2]);
  });

  it('takes percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, at) => at + 1);
    assert.equal(percentile(values, 0.5), 50);
    assert.equal(percentile(values, 0.99), 99);
    assert.equal(percentile(values, 1), 100);
    assert.equal(percentile(values, 0), 1);
    assert.equal(percentile([5], 0.99), 5);
    assert.equal(percentile([], 0.5), null);
  });

  it('sums up as minimum, median and maximum', () => {
    assert.deepEqual(summary([5, 1, 9]), { count: 3, min: 1, median: 5, max: 9 });
    assert.equal(summary([]), null);
  });

  it('gives no ratio where there is nothing to divide by', () => {
    assert.equal(ratio(3, 4), 0.75);
    assert.equal(ratio(0, 4), 0);
    assert.equal(ratio(3, 0), null);
    assert.equal(ratio(null, 4), null);
    assert.equal(ratio(3, null), null);
  });

  it('spreads runs evenly over an interval', () => {
    const places = Array.from({ length: 20 }, (_, at) => phase(at)).toSorted((a, b) => a - b);
    assert.ok(places.every((place) => place >= 0 && place < 1));
    const gaps = places.slice(1).map((place, at) => place - places[at]!);
    assert.ok(Math.max(...gaps) < 0.1, 'no tenth of the interval is left out by 20 runs');
    assert.equal(phase(3), phase(3));
  });
});
