import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RouterPlan } from '../../../config/plan.ts';
import { addressBytes } from '../../../core/address.ts';
import {
  type AcceptanceCounter,
  type Arrived,
  type Heard,
  type Rejection,
  accept,
  expectationOf,
} from '../../../vrrp/acceptance.ts';
import {
  AUTH_NONE,
  AUTH_PASS,
  type Advert,
  type ChecksumStyle,
  GROUP_IPV4,
  GROUP_IPV6,
  encodeAdvert,
  passwordData,
} from '../../../vrrp/packet.ts';
import { routerPlan } from './edge-samples.ts';

const OURS = bytes('192.0.2.1');
const THEIRS = bytes('192.0.2.2');
const OURS6 = bytes('fe80::1');
const THEIRS6 = bytes('fe80::2');

const V3 = routerPlan();
const V2 = routerPlan({ version: 2 });
const WITH_PASSWORD = routerPlan({ version: 2, password: 'secret' });
const UNICAST = routerPlan({ unicastPeers: ['192.0.2.2', '192.0.2.3'] });
const IPV6 = routerPlan({
  family: 'ipv6',
  addresses: ['fe80::51', '2001:db8::51'].map((address) => ({
    address,
    prefix: 64,
    family: 'ipv6' as const,
    interface: 'eth0',
  })),
});
const UNICAST6 = routerPlan({ ...IPV6, unicastPeers: ['fe80::2'] });

function bytes(text: string): Uint8Array {
  const parsed = addressBytes(text);
  assert.ok(parsed !== null, text);
  return parsed;
}

interface Change extends Partial<Advert> {
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
  readonly ttl?: number;
  readonly style?: ChecksumStyle;
  /** Change the message after its checksum was made. */
  readonly break?: (message: Buffer) => void;
}

/** An advert such as another instance with this plan sends, with changes. */
function advertFor(plan: RouterPlan, change: Change = {}): Arrived {
  const { from, to, ttl, style, break: breaking, ...fields } = change;
  const ipv6 = plan.family === 'ipv6';
  const source = from ?? (ipv6 ? THEIRS6 : THEIRS);
  const ours = ipv6 ? OURS6 : OURS;
  const group = ipv6 ? GROUP_IPV6 : GROUP_IPV4;
  const destination = to ?? (plan.unicastPeers.length > 0 ? ours : group);
  const advert: Advert = {
    version: plan.version,
    vrid: plan.id,
    priority: 150,
    intervalMs: plan.advertIntervalMs,
    addresses: plan.addresses.map((a) => bytes(a.address)),
    authType: plan.password === null ? AUTH_NONE : AUTH_PASS,
    authData: passwordData(plan.password),
    ...fields,
  };
  const payload = encodeAdvert(advert, { family: plan.family, source, destination }, style ?? 'rfc5798');
  breaking?.(payload);
  return { source, destination: ipv6 ? null : destination, ttl: ipv6 ? null : (ttl ?? 255), payload };
}

function judge(
  plan: RouterPlan,
  arrived: Arrived,
  ownSource: Uint8Array | null = plan.family === 'ipv6' ? OURS6 : OURS,
) {
  return accept(expectationOf(plan), arrived, ownSource);
}

