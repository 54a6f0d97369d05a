/**
 * Traffic goes on when the active one is killed or stopped with keepalived as the other (brain 5.6). How much is lost is measured by the
 * benchmarks, at adverts of one second; here it counts who answers in the end, and that the address is there all the time.
 */
import assert from 'node:assert/strict';
import { now } from '../../lab/clock.ts';
import { startKeepalived } from '../../lab/keepalived.ts';
import { startEcho, startProbe } from '../../lab/probe.ts';
import { VIP } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { watchAddresses } from '../lab/address-log.ts';
import { ownedBy, stage, start } from '../lab/stage.ts';

describe('traffic with keepalived as the other', function () {
  this.timeout(90_000);
  const on = stage(undefined, 'keepalived');

  for (const [interval, mark] of [
    [0.1, ''],
    [1, ' @long'],
  ] as const) {
    it(`goes on when the engine is killed, and when the daemon is stopped, at adverts of ${interval} s${mark}`, () =>
      goesOn(interval));
  }

  async function goesOn(interval: number): Promise<void> {
    await Promise.all([startEcho(on.a.host), startEcho(on.b.host)]);
    await startKeepalived(on.b.host, [{ id: 51, priority: 100, interval, addresses: [`${VIP}/24 dev eth0`] }]);
    const a = await start(on.a, { router: { advertInterval: `${interval * 1000}ms` } });
    await a.waitRole('active');
    await ownedBy(on, 'a');
    const probe = startProbe(on.client, VIP);
    await probe.answered({ by: 'a' });

    await stays(() => a.kill('engine'));
    await moved(() => a.program.signal('SIGTERM'));
    assert.deepEqual(await a.program.exited, { code: 0, signal: null });

    // Nobody is known to be able to take over (a foreign router says nothing of itself): the guardian goes on advertising (brain 6.3).
    async function stays(end: () => void): Promise<void> {
      const wire = await startWatcher(on.client, 'eth0');
      const from = now();
      end();
      await a.waitStatus((status) => status.reason.code === 'adopted', 'the next engine has adopted the address');
      assert.deepEqual(wire.adverts({ source: on.a.address, priority: 0 }), []);
      assert.deepEqual(wire.adverts({ source: on.b.address }), [], 'keepalived hears adverts all the time');
      const { answering } = await probe.report(from);
      assert.deepEqual([...new Set(answering.map(({ who }) => who))], ['a']);
    }

    async function moved(end: () => void): Promise<void> {
      const wire = await startWatcher(on.client, 'eth0');
      const log = await watchAddresses(on.a.host);
      const from = now();
      end();
      await probe.answered({ by: 'b', after: from });
      await ownedBy(on, 'b');
      const claim = await wire.waitFor('b claims', (seen) => seen.kind === 'advert' && seen.source === on.b.address);
      assert.equal(wire.adverts({ source: on.a.address, priority: 0 }).length, 1);
      assert.ok(claim.at < (await log.removed(VIP)) + 5, 'the address is kept until the other is heard');
      const { answering } = await probe.report(from);
      assert.deepEqual([answering[0]?.who, answering.at(-1)?.who], ['a', 'b']);
    }
  }
});
