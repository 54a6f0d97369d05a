import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deriveKeys } from '../../../../monitors/peer/keys.ts';
import { type Envelope, FINAL_COUNTER, type PeerMessage } from '../../../../monitors/peer/state.ts';
import { MOST_BYTES, decode, encode, keyIdsOf, peekNames } from '../../../../monitors/peer/wire.ts';
import { createHmac } from 'node:crypto';
import { HANDOVER, KEY, OTHER_KEY, REQUEST, envelope, id, report } from './samples.ts';

const MESSAGES: readonly PeerMessage[] = [
  REQUEST,
  { type: 'request', nonce: id('0'), have: null },
  { type: 'reply', nonce: id('2'), version: 9, report: null, direct: {} },
  { type: 'reply', nonce: id('2'), version: 9, report: report(), direct: { c: 12.5 } },
  { type: 'push', version: 2 ** 40, report: report(), direct: {} },
  { type: 'handover', handover: HANDOVER },
];

function encoded(message: PeerMessage, change: Partial<Envelope> = {}): Buffer {
  return encode(envelope(message, change), KEY) ?? assert.fail('too long');
}

/** Changed, and signed again: what somebody with the secret could send. */
function resigned(bytes: Buffer, alter: (bytes: Buffer) => Buffer): Buffer {
  const body = alter(Buffer.from(bytes.subarray(0, -32)));
  return Buffer.concat([body, createHmac('sha256', KEY.key).update(body).digest()]);
}

const refused = (bytes: Buffer, keys = [KEY]): string => {
  const result = decode(bytes, keys);
  return result.ok ? 'accepted' : result.error;
};

