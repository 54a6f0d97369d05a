import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addressBytes,
  addressText,
  compareAddresses,
  isLinkLocal,
  macText,
  virtualMac,
} from '../../../core/address.ts';

const bytes = (text: string): Uint8Array => {
  const parsed = addressBytes(text);
  assert.ok(parsed !== null, text);
  return parsed;
};

describe('an address', () => {
  it('is read into the bytes of the wire', () => {
    assert.deepEqual([...bytes('192.0.2.100')], [192, 0, 2, 100]);
    assert.deepEqual([...bytes('fe80::1')], [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual(
      [...bytes('::')],
      Array.from({ length: 16 }, () => 0),
    );
    assert.equal(bytes('::ffff:192.0.2.1').length, 16, 'an IPv4 address in IPv6 is one of IPv6');
  });

  it('is read without its zone', () => {
    assert.deepEqual(bytes('fe80::1%eth0'), bytes('fe80::1'));
  });

  for (const text of [
    '',
    'eth0',
    '192.0.2',
    '192.0.2.256',
    '1.2.3.4.5',
    '0x7f.1',
    '3232235777',
    '192.0.2.1/24',
    'fe80',
    ':::',
    'g::1',
    '%eth0',
    '1:2:3:4:5:6:7:8:9',
  ]) {
    it(`is not '${text}'`, () => {
      assert.equal(addressBytes(text), null);
    });
  }

  it('is written in its canonical form (RFC 5952)', () => {
    for (const [text, canonical] of [
      ['2001:DB8:0:0:0:0:0:51', '2001:db8::51'],
      ['fe80:0000::0001', 'fe80::1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['192.0.2.1', '192.0.2.1'],
    ] as const) {
      assert.equal(addressText(bytes(text)), canonical);
    }
  });

  it('of another length than 4 or 16 bytes cannot be written', () => {
    for (const length of [0, 3, 5, 6, 17]) assert.throws(() => addressText(new Uint8Array(length)), RangeError);
  });

  it('comes back as it was written, whatever it is', () => {
    const either = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(fc.property(either, (address) => assert.deepEqual([...bytes(addressText(address))], [...address])));
  });

  it('never throws on text, whatever it is', () => {
    const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended());
    fc.assert(
      fc.property(text, (something) => {
        const parsed = addressBytes(something);
        assert.ok(parsed === null || parsed.length === 4 || parsed.length === 16);
      }),
    );
  });
});

describe('comparing addresses', () => {
  const ascending = ['9.255.255.255', '10.0.0.20', '10.0.0.100', '127.0.0.1', '128.0.0.1', '255.255.255.255'];
  const ascending6 = ['::1', 'fe80::1', 'fe80::1:0', 'fe80::1:0:0:0', 'fe80:0:0:1::', 'ff02::12'];

  it('is unsigned and in network order', () => {
    for (const list of [ascending, ascending6]) {
      list.forEach((a, n) => {
        for (const b of list.slice(n + 1)) {
          assert.ok(compareAddresses(bytes(a), bytes(b)) < 0, `${a} < ${b}`);
          assert.ok(compareAddresses(bytes(b), bytes(a)) > 0, `${b} > ${a}`);
        }
        assert.equal(compareAddresses(bytes(a), bytes(a)), 0);
      });
    }
  });
});

describe('a link-local address', () => {
  it('is one of fe80::/10', () => {
    for (const text of ['fe80::1', 'fe80:1::1', 'fe90::', 'febf:ffff::1']) assert.ok(isLinkLocal(bytes(text)), text);
    for (const text of ['fec0::1', 'fe40::1', 'ff80::1', '2001:db8::1', '::1', '169.254.0.1']) {
      assert.ok(!isLinkLocal(bytes(text)), text);
    }
  });
});

describe('a MAC address', () => {
  it('is written in pairs of digits', () => {
    assert.equal(macText(Uint8Array.of(0, 1, 0x0a, 0xff, 0x10, 0)), '00:01:0a:ff:10:00');
  });

  it('of a virtual router is 00-00-5E-00-01 or -02 and the VRID (RFC 9568 7.3)', () => {
    assert.equal(macText(virtualMac('ipv4', 51)), '00:00:5e:00:01:33');
    assert.equal(macText(virtualMac('ipv6', 255)), '00:00:5e:00:02:ff');
  });
});
