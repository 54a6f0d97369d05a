/** Adverts, virtual MACs and interfaces, against the kernel. */
import assert from 'node:assert/strict';
import { AddressFamily, createSocket } from 'raw-socket';
import { RawNetlinkSocket } from 'netlink/dist/raw.js';
import type { Family } from '../../config/plan.ts';
import { ipv4Packet, ipv6Packet } from '../../vrrp/ip-header.ts';
import { acceptRules, createMacvlan, deleteMacvlan, macvlanName, macvlanSettings } from '../../vrrp/macvlan.ts';
import { GROUP_IPV4, GROUP_IPV6 } from '../../vrrp/packet.ts';
import type { RawSocket } from '../../vrrp/receiver.ts';
import { need } from '../support/need.ts';
import { enginePlan, routerPlan } from '../unit/vrrp/edge-samples.ts';
import type { EdgeHost } from './edge-client.ts';
import { A, B, advert, bytesOf, changed, edgePair, feed, hexOf, inside, run, sleep, until } from './edge-pair.ts';

interface Packet {
  readonly family: Family;
  readonly destination: string;
  readonly packet: string;
  readonly name?: string;
}

const sendFrom = async (host: EdgeHost, packet: Packet): Promise<void> =>
  assert.equal(await host.call('send', packet), null);

const heardBy = (host: EdgeHost, count: number) => {
  const packets: Awaited<ReturnType<typeof collect>> = [];
  const collect = () => host.call('heard');
  return until(
    `${count} packets`,
    async () => {
      packets.push(...(await collect()));
      return packets;
    },
    (list) => list.length >= count,
  );
};

const ipv4 = (destination: string, vrid = 51, ttl = 255): Packet => ({
  family: 'ipv4',
  destination: hexOf(destination),
  packet: ipv4Packet(bytesOf('192.0.2.1'), bytesOf(destination), advert(vrid), { ttl }).toString('hex'),
});

