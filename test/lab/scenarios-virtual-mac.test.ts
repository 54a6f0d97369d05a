/** Virtual MACs (RFC 9568 section 7.3; vrrp.md 2.1): the neighbours keep theirs, and two that use the same hear each other all the same. */
import assert from 'node:assert/strict';
import { until } from '../../lab/clock.ts';
import { VIP, VIP6 } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { heardMore, ownedBy, routerOf, stage, startBoth } from './stage.ts';

const FORMS = [
  { name: 'IPv4', addresses: [`${VIP}/24`], vip: VIP, mac: '00:00:5e:00:01:33', ping: ['ping', '-n'] },
  {
    name: 'IPv6',
    addresses: ['fe80::51/64', `${VIP6}/64`],
    vip: VIP6,
    mac: '00:00:5e:00:02:33',
    ping: ['ping', '-6', '-n'],
  },
] as const;

describe('virtual MACs @long', function () {
  this.timeout(60_000);
  const on = stage(undefined, 'ping');

  for (const { name, addresses, vip, mac, ping } of FORMS) {
    it(`${name}: the address answers with the same MAC wherever it is, and of two active ones one yields`, async () => {
      const neighbour = (): string => on.client.command(['ip', 'neigh', 'show', vip]);
      const reached = async (): Promise<void> => {
        await until(async () => (await on.client.run([...ping, '-c', '1', '-W', '1', vip])).code === 0, {
          what: `${vip} answers`,
        });
        assert.match(neighbour(), new RegExp(mac));
      };
      const wire = await startWatcher(on.client, 'eth0');
      const [a, b] = await startBoth(on, { router: { virtualMac: true, addresses } });
      await ownedBy(on, 'a', vip);
      await reached();
      const first = routerOf(await a.status());
      assert.equal(first.counters.sendErrors, 0, 'the first advert leaves too');
      assert.ok(
        wire.adverts().every((advert) => advert.mac === mac),
        'adverts carry it',
      );
      assert.ok(
        wire.announcements({ address: vip }).every((seen) => seen.mac === mac && seen.announced === mac),
        'announcements too',
      );

      on.b.data.cut({ how: 'inSwitch' });
      await b.waitRole('active');
      on.b.data.restore();
      assert.equal((await b.waitRole('standby')).reason.code, 'betterHeard');
      await ownedBy(on, 'a', vip);
      await heardMore(b, 3);
      assert.equal((await a.status()).role, 'active');

      await a.stop();
      await ownedBy(on, 'b', vip);
      await reached();
      assert.doesNotMatch(on.a.host.command(['ip', '-br', 'link']), /vr[46]-/, 'nothing of it is left');
    });
  }
});
