import assert from 'node:assert/strict';
import { LINGER_MS } from '../../../vrrp/timers.ts';
import { later, systemClock } from '../../../core/clock.ts';
import { addressBytes } from '../../../core/address.ts';
import type { WillRouter } from '../../../daemon/channel.ts';
import { isAnotherAdvert, vridOf } from '../../../daemon/guardian/another.ts';
import { createExecutor } from '../../../daemon/guardian/executor.ts';
import {
  anotherHeard,
  beginLettingGo,
  longestLetGo,
  nextDeadline,
  timeIsUp,
} from '../../../daemon/guardian/letting-go.ts';
import { ipv4Packet } from '../../../vrrp/ip-header.ts';
import { AUTH_NONE, AUTH_PASS, GROUP_IPV4, GROUP_IPV6, encodeAdvert, passwordData } from '../../../vrrp/packet.ts';
import type { AddressWriter, Listening, ReceivedPacket } from '../../../vrrp/ports.ts';

const bytes = (text: string): Uint8Array => addressBytes(text) ?? new Uint8Array();

const WAN: WillRouter = {
  name: 'wan',
  id: 51,
  version: 3,
  family: 'ipv4',
  interface: 'eth0',
  password: null,
  unicastPeers: [],
  sources: ['192.0.2.1'],
  resign: [
    { family: 'ipv4', interface: 'eth0', destination: '224.0.0.18', bytes: Buffer.from('zero').toString('base64') },
  ],
  addresses: [{ address: '192.0.2.10', prefix: 24, family: 'ipv4', interface: 'eth0' }],
  letGoMs: 60_000,
  macvlans: [],
};
const LAN: WillRouter = { ...WAN, name: 'lan', id: 52, addresses: [{ ...WAN.addresses[0]!, address: '192.0.2.11' }] };

interface AdvertOptions {
  readonly vrid?: number;
  readonly priority?: number;
  readonly source?: string;
  readonly destination?: string;
  readonly version?: 2 | 3;
  readonly ttl?: number;
  readonly password?: string | null;
  readonly family?: 'ipv4' | 'ipv6';
}

function advert(options: AdvertOptions = {}): ReceivedPacket {
  const { vrid = 51, priority = 100, version = 3, ttl = 255, password = null, family = 'ipv4' } = options;
  const source = options.source ?? (family === 'ipv4' ? '192.0.2.2' : 'fe80::2');
  const destination =
    options.destination === undefined ? (family === 'ipv4' ? GROUP_IPV4 : GROUP_IPV6) : bytes(options.destination);
  const message = encodeAdvert(
    {
      version,
      vrid,
      priority,
      intervalMs: 1000,
      addresses: [bytes(family === 'ipv4' ? '192.0.2.10' : 'fe80::10')],
      authType: password === null ? AUTH_NONE : AUTH_PASS,
      authData: passwordData(password),
    },
    { family, source: bytes(source), destination },
    'rfc9568',
  );
  const whole = family === 'ipv4' ? ipv4Packet(bytes(source), destination, message, { ttl }) : message;
  return { family, interface: 'eth0', bytes: whole, source };
}

describe('another router, as the guardian recognises it', () => {
  it('is any valid advert above priority 0 for the router from a source that is not ours', () => {
    assert.equal(isAnotherAdvert(WAN, advert()), true);
    assert.equal(isAnotherAdvert(WAN, advert({ priority: 1 })), true);
    assert.equal(vridOf(advert({ vrid: 77 })), 77);
  });

  it('is not: priority 0, our own source, another VRID, version, TTL or destination, a damaged packet', () => {
    const refused: readonly AdvertOptions[] = [
      { priority: 0 },
      { source: '192.0.2.1' },
      { vrid: 52 },
      { version: 2 },
      { ttl: 254 },
      { destination: '192.0.2.1' },
      { family: 'ipv6' },
    ];
    for (const options of refused) assert.equal(isAnotherAdvert(WAN, advert(options)), false, JSON.stringify(options));
    const damaged = advert();
    damaged.bytes[21] = 99;
    assert.equal(isAnotherAdvert(WAN, damaged), false);
    for (let length = 0; length < damaged.bytes.length; length += 1) {
      assert.equal(isAnotherAdvert(WAN, { ...advert(), bytes: advert().bytes.subarray(0, length) }), false);
    }
  });

  it('counts for unicast only from a listed peer, to us', () => {
    const router = { ...WAN, unicastPeers: ['192.0.2.2'] };
    assert.equal(isAnotherAdvert(router, advert({ destination: '192.0.2.1' })), true);
    assert.equal(isAnotherAdvert(router, advert({ destination: '192.0.2.1', source: '192.0.2.3' })), false);
    assert.equal(isAnotherAdvert(router, advert()), false);
  });

  it('counts for version 2 only with the password', () => {
    const router: WillRouter = { ...WAN, version: 2, password: 'secret' };
    assert.equal(isAnotherAdvert(router, advert({ version: 2, password: 'secret' })), true);
    assert.equal(isAnotherAdvert(router, advert({ version: 2, password: 'other' })), false);
    assert.equal(isAnotherAdvert(router, advert({ version: 2 })), false);
  });

  it('is recognised over IPv6, where the kernel keeps the header', () => {
    const router: WillRouter = { ...WAN, family: 'ipv6', sources: ['fe80::1'] };
    assert.equal(isAnotherAdvert(router, advert({ family: 'ipv6' })), true);
    assert.equal(isAnotherAdvert(router, { ...advert({ family: 'ipv6' }), source: 'fe80::2%eth0' }), true);
    assert.equal(isAnotherAdvert(router, advert({ family: 'ipv6', source: 'fe80::1' })), false);
    const unicast = { ...router, unicastPeers: ['fe80::2'] };
    assert.equal(isAnotherAdvert(unicast, advert({ family: 'ipv6', destination: 'fe80::1' })), true);
  });
});

