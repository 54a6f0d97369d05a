/** Link pairs (brain 2, fault `linkPairs`): what a lost port of a pair does, and what it does not. */
import assert from 'node:assert/strict';
import { cutTogether } from '../../lab/cable.ts';
import { now, sleep } from '../../lab/clock.ts';
import { PAIR, VIP, buildLab } from '../../lab/topology.ts';
import { startTraffic } from '../../lab/traffic.ts';
import {
  claims,
  knows,
  lastEvent,
  ownedBy,
  rolesOf,
  stage,
  startAppliances,
  startMember,
  startStack,
  watchAddress,
  withPairs,
} from './stage.ts';

describe('link pairs', function () {
  this.timeout(60_000);
  const on = stage(withPairs, 'nft');

  it('field "Minimum active links": below it the standby takes over; back as standby first, and active again by a handover', async () => {
    const [a, b] = await startStack(on);
    const traffic = await startTraffic(on.topology);
    await startAppliances(a, b);
    await traffic.answered();
    const before = await lastEvent(a);
    on.a.wan.cut();
    const fault = await a.waitRole('fault');
    assert.deepEqual([fault.faults[0]?.name, fault.faults[0]?.hard], ['linkPairs', true], 'no pair at all is hard');
    assert.deepEqual(
      fault.links.pairs.map(({ state, outside, inside }) => [state, outside, inside]),
      [['half', false, true]],
    );
    await b.waitRole('active');
    await ownedBy(on, 'b');
    await traffic.answered({ after: now() });

    const address = await watchAddress(on);
    on.a.wan.restore();
    assert.equal((await a.waitRole('active')).reason.code, 'tookOver');
    await ownedBy(on, 'a');
    await address.nothingLost();
    assert.deepEqual(await rolesOf(a, before), ['fault', 'standby', 'active']);
    await traffic.answered({ after: now() });
    assert.equal((await a.status()).flaps.count, 1);
    assert.equal((await b.status()).flaps.count, 0, 'yielding to the better one is no flap');
  });

  it('the inside port counts as much as the outside port, and both are read', async () => {
    const [a, b] = await startStack(on);
    on.a.lan.cut();
    await a.waitRole('fault');
    await b.waitRole('active');
    on.a.wan.cut();
    const { links } = await a.waitStatus(({ links }) => links.pairs[0]?.state === 'down', 'both ports are down');
    assert.deepEqual([links.active, links.minimum], [0, 1]);
    assert.deepEqual([links.pairs[0]?.outsideInterface, links.pairs[0]?.insideInterface], [PAIR.outside, PAIR.inside]);
    on.a.lan.restore();
    await a.waitStatus(({ links }) => links.pairs[0]?.state === 'half', 'one port is back');
    assert.equal((await a.status()).role, 'fault');
  });

  it('field "Minimum active links": with 0 a lost pair is shown and moves nothing @long', async () => {
    const [a, b] = await startStack(on, { links: { minimumActive: 0 } });
    on.a.wan.cut();
    on.a.lan.cut();
    await a.waitStatus(({ links }) => links.pairs[0]?.state === 'down', 'the pair is down');
    await sleep(1000);
    assert.deepEqual([(await a.status()).role, await claims(b)], ['active', 0]);
  });

  it('a standby whose pair is down is not eligible, and the active knows it @long', async () => {
    const [a, b] = await startStack(on);
    on.b.wan.cut();
    await b.waitRole('fault');
    const { peers } = await a.waitStatus(({ peers }) => peers[0]?.eligible === false, 'a knows that b is not eligible');
    assert.deepEqual([peers[0]?.links?.active, peers[0]?.role], [0, 'fault']);
    assert.equal((await a.switchover()).code, 1, 'nobody could take over');
    assert.equal((await a.status()).role, 'active');
    on.b.wan.restore();
    await knows(a, 'b', 'standby');
    assert.equal((await a.switchover()).code, 0);
    await b.waitRole('active');
  });
});

describe('an HA cable that is pulled without a backup path', function () {
  this.timeout(60_000);
  const on = stage(() => buildLab({ pairs: true }), 'nft');

  // A cable between two machines takes the carrier of both ends; through a switch only its own.
  for (const [ends, mark] of [
    [['a', 'b'], ''],
    [['b'], ' @long'],
  ] as const) {
    it(`at ${ends.join(' and ')}: no outage, no bypass, one active${mark}`, async () => {
      const [a, b] = await startStack(on);
      const address = await watchAddress(on);
      const traffic = await startTraffic(on.topology);
      await startAppliances(a, b);
      await traffic.answered();
      cutTogether(ends.map((end) => on[end].ha));
      // More than service down, and every timer, would need.
      await sleep(3000);
      const [one, other] = [await a.status(), await b.status()];
      assert.deepEqual([one.role, await claims(a), await claims(b)], ['active', 1, 0]);
      assert.deepEqual([one.bypass.state, other.bypass.state], ['inline', 'inline']);
      await ownedBy(on, 'a');
      await address.nothingLost();
      assert.ok(one.conditions.length > 0 && other.conditions.length > 0, 'both say that something is wrong');
      for (const end of ends) on[end].ha.restore();
      await knows(b, 'a', 'active');
      assert.deepEqual([await claims(a), await claims(b)], [1, 0]);
      await address.nothingLost();
    });
  }

  it('at both ends, and the active is lost as well: the standby asks the network, and takes the address @long', async () => {
    const [, b] = await startStack(on);
    on.a.ha.cut();
    on.b.ha.cut();
    await b.waitStatus(({ conditions }) => conditions.length > 0, 'b is mute');
    on.a.host.isolate();
    await b.waitRole('active');
    assert.ok(on.b.host.addresses('eth0').some(({ address }) => address === VIP));
  });

  it('a peer that is gone leaves the survivor alone in service @long', async () => {
    const a = await startMember(on, on.a);
    await a.waitRole('active');
    on.a.ha.cut();
    await sleep(2000);
    const { role, bypass } = await a.status();
    assert.deepEqual([role, bypass.state], ['active', 'inline']);
  });
});
