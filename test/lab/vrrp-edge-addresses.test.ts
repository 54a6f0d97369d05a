/** Addresses and neighbours, against the kernel. */
import assert from 'node:assert/strict';
import type { Family } from '../../config/plan.ts';
import { type EdgeHost, spawnHost } from './edge-client.ts';
import { A, B, edgePair, feed, hexOf, run, sleep, until } from './edge-pair.ts';

const many = (family: Family) =>
  Array.from({ length: 255 }, (_, n) => ({
    address: family === 'ipv4' ? `198.51.100.${n}` : `2001:db8:1::${(n + 1).toString(16)}`,
    prefix: family === 'ipv4' ? 24 : 64,
    family,
    interface: 'eth0',
  }));

const seen = async (host: EdgeHost): Promise<string[]> =>
  (await host.call('addresses', 'eth0')).map((address) => address.address);

const entry = (address: string): string => run('ip', '-n', B, 'neigh', 'show', address, 'dev', 'eth0');

describe('the kernel edge of VRRP', function () {
  this.timeout(60_000);
  const pair = edgePair();

  describe('addresses', () => {
    before(async () => {
      // Without it the 254 siblings would go with the first.
      assert.equal(await pair.a.call('promote', 'eth0'), null);
    });

    for (const family of ['ipv4', 'ipv6'] as const) {
      it(`come and go, 255 of ${family} in one go, each with our tag and at once usable`, async () => {
        const list = many(family);
        const before = await seen(pair.a);
        assert.deepEqual(new Set(await pair.a.call('add', list)), new Set(['added']));
        const there = await until(
          'every address in the view',
          () => pair.a.call('addresses', 'eth0'),
          (addresses) => addresses.filter((address) => address.tagged).length === 255,
        );
        assert.ok(there.every((address) => !address.tagged || !address.tentative));
        assert.deepEqual(new Set(await pair.a.call('add', list)), new Set(['present']));
        assert.deepEqual(new Set(await pair.a.call('remove', list)), new Set(['removed']));
        assert.deepEqual(new Set(await pair.a.call('remove', list)), new Set(['absent']));
        await until(
          'no address of ours in the view',
          () => seen(pair.a),
          (addresses) => addresses.length === before.length,
        );
      });
    }

    it('of somebody else are present, and stay as they are', async () => {
      run('ip', '-n', A, 'addr', 'add', '198.51.100.7/24', 'dev', 'eth0');
      const foreign = { address: '198.51.100.7', prefix: 24, family: 'ipv4', interface: 'eth0' } as const;
      assert.deepEqual(await pair.a.call('add', [foreign]), ['present']);
      const [found] = (await pair.a.call('addresses', 'eth0')).filter((address) => address.address === foreign.address);
      assert.equal(found?.tagged, false);
      run('ip', '-n', A, 'addr', 'del', '198.51.100.7/24', 'dev', 'eth0');
    });

    it('are removed with their own prefix only', async () => {
      run('ip', '-n', A, 'addr', 'add', '198.51.100.7/32', 'dev', 'eth0');
      const ours = { address: '198.51.100.7', prefix: 24, family: 'ipv4', interface: 'eth0' } as const;
      assert.deepEqual(await pair.a.call('remove', [ours]), ['absent']);
      assert.match(run('ip', '-n', A, 'addr', 'show', 'dev', 'eth0'), /198\.51\.100\.7\/32/);
      run('ip', '-n', A, 'addr', 'del', '198.51.100.7/32', 'dev', 'eth0');
    });

    it('of one subnet stay when the first of them is removed', async () => {
      const [first, ...others] = many('ipv4').slice(1, 5);
      await pair.a.call('add', [first!, ...others]);
      assert.deepEqual(await pair.a.call('remove', [first!]), ['removed']);
      const left = run('ip', '-n', A, 'addr', 'show', 'dev', 'eth0');
      for (const { address } of others) assert.match(left, new RegExp(`${address}/24`));
      const shown = await until(
        'promotion in the view',
        () => pair.a.call('addresses', 'eth0'),
        (list) => list.some((item) => item.address === others[0]!.address && !item.secondary),
      );
      assert.ok(shown.some((item) => item.address === others[1]!.address && item.secondary));
      await pair.a.call('remove', others);
    });

    it('with a /128 are never preferred as a source, and need no detection', async () => {
      const vip = { address: '2001:db8:1::51', prefix: 128, family: 'ipv6', interface: 'eth0' } as const;
      assert.deepEqual(await pair.a.call('add', [vip]), ['added']);
      const [link] = JSON.parse(run('ip', '-n', A, '-j', 'addr', 'show', 'dev', 'eth0')) as {
        addr_info: { local: string; preferred_life_time: number; valid_life_time: number; nodad?: boolean }[];
      }[];
      const found = link?.addr_info.find((item) => item.local === vip.address);
      assert.deepEqual([found?.preferred_life_time, found?.valid_life_time], [0, 0xffffffff]);
      await pair.a.call('remove', [vip]);
    });

    it('that cannot be added say why and what to do', async () => {
      const nowhere = { address: '198.51.100.7', prefix: 24, family: 'ipv4', interface: 'eth9' } as const;
      assert.deepEqual(await pair.a.call('add', [nowhere]), [
        'cannot add 198.51.100.7/24 to eth9: ENODEV: there is no such interface',
      ]);
      assert.deepEqual(await pair.a.call('remove', [nowhere]), ['absent']);
      const [wrong] = await pair.a.call('add', [{ ...nowhere, interface: 'eth0', prefix: 40 }]);
      assert.match(wrong ?? '', /^cannot add 198\.51\.100\.7\/40 to eth0: EINVAL/);
    });

    it('that cannot be added keep none of the others back', async () => {
      const list = many('ipv4').slice(1, 81);
      await pair.a.call('add', [list[40]!]);
      const mixed = list.map((spec, n) =>
        n % 16 === 3 ? { ...spec, prefix: 40 } : n % 16 === 9 ? { ...spec, interface: 'eth9' } : spec,
      );
      const told = await pair.a.call('add', mixed);
      assert.deepEqual(
        told.map((text) => text.replace(/^cannot .*: (E[A-Z]+).*$/, '$1')),
        list.map((_, n) => (n % 16 === 3 ? 'EINVAL' : n % 16 === 9 ? 'ENODEV' : n === 40 ? 'present' : 'added')),
      );
      assert.match(told[3]!, /^cannot add 198\.51\.100\.4\/40 to eth0: EINVAL/);
      const there = await until(
        'the others in the view',
        () => seen(pair.a),
        (found) => list.every(({ address }, n) => found.includes(address) === (n % 16 !== 3 && n % 16 !== 9)),
      );
      assert.ok(there.length >= 70);
      await pair.a.call('remove', list);
    });

    it('removed by somebody else are told at once', async () => {
      const vip = { address: '198.51.100.9', prefix: 24, family: 'ipv4', interface: 'eth0' } as const;
      await pair.a.call('add', [vip]);
      run('ip', '-n', A, 'addr', 'del', '198.51.100.9/24', 'dev', 'eth0');
      const told: string[] = [];
      await until(
        'the removal',
        async () => {
          for (const change of await pair.a.call('changes')) {
            if (change.kind === 'addressRemoved') told.push(change.address.address);
          }
          return told;
        },
        (list) => list.includes(vip.address),
      );
    });

    it('are read anew after events were lost', async () => {
      const small = spawnHost(A, { TEST_RECEIVE_BUFFER: '4096' });
      try {
        await small.call('start');
        const stalled = small.call('stall', { ms: 700 });
        await sleep(100);
        const list = many('ipv4').slice(0, 100);
        await pair.a.call('add', list);
        await pair.a.call('remove', list.slice(0, 50));
        await stalled;
        const kinds: string[] = [];
        await until(
          'a resynchronisation',
          async () => {
            kinds.push(...(await small.call('changes')).map((change) => change.kind));
            return kinds;
          },
          (told) => told.includes('resynchronised'),
        );
        // Not at once: a dump shows a link-local address while it is being checked, an event only comes afterwards.
        const here = await until(
          'the same addresses in both views',
          async () => [(await seen(small)).toSorted().join(' '), (await seen(pair.a)).toSorted().join(' ')],
          ([one, other]) => one === other,
        );
        assert.equal(here[0]?.split(' ').filter((address) => address.startsWith('198.51.100.')).length, 50);
        await pair.a.call('remove', list.slice(50));
      } finally {
        assert.equal(await small.stop(), 0);
      }
    });
  });

  describe('neighbours', () => {
    const cases = [
      ['ipv4', '192.0.2.100'],
      ['ipv6', '2001:db8::100'],
    ] as const;

    for (const [family, address] of cases) {
      it(`learn from an announcement who has the ${family} address now`, async () => {
        const old = '02:00:00:00:00:99';
        run('ip', '-n', B, 'neigh', 'replace', address, 'lladdr', old, 'nud', 'stale', 'dev', 'eth0');
        assert.ok(entry(address).includes(old));
        assert.equal(await pair.a.call('announce', { mac: pair.macA, family, addresses: [hexOf(address)] }), 1);
        const now = pair.macA.match(/../g)!.join(':');
        await until(
          'another MAC',
          () => entry(address),
          (text) => text.includes(now),
        );
        run('ip', '-n', B, 'neigh', 'del', address, 'dev', 'eth0');
      });

      it(`are asked who has the ${family} address: nobody, a foreign one, one of ours`, async () => {
        const vip = { address, prefix: family === 'ipv4' ? 24 : 64, family, interface: 'eth0' };
        const addresses = [hexOf(family === 'ipv4' ? '192.0.2.99' : '2001:db8::99'), hexOf(address)];
        const question = { mac: pair.macA, family, addresses, own: [pair.macA] };
        assert.equal(await pair.a.call('probe', question), null);
        await pair.b.call('add', [vip]);
        assert.deepEqual(await pair.a.call('probe', question), { address, mac: pair.macB.match(/../g)!.join(':') });
        assert.equal(await pair.a.call('probe', { ...question, own: [pair.macA, pair.macB] }), null);
        await pair.b.call('remove', [vip]);
      });

      it(`that announce the ${family} address while we ask count as having it`, async () => {
        const asked = pair.a.call('probe', {
          mac: pair.macA,
          family,
          addresses: [hexOf(address)],
          own: [pair.macA],
          count: 20,
        });
        await sleep(60);
        await pair.b.call('announce', { mac: '020000000077', family, addresses: [hexOf(address)] });
        assert.deepEqual(await asked, { address, mac: '02:00:00:00:00:77' });
      });
    }

    it('are told of 255 addresses in one go, but not of one of the wrong size', async () => {
      const list = many('ipv4').map(({ address }) => address);
      run('ip', '-n', B, 'addr', 'add', '198.51.100.250/24', 'dev', 'eth0');
      const old = 'lladdr 02:00:00:00:00:66 nud stale dev eth0';
      feed(
        B,
        ['ip', '-batch', '-'],
        list
          .slice(1, 250)
          .map((address) => `neigh replace ${address} ${old}\n`)
          .join(''),
      );
      const addresses = [...list.slice(1, 33).map(hexOf), 'c000', ...list.slice(33, 250).map(hexOf)];
      assert.equal(await pair.a.call('announce', { mac: pair.macA, family: 'ipv4', addresses }), 249);
      const now = pair.macA.match(/../g)!.join(':');
      const known = (): string[] => run('ip', '-n', B, 'neigh', 'show', 'to', '198.51.100.0/24').trim().split('\n');
      await until('another MAC for each', known, (lines) => lines.filter((line) => line.includes(now)).length === 249);
      run('ip', '-n', B, 'addr', 'del', '198.51.100.250/24', 'dev', 'eth0');
    });
  });
});
