import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressBytes } from '../../../core/address.ts';
import { addWords, finish, pseudoHeader } from '../../../vrrp/checksum.ts';
import {
  AUTH_NONE,
  AUTH_PASS,
  type Advert,
  type ChecksumStyle,
  type Envelope,
  GROUP_IPV4,
  GROUP_IPV6,
  type PacketError,
  advertLength,
  decodeAdvert,
  encodeAdvert,
  passwordData,
} from '../../../vrrp/packet.ts';
import { hex } from './edge-samples.ts';

const bytes = (text: string): Uint8Array => {
  const parsed = addressBytes(text);
  assert.ok(parsed !== null, text);
  return parsed;
};

const MULTICAST: Envelope = { family: 'ipv4', source: bytes('192.0.2.1'), destination: GROUP_IPV4 };
const UNICAST: Envelope = { ...MULTICAST, destination: bytes('192.0.2.2') };
const MULTICAST6: Envelope = { family: 'ipv6', source: bytes('fe80::1'), destination: GROUP_IPV6 };

const V3: Advert = {
  version: 3,
  vrid: 51,
  priority: 200,
  intervalMs: 1000,
  addresses: [bytes('192.0.2.100')],
  authType: AUTH_NONE,
  authData: new Uint8Array(0),
};
const V2: Advert = {
  ...V3,
  version: 2,
  priority: 101,
  addresses: [bytes('192.168.100.100')],
  authData: new Uint8Array(8),
};
const V3_IPV6: Advert = { ...V3, addresses: [bytes('fe80::51'), bytes('2001:db8::51')] };

/** Plain data, so that views and buffers compare as what they hold. */
function plain(advert: Advert) {
  return { ...advert, addresses: advert.addresses.map((a) => [...a]), authData: [...advert.authData] };
}

