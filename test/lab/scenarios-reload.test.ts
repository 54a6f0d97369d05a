/** Black-box scenario 20 (vrrp.md 3.4): a reload keeps everything that did not change, and a wrong file changes nothing. */
import assert from 'node:assert/strict';
import { now, until } from '../../lab/clock.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import type { Watcher } from '../../lab/watcher.ts';
import type { Status } from '../../core/status.ts';
import { type Change, config, eventOf, heardMore, ownedBy, routerOf, stage, start } from './stage.ts';

/** Announced when they are taken and then never again, so that every later announcement has a reason. */
const QUIET = { announce: { repeat: 2, again: '0s', refresh: '0s' } };
const WAN = { ...QUIET };
const LAN = { ...QUIET, name: 'lan', id: 52, addresses: ['10.77.0.110/24'] };

interface Running {
  readonly a: Tandem;
  readonly b: Tandem;
  readonly wire: Watcher;
  readonly before: Status;
}

describe('a reload', function () {
  this.timeout(60_000);
  const on = stage();

  /** Two routers, active on a, standby on b, and everything that was to be announced is. */
  async function running(change: Change = { routers: [WAN, LAN] }): Promise<Running> {
    const a = await start(on.a, change);
    const b = await start(on.b, change);
    await a.waitRole('active');
    await b.waitRole('standby');
    await heardMore(b, 2);
    const before = await a.status();
    return { a, b, wire: await startWatcher(on.client, 'eth0'), before };
  }

  async function reload(tandem: Tandem, change: Change): Promise<void> {
    const { code, stdout, stderr } = await tandem.reload(config(tandem.host.name, change));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^done: /);
  }

  /** The router is as it was: same state since the same moment, nothing announced, never a claim or a resignation on the wire. */
  async function untouched({ a, b, wire, before }: Running, router: 'wan' | 'lan'): Promise<void> {
    await heardMore(b, 4);
    const [was, is] = [routerOf(before, router), routerOf(await a.status(), router)];
    assert.deepEqual([is.state, is.since, is.reason], [was.state, was.since, was.reason]);
    assert.equal(is.counters.activeTransitions, 1);
    const [address] = is.addresses.map((text) => text.split('/')[0]!);
    assert.deepEqual(wire.announcements({ address: address! }), [], `${router} announces nothing`);
    const adverts = wire.adverts({ vrid: is.id });
    assert.ok(adverts.length > 3, 'it advertises');
    assert.deepEqual(
      [...new Set(adverts.map(({ source, priority }) => `${source} ${priority}`))],
      [`${on.a.address} 200`],
    );
    assert.equal(routerOf(await b.status(), router).counters.activeTransitions, 0);
    await ownedBy(on, 'a', address);
  }

  it('scenario 20: an address that is added or removed moves alone', async () => {
    const stand = await running();
    const { a, wire } = stand;
    await reload(a, { routers: [{ ...WAN, addresses: [`${VIP}/24`, '10.77.0.101/24'] }, LAN] });
    await ownedBy(on, 'a', '10.77.0.101');
    await until(() => wire.announcements({ address: '10.77.0.101' }).length > 0, { what: 'the new one is announced' });
    assert.deepEqual(wire.announcements({ address: VIP }), [], 'the old one of the same router is not');
    assert.deepEqual(routerOf(await a.status()).addresses, [`${VIP}/24`, '10.77.0.101/24']);
    await untouched(stand, 'lan');
    await reload(a, { routers: [{ ...WAN, addresses: ['10.77.0.101/24'] }, LAN] });
    await until(() => !on.a.host.has(VIP), { what: 'the address that is not in the file any more goes' });
    await ownedBy(on, 'a', '10.77.0.101');
    await untouched(stand, 'lan');
    assert.equal((await a.status()).role, 'active');
    assert.equal((await a.status()).since, stand.before.since);
  });

  it('scenario 20: a router that is added joins, one that is removed resigns, the other does not notice @long', async () => {
    const stand = await running();
    const { a, b, wire } = stand;
    const dmz = { ...QUIET, name: 'dmz', id: 53, addresses: ['10.77.0.120/24'] };
    await reload(b, { routers: [WAN, LAN, dmz] });
    await reload(a, { routers: [WAN, LAN, dmz] });
    await a.waitStatus((status) => routerOf(status, 'dmz').state === 'active', 'dmz is active');
    await ownedBy(on, 'a', '10.77.0.120');
    await untouched(stand, 'wan');
    const removed = now();
    await reload(a, { routers: [WAN, dmz] });
    await until(() => wire.adverts({ vrid: 52, priority: 0, after: removed }).length === 1, { what: 'lan resigns' });
    await until(() => !on.a.host.has('10.77.0.110'), { what: 'its address goes' });
    assert.deepEqual(
      (await a.status()).routers.map(({ name }) => name),
      ['wan', 'dmz'],
    );
    await untouched(stand, 'wan');
  });

  it('scenario 20: a new name changes nothing @long', async () => {
    const stand = await running();
    const { a, b, wire, before } = stand;
    await reload(a, { routers: [{ ...WAN, name: 'uplink' }, LAN] });
    await heardMore(b, 4);
    const [was, is] = [routerOf(before), routerOf(await a.status(), 'uplink')];
    assert.deepEqual([is.state, is.since, is.counters.activeTransitions], [was.state, was.since, 1]);
    assert.ok(is.counters.advertsSent > was.counters.advertsSent, 'and counts on');
    assert.deepEqual(wire.announcements(), []);
    await untouched(stand, 'lan');
    await ownedBy(on, 'a');
    // What is still its own is let go under the new name.
    await a.stop();
    await ownedBy(on, 'b');
  });

  it('scenario 20: a name that passes to another router does not take its address away @long', async () => {
    const stand = await running();
    const { a, wire } = stand;
    const reloaded = now();
    await reload(a, { routers: [{ ...LAN, name: 'wan' }] });
    await until(() => wire.adverts({ vrid: 51, priority: 0, after: reloaded }).length === 1, {
      what: 'the router that is gone resigns',
    });
    await until(() => !on.a.host.has(VIP), { what: 'its address goes' });
    await ownedBy(on, 'a', '10.77.0.110');
    assert.deepEqual(wire.adverts({ vrid: 52, priority: 0 }), [], 'the one with its name does not resign');
    assert.equal(routerOf(await a.status(), 'wan').state, 'active');
  });

  it('scenario 20: an address that passes to another router stays @long', async () => {
    const stand = await running();
    await reload(stand.a, { routers: [{ ...LAN, addresses: ['10.77.0.110/24', `${VIP}/24`] }] });
    await until(() => stand.wire.announcements({ address: VIP }).length > 0, {
      what: 'it is announced for its new router',
    });
    await ownedBy(on, 'a');
  });

  it('scenario 20: SIGHUP reloads too, and the standby keeps its state as well @long', async () => {
    const stand = await running();
    const { a, b } = stand;
    const changed = { routers: [WAN, { ...LAN, excludedAddresses: ['10.77.0.130/24'] }] };
    for (const tandem of [b, a]) {
      tandem.write(config(tandem.host.name, changed));
      tandem.kill('guardian', 'SIGHUP');
      assert.match(await eventOf(tandem, 'configLoaded'), /lan/);
    }
    await ownedBy(on, 'a', '10.77.0.130');
    await untouched(stand, 'wan');
    assert.equal((await b.status()).role, 'standby');
    assert.equal(on.b.host.has('10.77.0.130'), false);
  });

  it('scenario 20: a wrong file is refused with its place, and everything goes on', async () => {
    const stand = await running();
    const { a, before } = stand;
    const { hash } = before.configuration;
    const text = `instance: a\nstack: lab\nha: { mode: active-passive, primary: true, interface: eth2 }\nvrrp:\n  - { name: wan, id: 999, interface: eth0, adresses: [10.77.0.100/24] }\n`;
    const refused = await a.reload(text);
    // An invalid configuration, as with `tandemd check` (design section 7).
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /tandem\.yaml:5:\d+/);
    assert.match(refused.stderr, /id|999/);
    assert.match(refused.stderr, /adresses: unknown key \(did you mean addresses\?\)/);
    a.kill('guardian', 'SIGHUP');
    await a.program.waitFor(/reload: .*tandem\.yaml:5:\d+/);
    assert.equal((await a.status()).configuration.hash, hash);
    await untouched(stand, 'wan');
    await untouched(stand, 'lan');
  });
});
