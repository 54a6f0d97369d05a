/**
 * The checksum of RFC 9568, without the pseudo-header, which Debian's keepalived does not know: against a router of the tests' own
 * (vrrp.md 2.2, design section 5).
 */
import assert from 'node:assert/strict';
import { until } from '../../lab/clock.ts';
import type { Watcher } from '../../lab/watcher.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { STRANGER, advertise, frame, startSender } from '../lab/foreign-router.ts';
import { eventOf, heardMore, ownedBy, routerOf, stage, start } from '../lab/stage.ts';

/** Active at once, and every further advert is an answer. */
const OWNER = { router: { priority: 255, advertInterval: '30s' } };

describe('the checksum of RFC 9568', function () {
  this.timeout(60_000);
  const on = stage();

  /** The checksum of the newest advert of a, once there are `count`. */
  async function styleOf(wire: Watcher, count: number): Promise<string> {
    const adverts = await until(
      () => {
        const own = wire.adverts({ source: on.a.address });
        return own.length >= count && own;
      },
      { what: `advert ${count} of a` },
    );
    const { withPseudoHeader, withoutPseudoHeader } = adverts[count - 1]!.checksum;
    assert.notEqual(withPseudoHeader, withoutPseudoHeader);
    return withoutPseudoHeader ? 'rfc9568' : 'rfc5798';
  }

  it('scenario 24: it is accepted, answered in the same, and remembered over a restart', async () => {
    const wire = await startWatcher(on.client, 'eth0');
    const sender = await startSender(on.client);
    const a = await start(on.a, OWNER);
    await a.waitRole('active');
    assert.equal(await styleOf(wire, 1), 'rfc5798', 'as installed routers do, to begin with');
    sender.send(frame({ priority: 100, style: 'rfc9568' }));
    assert.equal(await styleOf(wire, 2), 'rfc9568');
    const { checksum, counters } = routerOf(await a.status());
    assert.deepEqual([checksum, counters.checksumErrors, counters.advertsReceived], ['rfc9568', 0, 1]);
    assert.match(await eventOf(a, 'checksumStyle'), /10\.77\.0\.250.*RFC 9568/);

    const stopped = a.stop();
    assert.equal(await styleOf(wire, 3), 'rfc9568', 'priority 0 too');
    // It keeps the address until another is heard: with such an interval that would take a minute.
    sender.send(frame({ priority: 100, style: 'rfc9568' }));
    await stopped;
    const again = await start(on.a, OWNER, { again: a });
    await again.waitRole('active');
    assert.equal(await styleOf(wire, 4), 'rfc9568', 'from the first advert on');
    sender.send(frame({ priority: 100 }));
    assert.equal(await styleOf(wire, 5), 'rfc5798', 'the last one heard counts');
  });

  it('scenario 24: a router that sums so is obeyed, and the last will answers in the same @long', async () => {
    const foreign = advertise(on.client, { priority: 250, style: 'rfc9568' });
    const a = await start(on.a);
    const standby = await heardMore(a, 5);
    assert.equal(standby.role, 'standby');
    assert.equal(routerOf(standby).activeSource, STRANGER);
    assert.equal(routerOf(standby).checksum, 'rfc9568');
    await foreign.stop();
    await a.waitRole('active');
    const wire = await startWatcher(on.client, 'eth0');
    a.kill('engine');
    await a.waitStatus((status) => status.reason.code === 'adopted', 'the next engine has adopted the address');
    const adverts = wire.adverts({ source: on.a.address });
    assert.ok(adverts.length > 3);
    assert.ok(
      adverts.every(({ checksum }) => checksum.withoutPseudoHeader),
      'the guardian in its place, and the next engine',
    );
    await ownedBy(on, 'a');
  });

  it('a checksum that is configured is kept, whatever the others use @long', async () => {
    const wire = await startWatcher(on.client, 'eth0');
    const sender = await startSender(on.client);
    const a = await start(on.a, { router: { ...OWNER.router, checksum: 'rfc9568' } });
    await a.waitRole('active');
    assert.equal(await styleOf(wire, 1), 'rfc9568');
    sender.send(frame({ priority: 100 }));
    assert.equal(await styleOf(wire, 2), 'rfc9568');
    assert.equal(routerOf(await a.status()).counters.checksumErrors, 0);
  });
});
