import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Threshold, addResult, newThreshold, withLimits } from '../../../monitors/threshold.ts';

/** vrrp.md 3.4, scenario 18. */
const LIMITS = { rise: 3, fall: 2 };
const UNKNOWN = newThreshold(LIMITS);

function after(state: Threshold, results: string): Threshold {
  return results.split('').reduce((before, letter) => addResult(before, letter === 'S'), state);
}

const UP = after(UNKNOWN, 'SSS');
const DOWN = after(UNKNOWN, 'FF');

/** What it is after each result: U up, D down, ? undecided. */
function verdicts(state: Threshold, results: string): string {
  return results
    .split('')
    .map((_, n) => after(state, results.slice(0, n + 1)).up)
    .map((up) => (up === null ? '?' : up ? 'U' : 'D'))
    .join('');
}

describe('a threshold of rise 3 and fall 2', () => {
  const SEQUENCES: readonly (readonly [string, Threshold, string, string])[] = [
    ['up', UP, 'FF', 'UD'],
    ['up', UP, 'FFSFF', 'UDDDD'],
    ['up', UP, 'FSF', 'UUU'],
    ['up', UP, 'FSFF', 'UUUD'],
    ['up', UP, 'SSF', 'UUU'],
    ['up', UP, 'SFF', 'UUD'],
    ['down', DOWN, 'SSF', 'DDD'],
    ['down', DOWN, 'SSS', 'DDU'],
    ['down', DOWN, 'SSFSS', 'DDDDD'],
    ['down', DOWN, 'SSFSSS', 'DDDDDU'],
    ['down', DOWN, 'FFSFF', 'DDDDD'],
    ['down', DOWN, 'SSSF', 'DDUU'],
    ['undecided', UNKNOWN, 'FF', '?D'],
    ['undecided', UNKNOWN, 'SSS', '??U'],
    ['undecided', UNKNOWN, 'SSF', '???'],
    ['undecided', UNKNOWN, 'SSFSS', '?????'],
    ['undecided', UNKNOWN, 'SSFF', '???D'],
    ['undecided', UNKNOWN, 'FSF', '???'],
    ['undecided', UNKNOWN, 'FSSS', '???U'],
    ['undecided', UNKNOWN, 'FFSFF', '?DDDD'],
  ];
  for (const [from, state, results, expected] of SEQUENCES) {
    it(`that is ${from} makes ${expected} of ${results}`, () => assert.equal(verdicts(state, results), expected));
  }

  it('forgets every failure after one success', () => {
    assert.equal(after(UP, 'F').failing, 1);
    assert.equal(after(UP, 'FS').failing, 0);
    assert.deepEqual(after(UP, 'FS'), UP);
  });

  it('forgets every success after one failure', () => {
    assert.equal(after(DOWN, 'SS').rising, 2);
    assert.equal(after(DOWN, 'SSF').rising, 0);
    assert.deepEqual(after(DOWN, 'SSF'), DOWN);
  });

  it('counts, undecided, the run that is under way and not the one before', () => {
    const { failing, rising, up } = after(UNKNOWN, 'SSF');
    assert.deepEqual({ failing, rising, up }, { failing: 1, rising: 0, up: null });
    const again = after(UNKNOWN, 'SSFS');
    assert.deepEqual({ failing: again.failing, rising: again.rising }, { failing: 0, rising: 1 });
  });
});

describe('a threshold', () => {
  const limits = fc.record({ rise: fc.integer({ min: 1, max: 6 }), fall: fc.integer({ min: 1, max: 6 }) });

  it('turns exactly when a run of equal results is as long as its limit', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.boolean(), { maxLength: 60 }), (limit, results) => {
        let state = newThreshold(limit);
        let up: boolean | null = null;
        let run = 0;
        for (const [n, good] of results.entries()) {
          run = good === results[n - 1] ? run + 1 : 1;
          if (run >= (good ? limit.rise : limit.fall)) up = good;
          state = addResult(state, good);
          assert.equal(state.up, up);
        }
      }),
    );
  });

  it('is one integer from 0 to rise + fall - 1', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.boolean(), { maxLength: 60 }), (limit, results) => {
        let state = newThreshold(limit);
        for (const good of results) {
          state = addResult(state, good);
          assert.ok(Number.isInteger(state.result) && state.result >= 0 && state.result < limit.rise + limit.fall);
          assert.equal(state.failing === 0 || state.rising === 0, true);
        }
      }),
    );
  });

  it('keeps its verdict under other limits and begins its runs anew', () => {
    assert.equal(withLimits(after(UP, 'F'), { rise: 3, fall: 4 }).up, true);
    assert.equal(verdicts(withLimits(after(UP, 'F'), { rise: 3, fall: 4 }), 'FFFF'), 'UUUD');
    assert.equal(verdicts(withLimits(after(DOWN, 'SS'), { rise: 2, fall: 2 }), 'SS'), 'DU');
    assert.equal(withLimits(UNKNOWN, { rise: 1, fall: 1 }).up, null);
  });

  it('is left alone by limits that have not changed', () => {
    const state = after(UP, 'F');
    assert.equal(withLimits(state, { rise: 3, fall: 2 }), state);
  });
});
