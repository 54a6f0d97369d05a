import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Instant } from '../../../core/clock.ts';
import {
  type TrafficWindow,
  addBytes,
  bitsPerSecond,
  isFull,
  newTrafficWindow,
} from '../../../monitors/traffic-window.ts';

interface Step {
  /** Since the step before, ms. */
  readonly after: number;
  readonly bytes: number;
}

const SPAN = 6400;

function run(steps: readonly Step[], span = SPAN): TrafficWindow {
  let now = 1000;
  return steps.reduce((window, { after, bytes }) => {
    now += after;
    return addBytes(window, bytes, now as Instant);
  }, newTrafficWindow(span));
}

/** All samples are kept: bytes that had come by each of them. The bytes of the first came before. */
function reference(steps: readonly Step[]) {
  const points: { at: number; total: number }[] = [];
  let at = 1000;
  let total = 0;
  for (const [n, step] of steps.entries()) {
    at += step.after;
    if (n > 0) total += step.bytes;
    points.push({ at, total });
  }
  const first = points[0]!;
  const last = points.at(-1)!;
  const by = (when: number): number => {
    if (when <= first.at) return 0;
    if (when >= last.at) return last.total;
    const n = points.findIndex((point) => point.at > when);
    const [a, b] = [points[n - 1]!, points[n]!];
    return a.total + ((b.total - a.total) * (when - a.at)) / (b.at - a.at);
  };
  return { first, last, by };
}

const steps = (shortest: number, longest: number) =>
  fc.array(fc.record({ after: fc.integer({ min: shortest, max: longest }), bytes: fc.integer({ min: 0, max: 1e9 }) }), {
    minLength: 2,
    maxLength: 300,
  });

describe('the average over a sliding window', () => {
  it('is exact where samples are at least 1/64 of the window apart', () => {
    fc.assert(
      fc.property(steps(SPAN / 64, 3 * SPAN), (list) => {
        const { first, last, by } = reference(list);
        const start = Math.max(first.at, last.at - SPAN);
        const expected = ((last.total - by(start)) * 8000) / (last.at - start);
        const found = bitsPerSecond(run(list))!;
        assert.ok(Math.abs(found - expected) <= 1 + 1e-6 * expected, `${found} for ${expected}`);
      }),
    );
  });

  it('is off by no more than what came around its beginning where samples are closer', () => {
    fc.assert(
      fc.property(steps(1, SPAN / 64), (list) => {
        const { first, last, by } = reference(list);
        const start = Math.max(first.at, last.at - SPAN);
        const expected = ((last.total - by(start)) * 8000) / (last.at - start);
        const around = by(start + SPAN / 32) - by(start - SPAN / 32);
        const found = bitsPerSecond(run(list))!;
        const slack = (around * 8000) / (last.at - start) + 1 + 1e-6 * expected;
        assert.ok(Math.abs(found - expected) <= slack, `${found} for ${expected}`);
      }),
    );
  });

  it('keeps no more than a fixed number of samples', () => {
    fc.assert(
      fc.property(steps(1, 200), (list) => {
        assert.ok(run([...list, ...list, ...list]).marks.length <= 66);
      }),
    );
    const dense = Array.from({ length: 20_000 }, () => ({ after: 1, bytes: 1 }));
    assert.ok(run(dense).marks.length <= 66);
  });

  it('is 8 bits for every byte in a second', () => {
    assert.equal(
      bitsPerSecond(
        run([
          { after: 0, bytes: 0 },
          { after: 1000, bytes: 125 },
        ]),
      ),
      1000,
    );
  });

  it('forgets what came before the window', () => {
    const quiet = Array.from({ length: 80 }, () => ({ after: 100, bytes: 0 }));
    const window = run([{ after: 0, bytes: 0 }, { after: 100, bytes: 1e6 }, ...quiet]);
    assert.equal(bitsPerSecond(window), 0);
  });

  it('says nothing before there are two samples', () => {
    assert.equal(bitsPerSecond(newTrafficWindow(SPAN)), null);
    assert.equal(bitsPerSecond(run([{ after: 5, bytes: 100 }])), null);
  });

  it('does not count what the first sample brings: it came before', () => {
    assert.equal(
      bitsPerSecond(
        run([
          { after: 5, bytes: 1e9 },
          { after: 1000, bytes: 0 },
        ]),
      ),
      0,
    );
  });

  it('is full when samples lie a whole window apart, and not a moment earlier', () => {
    assert.equal(isFull(newTrafficWindow(SPAN)), false);
    assert.equal(
      isFull(
        run([
          { after: 0, bytes: 0 },
          { after: SPAN - 1, bytes: 0 },
        ]),
      ),
      false,
    );
    assert.equal(
      isFull(
        run([
          { after: 0, bytes: 0 },
          { after: SPAN - 1, bytes: 0 },
          { after: 1, bytes: 0 },
        ]),
      ),
      true,
    );
  });

  it('bears a sample at the same time as the one before', () => {
    const window = run([
      { after: 0, bytes: 0 },
      { after: 1000, bytes: 100 },
      { after: 0, bytes: 25 },
    ]);
    assert.equal(bitsPerSecond(window), 1000);
  });
});
