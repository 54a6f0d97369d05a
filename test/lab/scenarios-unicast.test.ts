/** Black-box scenario 23 (vrrp.md 3.4): adverts from address to address. */
import assert from 'node:assert/strict';
import { until } from '../../lab/clock.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { STRANGER, frame, startSender } from './foreign-router.ts';
import { heardMore, ownedBy, routerOf, stage, start } from './stage.ts';

describe('unicast', function () {
  this.timeout(60_000);
  const on = stage();
  const listing = (address: string) => ({ router: { unicastPeers: [address] } });

  it('scenario 23: only the peers are heard, with TTL 255, and not by multicast', async () => {
    const a = await start(on.a, listing(on.b.address));
    const b = await start(on.b, listing(on.a.address));
    await a.waitRole('active');
    await b.waitRole('standby');
    const wire = await startWatcher(on.b.host, 'eth0');
    await heardMore(b, 3);
    const [advert] = wire.adverts({ source: on.a.address });
    assert.deepEqual([advert?.destination, advert?.ttl], [on.b.address, 255]);

    const sender = await startSender(on.client);
    const toB = { priority: 255, destination: on.b.address };
    const before = routerOf(await b.status()).counters;
    sender.send(
      frame({ ...toB, source: STRANGER }, '02:77:00:00:00:02'),
      frame({ ...toB, source: on.a.address, ttl: 254 }, '02:77:00:00:00:02'),
      frame({ priority: 255, source: on.a.address }),
      frame({ ...toB, source: STRANGER, priority: 0 }, '02:77:00:00:00:02'),
    );
    const { counters } = routerOf(
      await b.waitStatus((status) => routerOf(status).counters.unknownSource === 2, 'the last one is counted'),
    );
    assert.equal(counters.ipTtlErrors - before.ipTtlErrors, 1);
    assert.equal(counters.familyErrors, before.familyErrors, 'the group was never joined');
    assert.equal(counters.priorityZeroReceived, 0);
    await heardMore(b, 5);
    assert.equal((await b.status()).role, 'standby');
    assert.equal((await a.status()).role, 'active');
    await ownedBy(on, 'a');
  });

  it('scenario 23: who comes out of a fault tells the active where it is, and takes nothing over @long', async () => {
    const a = await start(on.a, listing(on.b.address));
    const b = await start(on.b, listing(on.a.address));
    await a.waitRole('active');
    await b.waitRole('standby');
    const wire = await startWatcher(on.client, 'eth0');
    on.b.data.cut();
    await b.waitRole('fault');
    // The active has forgotten where b is, and its questions were not answered.
    on.a.host.ip('neigh flush all');
    await until(() => /FAILED|INCOMPLETE/.test(on.a.host.command(['ip', 'neigh', 'show', on.b.address])), {
      what: 'a does not find b any more',
    });
    on.b.data.restore();
    await b.waitRole('standby');
    await heardMore(b, 5);
    assert.ok(wire.announcements({ address: on.b.address, mac: '02:77:00:00:00:02' }).length > 0, 'b says where it is');
    assert.equal(routerOf(await b.status()).counters.activeTransitions, 0);
    assert.equal((await b.status()).role, 'standby');
    await ownedBy(on, 'a');
  });
});
