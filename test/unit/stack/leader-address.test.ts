import assert from 'node:assert/strict';
import { authorityOf } from '../../../core/leader.ts';
import { advertisedAddress, likelyAddress, sharing } from '../../../stack/leader/address.ts';
import { readRecord } from '../../../stack/leader/records.ts';

const HA = ['192.0.2.1'];

describe('the address that an instance advertises', () => {
  const cases: readonly (readonly [string, string | null, readonly string[], readonly string[], string | null])[] = [
    ['is the configured one', 'https://fw-a.example.com', ['0.0.0.0:8443'], HA, 'https://fw-a.example.com'],
    ['is otherwise on the HA port, with the port of listen', null, ['0.0.0.0:9443'], HA, 'https://192.0.2.1:9443'],
    ['names no port that https has anyway', null, ['[::]:443'], HA, 'https://192.0.2.1'],
    ['is in brackets for IPv6', null, ['0.0.0.0:8443'], ['fd00::1'], 'https://[fd00::1]:8443'],
    [
      'is where the manager listens, if it does not on the HA port',
      null,
      ['127.0.0.1:8443', '198.51.100.1:9443'],
      HA,
      'https://198.51.100.1:9443',
    ],
    ['is on loopback for want of anything else', null, ['127.0.0.1:8443'], HA, 'https://127.0.0.1:8443'],
    ['is none without an address on the HA port', null, ['0.0.0.0:8443'], [], null],
  ];
  for (const [what, configured, listen, haAddresses, expected] of cases) {
    it(what, () => assert.equal(advertisedAddress({ configured, listen, haAddresses }), expected));
  }

  it('of a peer is guessed from its first path and the own port', () => {
    assert.equal(likelyAddress('192.0.2.2', ['0.0.0.0:8443']), 'https://192.0.2.2:8443');
    assert.equal(likelyAddress('fd00::2', ['0.0.0.0:8443']), 'https://[fd00::2]:8443');
    assert.equal(likelyAddress('fe80::2%eth2', ['0.0.0.0:8443']), null);
    assert.equal(likelyAddress(undefined, ['0.0.0.0:8443']), null);
  });

  it('is host:port, the port always named', () => {
    assert.equal(authorityOf('https://fw-a.example.com/'), 'fw-a.example.com:443');
    assert.equal(authorityOf('http://fw-a.example.com'), 'fw-a.example.com:80');
    assert.equal(authorityOf('https://[fd00::1]:8443'), '[fd00::1]:8443');
    assert.equal(authorityOf(null), '');
    assert.equal(authorityOf('fw-a'), '');
  });

  it('is shared with those that name the same place, however it is written', () => {
    const addresses = new Map([
      ['a', 'https://lb.example.com'],
      ['c', 'https://lb.example.com:443/'],
      ['b', 'https://LB.example.com'],
      ['d', 'https://fw-d.example.com'],
    ]);
    assert.deepEqual(sharing(addresses, 'a', 'https://lb.example.com'), ['b', 'c']);
    assert.deepEqual(sharing(addresses, 'd', 'https://fw-d.example.com'), []);
    assert.deepEqual(sharing(addresses, 'a', null), []);
  });
});

describe("a leader's record", () => {
  const GOOD = { instance: 'a', term: 3, since: '2026-11-21T01:00:00.000Z', address: 'https://192.0.2.1:8443' };

  it('is read as it was written', () => assert.deepEqual(readRecord(GOOD), GOOD));

  for (const [what, value] of [
    ['no object', 'a'],
    ['a list', [GOOD]],
    ['no term', { ...GOOD, term: '3' }],
    ['a term of nothing', { ...GOOD, term: 0 }],
    ['no instance', { ...GOOD, instance: null }],
  ] as const) {
    it(`is none with ${what}`, () => assert.equal(readRecord(value), null));
  }

  for (const address of [
    'ftp://192.0.2.1',
    'javascript:alert(1)',
    '192.0.2.1:8443',
    'https://u:p@h',
    'https://h/\n',
    7,
  ]) {
    it(`has no address that is ${JSON.stringify(address)}`, () =>
      assert.equal(readRecord({ ...GOOD, address })?.address, null));
  }
});
