import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { arpClaim, arpProbe, gratuitousArp } from '../../../vrrp/arp.ts';
import { hex } from './edge-samples.ts';

const MAC = hex('00005e000133');
const VIP = Uint8Array.of(192, 0, 2, 100);
const REPLY = hex('020000000001 020000000002 0806 0001 0800 06 04 0002 020000000002 c0000264 020000000001 00000000');

const changed = (at: number, value: number): Buffer => {
  const frame = Buffer.from(REPLY);
  frame[at] = value;
  return frame;
};

describe('ARP', () => {
  it('announces with a broadcast request whose sender and target are the address', () => {
    const golden = hex(
      'ffffffffffff 00005e000133 0806 0001 0800 06 04 0001 00005e000133 c0000264 ffffffffffff c0000264',
    );
    assert.deepEqual(gratuitousArp(MAC, VIP), golden);
  });

  it('probes without claiming the address: sender 0.0.0.0', () => {
    const golden = hex(
      'ffffffffffff 00005e000133 0806 0001 0800 06 04 0001 00005e000133 00000000 000000000000 c0000264',
    );
    assert.deepEqual(arpProbe(MAC, VIP), golden);
  });

  it('takes the sender of a reply, of a request and of a gratuitous one as a claim', () => {
    for (const frame of [REPLY, changed(21, 1), gratuitousArp(hex('020000000002'), VIP)]) {
      const claim = arpClaim(frame);
      assert.ok(claim !== null);
      assert.deepEqual([...claim.address], [...VIP]);
      assert.deepEqual([...claim.mac], [2, 0, 0, 0, 0, 2]);
    }
  });

  it('ignores the padding of a short frame', () => {
    assert.ok(arpClaim(Buffer.concat([REPLY, Buffer.alloc(18)])) !== null);
  });

  it('sees no claim in a probe of somebody else', () => {
    assert.equal(arpClaim(arpProbe(MAC, VIP)), null);
  });

  const rejections: readonly (readonly [string, Buffer])[] = [
    ['a frame that is too short', REPLY.subarray(0, 41)],
    ['another Ethernet type', changed(13, 0x00)],
    ['other hardware than Ethernet', changed(15, 6)],
    ['another protocol than IPv4', changed(16, 0x86)],
    ['another hardware address length', changed(18, 8)],
    ['another protocol address length', changed(19, 16)],
    ['another operation', changed(21, 3)],
  ];
  for (const [what, frame] of rejections) {
    it(`sees no claim in ${what}`, () => assert.equal(arpClaim(frame), null));
  }

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(41), fc.nat(255), (bytes, at, value) => {
        arpClaim(Buffer.from(bytes));
        arpClaim(changed(at, value));
      }),
      { numRuns: 2000 },
    );
  });
});