describe('letting go', () => {
  const now = systemClock.now();

  it('keeps the addresses of each router until another is heard for it, and a moment longer', () => {
    const state = anotherHeard(beginLettingGo({ routers: [WAN, LAN] }, now), WAN, '192.0.2.2', now);
    assert.deepEqual(timeIsUp(state, later(now, LINGER_MS - 1)).release, []);
    const { state: left, release } = timeIsUp(state, later(now, LINGER_MS));
    assert.deepEqual(
      release.map((one) => [one.router, one.heard]),
      [[WAN, '192.0.2.2']],
    );
    assert.deepEqual(
      left.kept.map((one) => one.router),
      [LAN],
    );
  });

  it('is not put off by further adverts of the other', () => {
    const first = anotherHeard(beginLettingGo({ routers: [WAN] }, now), WAN, '192.0.2.2', now);
    assert.deepEqual(anotherHeard(first, WAN, '192.0.2.3', later(now, 3)), first);
  });

  it('lets go after its time at the latest', () => {
    const hasty = { ...LAN, letGoMs: 50 };
    const state = beginLettingGo({ routers: [WAN, hasty] }, now);
    assert.equal(nextDeadline(state), later(now, 50));
    assert.deepEqual(timeIsUp(state, later(now, 49)).release, []);
    assert.deepEqual(
      timeIsUp(state, later(now, 50)).release.map((one) => [one.router, one.heard]),
      [[hasty, null]],
    );
    assert.equal(longestLetGo({ routers: [WAN, hasty] }), 60_000);
  });

  it('has nothing to wait for where nothing is held', () => {
    assert.deepEqual(beginLettingGo({ routers: [{ ...WAN, addresses: [] }] }, now).kept, []);
  });
});

describe('the execution of a will', () => {
  const setUp = () => {
    const trace: string[] = [];
    const heard: ((packet: ReceivedPacket) => void)[] = [];
    const addresses: AddressWriter = {
      add: () => assert.fail('a will adds nothing'),
      remove(address, done) {
        trace.push(`remove ${address.address}`);
        done('removed');
      },
      setUp(name, up, done) {
        trace.push(`${name} ${up ? 'up' : 'down'}`);
        done('done');
      },
      close: () => undefined,
    };
    const index = { value: 2 };
    const executor = createExecutor({
      transmitter: {
        send(_family, name, destination, packet) {
          if (destination.length === 0) return 'EAFNOSUPPORT';
          trace.push(`send ${Buffer.from(packet).toString()} to ${destination.join('.')} on ${name}`);
          return null;
        },
        close: () => undefined,
      },
      receiver: {
        open(listening: Listening, onPacket) {
          trace.push(`open ${listening.family} ${listening.interface} [${listening.vrids.join()}]`);
          heard.push(onPacket);
          return {
            setVrids: (vrids) => void trace.push(`hear [${vrids.join()}]`),
            drain: () => 0,
            close: () => void trace.push('close'),
          };
        },
      },
      addresses,
      isAnother: isAnotherAdvert,
      indexOf: () => index.value,
      clock: systemClock,
      say: () => undefined,
      gone: (list) => void trace.push(`gone ${list.map((one) => one.address).join()}`),
    });
    return { trace, heard, executor, index, done: () => trace.push('done') };
  };
  /** Longer than the moment after another was heard. */
  const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4 * LINGER_MS));

  it('listens first, says priority 0 at once, and keeps the addresses until another is heard', async () => {
    const { trace, heard, executor, done } = setUp();
    executor.hold({ routers: [WAN, { ...LAN, macvlans: ['vr4-52-2'] }] });
    assert.deepEqual(trace, ['open ipv4 eth0 []', 'hear []'], 'opened before it is needed, with nothing let through');
    trace.length = 0;
    executor.execute(done);
    const sent = 'send zero to 224.0.0.18 on eth0';
    assert.deepEqual(trace, ['hear [51,52]', sent, sent]);
    trace.length = 0;
    heard[0]?.(advert({ priority: 0 }));
    heard[0]?.(advert({ vrid: 51 }));
    heard[0]?.(advert({ vrid: 51 }));
    await turns();
    assert.deepEqual(trace, ['remove 192.0.2.10', 'gone 192.0.2.10']);
    trace.length = 0;
    heard[0]?.(advert({ vrid: 52 }));
    await turns();
    assert.deepEqual(trace, ['remove 192.0.2.11', 'gone 192.0.2.11', 'vr4-52-2 down', 'hear []', 'done']);
    executor.close();
  });

  it('lets go after its time when nobody is heard', async () => {
    const { trace, executor, done } = setUp();
    executor.hold({ routers: [{ ...WAN, letGoMs: 5 }] });
    executor.execute(done);
    while (!trace.includes('done')) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.ok(trace.includes('remove 192.0.2.10'));
    executor.close();
  });

  it('is done at once with an empty will', () => {
    const { trace, executor, done } = setUp();
    executor.execute(done);
    assert.deepEqual(trace, ['done']);
  });

  it('opens another receiver when an interface was recreated, and closes what a later will does not need', () => {
    const { trace, executor, index } = setUp();
    executor.hold({ routers: [WAN] });
    index.value = 3;
    executor.hold({ routers: [WAN] });
    executor.hold({ routers: [] });
    const opened = trace.filter((line) => !line.startsWith('hear'));
    assert.deepEqual(opened, ['open ipv4 eth0 []', 'close', 'open ipv4 eth0 []', 'close']);
  });
});
