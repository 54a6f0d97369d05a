import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createEnd, deliver, helloOf, settle } from './session-rig.ts';
import type { End } from './session-rig.ts';

const of = (end: End): readonly number[] => [...end.numbers].toSorted((a, b) => a - b);

describe('two stores that meet', () => {
  let a: End;
  let b: End;
  beforeEach(() => {
    a = createEnd('a', 'b');
    b = createEnd('b', 'a');
  });
  const meet = (): void => {
    a.put({ kind: 'opened' });
    b.put({ kind: 'opened' });
    settle(a, b);
  };

  it('have the same afterwards, and both know it', () => {
    for (const number of [1, 2]) a.write(number);
    for (const number of [2, 3]) b.write(number);
    meet();
    assert.deepEqual(of(a), [1, 2, 3]);
    assert.deepEqual(of(b), [1, 2, 3]);
    for (const end of [a, b]) {
      assert.equal(end.state.synced, true);
      assert.equal(end.state.acked, end.state.sent);
    }
  });

  it('send every change as it comes from then on', () => {
    meet();
    a.write(7);
    assert.equal(a.state.acked, a.state.sent - 1);
    settle(a, b);
    assert.ok(b.numbers.has(7));
    assert.equal(a.state.acked, a.state.sent);
    assert.ok(!a.did.includes('not synced'));
  });

  it('lose nothing that is written while they meet, in whatever order things happen', () => {
    const moves = ['a works', 'b works', 'a hears', 'b hears', 'a writes', 'b writes'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 80 }), (story) => {
        a = createEnd('a', 'b');
        b = createEnd('b', 'a');
        a.write(1000);
        b.write(2000);
        a.put({ kind: 'opened' });
        b.put({ kind: 'opened' });
        let number = 0;
        for (const move of story) {
          if (move === 'a works') a.work();
          else if (move === 'b works') b.work();
          else if (move === 'a hears') deliver(b, a);
          else if (move === 'b hears') deliver(a, b);
          else (move === 'a writes' ? a : b).write((number += 1));
        }
        // Whoever says so early is wrong: what the other had at the beginning is here, then.
        if (a.state.synced) assert.ok(a.numbers.has(2000) && b.numbers.has(1000));
        settle(a, b);
        assert.deepEqual(of(a), of(b));
        assert.equal(a.numbers.size, number + 2);
        assert.ok(a.state.synced && b.state.synced);
      }),
    );
  });

  it('exchange vectors again after one has lost what it had taken in', () => {
    meet();
    a.write(1);
    settle(a, b);
    (b.numbers as Set<number>).delete(1);
    b.put({ kind: 'reloaded' });
    b.work();
    assert.equal(b.state.synced, false);
    settle(a, b);
    assert.deepEqual(of(b), [1]);
    assert.equal(b.state.synced, true);
  });

  it('ask for what another change presupposes when it has not come within a second', () => {
    meet();
    (a.numbers as Set<number>).add(1);
    b.put({ kind: 'applied', seq: 1, waiting: true });
    assert.equal(b.state.synced, false);
    settle(a, b);
    assert.equal(b.numbers.has(1), false);
    b.put({ kind: 'tick' });
    settle(a, b);
    assert.ok(b.numbers.has(1));
    assert.ok(b.state.synced);
  });

  it('offer what is large and may have come to both from a third, and send it where it is wanted', () => {
    meet();
    (a.numbers as Set<number>).add(5);
    a.put({ kind: 'news' });
    settle(a, b);
    assert.ok(b.numbers.has(5));
  });

  it('keep a connection alive on which nothing happens, and give up one that is silent', () => {
    meet();
    for (let second = 0; second < 30; second += 1) {
      a.put({ kind: 'tick' });
      b.put({ kind: 'tick' });
      settle(a, b);
    }
    assert.ok(a.state.synced && b.state.synced);
    for (let second = 0; second < 15; second += 1) b.put({ kind: 'tick' });
    assert.ok(b.did.includes('drop silent: nothing heard for 15 s'));
  });

  it('wait for a large answer as long as some of it comes', () => {
    meet();
    for (let second = 0; second < 60; second += 1) {
      b.put({ kind: 'heard' });
      b.put({ kind: 'tick' });
    }
    assert.equal(b.state.phase, 'exchanging');
  });
});

describe('a store', () => {
  let b: End;
  beforeEach(() => {
    b = createEnd('b', 'a');
    b.put({ kind: 'opened' });
  });
  const hears = (frame: Parameters<End['put']>[0] & { kind: 'frame' }): string => {
    b.put(frame);
    return b.did.at(-1) ?? '';
  };

  it('gives up whoever says no hello in time, whatever else comes', () => {
    for (let second = 0; second < 5; second += 1) {
      b.put({ kind: 'heard' });
      b.put({ kind: 'tick' });
    }
    assert.match(b.did.at(-1) ?? '', /drop timeout/);
  });

  it('refuses another stack, another instance, another version and its own copy, and says why', () => {
    for (const [change, expected] of [
      [{ stack: 'other' }, /drop otherStack: it belongs to the stack other, this one to edge/],
      [{ instance: 'c' }, /drop unknownSender: it calls itself c, its address is that of a/],
      [{ versions: [9] }, /drop version: a speaks version 9/],
      [{ replica: 'b~0000000b' }, /drop sameStore/],
    ] as const) {
      b = createEnd('b', 'a');
      b.put({ kind: 'opened' });
      assert.match(hears({ kind: 'frame', frame: { kind: 'hello', hello: { ...helloOf('a'), ...change } } }), expected);
      const last = b.sent.at(-1);
      assert.ok(last?.kind === 'bye' && last.why !== '', 'the other end is told');
      b.put({ kind: 'frame', frame: { kind: 'ping' } });
      assert.equal(b.sent.at(-1), last, 'nothing after that');
    }
  });

  it('gives up whoever does not count right', () => {
    const greet = { kind: 'frame', frame: { kind: 'hello', hello: helloOf('a') } } as const;
    b.put(greet);
    assert.match(hears(greet), /drop garbage: a second hello/);
    for (const [frame, expected] of [
      [{ kind: 'update', seq: 2, answers: false, bytes: new Uint8Array([0]) }, /update 2 after 0/],
      [{ kind: 'ack', seq: 1 }, /update 1 acknowledged, sent were 0 to 0/],
    ] as const) {
      b = createEnd('b', 'a');
      b.put({ kind: 'opened' });
      b.put(greet);
      assert.match(hears({ kind: 'frame', frame }), expected);
    }
  });

  it('gives up where a change is none, and where it is told to', () => {
    b.put({ kind: 'notApplied', text: 'no update' });
    assert.match(b.did.at(-1) ?? '', /drop badUpdate: no update/);
    b = createEnd('b', 'a');
    b.put({ kind: 'opened' });
    b.put({ kind: 'close', why: 'stopping' });
    assert.deepEqual(b.sent.at(-1), { kind: 'bye', why: 'stopping' });
  });

  it('says nothing more to whoever has said farewell', () => {
    assert.match(hears({ kind: 'frame', frame: { kind: 'bye', why: 'stopping' } }), /drop bye: stopping/);
    assert.ok(!b.sent.some(({ kind }) => kind === 'bye'));
  });
});
