import assert from 'node:assert/strict';
import type { Instant } from '../../../../core/clock.ts';
import { createAdmission, plainAddress } from '../../../../stack/sync/admission.ts';
import { nextAttempt } from '../../../../stack/sync/attempts.ts';
import { identityText, readIdentity } from '../../../../stack/sync/keys.ts';
import { createRefusals } from '../../../../stack/sync/refusals.ts';
import { deriveSyncKeys } from '../../../../daemon/guardian/sync-keys.ts';

describe('the keys of the sync', () => {
  const secrets = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];

  it('are one of each secret, in their order, and tell nothing of it', () => {
    const keys = deriveSyncKeys(secrets);
    assert.equal(keys.length, 2);
    for (const [at, { id, key }] of keys.entries()) {
      assert.match(id, /^[0-9a-f]{8}$/);
      assert.equal(Buffer.from(key, 'base64').length, 32);
      assert.notEqual(key, secrets[at]);
    }
    assert.deepEqual(deriveSyncKeys(secrets.toReversed()), keys.toReversed());
  });

  it('are the same in every version', () => {
    // Of 32 bytes of 1: HKDF-SHA-256 without salt, with the label, and the digest of that (computed with Python's hmac).
    assert.deepEqual(deriveSyncKeys(secrets.slice(0, 1)), [
      { id: 'f5d9a997', key: 'HQdD6VF08YArtANz/GF6BtGb63a743cu094nsXIB8+c=' },
    ]);
  });

  it('are shown under a name that says stack, instance and key', () => {
    const identity = { stack: 'edge', instance: 'a.1', keyId: '0123abcd' };
    assert.equal(identityText(identity), 'edge/a.1/0123abcd');
    assert.deepEqual(readIdentity('edge/a.1/0123abcd'), identity);
    for (const wrong of ['', 'edge/a', 'edge/a/0123', 'edge/a/0123abcd/x', '/a/0123abcd', 'edge/../0123abcd']) {
      assert.equal(readIdentity(wrong), null, wrong);
    }
  });
});

describe('who may speak at the sync port', () => {
  const admission = createAdmission();
  beforeEach(() => admission.setPeers([{ name: 'b', paths: ['192.0.2.2', '2001:db8::2', 'fe80::2%eth2'] }]));

  it('is a peer, by any of its addresses in any spelling', () => {
    for (const address of ['192.0.2.2', '::ffff:192.0.2.2', '2001:DB8:0::0002', 'fe80::2%eth2', 'fe80::2']) {
      const admitted = admission.enter(address);
      assert.ok(admitted.ok && admitted.peer === 'b', address);
      admission.left(admitted.address);
    }
  });

  it('is nobody else', () => {
    for (const address of ['192.0.2.3', '::1', '', 'nonsense', '::ffff:192.0.2.3']) {
      const admitted = admission.enter(address);
      assert.ok(!admitted.ok && admitted.reason === 'stranger', address);
    }
  });

  it('is a peer only a few times at once', () => {
    const all = Array.from({ length: 10 }, () => admission.enter('192.0.2.2'));
    const inside = all.filter(({ ok }) => ok);
    assert.equal(inside.length, 4);
    assert.ok(admission.enter('2001:db8::2').ok, 'another path is not closed by it');
    admission.left('192.0.2.2');
    assert.ok(admission.enter('192.0.2.2').ok);
    assert.ok(!admission.enter('192.0.2.2').ok);
    for (let at = 0; at < 4; at += 1) admission.left('192.0.2.2');
    admission.left('2001:db8::2');
  });

  it('writes addresses in one way', () => {
    assert.equal(plainAddress('::ffff:192.0.2.9'), '192.0.2.9');
    assert.equal(plainAddress('FE80::0:1%eth0'), 'fe80::1');
  });
});

describe('dialling', () => {
  const order = (count: { paths: number; keys: number }, tries: number): readonly (readonly [number, number])[] =>
    Array.from({ length: tries }, (_, failed) => {
      const { path, key } = nextAttempt(failed, count, true, 0);
      return [path, key] as const;
    });

  it('tries every path with one key, then every path with the next, and so on', () => {
    assert.deepEqual(order({ paths: 2, keys: 2 }, 6), [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 0],
      [1, 0],
    ]);
  });

  it('waits longer after each round, up to a limit, and not between the paths of one', () => {
    const waits = Array.from({ length: 40 }, (_, failed) => nextAttempt(failed, { paths: 2, keys: 1 }, true, 0).waitMs);
    assert.deepEqual(waits.slice(0, 7), [0, 0, 500, 0, 1000, 0, 2000]);
    assert.equal(Math.max(...waits), 10_000);
    const spread = nextAttempt(2, { paths: 2, keys: 1 }, true, 0.999).waitMs;
    assert.ok(spread > 500 && spread < 700);
  });

  it('begins at once at one end only', () => {
    assert.equal(nextAttempt(0, { paths: 1, keys: 1 }, true, 0.5).waitMs, 0);
    assert.ok(nextAttempt(0, { paths: 1, keys: 1 }, false, 0.5).waitMs > 1000);
  });
});

describe('what was refused at the sync port', () => {
  const at = (minutes: number): Instant => (minutes * 60_000) as Instant;

  it('is told once, then counted, and told again when ten minutes have passed', () => {
    const refusals = createRefusals();
    const first = refusals.refused('stranger', '192.0.2.9', 'x', at(0));
    assert.deepEqual(first, { reason: 'stranger', count: 1, from: '192.0.2.9', detail: 'x' });
    for (let n = 0; n < 5000; n += 1) assert.equal(refusals.refused('stranger', '192.0.2.10', 'y', at(1)), null);
    assert.deepEqual(refusals.due(at(9)), []);
    assert.deepEqual(refusals.due(at(10)), [{ reason: 'stranger', count: 5000, from: '192.0.2.10', detail: 'y' }]);
    assert.deepEqual(refusals.due(at(30)), []);
    assert.equal(refusals.refused('stranger', '192.0.2.9', 'z', at(40))?.count, 1);
    assert.deepEqual(refusals.counters(), { stranger: 5002 });
  });

  it('is told of each reason by itself', () => {
    const refusals = createRefusals();
    assert.ok(refusals.refused('stranger', '192.0.2.9', '', at(0)) !== null);
    assert.ok(refusals.refused('wrongKey', '192.0.2.2', '', at(0)) !== null);
    assert.deepEqual(refusals.counters(), { stranger: 1, wrongKey: 1 });
  });
});
