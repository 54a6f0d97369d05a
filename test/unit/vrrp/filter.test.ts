import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { DROP_ALL, type Instruction, encodeFilter, neighbourFilter, vrrpFilter } from '../../../vrrp/filter.ts';
import { ipv4Packet, ipv6Packet } from '../../../vrrp/ip-header.ts';
import { run } from './bpf.ts';
import { hex } from './edge-samples.ts';

const EVERY = Array.from({ length: 255 }, (_, n) => n + 1);

const advert = (vrid: number): Buffer => Buffer.from([0x31, vrid, 100, 1, 0, 100, 0, 0, 192, 0, 2, 100]);
const ipv4 = (vrid: number, ttl = 255): Buffer =>
  ipv4Packet(Uint8Array.of(192, 0, 2, 1), Uint8Array.of(224, 0, 0, 18), advert(vrid), { ttl });

const passesIpv4 = (program: readonly Instruction[], packet: Buffer): boolean => run(program, packet) > 0;
const flagged = (flags: number): Buffer => {
  const packet = ipv4(51);
  packet.writeUInt16BE(flags, 6);
  return packet;
};
/** An IPv6 raw socket's filter begins at the payload; the header is behind SKF_NET_OFF. */
const passesIpv6 = (program: readonly Instruction[], vrid: number, hopLimit = 255): boolean => {
  const packet = ipv6Packet(new Uint8Array(16), new Uint8Array(16), advert(vrid), { hopLimit });
  return run(program, packet.subarray(40), packet) > 0;
};

describe('the packet filter', () => {
  it('lets exactly the given VRIDs through', () => {
    for (const vrids of [[1], [255], [51, 52, 200], [31, 32, 63, 64, 223, 224], EVERY]) {
      const program4 = vrrpFilter('ipv4', vrids);
      const program6 = vrrpFilter('ipv6', vrids);
      for (let vrid = 0; vrid < 256; vrid += 1) {
        assert.equal(passesIpv4(program4, ipv4(vrid)), vrids.includes(vrid), `IPv4 ${vrid} of ${vrids.join()}`);
        assert.equal(passesIpv6(program6, vrid), vrids.includes(vrid), `IPv6 ${vrid} of ${vrids.join()}`);
      }
    }
  });

  it('lets exactly any set of VRIDs through, in any order and with repetitions', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 300 }), (vrids) => {
        const program = vrrpFilter('ipv4', vrids);
        for (let vrid = 0; vrid < 256; vrid += 1) {
          assert.equal(passesIpv4(program, ipv4(vrid)), vrids.includes(vrid));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('drops everything without a VRID', () => {
    for (const family of ['ipv4', 'ipv6'] as const) assert.deepEqual(vrrpFilter(family, []), [...DROP_ALL]);
    assert.equal(passesIpv4(DROP_ALL, ipv4(51)), false);
  });

  it('lets IPv4 adverts with a wrong TTL through, because they are counted', () => {
    assert.equal(passesIpv4(vrrpFilter('ipv4', [51]), ipv4(51, 1)), true);
  });

  it('drops IPv6 adverts whose hop limit is not 255', () => {
    const program = vrrpFilter('ipv6', [51]);
    for (const hopLimit of [0, 1, 64, 254]) assert.equal(passesIpv6(program, 51, hopLimit), false);
  });

  it('finds the VRID behind IPv4 options', () => {
    const packet = Buffer.concat([ipv4(99).subarray(0, 20), Buffer.alloc(40, 51), advert(52)]);
    packet[0] = 0x4f;
    assert.equal(passesIpv4(vrrpFilter('ipv4', [52]), packet), true);
    assert.equal(passesIpv4(vrrpFilter('ipv4', [51, 99]), packet), false);
  });

  it('drops later fragments, but neither the first nor what must not be fragmented', () => {
    const program = vrrpFilter('ipv4', [51]);
    assert.equal(passesIpv4(program, flagged(0x0001)), false);
    assert.equal(passesIpv4(program, flagged(0x3000)), false);
    assert.equal(passesIpv4(program, flagged(0x2000)), true);
    assert.equal(passesIpv4(program, flagged(0x4000)), true);
  });

  it('drops packets that end before the VRID', () => {
    const program4 = vrrpFilter('ipv4', [51]);
    for (let length = 0; length < 22; length += 1) {
      assert.equal(passesIpv4(program4, ipv4(51).subarray(0, length)), false);
    }
    const packet = ipv6Packet(new Uint8Array(16), new Uint8Array(16), advert(51));
    assert.equal(run(vrrpFilter('ipv6', [51]), packet.subarray(40, 41), packet.subarray(0, 41)), 0);
  });

  it('stays small with 255 VRIDs', () => {
    assert.ok(vrrpFilter('ipv4', EVERY).length <= 42);
  });

  it('refuses what is no VRID', () => {
    for (const vrid of [0, 256, -1, 1.5]) assert.throws(() => vrrpFilter('ipv4', [vrid]), RangeError);
  });

  it('is eight bytes an instruction', () => {
    const little = encodeFilter(vrrpFilter('ipv6', [51])).subarray(0, 16);
    assert.deepEqual(little, hex('3000 00 00 0700f0ff  1500 01 00 ff000000'));
  });
});

const frame = (type: number, nextHeader = 58): Buffer => {
  const message = Buffer.alloc(24);
  message[0] = type;
  const packet = ipv6Packet(new Uint8Array(16), new Uint8Array(16), message, { nextHeader });
  return Buffer.concat([Buffer.alloc(14), packet]);
};

describe('the filter of a probe', () => {
  it('lets neighbour discovery through and nothing else', () => {
    const program = neighbourFilter([135, 136]);
    assert.ok(run(program, frame(135)) > 0);
    assert.ok(run(program, frame(136)) > 0);
    assert.equal(run(program, frame(134)), 0);
    assert.equal(run(program, frame(136, 17)), 0);
    assert.equal(run(program, frame(136).subarray(0, 54)), 0);
  });
});
