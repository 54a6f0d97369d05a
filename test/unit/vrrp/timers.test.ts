import assert from 'node:assert/strict';
import { LINGER_MS, letGoTime, lingerTime, masterDown, skewTime } from '../../../vrrp/timers.ts';

/** Milliseconds to a tenth, as the tables are written. */
const tenth = (ms: number): number => Math.round(ms * 10) / 10;

describe('Skew_Time', () => {
  const table: readonly (readonly [version: 2 | 3, priority: number, intervalMs: number, skewMs: number])[] = [
    [3, 100, 1000, 609.4],
    [3, 200, 1000, 218.8],
    [3, 254, 1000, 7.8],
    [3, 255, 1000, 3.9],
    [3, 1, 1000, 996.1],
    [3, 100, 10, 6.1],
    [3, 100, 40_950, 24_953.9],
    // Version 2: a fraction of a second, whatever the interval is.
    [2, 100, 1000, 609.4],
    [2, 100, 5000, 609.4],
    [2, 255, 255_000, 3.9],
  ];
  for (const [version, priority, intervalMs, skewMs] of table) {
    it(`in version ${version} at priority ${priority} and ${intervalMs} ms is ${skewMs} ms`, () => {
      assert.equal(tenth(skewTime(version, priority, intervalMs)), skewMs);
    });
  }
});

describe('Master_Down', () => {
  const table: readonly (readonly [version: 2 | 3, priority: number, intervalMs: number, downMs: number])[] = [
    [3, 100, 1000, 3609.4],
    [3, 200, 1000, 3218.8],
    [3, 254, 1000, 3007.8],
    [3, 100, 100, 360.9],
    [3, 200, 100, 321.9],
    [3, 254, 100, 300.8],
    [3, 100, 10, 36.1],
    [3, 200, 10, 32.2],
    [3, 254, 10, 30.1],
    [2, 100, 1000, 3609.4],
    [2, 100, 2000, 6609.4],
  ];
  for (const [version, priority, intervalMs, downMs] of table) {
    it(`in version ${version} at priority ${priority} and ${intervalMs} ms is ${downMs} ms`, () => {
      assert.equal(tenth(masterDown(version, priority, intervalMs)), downMs);
    });
  }
});

describe('the time for which addresses are kept after resigning', () => {
  it('is one interval and the largest skew there is', () => {
    assert.equal(tenth(letGoTime(3, 1000)), 1996.1);
    assert.equal(tenth(letGoTime(3, 10)), 20);
    assert.equal(tenth(letGoTime(2, 1000)), 1996.1);
    assert.equal(tenth(letGoTime(2, 5000)), 5996.1);
  });

  it('is longer than the Skew_Time of any priority, so that a standby is heard before', () => {
    for (let priority = 1; priority <= 255; priority++) {
      assert.ok(skewTime(3, priority, 100) < letGoTime(3, 100));
    }
  });
});

describe('the moment for which addresses stay after another was heard', () => {
  it('is five milliseconds for one address, and longer for each that the other has to take before the last', () => {
    assert.equal(lingerTime(1), LINGER_MS);
    assert.equal(lingerTime(0), LINGER_MS);
    assert.ok(lingerTime(255) - lingerTime(254) >= 0.1, 'adding and announcing one takes up to 0.2 ms');
    assert.ok(lingerTime(255) > 30, 'what 255 were seen to take');
  });
});
