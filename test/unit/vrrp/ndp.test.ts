import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { addressBytes } from '../../../core/address.ts';
import { addWords, finish, pseudoHeader } from '../../../vrrp/checksum.ts';
import {
  advertisementClaim,
  duplicateSolicitation,
  solicitedNode,
  unsolicitedAdvertisement,
} from '../../../vrrp/ndp.ts';
import { hex } from './edge-samples.ts';

const MAC = hex('00005e000233');
const VIP = addressBytes('2001:db8::51')!;
const ADVERTISEMENT = unsolicitedAdvertisement(MAC, VIP, true);

/** Change bytes after the Ethernet header and make the checksum right again. */
function changed(change: (frame: Buffer) => Buffer | void): Buffer {
  const copy = Buffer.from(ADVERTISEMENT);
  const frame = change(copy) ?? copy;
  const message = frame.subarray(54, 54 + frame.readUInt16BE(18));
  message.writeUInt16BE(0, 2);
  const sum = pseudoHeader(frame.subarray(22, 38), frame.subarray(38, 54), 58, message.length);
  message.writeUInt16BE(finish(addWords(sum, message)), 2);
  return frame;
}

/** With other options behind the target. */
function withOptions(options: string): Buffer {
  return changed((frame) => {
    const other = Buffer.concat([frame.subarray(0, 78), hex(options)]);
    other.writeUInt16BE(other.length - 54, 18);
    return other;
  });
}

describe('neighbour discovery', () => {
  it('announces to all nodes, from the address, with O and R set and S clear', () => {
    const golden = hex(`
      333300000001 00005e000233 86dd
      60000000 0020 3a ff 20010db8000000000000000000000051 ff020000000000000000000000000001
      88 00 1a58 a0000000 20010db8000000000000000000000051 02 01 00005e000233`);
    assert.deepEqual(ADVERTISEMENT, golden);
  });

  it('leaves R clear on a host that does not forward', () => {
    const frame = unsolicitedAdvertisement(MAC, VIP, false);
    assert.equal(frame[58], 0x20);
    assert.ok(advertisementClaim(frame) !== null, 'its checksum is right too');
  });

  it('asks from the unspecified address, to the solicited-node group, without an option', () => {
    const golden = hex(`
      3333ff000051 00005e000233 86dd
      60000000 0018 3a ff 00000000000000000000000000000000 ff0200000000000000000001ff000051
      87 00 4c4d 00000000 20010db8000000000000000000000051`);
    assert.deepEqual(duplicateSolicitation(MAC, VIP), golden);
  });

  it('makes the solicited-node group of the last three bytes', () => {
    assert.deepEqual(solicitedNode(addressBytes('2001:db8::12:3456:789a')!), addressBytes('ff02::1:ff56:789a'));
  });

  it('takes the target of an advertisement and the MAC of its option as a claim', () => {
    const claim = advertisementClaim(Buffer.concat([ADVERTISEMENT, Buffer.alloc(5)]));
    assert.ok(claim !== null);
    assert.deepEqual([...claim.address], [...VIP]);
    assert.deepEqual([...claim.mac], [...MAC]);
  });

  it('takes the source of the frame where there is no option', () => {
    const claim = advertisementClaim(withOptions(''));
    assert.deepEqual([...(claim?.mac ?? [])], [...MAC]);
  });

  it('passes over options that it does not know', () => {
    const claim = advertisementClaim(withOptions('0e01 000000000000 0201 020000000009'));
    assert.deepEqual([...(claim?.mac ?? [])], [2, 0, 0, 0, 0, 9]);
  });

  const rejections: readonly (readonly [string, Buffer])[] = [
    ['a frame that is too short', ADVERTISEMENT.subarray(0, 77)],
    ['another Ethernet type', changed((f) => void f.writeUInt16BE(0x0800, 12))],
    ['another IP version', changed((f) => void (f[14] = 0x40))],
    ['another next header', changed((f) => void (f[20] = 17))],
    ['a hop limit below 255: it was forwarded', changed((f) => void (f[21] = 254))],
    ['a payload length beyond the frame', ADVERTISEMENT.subarray(0, 85)],
    ['a payload length below the message', changed((f) => void f.writeUInt16BE(23, 18))],
    ['a solicitation', duplicateSolicitation(MAC, VIP)],
    ['a code other than 0', changed((f) => void (f[55] = 1))],
    ['a wrong checksum', Buffer.from(ADVERTISEMENT).fill(0, 56, 58)],
    ['a multicast target', changed((f) => void (f[62] = 0xff))],
    ['an option of length zero', withOptions('0200 00005e000233')],
    ['an option beyond the message', withOptions('0202 00005e000233')],
    ['half an option', withOptions('02')],
  ];
  for (const [what, frame] of rejections) {
    it(`sees no claim in ${what}`, () => assert.equal(advertisementClaim(frame), null));
  }

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(85), fc.nat(255), (bytes, at, value) => {
        advertisementClaim(Buffer.from(bytes));
        advertisementClaim(Buffer.concat([ADVERTISEMENT.subarray(0, 54), Buffer.from(bytes)]));
        const frame = Buffer.from(ADVERTISEMENT);
        frame[at] = value;
        advertisementClaim(frame);
        if (at !== 18 && at !== 19) advertisementClaim(changed((f) => void (f[at] = value)));
      }),
      { numRuns: 2000 },
    );
  });
});