function accepted(plan: RouterPlan, change: Change = {}): Heard {
  const result = judge(plan, advertFor(plan, change));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function rejected(plan: RouterPlan, change: Change = {}): Rejection {
  const result = judge(plan, advertFor(plan, change));
  assert.ok(!result.ok, 'it was accepted');
  return result.error;
}

describe('an advert that counts', () => {
  it('says who sent it, its priority, its interval and how its checksum was made', () => {
    const { source, ...rest } = accepted(V3, { priority: 7, intervalMs: 250 });
    assert.deepEqual([...source], [...THEIRS]);
    assert.deepEqual(rest, { priority: 7, intervalMs: 250, style: 'rfc5798', sameAddresses: true });
  });

  it('keeps the source when the receive buffer is used again', () => {
    const arrived = advertFor(V3);
    const buffer = Buffer.from(arrived.source);
    const result = judge(V3, { ...arrived, source: buffer });
    buffer.fill(0);
    assert.ok(result.ok);
    assert.deepEqual([...result.value.source], [...THEIRS]);
  });

  it('may have either checksum over IPv4, whatever we send ourselves', () => {
    for (const checksum of ['auto', 'rfc9568', 'rfc5798'] as const) {
      for (const style of ['rfc9568', 'rfc5798'] as const) {
        assert.equal(accepted(routerPlan({ checksum }), { style }).style, style);
      }
    }
  });

  it('may have any priority, 0 and 255 too', () => {
    assert.equal(accepted(V3, { priority: 0 }).priority, 0);
    assert.equal(accepted(V3, { priority: 255 }).priority, 255);
    assert.equal(accepted(routerPlan({ priority: 255 }), { priority: 255 }).priority, 255);
  });

  it('of version 3 may have another interval than ours', () => {
    assert.equal(accepted(V3, { intervalMs: 40_950 }).intervalMs, 40_950);
    assert.equal(accepted(V3, { intervalMs: 10 }).intervalMs, 10);
  });

  it('may list other addresses than we have, which is told', () => {
    const one = bytes('192.0.2.100');
    const two = bytes('192.0.2.101');
    const both = routerPlan({
      addresses: ['192.0.2.100', '192.0.2.101'].map((address) => ({
        address,
        prefix: 24,
        family: 'ipv4' as const,
        interface: 'eth0',
      })),
    });
    assert.equal(accepted(both, { addresses: [one, two] }).sameAddresses, true);
    assert.equal(accepted(both, { addresses: [two, one] }).sameAddresses, true, 'their order means nothing');
    assert.equal(accepted(both, { addresses: [one] }).sameAddresses, false);
    assert.equal(accepted(both, { addresses: [one, one] }).sameAddresses, false, 'one twice is not both');
    assert.equal(accepted(both, { addresses: [one, bytes('192.0.2.102')] }).sameAddresses, false);
    assert.equal(accepted(both, { addresses: [one, two, two] }).sameAddresses, false);
  });

  it('of version 2 carries no authentication if none is configured', () => {
    assert.equal(accepted(V2).style, 'any');
  });

  it('of version 2 carries the password that is configured', () => {
    assert.equal(accepted(WITH_PASSWORD).priority, 150);
  });

  it('by unicast comes from a peer', () => {
    assert.equal(accepted(UNICAST).priority, 150);
    assert.equal(accepted(UNICAST, { from: bytes('192.0.2.3') }).priority, 150);
  });

  it('over IPv6 comes without its header, which the kernel keeps', () => {
    assert.equal(accepted(IPV6).style, 'any');
    assert.equal(accepted(UNICAST6).style, 'any');
  });

  it('counts while we have no source of our own', () => {
    assert.ok(judge(V3, advertFor(V3), null).ok);
    assert.ok(judge(UNICAST, advertFor(UNICAST), null).ok);
  });
});

describe('an advert is dropped and counted', () => {
  const counted = (counter: AcceptanceCounter, plan: RouterPlan, change: Change, text?: string): void => {
    const rejection = rejected(plan, change);
    assert.equal(rejection.counter, counter);
    if (text !== undefined) assert.equal(rejection.text, text);
  };

  it('with a TTL of 254: it came through a router', () => {
    counted('ipTtlErrors', V3, { ttl: 254 }, 'TTL 254, 255 expected');
    counted('ipTtlErrors', UNICAST, { ttl: 254 });
  });

  it('of version 2 for a router of version 3, and the other way round', () => {
    counted('versionErrors', V3, { version: 2, authData: new Uint8Array(8) }, 'version 2, 3 expected');
    counted('versionErrors', V2, { version: 3 }, 'version 3, 2 expected');
  });

  for (const version of [0, 1, 2, 4, 15]) {
    it(`with the version ${version} written into it, before its length or checksum is looked at`, () => {
      counted('versionErrors', V3, { break: (message) => message.writeUInt8((version << 4) | 1, 0) });
    });
  }

  it('that is too short', () => {
    for (const length of [0, 1, 7, 11]) {
      const arrived = advertFor(V3);
      const result = judge(V3, { ...arrived, payload: arrived.payload.subarray(0, length) });
      assert.ok(!result.ok && result.error.counter === 'packetLengthErrors', `${length} bytes`);
    }
  });

  it('that says 255 addresses and has one', () => {
    counted('packetLengthErrors', V3, { break: (message) => message.writeUInt8(255, 3) });
  });

  it('with addresses of the other family', () => {
    counted('packetLengthErrors', V3, {
      break: (message) => message.writeUInt8(4, 3), // sixteen bytes would be four IPv4 addresses
    });
  });

  it('with a wrong checksum', () => {
    counted('checksumErrors', V3, { break: (message) => message.writeUInt16BE(message.readUInt16BE(6) ^ 1, 6) });
    counted('checksumErrors', IPV6, { break: (message) => message.writeUInt16BE(message.readUInt16BE(6) ^ 1, 6) });
  });

  it('of another type', () => {
    // One more in the first word, one less in the checksum.
    counted('invalidTypeReceived', V3, {
      break: (message) => {
        message.writeUInt8(0x32, 0);
        message.writeUInt16BE(message.readUInt16BE(6) - 0x100, 6);
      },
    });
  });

  it('of version 2 with the wrong password, without the text giving the right one away', () => {
    const rejection = rejected(WITH_PASSWORD, { authData: passwordData('wrong') });
    assert.deepEqual(rejection, { counter: 'authErrors', text: 'wrong password' });
  });

  it('of version 2 with a password that only begins like ours', () => {
    counted('authErrors', WITH_PASSWORD, { authData: passwordData('secre') });
    counted('authErrors', WITH_PASSWORD, { authData: passwordData('secrets') });
  });

  it('of version 2 with another authentication type than ours', () => {
    counted('authErrors', WITH_PASSWORD, { authType: AUTH_NONE }, 'authentication type 0, 1 expected');
    counted('authErrors', WITH_PASSWORD, { authType: 2 }, 'authentication type 2, 1 expected');
    counted('authErrors', V2, { authType: AUTH_PASS, authData: passwordData('secret') });
  });

  it('of version 2 with another interval than ours (RFC 3768 section 7.1)', () => {
    counted('advertIntervalErrors', V2, { intervalMs: 2000 }, 'interval 2000 ms, 1000 ms expected');
    counted('advertIntervalErrors', V2, { intervalMs: 0 });
  });

  it('of version 3 with the interval zero, which would make everybody take over at once', () => {
    counted('advertIntervalErrors', V3, { break: repair((message) => message.writeUInt16BE(0, 4)) }, 'interval zero');
    // The reserved bits are no part of it.
    counted('advertIntervalErrors', V3, { break: repair((message) => message.writeUInt16BE(0xf000, 4)) });
  });

  it('without any address', () => {
    counted('addressListErrors', V3, { addresses: [] }, 'no address in it');
    counted('addressListErrors', V2, { addresses: [] });
  });

  it('by unicast from somebody who is not among the peers', () => {
    counted('unknownSource', UNICAST, { from: bytes('192.0.2.4') }, '192.0.2.4 is not among the unicast peers');
    counted('unknownSource', UNICAST6, { from: bytes('fe80::3') });
  });

  it('from our own source address', () => {
    counted('ownSource', V3, { from: OURS }, 'sent from our own source address 192.0.2.1');
    counted('ownSource', IPV6, { from: OURS6 });
    counted('ownSource', routerPlan({ unicastPeers: ['192.0.2.1'] }), { from: OURS });
  });

  it('to the group where unicast is configured', () => {
    counted('familyErrors', UNICAST, { to: GROUP_IPV4 }, 'sent to the group, unicast expected');
  });

  it('to one address where multicast is configured', () => {
    counted('familyErrors', V3, { to: OURS }, 'sent to one address, multicast expected');
  });
});

describe('whatever arrives for a router', () => {
  it('is accepted or counted, and nothing throws', () => {
    const plans = [V3, V2, WITH_PASSWORD, UNICAST, IPV6, UNICAST6];
    const anything = fc.record({
      plan: fc.constantFrom(...plans),
      payload: fc.uint8Array({ maxLength: 64 }),
      ttl: fc.constantFrom(255, 254, 0),
      to: fc.constantFrom(GROUP_IPV4, OURS, THEIRS),
    });
    fc.assert(
      fc.property(anything, ({ plan, payload, ttl, to }) => {
        const ipv6 = plan.family === 'ipv6';
        const source = ipv6 ? THEIRS6 : THEIRS;
        const result = judge(plan, { source, destination: ipv6 ? null : to, ttl: ipv6 ? null : ttl, payload });
        assert.ok(result.ok || result.error.text !== '');
      }),
      { numRuns: 2000 },
    );
  });
});

/** Change words of the message and mend the checksum by the difference (RFC 1624). */
function repair(change: (message: Buffer) => void): (message: Buffer) => void {
  return (message) => {
    const sum = (): number => {
      let total = 0;
      for (let at = 0; at < message.length; at += 2) total += message.readUInt16BE(at);
      return total % 0xffff;
    };
    const before = sum();
    change(message);
    message.writeUInt16BE((((message.readUInt16BE(6) + before - sum()) % 0xffff) + 0xffff) % 0xffff, 6);
  };
}
