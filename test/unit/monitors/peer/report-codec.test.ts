import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Report } from '../../../../core/report.ts';
import { readDirect, readHandover, readReport, writeReport } from '../../../../monitors/peer/report-codec.ts';
import { HANDOVER, report } from './samples.ts';

/** As it travels. */
const travelled = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
const wire = (change: Partial<Report> = {}) => travelled(writeReport(report(change))) as Record<string, unknown>;

describe('a report', () => {
  it('is the same after the way over the wire', () => {
    const full = report({
      faults: ['wan: the address interface is down'],
      bandwidthMove: { by: 'b', ageMs: 1234.5, recovered: false },
      others: { c: ['stack'], d: [] },
      groups: (['init', 'backup', 'claiming', 'active', 'resigned', 'fault'] as const).map((standing, n) => ({
        name: `g${n}`,
        standing,
        priority: n,
        source: n === 0 ? null : 'fe80::2',
        intervalMs: 10,
        eligible: n % 2 === 0,
      })),
    });
    for (const sample of [report(), full]) assert.deepEqual(readReport(travelled(writeReport(sample))), sample);
  });

  it('may have keys that this version does not know', () => {
    assert.deepEqual(readReport({ ...wire(), mood: 'good' }), report());
  });

  it('may have reasons that this version does not know', () => {
    const reason = { code: 'solarStorm', text: 'a solar storm' };
    assert.deepEqual(readReport({ ...wire(), reason })?.reason, reason);
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ['instance', 'a b'],
    ['instance', ''],
    ['instance', 7],
    ['version', null],
    ['role', 'king'],
    ['reason', 'because'],
    ['reason', { code: 'a\u0007', text: '' }],
    ['eligible', 1],
    ['faults', 'none'],
    ['faults', [1]],
    ['groups', {}],
    ['groups', [['stack', 3, 200, '192.0.2.2', 1000]]],
    ['groups', [['stack', 9, 200, '192.0.2.2', 1000, true]]],
    ['groups', [['stack', 3, 256, '192.0.2.2', 1000, true]]],
    ['groups', [['stack', 3, 1.5, '192.0.2.2', 1000, true]]],
    ['groups', [['stack', 3, 200, 'here', 1000, true]]],
    ['groups', [['stack', 3, 200, null, -1, true]]],
    ['groups', [['__proto__', 3, 200, null, 1000, true]]],
    ['groups', Array.from({ length: 1025 }, () => ['stack', 3, 200, null, 1000, true])],
    ['links', null],
    ['links', { active: -1, minimum: 0 }],
    ['flaps', { count: 0, max: 6, latched: 'no' }],
    ['bypass', { driver: 'none', state: 'open' }],
    ['bandwidthMove', { by: 'b', ageMs: Number.POSITIVE_INFINITY, recovered: true }],
    ['others', []],
    ['others', { 'a b': [] }],
    ['others', { c: ['<script>'] }],
  ];
  for (const [field, value] of wrong) {
    const shown = JSON.stringify(value).slice(0, 60);
    it(`is none with ${field} ${shown}`, () => assert.equal(readReport({ ...wire(), [field]: value }), null));
  }

  it('is none without any one of its fields', () => {
    for (const field of Object.keys(wire())) {
      const { [field]: _left, ...rest } = wire();
      assert.equal(readReport(rest), null, field);
    }
  });

  it('has no text that could steer a terminal, and none that is too long', () => {
    const read = readReport({
      ...wire(),
      reason: { code: 'x', text: `a\u001b]0;t\u0007\n\u202eb${'c'.repeat(1000)}` },
      faults: Array.from({ length: 100 }, () => `${'d'.repeat(299)}\u{1F600}`),
    });
    assert.match(read!.reason.text, /^a\]0;tbc+$/);
    assert.ok(read!.reason.text.length <= 300);
    assert.deepEqual([read!.faults.length, read!.faults[0]], [32, 'd'.repeat(299)]);
  });

  it('is read from anything without an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(wire())), (value, field) => {
        readReport(value);
        readReport({ ...wire(), [field]: value });
        readHandover(value);
        readDirect(value);
      }),
    );
  });
});

describe('direct contacts', () => {
  it('are names with ages', () => {
    assert.deepEqual(readDirect({ c: 12.5, d: 0 }), { c: 12.5, d: 0 });
    for (const wrong of [null, [], { c: -1 }, { c: '1' }, { 'a b': 1 }, { c: 1e300 }]) {
      assert.equal(readDirect(wrong), null);
    }
    assert.equal(readDirect(Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`n${n}`, 1]))), null);
  });
});

describe('a message of a handover', () => {
  it('is the same after the way over the wire', () => {
    for (const holdMs of [null, 1000]) {
      assert.deepEqual(readHandover(travelled({ ...HANDOVER, holdMs })), { ...HANDOVER, holdMs });
    }
  });

  it('is none with a field that is not as it has to be', () => {
    for (const change of [
      { kind: 'give' },
      { id: '' },
      { id: 'a\n' },
      { group: '' },
      { purpose: 'fun' },
      { holdMs: -1 },
    ]) {
      assert.equal(readHandover({ ...HANDOVER, ...change }), null, JSON.stringify(change));
    }
  });
});
