import assert from 'node:assert/strict';
import { readFrame } from '../../../lab/frame.ts';
import { ethernetFrame, ipv4Packet, ipv6Packet } from '../../../lab/raw.ts';

const MAC = '02:00:00:00:00:01';
/** Seen from keepalived 2.2.7: version 3, VRID 51, priority 200, 1 s, 10.77.0.100, from 10.77.0.1. */
const KEEPALIVED = Buffer.from('3133c801006410d90a4d0064', 'hex');

describe('reading frames off a wire of the lab', () => {
  it('reads an advert over IPv4 and tells which checksum it carries', () => {
    const seen = readFrame(ethernetFrame(ipv4Packet({ source: '10.77.0.1', payload: KEEPALIVED }), { from: MAC }));
    assert.ok(seen?.kind === 'advert');
    assert.deepEqual(
      [
        seen.mac,
        seen.source,
        seen.destination,
        seen.ttl,
        seen.version,
        seen.vrid,
        seen.priority,
        seen.intervalMs,
        seen.addresses,
      ],
      [MAC, '10.77.0.1', '224.0.0.18', 255, 3, 51, 200, 1000, ['10.77.0.100']],
    );
    assert.deepEqual(seen.checksum, { withPseudoHeader: true, withoutPseudoHeader: false });
  });

  it('reads an advert over IPv6', () => {
    const payload = Buffer.concat([Buffer.of(0x31, 7, 100, 1, 0, 10, 0, 0), Buffer.alloc(15), Buffer.of(9)]);
    const seen = readFrame(ethernetFrame(ipv6Packet({ source: 'fe80::1', payload, hops: 254 })));
    assert.ok(seen?.kind === 'advert');
    assert.deepEqual(
      [seen.source, seen.destination, seen.ttl, seen.intervalMs, seen.addresses],
      ['fe80::1', 'ff02::12', 254, 100, ['::9']],
    );
  });

  it('reads version 2 with its password', () => {
    const payload = Buffer.concat([Buffer.of(0x21, 7, 100, 1, 1, 2, 0, 0, 10, 0, 0, 1), Buffer.from('secret\0\0')]);
    const seen = readFrame(ethernetFrame(ipv4Packet({ source: '10.0.0.2', payload })));
    assert.ok(seen?.kind === 'advert');
    assert.deepEqual([seen.version, seen.intervalMs, seen.authentication], [2, 2000, { type: 1, password: 'secret' }]);
  });

  it('tells a gratuitous ARP from a question and from an answer', () => {
    const arp = (operation: number, sender: string, target: string): Buffer =>
      Buffer.from(
        `ffffffffffff${MAC.replaceAll(':', '')}080600010800060400${operation.toString(16).padStart(2, '0')}${MAC.replaceAll(':', '')}${sender}000000000000${target}`,
        'hex',
      );
    assert.deepEqual(readFrame(arp(1, '0a4d0064', '0a4d0064')), {
      kind: 'announcement',
      family: 'ipv4',
      mac: MAC,
      announced: MAC,
      address: '10.77.0.100',
      operation: 1,
      flags: null,
    });
    assert.deepEqual(readFrame(arp(1, '00000000', '0a4d0064')), {
      kind: 'question',
      family: 'ipv4',
      mac: MAC,
      source: '0.0.0.0',
      address: '10.77.0.100',
    });
    assert.equal(readFrame(arp(2, '0a4d0064', '0a4d0001'))?.kind, 'answer');
  });

  it('reads an unsolicited neighbour advertisement', () => {
    const target = Buffer.concat([Buffer.alloc(15), Buffer.of(1)]);
    const payload = Buffer.concat([
      Buffer.of(136, 0, 0, 0, 0x20, 0, 0, 0),
      target,
      Buffer.of(2, 1, 0, 0, 0x5e, 0, 2, 7),
    ]);
    const seen = readFrame(
      ethernetFrame(ipv6Packet({ source: 'fe80::1', destination: 'ff02::1', protocol: 58, payload })),
    );
    assert.ok(seen?.kind === 'announcement');
    assert.deepEqual(
      [seen.address, seen.announced, seen.flags],
      ['::1', '00:00:5e:00:02:07', { router: false, solicited: false, override: true }],
    );
  });

  it('takes no notice of anything else, however short', () => {
    const whole = ethernetFrame(ipv4Packet({ source: '10.77.0.1', payload: KEEPALIVED }));
    for (let length = 0; length < whole.length; length += 1) readFrame(whole.subarray(0, length));
    assert.equal(
      readFrame(ethernetFrame(ipv4Packet({ source: '10.0.0.1', protocol: 17, payload: Buffer.alloc(8) }))),
      null,
    );
  });
});
