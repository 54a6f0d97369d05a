/**
 * Black-box scenarios 6, 14, 15, 21 and 22 (vrrp.md 3.4): cables, interfaces and addresses that come and go, and what becomes of an
 * instance that can neither send nor hear adverts (brain 2.4).
 */
import assert from 'node:assert/strict';
import { now, sleep, until } from '../../lab/clock.ts';
import { VIP, VIP6 } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { codesOf, eventOf, heardMore, ownedBy, routerOf, stage, start, startBoth } from './stage.ts';

const MAC_A = '02:77:00:00:00:01';
const SIX = { router: { name: 'six', id: 53, addresses: ['fe80::53/64', `${VIP6}/64`] } };
/** Adverts over the HA port, addresses on the client's network. */
const APART = { router: { interface: 'eth2', addressInterface: 'eth0' } };

describe('cables, interfaces and addresses', function () {
  this.timeout(60_000);
  const on = stage();

  for (const [first, direction, mark] of [
    ['a', 'toHost', ' @long'],
    ['whoever', null, ''],
  ] as const) {
    it(`scenario 6: after a partition the lower one lets go, and the other announces again (${first} hears the other first)${mark}`, async () => {
      const wire = await startWatcher(on.client, 'eth0');
      const [a, b] = await startBoth(on, { router: { announce: { repeat: 5, again: '0s', refresh: '0s' } } });
      on.b.data.cut({ how: 'inSwitch' });
      await b.waitRole('active');
      assert.equal((await a.status()).role, 'active', 'both are, while they cannot hear each other');
      const healed = now();
      // Which of the two is heard first is chance; here it is not. A cut at b `toHost` keeps it from hearing.
      if (direction !== null) {
        on.b.data.cut({ how: 'inSwitch', direction });
        await heardMore(a, 1);
      }
      // If b hears a first, its last advert tells a.
      on.b.data.restore();
      assert.equal((await b.waitRole('standby')).reason.code, 'betterHeard');
      await ownedBy(on, 'a');
      // Whoever was on b's side still sends to b.
      await until(() => wire.announcements({ address: VIP, mac: MAC_A, after: healed }).length > 0, {
        what: 'a announces again',
      });
      assert.ok((await codesOf(a)).includes('announcedAgain'), 'and tells it');
      assert.equal(routerOf(await a.status()).counters.activeTransitions, 1);
    });
  }

  it('scenario 14: an interface that flaps moves the address once, not every time @long', async () => {
    const [a, b] = await startBoth(on);
    for (let n = 0; n < 20; n += 1) {
      on.a.host.ip('link set eth0 down');
      await sleep(50);
      on.a.host.ip('link set eth0 up');
      await sleep(50);
    }
    // A second of unbroken carrier later it is fit again, and preempts.
    await a.waitRole('active');
    await b.waitRole('standby');
    await ownedBy(on, 'a');
    assert.equal(routerOf(await a.status()).counters.activeTransitions, 2, 'once away, once back');
    assert.equal(routerOf(await b.status()).counters.activeTransitions, 1);
    assert.equal(on.a.host.addresses().filter(({ address }) => address === VIP).length, 1);
  });

  it('scenario 14: a cable that is pulled at the active one moves the address, and back when it returns', async () => {
    const [a, b] = await startBoth(on);
    on.a.data.cut();
    const fault = await a.waitRole('fault');
    assert.equal(fault.faults[0]?.name, 'addressInterfaceDown');
    assert.equal(fault.eligible, false);
    await b.waitRole('active');
    await ownedBy(on, 'b');
    on.a.data.restore();
    assert.equal((await a.waitRole('active')).reason.code, 'preempting');
    await ownedBy(on, 'a');
  });

  it('scenario 15: an address that somebody removes is put back, and told', async () => {
    const wire = await startWatcher(on.client, 'eth0');
    const a = await start(on.a, { router: { excludedAddresses: ['10.77.0.120/24'] } });
    await a.waitRole('active');
    await ownedBy(on, 'a');
    for (const address of [VIP, '10.77.0.120']) {
      const removed = now();
      on.a.host.ip(`addr del ${address}/24 dev eth0`);
      await ownedBy(on, 'a', address);
      await until(() => wire.announcements({ address, after: removed }).length > 0, { what: 'announced again' });
    }
    const { counters } = routerOf(
      await a.waitStatus((status) => routerOf(status).counters.addressesRestored === 2, 'both are counted'),
    );
    assert.equal(counters.activeTransitions, 1);
    const codes = await codesOf(a);
    assert.equal(codes.filter((code) => code === 'addressLost').length, 2);
    assert.equal(codes.filter((code) => code === 'addressRestored').length, 2);
  });

  it('scenario 15: without its source address an instance is in fault, and comes back with it', async () => {
    const [a, b] = await startBoth(on);
    on.a.host.ip(`addr del ${on.a.address}/24 dev eth0`);
    const fault = await a.waitRole('fault');
    assert.equal(fault.faults[0]?.name, 'noSource');
    await b.waitRole('active');
    await ownedBy(on, 'b');
    on.a.host.ip(`addr add ${on.a.address}/24 dev eth0`);
    assert.equal((await a.waitRole('active')).reason.code, 'preempting');
    await ownedBy(on, 'a');
  });

  it('scenario 21: an interface that is not there yet is waited for; deleted and recreated, it is taken again', async () => {
    const make = (): void =>
      on.a.host.ip(
        'link add late0 link eth0 type macvlan mode bridge',
        'addr add 10.77.0.11/24 dev late0',
        'link set late0 up',
      );
    const a = await start(on.a, { router: { interface: 'late0' } });
    const missing = await a.waitRole('fault');
    assert.equal(missing.faults[0]?.name, 'addressInterfaceDown');
    assert.match(missing.faults[0]?.text ?? '', /late0 does not exist/);
    const wire = await startWatcher(on.client, 'eth0');
    make();
    await a.waitRole('active');
    const b = await start(on.b);
    await heardMore(b, 3);
    assert.equal((await b.status()).role, 'standby', 'its adverts are heard');

    on.a.host.ip('link del late0');
    await a.waitRole('fault');
    await b.waitRole('active');
    make();
    await a.waitRole('active');
    await b.waitRole('standby');
    await ownedBy(on, 'a');
    assert.ok(
      on.a.host.addresses('late0').some(({ address }) => address === VIP),
      'it is on the new interface',
    );
    assert.ok(wire.adverts({ source: '10.77.0.11' }).length > 0, 'and so are the adverts');
    // It hears again, too: a better one is obeyed.
    const { counters } = routerOf(await a.status());
    assert.ok(counters.advertsReceived > 0, 'adverts of b were heard on the new interface');
  });

  it('scenario 22: IPv6 without a link-local address waits for one, also for its duplicate detection @long', async () => {
    const { host } = on.a;
    const linkLocal = host.addresses('eth0').find(({ address }) => address.startsWith('fe80:'))!.address;
    const setting = (value: number): string => `echo ${value} > /proc/sys/net/ipv6/conf/eth0/accept_dad`;
    host.ip(`addr del ${linkLocal}/64 dev eth0`);
    const a = await start(on.a, SIX);
    const fault = await a.waitRole('fault');
    assert.equal(fault.faults[0]?.name, 'noSource');
    assert.equal(
      fault.configuration.warnings.some((text) => text.includes('link-local')),
      false,
    );
    try {
      host.command(['sh', '-c', setting(1)]);
      const wire = await startWatcher(on.client, 'eth0');
      host.ip(`addr add ${linkLocal}/64 dev eth0`);
      assert.ok(
        host.addresses('eth0').some(({ address, tentative }) => address === linkLocal && tentative),
        'it is tentative first',
      );
      await a.waitRole('active');
      await ownedBy(on, 'a', VIP6);
      assert.equal(
        host.addresses('eth0').some(({ tentative }) => tentative),
        false,
        'own addresses need no detection',
      );
      const advert = await wire.waitFor('an advert', (seen) => seen.kind === 'advert');
      assert.ok(advert.kind === 'advert' && advert.source === linkLocal && advert.destination === 'ff02::12');
      assert.deepEqual(advert.addresses, ['fe80::53', VIP6]);
    } finally {
      host.command(['sh', '-c', setting(0)]);
    }
  });

  it('scenario 22: unsolicited neighbour advertisements are marked override, not solicited, and as a router where it forwards @long', async () => {
    const forwarding = (value: number): readonly string[] => [
      'sh',
      '-c',
      `echo ${value} > /proc/sys/net/ipv6/conf/eth0/forwarding`,
    ];
    const wire = await startWatcher(on.client, 'eth0');
    const global = { router: { ...SIX.router, addresses: [`${VIP6}/64`] } };
    const [a, b] = await startBoth(on, global);
    assert.ok(
      (await a.status()).configuration.warnings.some((text) => text.includes('link-local')),
      'the first address is not link-local, which is told',
    );
    const flagsOf = async (mac: string) => {
      const fits = { address: VIP6, mac };
      await until(() => wire.announcements(fits).length > 0, { what: `announced by ${mac}` });
      return wire.announcements(fits)[0]!.flags;
    };
    assert.deepEqual(await flagsOf(MAC_A), { router: false, solicited: false, override: true });
    on.b.host.command(forwarding(1));
    try {
      await a.stop();
      await b.waitRole('active');
      assert.deepEqual(await flagsOf('02:77:00:00:00:02'), { router: true, solicited: false, override: true });
    } finally {
      on.b.host.command(forwarding(0));
    }
  });

  it('a lost HA cable is no fault of an active instance: it stays active and says that it is mute', async () => {
    const a = await start(on.a, APART);
    await a.waitRole('active');
    on.a.ha.cut();
    const { role, faults, conditions } = await a.waitStatus(({ conditions }) => conditions.length > 0, 'a is mute');
    assert.deepEqual([role, faults.length, conditions[0]?.name], ['active', 0, 'mute']);
    assert.ok(on.a.host.has(VIP), 'and keeps the address');
    on.a.ha.restore();
    await a.waitStatus((status) => status.conditions.length === 0, 'a is not mute any more');
    assert.equal(routerOf(await a.status()).counters.activeTransitions, 1);
  });

  it('a standby without its HA cable asks the network before it takes anything', async () => {
    const [a, b] = await startBoth(on, APART);
    const wire = await startWatcher(on.client, 'eth0');
    on.b.ha.cut();
    on.a.ha.cut();
    const asked = await b.waitStatus(
      ({ conditions }) => conditions.some(({ name }) => name === 'addressInUseWhileMute'),
      'b has asked, and a answered',
    );
    assert.equal(asked.role, 'standby');
    assert.ok(
      wire.seen.some((seen) => seen.kind === 'question' && seen.address === VIP),
      'by ARP',
    );
    assert.equal((await a.status()).role, 'active');
    await ownedBy(on, 'a');
    // Now nobody answers: b takes it, without a word from anybody.
    on.a.data.cut();
    await b.waitRole('active');
    await ownedBy(on, 'b');
    assert.match(await eventOf(b, 'conditionCleared'), /./);
  });
});
