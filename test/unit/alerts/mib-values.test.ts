import assert from 'node:assert/strict';
import { compareOids, isUnder, nameIndex, parseOid } from '../../../alerts/mib/oid.ts';
import { counter32, counter64, dateAndTime, gauge, integer, ticks } from '../../../alerts/mib/value.ts';
import { createView } from '../../../alerts/mib/view.ts';

describe('MIB values', () => {
  for (const [name, value, expected] of [
    ['a gauge stays at its limit', gauge(5e9), 0xffff_ffff],
    ['a gauge is never negative', gauge(-1), 0],
    ['a counter begins anew after its limit', counter32(0x1_0000_0005), 5],
    ['a counter of 64 bits holds what is beyond 32', counter64(5e9), 5_000_000_000n],
    ['ticks are hundredths', ticks(12_345), 1234],
    ['ticks begin anew after 497 days', ticks(0x1_0000_0000 * 10 + 70), 7],
    ['what is no number is 0', gauge(Number.NaN), 0],
    ['an integer is rounded', integer(12.5), 13],
    ['an integer stays within 32 bits', integer(1e12), 0x7fff_ffff],
  ] as const) {
    it(name, () => assert.equal(value.value, expected));
  }

  it('a time that is none has no value', () => {
    assert.equal(dateAndTime('yesterday'), null);
    assert.equal(dateAndTime(null), null);
  });
});

describe('object identifiers', () => {
  it('are compared number by number, the shorter first', () => {
    assert.ok(compareOids([1, 3], [1, 3, 0]) < 0);
    assert.ok(compareOids([1, 10], [1, 9]) > 0);
    assert.equal(compareOids([1, 3], [1, 3]), 0);
  });

  it('lie under a base or not', () => {
    assert.ok(isUnder([1, 3, 6], [1, 3]));
    assert.ok(!isUnder([1, 33], [1, 3]));
  });

  it('are read from text that is one', () => {
    assert.deepEqual(parseOid('1.3.6'), [1, 3, 6]);
    for (const text of ['', '.1.3', '1..3', '1.x', '1.3.']) assert.equal(parseOid(text), null);
  });

  it('hold names as their length and bytes', () => assert.deepEqual(nameIndex('wan'), [3, 119, 97, 110]));
});

describe('a view', () => {
  const column = (name: string, oid: number[], ...instances: number[][]) => ({
    name,
    oid,
    instances,
    value: (at: number) => (instances[at]![0] === 7 ? null : gauge(instances[at]![0]!)),
  });
  const view = createView([column('b', [1, 5], [2], [7], [9]), column('a', [1, 3], [1], [1, 1]), column('c', [1, 6])]);
  const next = (oid: number[], included?: boolean) => view.next(oid, included)?.oid ?? null;

  it('says what there is not', () => {
    assert.equal(view.get([1, 4, 1]), 'noSuchObject');
    assert.equal(view.get([1]), 'noSuchObject');
    assert.equal(view.get([1, 5, 3]), 'noSuchInstance');
    assert.equal(view.get([1, 5, 7]), 'noSuchInstance');
    assert.equal(view.get([1, 6, 0]), 'noSuchInstance');
  });

  it('goes on from anywhere, over columns and instances without a value', () => {
    assert.deepEqual(next([0]), [1, 3, 1]);
    assert.deepEqual(next([1, 3]), [1, 3, 1]);
    assert.deepEqual(next([1, 3, 1]), [1, 3, 1, 1]);
    assert.deepEqual(next([1, 3, 1, 1]), [1, 5, 2]);
    assert.deepEqual(next([1, 4, 9, 9]), [1, 5, 2]);
    assert.deepEqual(next([1, 5, 2]), [1, 5, 9]);
    assert.deepEqual(next([1, 5, 5]), [1, 5, 9]);
    assert.equal(next([1, 5, 9]), null);
    assert.equal(next([2]), null);
  });

  it('begins with the instance itself where that is included', () => {
    assert.deepEqual(next([1, 3, 1], true), [1, 3, 1]);
    assert.deepEqual(next([1, 3, 0], true), [1, 3, 1]);
    assert.deepEqual(next([1, 5, 9], true), [1, 5, 9]);
  });
});