describe('the kernel edge of VRRP', function () {
  this.timeout(60_000);
  const pair = edgePair();

  beforeEach(async () => {
    await Promise.all([pair.a.call('heard'), pair.b.call('heard'), pair.a.call('changes'), pair.b.call('changes')]);
  });

  const ipv6 = (destination: string, vrid = 51, hopLimit = 255, source = pair.linkLocalA): Packet => ({
    family: 'ipv6',
    destination: hexOf(destination),
    packet: ipv6Packet(bytesOf(source), bytesOf(destination), advert(vrid), { hopLimit }).toString('hex'),
  });

  describe('dependencies', () => {
    it('still have the inner parts that we use', () => {
      const socket = createSocket({ protocol: 112, addressFamily: AddressFamily.IPv4 }) as unknown as RawSocket;
      for (const method of ['recv', 'setOption', 'getOption', 'removeAllListeners', 'on'] as const) {
        assert.equal(typeof socket.wrap[method], 'function', `raw-socket wrap.${method}`);
      }
      assert.throws(() => socket.wrap.recv(Buffer.alloc(64), () => {}), /temporarily unavailable/i);
      socket.close();
      for (const method of ['send', 'close', 'address', 'addMembership', 'setRecvBufferSize'] as const) {
        assert.equal(typeof RawNetlinkSocket.prototype[method], 'function', `netlink RawNetlinkSocket.${method}`);
      }
    });
  });

  describe('adverts', () => {
    before(async () => {
      for (const host of [pair.a, pair.b]) {
        for (const family of ['ipv4', 'ipv6'] as const) {
          await host.call('listen', { family, vrids: [51], multicast: true });
        }
      }
    });

    it('arrive by IPv4 multicast with source, TTL 255 and TOS 0xC0, and do not come back to the sender', async () => {
      await pair.b.call('watch', 'eth0');
      await sendFrom(pair.a, ipv4('224.0.0.18'));
      const [packet] = await heardBy(pair.b, 1);
      const whole = Buffer.from(packet!.bytes, 'hex');
      assert.equal(packet?.source, '192.0.2.1');
      assert.deepEqual([whole[1], whole[8], whole[9]], [0xc0, 255, 112]);
      assert.deepEqual(whole.subarray(12, 20), Buffer.concat([bytesOf('192.0.2.1'), GROUP_IPV4]));
      assert.deepEqual(whole.subarray(20), advert(51));
      const frames = await pair.b.call('watched');
      assert.ok(frames.some((frame) => frame.startsWith(`01005e000012${pair.macA}0800`)));
      assert.deepEqual(await pair.a.call('heard'), []);
    });

    it('arrive by IPv6 multicast from the link-local address with hop limit 255 and traffic class 0xC0', async () => {
      await pair.b.call('watched');
      await sendFrom(pair.a, ipv6('ff02::12'));
      const [packet] = await heardBy(pair.b, 1);
      assert.deepEqual(packet, { family: 'ipv6', source: pair.linkLocalA, bytes: advert(51).toString('hex') });
      const frame = (await pair.b.call('watched')).find((bytes) => bytes.startsWith(`333300000012${pair.macA}86dd`));
      assert.ok(frame !== undefined);
      assert.deepEqual([frame.slice(28, 31), frame.slice(40, 44)], ['6c0', '70ff']);
      assert.equal(frame.slice(76, 108), Buffer.from(GROUP_IPV6).toString('hex'));
      assert.deepEqual(await pair.a.call('heard'), []);
    });

    it('arrive by unicast: IPv4, global IPv6 and link-local IPv6', async () => {
      await sendFrom(pair.a, ipv4('192.0.2.2'));
      await sendFrom(pair.a, ipv6('2001:db8::2', 51, 255, '2001:db8::1'));
      const linkLocalB = (await pair.b.call('addresses', 'eth0')).find((address) => address.scope === 'link')!.address;
      await sendFrom(pair.a, ipv6(linkLocalB));
      const sources = (await heardBy(pair.b, 3)).map((packet) => packet.source).toSorted();
      assert.deepEqual(sources, ['192.0.2.1', '2001:db8::1', pair.linkLocalA].toSorted());
    });

    it('of foreign VRIDs and IPv6 adverts with hop limit 1 never leave the kernel; IPv4 with TTL 1 is counted above', async () => {
      await sendFrom(pair.a, ipv4('224.0.0.18', 52));
      await sendFrom(pair.a, ipv6('ff02::12', 52));
      await sendFrom(pair.a, ipv6('ff02::12', 51, 1));
      await sendFrom(pair.a, ipv4('224.0.0.18', 51, 1));
      await sendFrom(pair.a, ipv6('ff02::12', 51));
      // Two sockets: which is read first is the loop's affair.
      const packets = (await heardBy(pair.b, 2)).toSorted((one, other) => one.family.localeCompare(other.family));
      assert.equal(Buffer.from(packets[0]!.bytes, 'hex')[8], 1);
      assert.deepEqual(packets[1], { family: 'ipv6', source: pair.linkLocalA, bytes: advert(51).toString('hex') });
    });

    it('are chosen by other VRIDs after a reload, without a gap', async () => {
      await pair.b.call('setVrids', { family: 'ipv4', vrids: [52, 250] });
      for (const vrid of [51, 250, 52]) await sendFrom(pair.a, ipv4('224.0.0.18', vrid));
      const vrids = (await heardBy(pair.b, 2)).map((packet) => Buffer.from(packet.bytes, 'hex')[21]);
      assert.deepEqual(vrids, [250, 52]);
      await pair.b.call('setVrids', { family: 'ipv4', vrids: [] });
      await sendFrom(pair.a, ipv4('224.0.0.18', 52));
      await pair.b.call('setVrids', { family: 'ipv4', vrids: [51] });
      await sendFrom(pair.a, ipv4('224.0.0.18', 51));
      assert.equal((await heardBy(pair.b, 1)).length, 1);
    });

    it('that wait after a pause are drained, no more than asked for at a time', async () => {
      const stalled = pair.b.call('stallAndDrain', { ms: 400, family: 'ipv4', limits: [3, 100, 100] });
      await sleep(100);
      for (let n = 0; n < 10; n += 1) await sendFrom(pair.a, ipv4('224.0.0.18'));
      assert.deepEqual(await stalled, [3, 7, 0]);
      assert.equal((await heardBy(pair.b, 10)).length, 10);
    });

    it('to the group are not heard by who listens for unicast only', async () => {
      for (const family of ['ipv4', 'ipv6'] as const)
        await pair.b.call('listen', { family, vrids: [51], multicast: false });
      await sendFrom(pair.a, ipv4('224.0.0.18'));
      await sendFrom(pair.a, ipv6('ff02::12'));
      await sendFrom(pair.a, ipv4('192.0.2.2'));
      await sendFrom(pair.a, ipv6('2001:db8::2', 51, 255, '2001:db8::1'));
      const destinations = (await heardBy(pair.b, 2)).map((packet) => packet.source).toSorted();
      assert.deepEqual(destinations, ['192.0.2.1', '2001:db8::1']);
    });

    it('cannot be sent or heard on an interface that is not there, which is said', async () => {
      const packet = { ...ipv4('224.0.0.18'), name: 'eth9' };
      assert.equal(await pair.a.call('send', packet), 'ENODEV');
    });

    it('say why when the interface is down', async () => {
      run('ip', '-n', A, 'link', 'set', 'eth0', 'down');
      const error = await pair.a.call('send', ipv4('224.0.0.18'));
      assert.match(error ?? '', /^E[A-Z]+$/);
      run('ip', '-n', A, 'link', 'set', 'eth0', 'up');
      run('ip', '-n', A, 'addr', 'replace', '2001:db8::1/64', 'dev', 'eth0', 'nodad');
      await until(
        'carrier',
        () => pair.a.call('interface', 'eth0'),
        (link) => link?.up === true,
      );
      assert.equal(await pair.a.call('send', ipv4('224.0.0.18')), null);
    });
  });

  describe('a virtual MAC', () => {
    const name = macvlanName('ipv4', 51, 2);
    const name6 = macvlanName('ipv6', 51, 2);

    it('carries adverts of both families from the macvlan, with the parent’s addresses as source', async () => {
      await pair.b.call('watch', 'eth0');
      for (const [macvlan, family] of [
        [name, 'ipv4'],
        [name6, 'ipv6'],
      ] as const) {
        for (const argv of createMacvlan('eth0', macvlan, family, 51)) inside(A, ...argv);
        for (const { file, value } of macvlanSettings('eth0', macvlan)) feed(A, ['tee', file], value);
        await until(
          'the macvlan in the view',
          () => pair.a.call('interface', macvlan),
          (link) => link !== null,
        );
        assert.equal((await pair.a.call('interface', macvlan))?.up, false, 'it is left down');
        assert.equal(await pair.a.call('setUp', { name: macvlan, up: true }), 'done');
      }
      assert.doesNotMatch(run('ip', '-n', A, 'addr', 'show', 'dev', name6), /fe80/);
      await until(
        'a send',
        () => pair.a.call('send', { ...ipv4('224.0.0.18'), name }),
        (error) => error === null,
      );
      await until(
        'a send',
        () => pair.a.call('send', { ...ipv6('ff02::12'), name: name6 }),
        (error) => error === null,
      );
      const frames: string[] = [];
      await until(
        'frames from the virtual MACs',
        async () => {
          frames.push(...(await pair.b.call('watched')));
          return frames;
        },
        (list) =>
          list.some((frame) => frame.startsWith('01005e00001200005e000133')) &&
          list.some((frame) => frame.startsWith('33330000001200005e000233')),
      );
    });

    it('answers for its addresses with the virtual MAC, and the parent does not', async () => {
      const vip = { address: '192.0.2.100', prefix: 24, family: 'ipv4', interface: name } as const;
      assert.deepEqual(await pair.a.call('add', [vip]), ['added']);
      const question = { mac: pair.macB, family: 'ipv4', addresses: [hexOf('192.0.2.100')], own: [pair.macB] } as const;
      for (const own of [[pair.macB], [pair.macB, pair.macA]]) {
        const answer = await pair.b.call('probe', { ...question, addresses: [hexOf('192.0.2.100')], own });
        assert.deepEqual(answer, { address: '192.0.2.100', mac: '00:00:5e:00:01:33' });
      }
      const own = await pair.b.call('probe', { ...question, addresses: [hexOf('192.0.2.1')], own: [pair.macB] });
      assert.equal(own?.mac, pair.macA.match(/../g)!.join(':'));
      inside(B, 'ping', '-c', '1', '-W', '5', '192.0.2.100');
    });

    it('does not accept what is sent to its addresses with accept: false, and goes on answering ARP', async function () {
      need(this, 'nft');
      const rules = acceptRules(enginePlan([routerPlan({ accept: false })], 'edge'))!;
      feed(A, rules.argv, rules.text);
      feed(A, rules.argv, rules.text);
      assert.throws(() => inside(B, 'ping', '-c', '1', '-W', '1', '192.0.2.100'));
      inside(B, 'ping', '-c', '1', '-W', '5', '192.0.2.1');
      const question = { mac: pair.macB, family: 'ipv4', addresses: [hexOf('192.0.2.100')], own: [pair.macB] } as const;
      assert.notEqual(
        await pair.b.call('probe', { ...question, addresses: [...question.addresses], own: [pair.macB] }),
        null,
      );
    });

    after(() => {
      for (const macvlan of [name, name6]) for (const argv of deleteMacvlan(macvlan)) inside(A, ...argv);
    });
  });

  describe('interfaces', () => {
    it('that lose carrier are reported, and that get it back', async () => {
      run('ip', '-n', B, 'link', 'set', 'eth0', 'down');
      await changed(pair.a, 'eth0', (link) => link?.up === false);
      const kinds = (await pair.a.call('changes')).filter((change) => change.kind === 'interface');
      assert.ok(kinds.length > 0);
      run('ip', '-n', B, 'link', 'set', 'eth0', 'up');
      await changed(pair.a, 'eth0', (link) => link?.up === true);
    });

    it('are followed when they get another name', async () => {
      run('ip', '-n', A, 'link', 'set', 'eth0', 'down');
      run('ip', '-n', A, 'link', 'set', 'eth0', 'name', 'wan0');
      await changed(pair.a, 'wan0', (link) => link !== null);
      assert.equal(await pair.a.call('interface', 'eth0'), null);
      assert.ok((await pair.a.call('addresses', 'wan0')).every((address) => address.interface === 'wan0'));
      run('ip', '-n', A, 'link', 'set', 'wan0', 'name', 'eth0');
      run('ip', '-n', A, 'link', 'set', 'eth0', 'up');
      await changed(pair.a, 'eth0', (link) => link?.up === true);
    });

    it('that are recreated are used again: addresses, sending and, opened anew, hearing', async () => {
      const before = (await pair.a.call('interface', 'eth0'))!.index;
      assert.equal(await pair.a.call('send', ipv4('224.0.0.18')), null);
      run('ip', '-n', A, 'link', 'del', 'eth0');
      await changed(pair.a, 'eth0', (link) => link === null);
      await changed(pair.b, 'eth0', (link) => link === null);
      assert.deepEqual(await pair.a.call('addresses', 'eth0'), []);
      assert.equal(await pair.a.call('send', ipv4('224.0.0.18')), 'ENODEV');
      await assert.rejects(
        pair.b.call('listen', { family: 'ipv4', vrids: [51], multicast: true }),
        /cannot listen on eth0: there is no such interface/,
      );

      run(
        'ip',
        '-n',
        A,
        'link',
        'add',
        'eth0',
        'index',
        String(before + 50),
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        B,
      );
      for (const namespace of [A, B]) run('ip', '-n', namespace, 'link', 'set', 'eth0', 'up');
      await changed(pair.b, 'eth0', (link) => link?.up === true);
      const link = await changed(pair.a, 'eth0', (now) => now?.up === true);
      assert.equal(link?.index, before + 50);
      const vip = { address: '192.0.2.100', prefix: 24, family: 'ipv4', interface: 'eth0' } as const;
      assert.deepEqual(await pair.a.call('add', [vip]), ['added']);
      await pair.b.call('listen', { family: 'ipv4', vrids: [51], multicast: true });
      await sendFrom(pair.a, ipv4('224.0.0.18'));
      assert.equal((await heardBy(pair.b, 1))[0]?.source, '192.0.2.1');
    });
  });
});
