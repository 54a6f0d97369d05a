import assert from 'node:assert/strict';
import { NEVER } from '../../../core/clock.ts';
import type { Instant } from '../../../core/clock.ts';
import { addGap, hangLimit, tickPeriod, worstGap } from '../../../daemon/guardian/hang.ts';
import type { Gaps } from '../../../daemon/guardian/hang.ts';

const at = (ms: number): Instant => ms as Instant;

describe('the hang limit', () => {
  it('is 100 ms under real time and 1 s otherwise, three times the worst gap, at most 2 s (brain 6.1)', () => {
    const table: readonly (readonly [boolean, number, number])[] = [
      [true, 0, 100],
      [true, 33, 100],
      [true, 40, 120],
      [true, 500, 1500],
      [true, 900, 2000],
      [false, 0, 1000],
      [false, 333, 1000],
      [false, 400, 1200],
      [false, 5000, 2000],
    ];
    for (const [realtime, worst, limit] of table)
      assert.equal(hangLimit(realtime, worst), limit, `${realtime} ${worst}`);
  });

  it('is not reached by three ordinary gaps', () => {
    for (const realtime of [true, false]) {
      assert.ok(3 * tickPeriod(realtime) < hangLimit(realtime, tickPeriod(realtime)));
    }
  });

  it('remembers the worst gap for a minute', () => {
    let gaps: Gaps = [];
    assert.equal(worstGap(gaps, at(0)), 0);
    gaps = addGap(gaps, at(1000), 80);
    gaps = addGap(gaps, at(1100), 30);
    assert.equal(worstGap(gaps, at(1200)), 80);
    for (let t = 2000; t <= 60_000; t += 1000) gaps = addGap(gaps, at(t), 25);
    assert.equal(worstGap(gaps, at(60_000)), 80);
    for (let t = 61_000; t <= 90_000; t += 1000) gaps = addGap(gaps, at(t), 25);
    assert.equal(worstGap(gaps, at(90_000)), 25);
    assert.ok(gaps.length <= 8);
    assert.equal(worstGap(gaps, NEVER), 0);
  });
});
