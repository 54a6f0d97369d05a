/**
 * Black-box scenarios 1, 2, 4, 5, 8, 9 and 13 (vrrp.md 3.4) with the real programs: who is active in the end, and in which order
 * it came to that. Times are checked on the virtual clock (test/unit/vrrp, test/unit/brain).
 */
import assert from 'node:assert/strict';
import { now, until } from '../../lab/clock.ts';
import { VIP } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import type { RouterStatus } from '../../core/status.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { config, heardMore, ownedBy, routerOf, stage, start, startBoth } from './stage.ts';

const MAC_A = '02:77:00:00:00:01';
const reasonOf = async (tandem: Tandem): Promise<string> => (await tandem.status()).reason.code;

describe('an election', function () {
  this.timeout(60_000);
  const on = stage();

  it('scenario 1: of two that start, the better one is active and announces the address in two bursts', async () => {
    const wire = await startWatcher(on.client, 'eth0');
    const [a, b] = await startBoth(on, { router: { announce: { repeat: 5, again: '500ms', refresh: '0s' } } });
    await ownedBy(on, 'a');
    await heardMore(b, 10);
    assert.equal(wire.announcements({ address: VIP, mac: MAC_A }).length, 10, 'five announcements, and five again');
    assert.equal(wire.announcements({ address: VIP }).length, 10, 'nobody else announces');
    assert.deepEqual([...new Set(wire.adverts().map(({ source }) => source))], [on.a.address], 'only a advertises');
    assert.equal(routerOf(await b.status()).activeSource, on.a.address);
    const advert = wire.adverts()[0]!;
    assert.equal(advert.ttl, 255);
    assert.equal(advert.destination, '224.0.0.18');
    assert.equal(advert.priority, 200);
    assert.deepEqual(advert.addresses, [VIP]);
    assert.equal(await reasonOf(a), 'masterDown');
    assert.equal(await reasonOf(b), 'activeHeard');
  });

  it('scenario 2: a stop says priority 0, and the other takes over because of it', async () => {
    const [a, b] = await startBoth(on);
    const wire = await startWatcher(on.client, 'eth0');
    await a.stop();
    assert.deepEqual(a.program.exit, { code: 0, signal: null });
    await b.waitRole('active');
    await ownedBy(on, 'b');
    assert.equal(await reasonOf(b), 'resigned');
    const zero = wire.adverts({ source: on.a.address, priority: 0 });
    assert.equal(zero.length, 1);
    const first = await wire.waitFor(
      'an advert of b',
      (seen) => seen.kind === 'advert' && seen.source === on.b.address,
    );
    assert.ok(zero[0]!.at < first.at, 'first the one gives up, then the other claims');
    assert.equal(wire.adverts({ source: on.a.address, after: zero[0]!.at }).length, 0, 'nothing after priority 0');
  });

  it('scenario 4: a better instance that returns takes over, and the other lets go at its first advert', async () => {
    const b = await start(on.b);
    await b.waitRole('active');
    const wire = await startWatcher(on.client, 'eth0');
    const a = await start(on.a);
    await a.waitRole('active');
    await b.waitRole('standby');
    await ownedBy(on, 'a');
    assert.equal(await reasonOf(a), 'preempting');
    assert.equal(await reasonOf(b), 'betterHeard');
    const claim = await wire.waitFor('a claims', (seen) => seen.kind === 'advert' && seen.source === on.a.address);
    const announced = await wire.waitFor('a announces', (seen) => seen.kind === 'announcement' && seen.mac === MAC_A);
    assert.ok(claim.at < announced.at, 'first the advert, then the announcements');
    await heardMore(b, 3);
    assert.equal(wire.adverts({ source: on.b.address, after: claim.at + 50 }).length, 0, 'b is silent');
  });

  it('scenario 4: with preemptDelay it obeys the worse one first, and takes over afterwards @long', async () => {
    const b = await start(on.b);
    await b.waitRole('active');
    const a = await start(on.a, { ha: { preemptDelay: '1s' } });
    const status = await a.waitRole('active');
    assert.equal(status.reason.code, 'preempting');
    const { advertsReceived } = routerOf(status).counters;
    // Without the delay three or four.
    assert.ok(advertsReceived >= 7, `${advertsReceived} adverts obeyed`);
    await ownedBy(on, 'a');
  });

  it('scenario 4: without preempt it never takes over @long', async () => {
    const b = await start(on.b);
    await b.waitRole('active');
    const a = await start(on.a, { ha: { preempt: false } });
    const status = await heardMore(a, 12);
    assert.equal(status.role, 'standby');
    assert.equal(routerOf(status).counters.activeTransitions, 0);
    await ownedBy(on, 'b');
  });

  it('scenario 5: of equals the higher address wins only if both are active @long', async () => {
    const equal = { router: { priority: 150 } };
    const a = await start(on.a, equal);
    await a.waitRole('active');
    const b = await start(on.b, equal);
    const obeying = await heardMore(b, 12);
    assert.equal(obeying.role, 'standby', 'a standby with a higher address waits all the same');
    on.b.data.cut({ how: 'inSwitch' });
    await b.waitRole('active');
    assert.equal((await a.status()).role, 'active');
    on.b.data.restore();
    const yielding = await a.waitRole('standby');
    assert.equal(yielding.reason.code, 'betterHeard');
    await ownedBy(on, 'b');
    assert.equal((await b.status()).role, 'active');
  });

  it('scenario 8: a standby goes by the interval that the active one names, also when it changes @long', async () => {
    const down = ({ masterDownMs }: RouterStatus): number => Math.round(masterDownMs);
    const a = await start(on.a, { router: { advertInterval: '200ms' } });
    const b = await start(on.b, { router: { advertInterval: '1s' } });
    await a.waitRole('active');
    await heardMore(b, 2);
    const learnt = routerOf(await b.status());
    assert.equal(learnt.activeAdvertIntervalMs, 200);
    assert.equal(down(learnt), 722, '3 x 0.2 s and the skew of priority 100');
    const slower = await a.reload(config('a', { router: { advertInterval: '900ms' } }));
    assert.equal(slower.code, 0, slower.stderr);
    await heardMore(b, 3);
    const relearnt = routerOf(await b.status());
    assert.equal(relearnt.activeAdvertIntervalMs, 900);
    assert.equal(relearnt.counters.activeTransitions, 0, 'b did not take over');
    await ownedBy(on, 'a');
  });

  it('scenario 9: v2 with different intervals: both say so, and both are active @long', async () => {
    // As owners they need not wait for their down timers; the mismatch is the same.
    const owner = (advertInterval: string) => ({ router: { version: 2, priority: 255, advertInterval } });
    const a = await start(on.a, owner('1s'));
    const b = await start(on.b, owner('2s'));
    for (const tandem of [a, b]) {
      const { role, conditions, routers } = await tandem.waitStatus(
        (status) => status.conditions.some(({ name }) => name === 'intervalMismatch'),
        'the mismatch is told',
      );
      assert.equal(role, 'active');
      assert.match(
        conditions.find(({ name }) => name === 'intervalMismatch')!.text,
        /1000 ms.*2000 ms|2000 ms.*1000 ms/,
      );
      assert.ok(routers[0]!.counters.advertIntervalErrors > 0, 'and counted');
      assert.equal(routers[0]!.counters.advertsReceived, 0);
    }
    assert.ok(on.a.host.has(VIP) && on.b.host.has(VIP), 'as every implementation of version 2 does');
  });

  it('scenario 13: of two owners one is left, and the quarrel is told', async () => {
    const a = await start(on.a, { router: { priority: 255 } });
    await a.waitRole('active');
    const begun = now();
    const b = await start(on.b, { router: { priority: 255 } });
    await b.waitRole('active');
    const { conditions } = await a.waitStatus(
      ({ role, conditions }) => role === 'standby' && conditions.length > 0,
      'a yields and says why',
    );
    assert.equal(conditions[0]!.name, 'twoOwners');
    await ownedBy(on, 'b');
    const wire = await startWatcher(on.client, 'eth0');
    await until(() => wire.adverts({ after: begun }).length > 5, { what: 'adverts' });
    assert.deepEqual([...new Set(wire.adverts().map(({ source }) => source))], [on.b.address]);
  });
});
