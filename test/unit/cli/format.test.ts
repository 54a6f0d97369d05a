import assert from 'node:assert/strict';
import {
  count,
  formatAge,
  formatAgo,
  formatBps,
  formatMs,
  formatSince,
  formatStamp,
  formatTime,
  wrap,
} from '../../../cli/format.ts';
import { table } from '../../../cli/table.ts';
import { clean, cleanText, paintFor, safeJson } from '../../../cli/terminal.ts';
import { NOW } from './fake-engine.ts';

const plain = (_style: string, text: string): string => text;

describe('texts for people', () => {
  let zone: string | undefined;
  before(() => {
    zone = process.env['TZ'];
    process.env['TZ'] = 'Europe/Berlin';
  });
  after(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  const ages: [number, string][] = [
    [-5, '0 s'],
    [999, '0 s'],
    [3000, '3 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 d'],
  ];
  for (const [ms, text] of ages) it(`says ${text} for ${ms} ms`, () => assert.equal(formatAge(ms), text));

  const measured: [number, string][] = [
    [0, '0 ms'],
    [0.14, '0.1 ms'],
    [9.96, '10 ms'],
    [100, '100 ms'],
    [1000, '1 s'],
    [3220, '3.22 s'],
    [40_950, '40.95 s'],
  ];
  for (const [ms, text] of measured) it(`writes ${ms} ms as ${text}`, () => assert.equal(formatMs(ms), text));

  const rates: [number | null, string][] = [
    [null, '-'],
    [0, '0 bps'],
    [980, '980 bps'],
    [1024, '1.02 kbps'],
    [50_000_000, '50 Mbps'],
    [412_345_678, '412.3 Mbps'],
    [1_000_000_000, '1 Gbps'],
    [100_000_000_000, '100 Gbps'],
  ];
  for (const [bps, text] of rates) it(`writes a rate of ${bps} as ${text}`, () => assert.equal(formatBps(bps), text));

  it('says how long ago something was', () => {
    assert.deepEqual([formatAgo(null), formatAgo(12), formatAgo(61_000)], ['never', '12 ms ago', '1 min ago']);
  });

  it('shows local time, with the day where it is another one', () => {
    assert.equal(formatTime('2026-11-21T01:00:00.000Z', NOW), '02:00:00');
    assert.equal(formatTime('2026-11-20T22:00:00.000Z', NOW), '2026-11-20 23:00:00');
    assert.equal(formatTime('2026-11-20T23:30:00.000Z', NOW), '00:30:00');
    assert.equal(formatStamp('2026-11-21T01:00:00.007Z'), '2026-11-21 02:00:00.007');
    assert.equal(formatSince('2026-11-21T01:00:00.000Z', NOW), '02:00:00 (4 min)');
    assert.equal(formatSince('never', NOW), 'never');
  });

  it('counts in words', () => {
    assert.deepEqual(
      [0, 1, 2].map((n) => count(n, 'fault')),
      ['no faults', '1 fault', '2 faults'],
    );
  });

  it('wraps at blanks, and breaks what is longer than a line', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrap('abcdefgh ij', 3), ['abc', 'def', 'gh', 'ij']);
    assert.deepEqual(wrap('', 5), ['']);
    assert.deepEqual(wrap('all of it', Infinity), ['all of it']);
  });

  describe('a table', () => {
    const headings = ['NAME', 'STATE', 'WHY'];
    const rows = [
      ['wan', { text: 'active', style: 'good' }, 'no advert for wan for 3.61 s and nobody else'],
      ['longer', 'fault', 'down'],
    ] as const;

    it('stands in columns where there is room', () => {
      assert.deepEqual(table(headings, rows, Infinity, plain), [
        'NAME    STATE   WHY',
        'wan     active  no advert for wan for 3.61 s and nobody else',
        'longer  fault   down',
      ]);
    });

    it('wraps the last column', () => {
      assert.deepEqual(table(headings, rows, 45, plain), [
        'NAME    STATE   WHY',
        'wan     active  no advert for wan for 3.61 s',
        '                and nobody else',
        'longer  fault   down',
      ]);
    });

    it('puts the last column below where it had too little room', () => {
      assert.deepEqual(table(headings, rows, 30, plain), [
        'NAME    STATE',
        'wan     active',
        '  no advert for wan for 3.61 s',
        '  and nobody else',
        'longer  fault',
        '  down',
      ]);
    });

    it('becomes blocks on the narrowest of terminals', () => {
      const lines = table(headings, rows, 12, plain);
      assert.deepEqual(lines.slice(0, 4), ['name: wan', '  state: act', '    ive', '  why: no']);
    });

    it('pads by what is seen, not by escape codes', () => {
      const paint = paintFor({ tty: true, env: {} });
      const [, first] = table(headings, rows, Infinity, paint);
      assert.equal(first, 'wan     \u001b[32mactive\u001b[0m  no advert for wan for 3.61 s and nobody else');
    });
  });

  it('has colour on a terminal alone, and never with NO_COLOR', () => {
    assert.equal(paintFor({ tty: true, env: {} })('good', 'x'), '\u001b[32mx\u001b[0m');
    for (const io of [
      { tty: false, env: {} },
      { tty: true, env: { NO_COLOR: '1' } },
      { tty: true, env: { TERM: 'dumb' } },
    ]) {
      assert.equal(paintFor(io)('good', 'x'), 'x');
    }
  });

  it('strips from foreign text what could steer a terminal', () => {
    assert.equal(cleanText('a\u001b[2J\u0007b\u009b31m\u202ec\r\nd'), 'a[2Jb31mc d');
    assert.deepEqual(clean({ 'k\u0000': ['\u001b', 1, null] }), { k: ['', 1, null] });
    assert.equal(safeJson({ t: '\u001b\u009b\u202e' }), String.raw`{"t":"\u001b\u009b\u202e"}`);
  });
});
