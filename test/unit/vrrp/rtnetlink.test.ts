import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import * as fc from 'fast-check';
import {
  TAG,
  addAddress,
  dumpAddresses,
  dumpLinks,
  parseMessages,
  removeAddress,
  setLinkUp,
} from '../../../vrrp/rtnetlink.ts';
import { hex } from './edge-samples.ts';

const IPV4 = { address: '192.0.2.100', prefix: 24, family: 'ipv4' } as const;
const IPV6 = { address: '2001:db8::51', prefix: 64, family: 'ipv6' } as const;
const NEWADDR = 20;

/** A message of the kernel's: header and body. */
function message(type: number, body: string, { flags = 0, sequence = 7 } = {}): Buffer {
  const bytes = hex(body);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + bytes.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(sequence, 8);
  return Buffer.concat([header, bytes]);
}

const LINK =
  '00 00 0100 02000000 43100100 00000000  0900 0300 65746832 00 000000  0800 0400 dc050000  0a00 0100 020000000001 0000';

describe('rtnetlink messages', () => {
  before(function () {
    if (endianness() !== 'LE') this.skip(); // the samples were taken from a little-endian machine
  });

  it('add an IPv4 address exclusively, tagged, with local and peer address alike', () => {
    const golden = hex(`
      30000000 1400 0506 07000000 00000000  02 18 00 00 02000000
      0800 0200 c0000264  0800 0100 c0000264  0500 0b00 54 000000`);
    assert.deepEqual(addAddress(7, 2, IPV4), golden);
    assert.equal(TAG, 0x54);
  });

  it('add an IPv6 address without duplicate address detection', () => {
    const golden = hex(`
      48000000 1400 0506 07000000 00000000  0a 40 02 00 02000000
      1400 0200 20010db8000000000000000000000051  1400 0100 20010db8000000000000000000000051  0500 0b00 54 000000`);
    assert.deepEqual(addAddress(7, 2, IPV6), golden);
  });

  it('add an IPv6 /128 with preferred lifetime 0, so that it is never chosen as a source', () => {
    const bytes = addAddress(7, 2, { ...IPV6, prefix: 128 });
    assert.deepEqual(bytes.subarray(72), hex('1400 0600 00000000 ffffffff 00000000 00000000'));
  });

  it('give a link-local address link scope', () => {
    assert.equal(addAddress(7, 2, { ...IPV6, address: 'fe80::51' })[19], 253);
  });

  it('remove an address with exactly this prefix', () => {
    const golden = hex(`
      28000000 1500 0500 07000000 00000000  02 18 00 00 02000000  0800 0200 c0000264  0800 0100 c0000264`);
    assert.deepEqual(removeAddress(7, 2, IPV4), golden);
  });

  it('set a link up and down, changing nothing else', () => {
    const up = hex('20000000 1000 0500 07000000 00000000  00 00 0000 02000000 01000000 01000000');
    assert.deepEqual(setLinkUp(7, 2, true), up);
    assert.deepEqual(setLinkUp(7, 2, false).subarray(24), hex('00000000 01000000'));
  });

  it('ask for every link, without statistics, and for every address', () => {
    const links = hex('28000000 1200 0103 07000000 00000000 00000000 00000000 00000000 00000000  0800 1d00 08000000');
    assert.deepEqual(dumpLinks(7), links);
    assert.deepEqual(dumpAddresses(7), hex('18000000 1600 0103 07000000 00000000 0000000000000000'));
  });

  it('refuse an address that is not of its family', () => {
    assert.throws(() => addAddress(7, 2, { ...IPV4, family: 'ipv6' }), /192\.0\.2\.100 is not an ipv6 address/);
    assert.throws(() => addAddress(7, 2, { ...IPV4, address: 'wan' }), RangeError);
  });

  it('tell of a link: name, index, MAC, carrier, ARP, MTU', () => {
    assert.deepEqual(parseMessages(message(16, LINK)), [
      {
        sequence: 7,
        interrupted: false,
        kind: 'link',
        removed: false,
        link: { name: 'eth2', index: 2, mac: Uint8Array.of(2, 0, 0, 0, 0, 1), up: true, arp: true, mtu: 1500 },
      },
    ]);
  });

  const links: readonly (readonly [string, string, boolean, boolean])[] = [
    ['up with carrier', '43100100', true, true],
    ['up without carrier', '03100000', false, true],
    ['down with carrier', '02100100', false, true],
    ['without ARP', 'c3100100', true, false],
  ];
  for (const [what, bits, up, arp] of links) {
    it(`tell of a link that is ${what}`, () => {
      const [parsed] = parseMessages(message(16, LINK.replace('43100100', bits)));
      assert.ok(parsed?.kind === 'link');
      assert.deepEqual([parsed.link.up, parsed.link.arp], [up, arp]);
    });
  }

  it('have no MAC for what is not Ethernet', () => {
    const [parsed] = parseMessages(message(16, LINK.replace('0100 0200', '0403 0200')));
    assert.ok(parsed?.kind === 'link');
    assert.equal(parsed.link.mac, null);
  });

  it('leave out links of the bridge family: a port that leaves its bridge is not gone', () => {
    assert.deepEqual(parseMessages(message(17, LINK.replace('00 00', '07 00'))), []);
  });

  it('tell of an address: tag, prefix, scope, secondary', () => {
    const body = '02 18 81 00 02000000  0800 0100 c0000264 0800 0200 c0000264 0500 0b00 54 000000 0800 0800 81000000';
    assert.deepEqual(parseMessages(message(NEWADDR, body)), [
      {
        sequence: 7,
        interrupted: false,
        kind: 'address',
        removed: false,
        address: {
          address: '192.0.2.100',
          prefix: 24,
          family: 'ipv4',
          ifindex: 2,
          tagged: true,
          tentative: false,
          scope: 'global',
          secondary: true,
        },
      },
    ]);
  });

  it('take the local end of a point-to-point address', () => {
    const body = '02 20 80 00 02000000  0800 0100 c0000201 0800 0200 c0000264';
    const [parsed] = parseMessages(message(NEWADDR, body));
    assert.ok(parsed?.kind === 'address');
    assert.deepEqual([parsed.address.address, parsed.address.tagged], ['192.0.2.100', false]);
  });

  it('tell of an IPv6 address that is not usable yet, or failed its detection', () => {
    for (const bits of ['40', '88', 'c0']) {
      const [parsed] = parseMessages(
        message(NEWADDR, `0a 40 ${bits} fd 02000000 1400 0100 fe800000000000000000000000000051`),
      );
      assert.ok(parsed?.kind === 'address');
      const { tentative, scope, secondary } = parsed.address;
      assert.deepEqual({ tentative, scope, secondary }, { tentative: true, scope: 'link', secondary: false });
    }
  });

  it('answer with errno and the words of the kernel', () => {
    const words = Buffer.from('Address already assigned\0').toString('hex');
    const [parsed] = parseMessages(
      message(2, `efffffff ${'00'.repeat(16)} 1d00 0100 ${words} 000000`, { flags: 0x300 }),
    );
    assert.ok(parsed?.kind === 'answer');
    assert.deepEqual([parsed.errno, parsed.text], [17, 'Address already assigned']);
  });

  it('answer with the request repeated, on kernels that do not cap it', () => {
    const [parsed] = parseMessages(message(2, `00000000 14000000 ${'00'.repeat(12)} aabbccdd`));
    assert.ok(parsed?.kind === 'answer');
    assert.deepEqual([parsed.errno, parsed.text], [0, '']);
  });

  it('say when a dump is over and when it has to be repeated', () => {
    const parsed = parseMessages(message(3, '00000000', { flags: 0x12, sequence: 9 }));
    assert.deepEqual(parsed, [{ sequence: 9, interrupted: true, kind: 'done' }]);
  });

  it('come several in one datagram; a kind that is not known is passed over', () => {
    const done = message(3, '00000000');
    const kinds = parseMessages(Buffer.concat([message(24, '00'.repeat(12)), message(16, LINK), done])).map(
      (m) => m.kind,
    );
    assert.deepEqual(kinds, ['link', 'done']);
  });

  it('end where the datagram ends', () => {
    const link = message(16, LINK);
    assert.deepEqual(parseMessages(link.subarray(0, link.length - 1)), []);
    assert.deepEqual(parseMessages(Buffer.alloc(16)), []);
  });

  it('never make the parser throw, whatever the bytes', () => {
    const types = [2, 3, 16, 17, 20, 21];
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 96 }), fc.nat(0xffff), (type, bytes, flags) => {
        parseMessages(Buffer.from(bytes));
        parseMessages(message(type, Buffer.from(bytes).toString('hex'), { flags }));
        parseMessages(message(type, `0000${Buffer.from(bytes).toString('hex')}`, { flags }));
      }),
      { numRuns: 2000 },
    );
  });
});
