import assert from 'node:assert/strict';
import { LINGER_MS, lingerTime } from '../../../vrrp/timers.ts';
import { later, systemClock } from '../../../core/clock.ts';
import type { WillRouter } from '../../../daemon/channel.ts';
import { anotherPriority, outranks, rankOf, vridOf } from '../../../daemon/guardian/another.ts';
import { createExecutor } from '../../../daemon/guardian/executor.ts';
import type { Outcome } from '../../../daemon/guardian/executor.ts';
import {
  anotherHeard,
  beginLettingGo,
  longestLetGo,
  nextDeadline,
  timeIsUp,
} from '../../../daemon/guardian/letting-go.ts';
import type { AddressWriter, Listening, ReceivedPacket } from '../../../vrrp/ports.ts';
import { LAN, WAN, advert, willOf } from './guardian-wills.ts';
import type { AdvertOptions } from './guardian-wills.ts';

const isAnotherAdvert = (router: WillRouter, packet: ReceivedPacket): boolean =>
  anotherPriority(router, packet) !== null;

describe('another router, as the guardian recognises it', () => {
  it('is any valid advert above priority 0 for the router from a source that is not ours', () => {
    assert.equal(isAnotherAdvert(WAN, advert()), true);
    assert.equal(isAnotherAdvert(WAN, advert({ priority: 1 })), true);
    assert.equal(anotherPriority(WAN, advert({ priority: 77 })), 77);
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
    const state = anotherHeard(beginLettingGo([WAN, LAN], now), WAN, '192.0.2.2', now);
    const linger = lingerTime(WAN.addresses.length + LAN.addresses.length);
    assert.deepEqual(timeIsUp(state, later(now, linger - 1)).release, []);
    const { state: left, release } = timeIsUp(state, later(now, linger));
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
    const first = anotherHeard(beginLettingGo([WAN], now), WAN, '192.0.2.2', now);
    assert.deepEqual(anotherHeard(first, WAN, '192.0.2.3', later(now, 3)), first);
  });

  it('lets go after its time at the latest', () => {
    const hasty = { ...LAN, letGoMs: 50 };
    const state = beginLettingGo([WAN, hasty], now);
    assert.equal(nextDeadline(state), later(now, 50));
    assert.deepEqual(timeIsUp(state, later(now, 49)).release, []);
    assert.deepEqual(
      timeIsUp(state, later(now, 50)).release.map((one) => [one.router, one.heard]),
      [[hasty, null]],
    );
    assert.equal(longestLetGo(willOf(WAN, hasty)), 60_000);
  });

  it('has nothing to wait for where nothing is held', () => {
    assert.deepEqual(beginLettingGo([{ ...WAN, addresses: [] }], now).kept, []);
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
          const what = packet.length === 4 ? Buffer.from(packet).toString() : `advert of ${packet[21]}`;
          trace.push(`send ${what} to ${destination.join('.')} on ${name}`);
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
      teller: {
        prepare: (datagrams) => void trace.push(...datagrams.map((one) => `prepare ${one.destination}`)),
        tell(datagrams) {
          trace.push(...datagrams.map((one) => `tell ${one.destination}`));
          return [];
        },
        close: () => undefined,
      },
      addresses,
      anotherPriority,
      indexOf: () => index.value,
      clock: systemClock,
      say: () => undefined,
      gone: (list) => void trace.push(`gone ${list.map((one) => one.address).join()}`),
    });
    return {
      trace,
      heard,
      executor,
      index,
      done: ({ bypass }: Outcome) => trace.push(bypass ? 'done, bypass' : 'done'),
    };
  };
  /** Longer than the moment after another was heard. */
  const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4 * LINGER_MS));

  it('listens first, says priority 0 at once, and keeps the addresses until another is heard', async () => {
    const { trace, heard, executor, done } = setUp();
    executor.keep(willOf(WAN, { ...LAN, macvlans: ['vr4-52-2'] }));
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
    executor.keep(willOf({ ...WAN, letGoMs: 5 }));
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
    executor.keep(willOf(WAN));
    index.value = 3;
    executor.keep(willOf(WAN));
    executor.keep(willOf());
    const opened = trace.filter((line) => !line.startsWith('hear'));
    assert.deepEqual(opened, ['open ipv4 eth0 []', 'close', 'open ipv4 eth0 []', 'close']);
  });

  it('tells the peers first of all, over what was opened before', () => {
    const { trace, executor, done } = setUp();
    const told = [{ interface: null, destination: '198.51.100.2', port: 11_211, bytes: '' }];
    executor.keep({ ...willOf(WAN), told });
    assert.ok(trace.includes('prepare 198.51.100.2'));
    trace.length = 0;
    executor.execute(done);
    assert.deepEqual(trace, ['hear [51]', 'tell 198.51.100.2', 'send zero to 224.0.0.18 on eth0']);
    executor.close();
  });

  it('asks for the bypass at its end, but not where another router was heard', async () => {
    const unheard = setUp();
    unheard.executor.keep({ ...willOf({ ...WAN, letGoMs: 5 }), bypass: true });
    unheard.executor.execute(unheard.done);
    while (!unheard.trace.includes('done, bypass')) await new Promise((resolve) => setTimeout(resolve, 2));
    unheard.executor.close();

    const taken = setUp();
    taken.executor.keep({ ...willOf(WAN), bypass: true });
    taken.executor.execute(taken.done);
    taken.heard[0]?.(advert({ priority: 1 }));
    await turns();
    assert.equal(taken.trace.at(-1), 'done');
    taken.executor.close();
  });

  describe('that is held', () => {
    const sent51 = 'send advert of 51 to 224.0.0.18 on eth0';
    const sent52 = 'send advert of 52 to 224.0.0.18 on eth0';
    const lanOwn = advert({ source: '192.0.2.1', vrid: 52 }).bytes.toString('base64');
    const held = (...routers: readonly WillRouter[]) => ({ ...willOf(...routers), kind: 'hold' as const });
    const own = (router: WillRouter, bytes: string): WillRouter => ({
      ...router,
      adverts: [{ ...router.adverts[0]!, bytes }],
    });

    it('says its adverts at once and at their interval, keeps the addresses, and tells nobody that anything ended', async () => {
      const { trace, executor } = setUp();
      executor.keep(held({ ...WAN, advertIntervalMs: 20 }, own(LAN, lanOwn)));
      trace.length = 0;
      executor.hold(() => trace.push('yielded'));
      assert.deepEqual(trace, ['hear [51,52]', sent51, sent52]);
      while (trace.filter((line) => line === sent51).length < 4) await new Promise((resolve) => setTimeout(resolve, 2));
      assert.deepEqual([...new Set(trace)].sort(), ['hear [51,52]', sent51, sent52].sort());
      assert.equal(trace.filter((line) => line === sent52).length, 1);
      assert.deepEqual(executor.held(), { routers: ['wan', 'lan'], addresses: [...WAN.addresses, ...LAN.addresses] });
      executor.close();
    });

    it('ends without a word and without a drop when it is adopted; then the will of the adopter counts', () => {
      const { trace, executor, done } = setUp();
      executor.keep(held({ ...WAN, advertIntervalMs: 20 }));
      executor.hold(() => trace.push('yielded'));
      executor.renew();
      executor.keep(willOf({ ...LAN, letGoMs: 0, addresses: [] }));
      trace.length = 0;
      executor.endHold();
      assert.deepEqual(trace, ['hear []']);
      assert.deepEqual(executor.held(), { routers: [], addresses: [] });
      trace.length = 0;
      executor.execute(done);
      assert.deepEqual(trace, ['hear [52]', 'send zero to 224.0.0.18 on eth0', 'hear []', 'done']);
      executor.close();
    });

    it('ends in a resignation of its own routers, not of those of an engine that never adopted them', async () => {
      const { trace, executor, done } = setUp();
      executor.keep({ ...held({ ...WAN, letGoMs: 5 }), bypass: true });
      executor.hold(() => trace.push('yielded'));
      executor.keep(willOf(LAN));
      trace.length = 0;
      executor.execute(done);
      assert.deepEqual(trace, ['hear [51]', 'send zero to 224.0.0.18 on eth0']);
      while (!trace.includes('done, bypass')) await new Promise((resolve) => setTimeout(resolve, 2));
      assert.ok(trace.includes('remove 192.0.2.10'));
      assert.equal(trace.includes('remove 192.0.2.11'), false);
      executor.close();
    });

    it('forgets the will of an engine that ended before it adopted', () => {
      const { trace, executor, done } = setUp();
      executor.keep(held(WAN));
      executor.hold(() => trace.push('yielded'));
      executor.keep(willOf(LAN));
      executor.renew();
      executor.endHold();
      trace.length = 0;
      executor.execute(done);
      assert.equal(trace.at(-1), 'done');
      assert.equal(
        trace.some((line) => line.startsWith('send')),
        false,
      );
    });

    it('gives in to a better router at once and silently, router by router', async () => {
      const { trace, heard, executor } = setUp();
      executor.keep(held({ ...WAN, advertIntervalMs: 20 }, own(LAN, lanOwn)));
      executor.hold(() => trace.push('yielded'));
      trace.length = 0;
      heard[0]?.(advert({ priority: 101 }));
      await turns();
      assert.deepEqual(trace, ['remove 192.0.2.10', 'gone 192.0.2.10']);
      assert.deepEqual(executor.held().routers, ['lan']);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(trace.includes(sent51), false, 'it says nothing any more');
      heard[0]?.(advert({ vrid: 52, priority: 255 }));
      await turns();
      assert.deepEqual(trace.slice(-3), ['gone 192.0.2.11', 'hear []', 'yielded']);
      executor.close();
    });

    it('gives in to an equal one with a higher address, and answers the others', async () => {
      const higher = setUp();
      higher.executor.keep(held(WAN));
      higher.executor.hold(() => higher.trace.push('yielded'));
      higher.heard[0]?.(advert({ priority: 100, source: '192.0.2.2' }));
      await turns();
      assert.equal(higher.trace.at(-1), 'yielded');

      for (const options of [{ priority: 99 }, { priority: 100, source: '192.0.2.0' }]) {
        const { trace, heard, executor } = setUp();
        executor.keep(held(WAN));
        executor.hold(() => trace.push('yielded'));
        // Longer than the time in which one answer is enough.
        await new Promise((resolve) => setTimeout(resolve, 20));
        trace.length = 0;
        for (let n = 0; n < 5; n += 1) heard[0]?.(advert(options));
        await turns();
        assert.deepEqual(trace, [sent51], JSON.stringify(options));
        executor.close();
      }
    });

    it('says nothing in mode off, and gives in to any advert', async () => {
      const { trace, heard, executor } = setUp();
      executor.keep(held({ ...WAN, adverts: [] }));
      trace.length = 0;
      executor.hold(() => trace.push('yielded'));
      assert.deepEqual(trace, ['hear [51]']);
      heard[0]?.(advert({ priority: 0 }));
      await turns();
      assert.deepEqual(trace, ['hear [51]']);
      heard[0]?.(advert({ priority: 1 }));
      await turns();
      assert.equal(trace.at(-1), 'yielded');
      executor.close();
    });

    it('holds only what was active: the rest is let go when its time is over', async () => {
      const { trace, executor } = setUp();
      executor.keep(held(WAN, { ...LAN, active: false, letGoMs: 5 }));
      trace.length = 0;
      executor.hold(() => trace.push('yielded'));
      while (!trace.includes('gone 192.0.2.11')) await new Promise((resolve) => setTimeout(resolve, 2));
      assert.deepEqual(trace, ['hear [51,52]', sent51, 'remove 192.0.2.11', 'gone 192.0.2.11']);
      assert.deepEqual(executor.held(), { routers: ['wan'], addresses: WAN.addresses });
      executor.close();
    });
  });
});

describe('the rank of a held router', () => {
  it('is read from its ready-made advert, and is below everybody without one', () => {
    const own = rankOf(WAN);
    assert.deepEqual([own.priority, [...own.source]], [100, [192, 0, 2, 1]]);
    const source = Uint8Array.of(192, 0, 2, 0);
    assert.equal(outranks({ priority: 101, source }, own), true);
    assert.equal(outranks({ priority: 100, source }, own), false);
    assert.equal(outranks({ priority: 1, source }, rankOf({ ...WAN, adverts: [] })), true);
  });
});
