import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { addressBytes } from '../../../core/address.ts';
import { type Ipv4Packet, ipv4Packet, ipv6Packet, parseIpv4 } from '../../../vrrp/ip-header.ts';
import { hex } from './edge-samples.ts';

const SOURCE = Uint8Array.of(192, 0, 2, 1);
const GROUP = Uint8Array.of(224, 0, 0, 18);
const ADVERT = hex('3133c801 00644402 c0000264');
const GOLDEN = hex(`45c00020 00000000 ff70189a c0000201 e0000012 ${ADVERT.toString('hex')}`);

function parsed(bytes: Uint8Array): Ipv4Packet {
  const result = parseIpv4(bytes);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refused(bytes: Uint8Array): string {
  const result = parseIpv4(bytes);
  assert.ok(!result.ok);
  return `${result.error.what}: ${result.error.text}`;
}

describe('an IPv4 packet', () => {
  it('is built byte for byte, with TTL 255, TOS 0xC0, protocol 112 and its header checksum', () => {
    assert.deepEqual(ipv4Packet(SOURCE, GROUP, ADVERT), GOLDEN);
  });

  it('takes other values for TTL, TOS, id and protocol', () => {
    const packet = ipv4Packet(SOURCE, GROUP, ADVERT, { ttl: 1, tos: 0, id: 0x1234, protocol: 17 });
    assert.deepEqual(packet.subarray(0, 20), hex('45000020 12340000 01110586 c0000201 e0000012'));
  });

  it('comes back as it was built', () => {
    const { source, destination, ttl, protocol, fragment, payload } = parsed(GOLDEN);
    assert.deepEqual([...source], [...SOURCE]);
    assert.deepEqual([...destination], [...GROUP]);
    assert.deepEqual({ ttl, protocol, fragment }, { ttl: 255, protocol: 112, fragment: false });
    assert.deepEqual(payload, ADVERT);
  });

  it('ends where its total length says: what follows is padding of the Ethernet frame', () => {
    assert.deepEqual(parsed(Buffer.concat([GOLDEN, Buffer.alloc(14, 0xee)])).payload, ADVERT);
  });

  it('may have options', () => {
    const withOptions = Buffer.concat([GOLDEN.subarray(0, 20), hex('01010101'), ADVERT]);
    withOptions[0] = 0x46;
    withOptions.writeUInt16BE(withOptions.length, 2);
    assert.deepEqual(parsed(withOptions).payload, ADVERT);
  });

  it('is a fragment if it has an offset or if more is to come', () => {
    for (const flags of [0x0001, 0x1fff, 0x2000]) {
      const fragment = Buffer.from(GOLDEN);
      fragment.writeUInt16BE(flags, 6);
      assert.equal(parsed(fragment).fragment, true);
    }
    const unfragmentable = Buffer.from(GOLDEN);
    unfragmentable.writeUInt16BE(0x4000, 6);
    assert.equal(parsed(unfragmentable).fragment, false);
  });

  it('is refused if it is shorter than a header', () => {
    assert.equal(refused(GOLDEN.subarray(0, 19)), 'length: 19 bytes, an IPv4 header has at least 20');
    assert.equal(refused(new Uint8Array(0)), 'length: 0 bytes, an IPv4 header has at least 20');
  });

  it('is refused if its version is not 4', () => {
    const other = Buffer.from(GOLDEN);
    other[0] = 0x65;
    assert.equal(refused(other), 'version: IP version 6, 4 expected');
  });

  it('is refused if its header length is below 20', () => {
    const other = Buffer.from(GOLDEN);
    other[0] = 0x44;
    assert.equal(refused(other), 'length: header of 16 bytes, at least 20 expected');
  });

  it('is refused if its header is longer than the packet', () => {
    const other = Buffer.from(GOLDEN);
    other[0] = 0x4f;
    assert.equal(refused(other), 'length: total length 32, the header alone has 60');
  });

  it('is refused if its total length goes beyond what came', () => {
    assert.equal(refused(GOLDEN.subarray(0, 31)), 'length: total length 32, 31 bytes came');
  });

  it('never throws, whatever the bytes, and its payload lies within them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, plausible) => {
        if (plausible && bytes.length > 0) bytes[0] = 0x40 | (bytes[0]! & 0xf);
        const result = parseIpv4(bytes);
        if (result.ok) assert.ok(result.value.payload.length <= bytes.length - 20);
      }),
      { numRuns: 2000 },
    );
  });

  it('needs addresses of four bytes', () => {
    assert.throws(() => ipv4Packet(new Uint8Array(16), GROUP, ADVERT), RangeError);
  });
});

describe('an IPv6 packet', () => {
  it('is built byte for byte, with hop limit 255, traffic class 0xC0 and next header 112', () => {
    const packet = ipv6Packet(addressBytes('fe80::1')!, addressBytes('ff02::12')!, hex('3133c801 0064db5a'));
    const golden = hex(
      '6c000000 0008 70 ff fe800000000000000000000000000001 ff020000000000000000000000000012 3133c801 0064db5a',
    );
    assert.deepEqual(packet, golden);
  });

  it('needs addresses of sixteen bytes', () => {
    assert.throws(() => ipv6Packet(SOURCE, GROUP, ADVERT), RangeError);
  });
});
