import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Malformed, Reader, integer, oid, sequence } from '../../../../alerts/snmp/ber.ts';
import { decodeMessage, encodeCommunity, encodeScoped, encodeV3, readScoped } from '../../../../alerts/snmp/message.ts';
import { MOST_BINDINGS, encodePdu, readPdu } from '../../../../alerts/snmp/pdu.ts';
import type { Pdu, WireValue } from '../../../../alerts/snmp/pdu.ts';
import { notificationPdu } from '../../../../alerts/snmp/trap-sink.ts';
import { text } from '../../../../alerts/mib/value.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const GET: Pdu = { type: 'get', requestId: 1, status: 0, index: 0, bindings: [] };

const PLAIN = { noNullPrototype: true };
const part = fc.integer({ min: 0, max: 0xffff_ffff });
const anyOid = fc
  .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 39 }), fc.array(part, { maxLength: 20 }))
  .map(([first, second, rest]) => [first, second, ...rest]);
const content = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const anyValue: fc.Arbitrary<WireValue> = fc.oneof(
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }).map((value) => ({ type: 'integer' as const, value })),
  fc
    .tuple(fc.constantFrom('gauge' as const, 'counter32' as const, 'ticks' as const), part)
    .map(([type, value]) => ({ type, value })),
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map((value) => ({ type: 'counter64' as const, value })),
  fc.tuple(fc.constantFrom('octets' as const, 'opaque' as const), content).map(([type, value]) => ({ type, value })),
  anyOid.map((value) => ({ type: 'oid' as const, value })),
  fc
    .constantFrom('null' as const, 'noSuchObject' as const, 'noSuchInstance' as const, 'endOfMibView' as const)
    .map((type) => ({ type })),
);
const anyPdu: fc.Arbitrary<Pdu> = fc.record(
  {
    type: fc.constantFrom('get', 'getNext', 'response', 'set', 'getBulk', 'inform', 'trap', 'report'),
    requestId: fc.integer(),
    status: fc.integer(),
    index: fc.integer(),
    bindings: fc.array(fc.record({ oid: anyOid, value: anyValue }, PLAIN), { maxLength: 5 }),
  },
  PLAIN,
);
const anyV3 = fc.record(
  {
    id: fc.nat(),
    maxSize: fc.integer({ min: 484, max: 0x7fff_ffff }),
    auth: fc.constant(true),
    priv: fc.boolean(),
    reportable: fc.boolean(),
    security: fc.record(
      {
        engineId: fc.uint8Array({ maxLength: 32 }).map((array) => Buffer.from(array)),
        boots: fc.nat(),
        time: fc.nat(),
        user: fc.string({ maxLength: 8 }),
        auth: fc.uint8Array({ minLength: 24, maxLength: 24 }).map((array) => Buffer.from(array)),
        priv: fc.uint8Array({ maxLength: 8 }).map((array) => Buffer.from(array)),
      },
      PLAIN,
    ),
    pdu: anyPdu,
  },
  PLAIN,
);

