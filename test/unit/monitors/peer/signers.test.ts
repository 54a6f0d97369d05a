import assert from 'node:assert/strict';
import { createBudget } from '../../../../monitors/peer/budget.ts';
import { refusalOf } from '../../../../monitors/peer/admission.ts';
import { type CheckKey, deriveKeys } from '../../../../monitors/peer/keys.ts';
import { createSigners } from '../../../../monitors/peer/signers.ts';
import type { Instant } from '../../../../core/clock.ts';
import { REQUEST, envelope, id } from './samples.ts';

const [NEW, OLD, OLDER] = deriveKeys([3, 2, 1].map((byte) => Buffer.alloc(32, byte).toString('base64'))) as readonly [
  CheckKey,
  CheckKey,
  CheckKey,
];
const B = id('b');

describe('the key that signs', () => {
  it('is the first one, to whom nothing is known of', () => {
    const signers = createSigners(() => [NEW, OLD]);
    assert.equal(signers.keyFor('b', null), NEW);
    assert.equal(signers.keyFor('b', B), NEW);
    assert.equal(createSigners(() => []).keyFor('b', null), null);
  });

  it('is one that the other has, until it has the first one too', () => {
    const signers = createSigners(() => [NEW, OLD]);
    signers.heard('b', B, 1, [OLD.id, OLDER.id]);
    assert.deepEqual([signers.keyFor('b', B), signers.keyFor('b', null)], [OLD, OLD]);
    assert.equal(signers.keyFor('c', B), NEW, 'each peer for itself');
    signers.heard('b', B, 2, [NEW.id, OLD.id]);
    assert.equal(signers.keyFor('b', B), NEW);
  });

  it('is not changed by an old datagram that is sent again', () => {
    const signers = createSigners(() => [NEW, OLD]);
    signers.heard('b', B, 2, [NEW.id, OLD.id]);
    signers.heard('b', B, 1, [OLD.id]);
    signers.heard('b', id('c'), 9, [OLD.id]);
    assert.equal(signers.keyFor('b', B), NEW);
  });

  it('is the first one, where the other has none of ours', () => {
    const signers = createSigners(() => [NEW]);
    signers.heard('b', B, 1, [OLD.id]);
    assert.equal(signers.keyFor('b', B), NEW);
  });

  it('forgets boots of long ago', () => {
    const signers = createSigners(() => [NEW, OLD]);
    signers.heard('b', B, 1, [OLD.id]);
    for (const digit of ['1', '2', '3', '4']) signers.heard('b', id(digit), 1, [NEW.id]);
    assert.equal(signers.keyFor('b', B), NEW);
  });
});

describe('an authentic datagram', () => {
  const self = { stack: 'edge', instance: 'a' };

  it('passes from a peer of the stack to us', () => {
    assert.equal(refusalOf(envelope(REQUEST), self, 'b'), null);
  });

  it('is refused from another stack, from somebody else, and for somebody else, with the name that it gives', () => {
    assert.deepEqual(refusalOf(envelope(REQUEST, { stack: 'core' }), self, 'b'), {
      reason: 'otherStack',
      detail: "it is 'b' of stack 'core'",
    });
    assert.equal(refusalOf(envelope(REQUEST, { from: 'c' }), self, 'b')?.reason, 'unknownSender');
    assert.equal(refusalOf(envelope(REQUEST, { to: 'c' }), self, 'b')?.reason, 'notForUs');
    // Our own, sent back to us.
    assert.notEqual(refusalOf(envelope(REQUEST, { from: 'a', to: 'b' }), self, 'b'), null);
  });
});

describe('a budget', () => {
  it('lets so many pass in a second, and counts the rest', () => {
    const budget = createBudget(3);
    const take = (ms: number): boolean => budget.take(ms as Instant);
    assert.deepEqual([take(0), take(1), take(2), take(3), take(999)], [true, true, true, false, false]);
    assert.deepEqual([take(1000), budget.dropped], [true, 2]);
  });
});