describe('the datagram of the peer checks', () => {
  for (const message of MESSAGES) {
    const what = message.type === 'reply' ? (message.report === null ? 'reply' : 'reply with a report') : message.type;
    it(`is the same after the way over the wire: ${what}`, () => {
      for (const change of [{}, { peerBoot: null }, { counter: 2 ** 52 }]) {
        const sent = envelope(message, change);
        assert.deepEqual(decode(encoded(message, change), [KEY]), { ok: true, value: sent });
      }
    });
  }

  it('is the same after the way over the wire: told', () => {
    const sent = envelope({ type: 'told' }, { counter: FINAL_COUNTER });
    assert.deepEqual(decode(encoded(sent.message, sent), [KEY]), { ok: true, value: sent });
  });

  it('has the bytes that the drawing says', () => {
    const expected =
      '54444d50 01 00 03 01 0000000000000007' +
      'b'.repeat(32) +
      'a'.repeat(32) +
      '04 01 01 65646765 62 61' +
      KEY.id +
      '1'.repeat(32) +
      '0000000000000003';
    const request = encoded(REQUEST);
    assert.equal(request.toString('hex', 0, request.length - 32), expected.replaceAll(' ', ''));
    // Computed by another program (Python's hmac).
    assert.equal(
      request.toString('hex', request.length - 32),
      '68d64c4c45574e8b1a4dcd15965470996c0bf6a1573490059207ed74690439f1',
    );
  });

  it('is refused if any byte is changed, whichever', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MESSAGES), fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, change) => {
        const bytes = encoded(message);
        bytes[at % bytes.length]! ^= change;
        assert.notEqual(refused(bytes), 'accepted');
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused if it is cut or longer, at every length', () => {
    const bytes = encoded(REQUEST);
    for (let length = 0; length < bytes.length; length++) {
      assert.notEqual(refused(bytes.subarray(0, length)), 'accepted', `${length} bytes`);
    }
    assert.notEqual(refused(Buffer.concat([bytes, Buffer.alloc(1)])), 'accepted');
  });

  it('never throws, whatever arrives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(decode(Buffer.from(bytes), [KEY]).ok, false);
      }),
    );
  });

  it('never throws over what another with the secret might send', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MESSAGES),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(40),
        (message, changes, cut) => {
          const bytes = resigned(encoded(message), (body) => {
            for (const [at, value] of changes) body[at % body.length] = value;
            return body.subarray(0, body.length - cut);
          });
          const result = decode(bytes, [KEY]);
          if (!result.ok) return;
          // What is taken can be said again.
          const again = encode(result.value, KEY);
          assert.ok(again !== null);
          assert.deepEqual(decode(again, [KEY]), result);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is refused with another secret, and taken with any of several', () => {
    assert.equal(refused(encoded(REQUEST), [OTHER_KEY]), 'otherSecret');
    assert.equal(refused(encoded(REQUEST), []), 'otherSecret');
    assert.equal(refused(encoded(REQUEST), [OTHER_KEY, KEY]), 'accepted');
  });

  it('is refused in another version of the wire', () => {
    for (const version of [0, 2, 255]) {
      assert.equal(refused(resigned(encoded(REQUEST), (body) => body.fill(version, 4, 5))), 'wireVersion');
    }
  });

  it('is refused where a field is not as it has to be, also under a good signature', () => {
    const wrong: readonly (readonly [string, (body: Buffer) => Buffer])[] = [
      ['a type that there is not', (body) => body.fill(9, 5, 6)],
      ['a counter that no number holds', (body) => body.fill(0xff, 8, 16)],
      ['the final counter', (body) => (body.writeBigUInt64BE(BigInt(FINAL_COUNTER), 8), body)],
      ['lengths beyond the end', (body) => body.fill(255, 48, 51)],
      ['more ids of keys than there can be', (body) => body.fill(200, 7, 8)],
      ['a name with a control character', (body) => body.fill(27, 51, 52)],
      ['a byte too much', (body) => Buffer.concat([body, Buffer.alloc(1)])],
      ['a byte too few', (body) => body.subarray(0, -1)],
    ];
    for (const [what, alter] of wrong) assert.equal(refused(resigned(encoded(REQUEST), alter)), 'malformed', what);
    const empty = envelope(REQUEST, { stack: '' });
    assert.equal(refused(encode(empty, KEY)!), 'malformed');
  });

  it('is refused where its JSON is none, or no report', () => {
    const push = encoded({ type: 'push', version: 1, report: report(), direct: {} });
    const reply = encoded({ type: 'reply', nonce: id('2'), version: 1, report: report(), direct: {} });
    const handover = encoded({ type: 'handover', handover: HANDOVER });
    const replace = (from: string, to: string) => (body: Buffer) =>
      Buffer.from(body.toString('latin1').replace(from, to), 'latin1');
    for (const bytes of [push, reply]) {
      assert.equal(refused(resigned(bytes, replace('{"direct"', '["direct"'))), 'malformed');
      assert.equal(refused(resigned(bytes, replace('{"direct":{}', '{"direct":[]'))), 'malformed');
      assert.equal(refused(resigned(bytes, replace('"role":"active"', '"role":"king"'))), 'malformed');
    }
    assert.equal(refused(resigned(handover, replace('"ask"', '"give"'))), 'malformed');
    const noReport = resigned(push, (body) => {
      const json = body.indexOf('{"direct"');
      return Buffer.concat([body.subarray(0, json), Buffer.from('{"direct":{},"report":null}')]);
    });
    assert.equal(refused(noReport), 'malformed', 'a push without a report');
  });

  it('is not made longer than a datagram may be', () => {
    const long = report({ faults: [' '.repeat(MOST_BYTES)] });
    assert.equal(encode(envelope({ type: 'push', version: 1, report: long, direct: {} }), KEY), null);
    assert.equal(refused(Buffer.alloc(MOST_BYTES + 1)), 'malformed');
  });

  it('has room for 500 virtual routers', () => {
    const groups = Array.from({ length: 500 }, (_, n) => ({ ...report().groups[0]!, name: `customer-${n}.example` }));
    const message = { type: 'push', version: 1, report: report({ groups }), direct: {} } as const;
    assert.deepEqual(decode(encoded(message), [KEY]), { ok: true, value: envelope(message) });
  });

  it('lists the keys that its sender has', () => {
    const bytes = encode(envelope(REQUEST), KEY, [OTHER_KEY, KEY])!;
    assert.deepEqual(keyIdsOf(bytes), [OTHER_KEY.id, KEY.id]);
    assert.equal(refused(bytes), 'accepted');
    assert.deepEqual(keyIdsOf(Buffer.alloc(3)), []);
  });

  it('tells whom it names without a key, cleaned', () => {
    assert.deepEqual(peekNames(encode(envelope(REQUEST), OTHER_KEY)!), { stack: 'edge', from: 'b' });
    assert.deepEqual(peekNames(encode(envelope(REQUEST, { from: '\u001b[2Jb\u0007' }), KEY)!), {
      stack: 'edge',
      from: '[2Jb',
    });
    assert.equal(peekNames(Buffer.alloc(200)), null);
  });
});

describe('the keys of the peer checks', () => {
  it('are derived from the secrets, each for itself, in their order', () => {
    const secret = Buffer.alloc(32, 1).toString('base64');
    const [first, second] = deriveKeys([secret, Buffer.alloc(32, 2).toString('base64')]);
    assert.deepEqual([first?.id, second?.id], [KEY.id, OTHER_KEY.id]);
    // HKDF-SHA-256 (RFC 5869) without salt, info 'tandem peer check v1', by hand.
    const prk = createHmac('sha256', Buffer.alloc(32)).update(Buffer.alloc(32, 1)).digest();
    const okm = createHmac('sha256', prk).update('tandem peer check v1\u0001').digest();
    assert.deepEqual(KEY.key.export(), okm);
  });
});
