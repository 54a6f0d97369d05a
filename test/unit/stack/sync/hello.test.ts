import assert from 'node:assert/strict';
import fc from 'fast-check';
import { freshOneWins, readHello, refusalOf } from '../../../../stack/sync/hello.ts';
import type { Hello } from '../../../../stack/sync/hello.ts';

const hello = (change: Partial<Hello> = {}): Hello => ({
  versions: [1],
  stack: 'edge',
  instance: 'b',
  replica: 'b~0000000b',
  boot: '0123456789abcdef',
  ...change,
});
const own = hello({ instance: 'a', replica: 'a~0000000a' });

describe('the greeting of two stores', () => {
  it('is read with more in it than this version knows', () => {
    assert.deepEqual(readHello(JSON.stringify({ ...hello(), later: true })), hello());
  });

  it('is refused where something is missing or of another form', () => {
    for (const wrong of [
      { versions: '1' },
      { versions: [1.5] },
      { stack: '' },
      { instance: '../b' },
      { instance: 7 },
      { replica: 'b' },
      { boot: 'x' },
    ]) {
      assert.equal(readHello(JSON.stringify({ ...hello(), ...wrong })), null, JSON.stringify(wrong));
    }
    for (const text of ['', 'null', '[]', '{', '"hello"']) assert.equal(readHello(text), null, text);
  });

  const refusals = [
    [{}, null],
    [{ versions: [1, 2] }, null],
    [{ versions: [2, 3] }, 'version'],
    [{ stack: 'other' }, 'otherStack'],
    [{ instance: 'c' }, 'unknownSender'],
    [{ replica: own.replica }, 'sameStore'],
  ] as const;
  for (const [change, expected] of refusals) {
    it(`is answered with ${expected ?? 'a welcome'} for ${JSON.stringify(change)}`, () => {
      assert.equal(refusalOf(hello(change), own, 'b'), expected);
    });
  }
});

describe('two connections between the same two', () => {
  it('end as one, and both ends keep the same', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), (aFirst, bFirst) => {
        // One dialled by each; at either end they come about in either order.
        const ofA = { by: 'a' };
        const ofB = { by: 'b' };
        const kept = (self: string, peer: string, first: typeof ofA, second: typeof ofA): string => {
          const seen = ({ by }: typeof ofA) => ({ boot: '1', dialled: by === self });
          return freshOneWins(seen(first), seen(second), self, peer) ? second.by : first.by;
        };
        const atA = aFirst ? kept('a', 'b', ofA, ofB) : kept('a', 'b', ofB, ofA);
        const atB = bFirst ? kept('b', 'a', ofA, ofB) : kept('b', 'a', ofB, ofA);
        assert.equal(atA, 'a');
        assert.equal(atB, 'a');
      }),
    );
  });

  it('go on with the new one after the other end was started again', () => {
    for (const [before, fresh] of [
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      assert.ok(freshOneWins({ boot: '1', dialled: before }, { boot: '2', dialled: fresh }, 'a', 'b'));
      assert.ok(freshOneWins({ boot: '1', dialled: before }, { boot: '2', dialled: fresh }, 'b', 'a'));
    }
  });

  it('go on with the new one where the same end dials again', () => {
    assert.ok(freshOneWins({ boot: '1', dialled: false }, { boot: '1', dialled: false }, 'b', 'a'));
  });
});