describe('the codec of SNMP', () => {
  it('writes integers in the fewest bytes of two’s complement', () => {
    const written = [0, 127, 128, 255, 256, -1, -128, -129, 0x7fff_ffff, -0x8000_0000].map((n) => hex(integer(n)));
    assert.deepEqual(written, [
      '020100',
      '02017f',
      '02020080',
      '020200ff',
      '02020100',
      '0201ff',
      '020180',
      '0202ff7f',
      '02047fffffff',
      '020480000000',
    ]);
    assert.equal(hex(integer(0xffff_ffff, 0x42)), '420500ffffffff');
    assert.equal(hex(integer(0xffff_ffff_ffff_ffffn, 0x46)), '460900ffffffffffffffff');
  });

  it('writes OIDs with the first two numbers in one, and long ones in base 128', () => {
    assert.equal(hex(oid([1, 3, 6, 1, 4, 1, 32_473, 11_211])), '060a2b0601040181fd59d74b');
    assert.equal(hex(oid([2, 999, 3])), '0603883703');
    assert.deepEqual(new Reader(bytes('0603883703')).oid(), [2, 999, 3]);
    assert.equal(hex(oid([])), '060100');
  });

  it('writes a v2c trap byte for byte, sysUpTime and snmpTrapOID first', () => {
    const notification = {
      name: 'x',
      oid: [1, 3, 6, 1, 4, 1, 32_473, 11_211, 0, 1],
      varbinds: [{ oid: [1, 3, 5], value: text('hi') }],
    };
    const trap = encodeCommunity({
      community: Buffer.from('public'),
      pdu: notificationPdu(notification, 'trap', 77, 12_340),
    });
    const golden = `304e 020101 0406 7075626c6963
      a741 02014d 020100 020100 3036
        300e 0608 2b06010201010300 4302 04d2
        301a 060a 2b060106030101040100 060c 2b0601040181fd59d74b0001
        3008 0602 2b05 0402 6869`;
    assert.equal(hex(trap), hex(bytes(golden)));
  });

  it('reads what it has written, whatever it is', () => {
    fc.assert(
      fc.property(anyPdu, (pdu) => assert.deepEqual(readPdu(new Reader(encodePdu(pdu))), pdu)),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(anyV3, ({ pdu, ...frame }) => {
        const body = frame.priv
          ? Buffer.from('anything')
          : encodeScoped({ engineId: frame.security.engineId, context: '', pdu });
        const message = { ...frame, body };
        const { bytes, authAt } = encodeV3(message);
        assert.ok(bytes.subarray(authAt, authAt + 24).equals(frame.security.auth));
        assert.deepEqual(decodeMessage(bytes), { ok: true, value: { version: 3, ...message } });
        if (!frame.priv) {
          assert.deepEqual(readScoped(body), {
            ok: true,
            value: { engineId: frame.security.engineId, context: '', pdu },
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever arrives', () => {
    const real = fc.oneof(
      anyPdu.map((pdu) => encodeCommunity({ community: Buffer.from('public'), pdu })),
      anyV3.map(
        ({ pdu, ...frame }) =>
          encodeV3({ ...frame, body: encodeScoped({ engineId: Buffer.alloc(0), context: '', pdu }) }).bytes,
      ),
    );
    const damaged = fc
      .tuple(
        real,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(([message, changes, share]) => {
        for (const [at, byte] of changes) message[at % message.length] = byte;
        return message.subarray(0, Math.ceil(message.length * share));
      });
    const hostile = fc.oneof(
      damaged,
      fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array)),
    );
    fc.assert(
      fc.property(hostile, (packet) => {
        const decoded = decodeMessage(packet);
        if (decoded.ok && decoded.value.version === 3) readScoped(decoded.value.body);
      }),
      { numRuns: 3000 },
    );
  });

  const refused: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['a length that goes beyond the packet', '3010020101'],
    ['an indefinite length', '30800201010000'],
    ['a length of five bytes', '308500000000050201010000'],
    ['an integer without bytes', '3002 0200'],
    ['a PDU of SNMP v1', '300f 020101 0406 7075626c6963 a402 0000'],
    ['a value of an unknown type', '3020 020101 0406 7075626c6963 a013 020101 020100 020100 3008 3006 0602 2b06 9f00'],
    ['an OID that ends too early', '3020 020101 0406 7075626c6963 a013 020101 020100 020100 3008 3006 0602 2b86 0500'],
    [
      'an OID with a number over 32 bits',
      '3025 020101 0406 7075626c6963 a018 020101 020100 020100 300d 300b 0607 2bffffffffff7f 0500',
    ],
  ];
  for (const [what, packet] of refused) {
    it(`refuses ${what}`, () => assert.deepEqual(decodeMessage(bytes(packet)), { ok: false, error: 'malformed' }));
  }

  it('says of another version and of another security model that it does not speak them', () => {
    assert.deepEqual(decodeMessage(sequence(integer(0))), { ok: false, error: 'version' });
    const frame = encodeV3({
      id: 1,
      maxSize: 500,
      auth: false,
      priv: false,
      reportable: false,
      security: {
        engineId: Buffer.alloc(0),
        boots: 0,
        time: 0,
        user: '',
        auth: Buffer.alloc(0),
        priv: Buffer.alloc(0),
      },
      body: encodeScoped({ engineId: Buffer.alloc(0), context: '', pdu: GET }),
    }).bytes;
    const at = frame.indexOf(bytes('0401 00 0201 03'));
    frame[at + 5] = 4;
    assert.deepEqual(decodeMessage(frame), { ok: false, error: 'securityModel' });
    frame[at + 5] = 3;
    frame[at + 2] = 2;
    assert.deepEqual(decodeMessage(frame), { ok: false, error: 'malformed' }, 'encrypted without a signature');
  });

  it('refuses more variables than an honest question has', () => {
    const bindings = Array.from({ length: MOST_BINDINGS + 1 }, (_, i) => ({
      oid: [1, 3, i],
      value: { type: 'null' } as const,
    }));
    assert.throws(() => readPdu(new Reader(encodePdu({ ...GET, bindings }))), Malformed);
    assert.equal(
      readPdu(new Reader(encodePdu({ ...GET, bindings: bindings.slice(1) }))).bindings.length,
      MOST_BINDINGS,
    );
  });
});
