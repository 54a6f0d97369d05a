import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, formatRate, parseDuration, parseRate } from '../../../core/units.ts';

describe('durations and rates', () => {
  it('read a number with its unit', () => {
    const table: readonly (readonly [string, number])[] = [
      ['10ms', 10],
      ['2s', 2000],
      ['15m', 900_000],
      ['12h', 43_200_000],
      ['0s', 0],
      ['0.5s', 500],
      ['40.95s', 40_950],
      ['0.01s', 10],
      ['1.5ms', 1.5],
    ];
    for (const [text, ms] of table) assert.equal(parseDuration(text), ms, text);
  });

  it('refuse everything else', () => {
    for (const text of [
      '',
      '10',
      'ms',
      '10 ms',
      '-1s',
      '+1s',
      '1S',
      '1e3ms',
      '.5s',
      '1.s',
      '1d',
      '1s ',
      '١s',
      '9999999999s',
      'NaNs',
    ]) {
      assert.equal(parseDuration(text), null, text);
    }
  });

  it('print the shortest text', () => {
    const table: readonly (readonly [number, string])[] = [
      [0, '0s'],
      [0.5, '0.5ms'],
      [10, '10ms'],
      [100, '100ms'],
      [1000, '1s'],
      [90_000, '90s'],
      [40_950, '40.95s'],
      [900_000, '15m'],
      [43_200_000, '12h'],
    ];
    for (const [ms, text] of table) assert.equal(formatDuration(ms), text);
  });

  it('read back the duration that was printed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (us) =>
        assert.equal(parseDuration(formatDuration(us / 1000)), us / 1000),
      ),
    );
  });

  it('read and print rates in bits per second', () => {
    const table: readonly (readonly [string, number, string])[] = [
      ['300bps', 300, '300bps'],
      ['64kbps', 64_000, '64kbps'],
      ['50Mbps', 50_000_000, '50Mbps'],
      ['1Gbps', 1_000_000_000, '1Gbps'],
      ['0.5Gbps', 500_000_000, '500Mbps'],
      ['1024bps', 1024, '1.024kbps'],
    ];
    for (const [text, bps, printed] of table) {
      assert.equal(parseRate(text), bps);
      assert.equal(formatRate(bps), printed);
    }
    for (const text of ['50', '50 Mbps', '50MBps', '50mbps', '-1bps', '1kB']) assert.equal(parseRate(text), null, text);
  });

  it('read back the rate that was printed', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1e14 }), (bps) => assert.equal(parseRate(formatRate(bps)), bps)));
  });
});