function decoded(message: Uint8Array, envelope: Envelope) {
  const result = decodeAdvert(message, envelope);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refused(message: Uint8Array, envelope: Envelope = MULTICAST): PacketError {
  const result = decodeAdvert(message, envelope);
  assert.ok(!result.ok, 'it was accepted');
  return result.error;
}

/** Both ways: the advert makes these bytes, and these bytes make the advert. */
function roundTrip(advert: Advert, envelope: Envelope, style: ChecksumStyle, wire: Uint8Array): void {
  assert.deepEqual(encodeAdvert(advert, envelope, style), Buffer.from(wire));
  assert.deepEqual(plain(decoded(wire, envelope).advert), plain(advert));
}

/** The message with other bytes in it and a checksum that is right for them. */
function edited(message: Uint8Array, edit: (copy: Buffer) => void, envelope: Envelope = MULTICAST): Buffer {
  const copy = Buffer.from(message);
  edit(copy);
  copy.writeUInt16BE(0, 6);
  const isV2 = copy[0]! >> 4 === 2;
  const start = isV2 ? 0 : pseudoHeader(envelope.source, envelope.destination, 112, copy.length);
  copy.writeUInt16BE(finish(addWords(start, copy)), 6);
  return copy;
}

const WIRE_V2 = hex('21336501 000154bd c0a86464 00000000 00000000');
const WIRE_9568 = hex('3133c801 00644402 c0000264');
const WIRE_5798 = hex('3133c801 0064a171 c0000264');
const WIRE_IPV6 = hex('3133c802 0064db5a fe800000000000000000000000000051 20010db8000000000000000000000051');

describe('a VRRP message', () => {
  it('of version 2 without authentication is the published bytes', () => {
    roundTrip(V2, MULTICAST, 'rfc5798', WIRE_V2);
  });

  it('of version 3 over IPv4 without pseudo-header (RFC 9568) is the published bytes', () => {
    roundTrip(V3, MULTICAST, 'rfc9568', WIRE_9568);
  });

  it('of version 3 over IPv4 with the pseudo-header of multicast is the published bytes', () => {
    roundTrip(V3, MULTICAST, 'rfc5798', WIRE_5798);
  });

  it('of version 3 over IPv4 with the pseudo-header of a unicast peer is the published bytes', () => {
    roundTrip(V3, UNICAST, 'rfc5798', hex('3133c801 0064bf81 c0000264'));
  });

  it('of version 3 over IPv6 is the published bytes, in either style', () => {
    roundTrip(V3_IPV6, MULTICAST6, 'rfc5798', WIRE_IPV6);
    roundTrip(V3_IPV6, MULTICAST6, 'rfc9568', WIRE_IPV6);
  });

  it('says how its checksum was made', () => {
    assert.equal(decoded(WIRE_9568, MULTICAST).style, 'rfc9568');
    assert.equal(decoded(WIRE_5798, MULTICAST).style, 'rfc5798');
    assert.equal(decoded(WIRE_V2, MULTICAST).style, 'any');
    assert.equal(decoded(WIRE_IPV6, MULTICAST6).style, 'any');
  });

  it('of version 2 carries a password in its last eight bytes, cut or padded', () => {
    assert.deepEqual([...passwordData('secret')], [...Buffer.from('secret\0\0')]);
    assert.deepEqual([...passwordData('longer than eight')], [...Buffer.from('longer t')]);
    assert.deepEqual(
      [...passwordData(null)],
      Array.from({ length: 8 }, () => 0),
    );
    const advert: Advert = { ...V2, authType: AUTH_PASS, authData: passwordData('secret') };
    // The checksum was computed by hand: it counts the authentication data.
    roundTrip(advert, MULTICAST, 'rfc5798', hex('21336501 01011771 c0a86464 736563726574 0000'));
  });

  it('has eight bytes of authentication data in version 2 and none in version 3', () => {
    assert.equal(advertLength(2, 'ipv4', 1), 20);
    assert.equal(advertLength(3, 'ipv4', 1), 12);
    assert.equal(advertLength(3, 'ipv6', 2), 40);
  });

  it('carries an interval of twelve bits: 10 ms to 40.95 s', () => {
    for (const intervalMs of [10, 1000, 40_950]) {
      const wire = encodeAdvert({ ...V3, intervalMs }, MULTICAST, 'rfc9568');
      assert.equal(wire.readUInt16BE(4), intervalMs / 10);
      assert.equal(decoded(wire, MULTICAST).advert.intervalMs, intervalMs);
    }
  });

  it('has reserved bits above the interval, which are ignored', () => {
    const wire = edited(WIRE_5798, (copy) => copy.writeUInt8(0xf0 | copy[4]!, 4));
    assert.equal(wire.readUInt16BE(4), 0xf064);
    assert.deepEqual(plain(decoded(wire, MULTICAST).advert), plain(V3));
  });

  it('may carry 255 addresses', () => {
    const addresses = Array.from({ length: 255 }, (_, n) => Uint8Array.of(10, 0, 0, n));
    const wire = encodeAdvert({ ...V3, addresses }, MULTICAST, 'rfc9568');
    assert.equal(wire.length, 8 + 4 * 255);
    assert.equal(decoded(wire, MULTICAST).advert.addresses.length, 255);
  });

  it('cannot be made of values that do not fit their field', () => {
    const encode = (change: Partial<Advert>) => () => encodeAdvert({ ...V3, ...change }, MULTICAST, 'rfc9568');
    assert.throws(encode({ intervalMs: 0 }), RangeError);
    assert.throws(encode({ intervalMs: 40_960 }), RangeError);
    assert.throws(encode({ vrid: 256 }), RangeError);
    assert.throws(encode({ priority: -1 }), RangeError);
    assert.throws(encode({ addresses: Array.from({ length: 256 }, () => Uint8Array.of(10, 0, 0, 1)) }), RangeError);
  });
});

describe('a VRRP message is refused', () => {
  it('without a whole header', () => {
    assert.deepEqual(refused(WIRE_9568.subarray(0, 7)), { what: 'length', text: '7 bytes, at least 8 expected' });
    assert.equal(refused(new Uint8Array(0)).what, 'length');
  });

  it('with a byte less or a byte more than its count of addresses says', () => {
    for (const wire of [WIRE_9568, WIRE_5798, WIRE_V2]) {
      assert.equal(refused(wire.subarray(0, wire.length - 1)).what, 'length');
      assert.equal(refused(Buffer.concat([wire, Buffer.alloc(1)])).what, 'length');
    }
    assert.equal(refused(WIRE_IPV6.subarray(0, 39), MULTICAST6).what, 'length');
  });

  it('with a count of addresses that its length does not bear out', () => {
    const { what, text } = refused(edited(WIRE_5798, (copy) => copy.writeUInt8(255, 3)));
    assert.equal(what, 'length');
    assert.equal(text, '12 bytes, 1028 expected for 255 addresses');
    assert.equal(refused(edited(WIRE_5798, (copy) => copy.writeUInt8(0, 3))).what, 'length');
  });

  it('of version 2 without its eight bytes of authentication data', () => {
    assert.equal(refused(WIRE_V2.subarray(0, 12)).what, 'length');
  });

  for (const version of [0, 1, 4, 15]) {
    it(`of version ${version}`, () => {
      const { what, text } = refused(edited(WIRE_5798, (copy) => copy.writeUInt8((version << 4) | 1, 0)));
      assert.equal(what, 'version');
      assert.equal(text, `version ${version}, 2 or 3 expected`);
    });
  }

  it('of version 2 over IPv6, which does not exist', () => {
    const wire = Buffer.from(WIRE_IPV6);
    wire[0] = 0x21;
    assert.equal(refused(wire, MULTICAST6).what, 'version');
  });

  it('of another type than an advertisement', () => {
    for (const type of [0, 2, 15]) {
      const wire = edited(WIRE_5798, (copy) => copy.writeUInt8(0x30 | type, 0));
      assert.deepEqual(refused(wire), { what: 'type', text: `type ${type}, 1 expected` });
    }
  });

  it('with a checksum that is one off, in either direction and either style', () => {
    const cases: readonly (readonly [Uint8Array, Envelope])[] = [
      [WIRE_9568, MULTICAST],
      [WIRE_5798, MULTICAST],
      [WIRE_V2, MULTICAST],
      [WIRE_IPV6, MULTICAST6],
    ];
    for (const [wire, envelope] of cases) {
      for (const off of [-1, 1]) {
        const copy = Buffer.from(wire);
        copy.writeUInt16BE(copy.readUInt16BE(6) + off, 6);
        assert.equal(refused(copy, envelope).what, 'checksum');
      }
    }
  });

  it('with the pseudo-header of another destination, source or length', () => {
    const other = encodeAdvert(V3, UNICAST, 'rfc5798');
    assert.equal(refused(other, MULTICAST).what, 'checksum');
    assert.equal(refused(WIRE_5798, { ...MULTICAST, source: bytes('192.0.2.9') }).what, 'checksum');
  });

  it('over IPv6 with a checksum that leaves the pseudo-header out', () => {
    const wire = Buffer.from(WIRE_IPV6);
    wire.writeUInt16BE(0, 6);
    wire.writeUInt16BE(finish(addWords(0, wire)), 6);
    assert.equal(refused(wire, MULTICAST6).what, 'checksum');
  });

  it('with a checksum of zero', () => {
    const wire = Buffer.from(WIRE_5798);
    wire.writeUInt16BE(0, 6);
    assert.equal(refused(wire).what, 'checksum');
  });
});

describe('whatever arrives', () => {
  const anyEnvelope = fc.constantFrom(MULTICAST, UNICAST, MULTICAST6);

  it('is decoded or refused, and nothing throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), anyEnvelope, (message, envelope) => {
        const result = decodeAdvert(message, envelope);
        assert.ok(result.ok || result.error.text.length > 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back as it was sent, whatever it says', () => {
    const advert = fc
      .record({
        version: fc.constantFrom(2 as const, 3 as const),
        ipv6: fc.boolean(),
        vrid: fc.integer({ min: 0, max: 255 }),
        priority: fc.integer({ min: 0, max: 255 }),
        units: fc.integer({ min: 1, max: 255 }),
        addresses: fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 20 }),
        authType: fc.integer({ min: 0, max: 255 }),
        authData: fc.uint8Array({ minLength: 8, maxLength: 8 }),
        style: fc.constantFrom('rfc5798' as const, 'rfc9568' as const),
      })
      .map(({ ipv6, units, ...rest }) => {
        const overIpv6 = ipv6 && rest.version === 3;
        const made: Advert = {
          version: rest.version,
          vrid: rest.vrid,
          priority: rest.priority,
          intervalMs: rest.version === 2 ? units * 1000 : units * 160,
          addresses: rest.addresses.map((a) => (overIpv6 ? a : a.subarray(0, 4))),
          authType: rest.version === 2 ? rest.authType : AUTH_NONE,
          authData: rest.version === 2 ? rest.authData : new Uint8Array(0),
        };
        return { made, envelope: overIpv6 ? MULTICAST6 : MULTICAST, style: rest.style };
      });
    fc.assert(
      fc.property(advert, ({ made, envelope, style }) => {
        const wire = encodeAdvert(made, envelope, style);
        const back = decoded(wire, envelope);
        assert.deepEqual(plain(back.advert), plain(made));
        // And what was decoded makes the same bytes again.
        assert.deepEqual(encodeAdvert(back.advert, envelope, back.style === 'any' ? style : back.style), wire);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused if one bit of it was turned', () => {
    for (let bit = 0; bit < WIRE_5798.length * 8; bit++) {
      const wire = Buffer.from(WIRE_5798);
      wire[bit >> 3]! ^= 1 << (bit & 7);
      assert.ok(!decodeAdvert(wire, MULTICAST).ok, `bit ${bit}`);
    }
  });
});

describe('the Internet checksum', () => {
  it('of the example of RFC 1071 is its complement', () => {
    assert.equal(finish(addWords(0, hex('0001f203f4f5f6f7'))), ~0xddf2 & 0xffff);
  });

  it('counts an odd last byte as the high one', () => {
    assert.equal(addWords(0, hex('0102 03')), 0x0102 + 0x0300);
  });

  it('folds carries of carries', () => {
    assert.equal(finish(0xffff), 0);
    assert.equal(finish(0x1_ffff), ~0x0001 & 0xffff);
    assert.equal(finish(0xffff_ffff), 0);
  });
});
