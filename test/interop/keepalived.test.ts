/**
 * Black-box scenario 24 (vrrp.md 3.4): Debian's keepalived as the other router, active and standby, preempting and preempted, for every
 * form of the protocol that both know.
 */
import assert from 'node:assert/strict';
import { until } from '../../lab/clock.ts';
import { startKeepalived } from '../../lab/keepalived.ts';
import type { Keepalived, KeepalivedRouter } from '../../lab/keepalived.ts';
import { VIP, VIP6 } from '../../lab/topology.ts';
import { startWatcher } from '../../lab/watcher.ts';
import { heardMore, ownedBy, routerOf, stage, start } from '../lab/stage.ts';

const LINK_LOCAL = 'fe80::51';
const MANY = Array.from({ length: 24 }, (_, n) => `10.77.0.${150 + n}`);

interface Form {
  readonly name: string;
  readonly ours: Readonly<Record<string, unknown>>;
  readonly theirs: Partial<KeepalivedRouter>;
  /** Addresses that move. */
  readonly addresses: readonly string[];
  readonly vrid: number;
  readonly long?: true;
}

const FORMS: readonly Form[] = [
  { name: 'version 3 over IPv4', ours: {}, theirs: {}, addresses: [VIP], vrid: 51 },
  {
    name: 'version 3 over IPv6',
    ours: { addresses: [`${LINK_LOCAL}/64`, `${VIP6}/64`] },
    theirs: { addresses: [`${LINK_LOCAL}/64 dev eth0`, `${VIP6}/64 dev eth0`] },
    addresses: [LINK_LOCAL, VIP6],
    vrid: 51,
    long: true,
  },
  {
    name: 'version 3 over IPv4, from address to address',
    ours: { unicastPeers: ['10.77.0.2'] },
    theirs: { unicast: { source: '10.77.0.2', peers: ['10.77.0.1'] } },
    addresses: [VIP],
    vrid: 51,
    long: true,
  },
  {
    name: 'version 3 over IPv4, with virtual MACs',
    ours: { virtualMac: true, id: 61 },
    theirs: { id: 61, more: ['use_vmac vrrp.61'], addresses: [`${VIP}/24`] },
    addresses: [VIP],
    vrid: 61,
    long: true,
  },
  {
    name: `version 3 over IPv4, ${MANY.length} addresses`,
    ours: { addresses: MANY.map((address) => `${address}/24`) },
    theirs: { addresses: MANY.map((address) => `${address}/24 dev eth0`) },
    addresses: MANY,
    vrid: 51,
    long: true,
  },
];

describe('keepalived', function () {
  this.timeout(90_000);
  const on = stage(undefined, 'keepalived');

  const keepalived = (priority: number, router: Partial<KeepalivedRouter> = {}): Promise<Keepalived> =>
    startKeepalived(on.b.host, [{ id: 51, priority, interval: 0.1, addresses: [`${VIP}/24 dev eth0`], ...router }]);

  const owned = async (name: 'a' | 'b', addresses: readonly string[]): Promise<void> => {
    for (const address of addresses) await ownedBy(on, name, address);
  };

  for (const { name, ours, theirs, addresses, vrid, long } of FORMS) {
    it(`scenario 24: ${name}: both roles, preemption both ways${long === true ? ' @long' : ''}`, async () => {
      const wire = await startWatcher(on.a.host, 'eth0');
      const router = { router: { priority: 150, ...ours } };
      let a = await start(on.a, router);
      await a.waitRole('active');

      // Theirs is better: it takes over, and its priority 0 gives it back.
      const better = await keepalived(200, theirs);
      assert.equal((await a.waitRole('standby')).reason.code, 'betterHeard');
      await owned('b', addresses);
      const obeying = await heardMore(a, 5);
      const { counters } = routerOf(obeying);
      assert.equal(counters.addressListErrors, 0, 'both mean the same addresses');
      for (const kind of ['checksumErrors', 'packetLengthErrors', 'versionErrors', 'ipTtlErrors'] as const) {
        assert.equal(counters[kind], 0, kind);
      }
      await better.stop();
      assert.equal((await a.waitRole('active')).reason.code, 'resigned');
      await owned('a', addresses);

      // Theirs is worse: it obeys, takes over when we resign, and lets go when we come back.
      const worse = await keepalived(100, theirs);
      await worse.program.waitFor(/Entering BACKUP STATE/);
      await heardAsActive(8);
      assert.doesNotMatch(worse.program.output.join('\n'), /Entering MASTER STATE/);
      await a.stop();
      await owned('b', addresses);
      a = await start(on.a, router, { again: a });
      assert.equal((await a.waitRole('active')).reason.code, 'preempting');
      await owned('a', addresses);
      await until(() => worse.program.output.filter((line) => /Entering BACKUP STATE/.test(line)).length === 2, {
        what: 'keepalived lets go',
      });

      const ourSource = routerOf(await a.status()).sourceAddress;
      const from = wire.adverts({ vrid }).filter(({ source }) => source === ourSource);
      assert.deepEqual([...new Set(from.map(({ ttl }) => ttl))], [255]);
      assert.ok(
        from.every(({ checksum }) => checksum.withPseudoHeader),
        'the only checksum that it knows',
      );
      assert.doesNotMatch(worse.program.output.join('\n'), /checksum|invalid|mismatch|Dropping|bogus/i);

      /** Waits until this many more adverts were sent: they obey them. */
      async function heardAsActive(count: number): Promise<void> {
        const before = routerOf(await a.status()).counters.advertsSent;
        await a.waitStatus((status) => routerOf(status).counters.advertsSent >= before + count, 'adverts are sent');
        assert.equal((await a.status()).role, 'active');
      }
    });
  }

  // Version 2 knows whole seconds only, so each step takes some.
  const V2 = { version: 2, advertInterval: '1s' } as const;
  for (const [name, ours, theirs] of [
    ['without authentication', {}, {}],
    ['with a password', { authentication: { type: 'pass', password: 'geheim12' } }, { password: 'geheim12' }],
  ] as const) {
    it(`scenario 24: version 2 ${name}: both roles @long`, async () => {
      // An owner does not wait for a down timer; and theirs waits for none while it hears us.
      const router = { router: { ...V2, ...ours, priority: 255 } };
      const a = await start(on.a, router);
      await a.waitRole('active');
      const other = await keepalived(254, { version: 2, interval: 1, ...theirs });
      await a.waitStatus((status) => routerOf(status).counters.advertsSent > 4, 'keepalived hears some adverts');
      assert.doesNotMatch(other.program.output.join('\n'), /Entering MASTER STATE/);
      await a.stop();
      await ownedBy(on, 'b');

      const standby = await start(on.a, { router: { ...V2, ...ours, priority: 253 }, ha: { preempt: false } });
      const { counters } = routerOf(await heardMore(standby, 2));
      assert.equal((await standby.status()).role, 'standby');
      assert.deepEqual([counters.authErrors, counters.checksumErrors, counters.addressListErrors], [0, 0, 0]);
      await other.stop();
      assert.equal((await standby.waitRole('active')).reason.code, 'resigned');
      await ownedBy(on, 'a');
    });
  }

  it('scenario 24: version 2 with different passwords: neither obeys the other, and both say so @long', async () => {
    const wrong = await keepalived(254, { version: 2, interval: 1, password: 'theirs' });
    const a = await start(on.a, {
      router: { ...V2, priority: 255, authentication: { type: 'pass', password: 'ours' } },
    });
    await a.waitRole('active');
    await wrong.program.waitFor(/Entering MASTER STATE/, 15_000);
    await a.waitStatus((status) => routerOf(status).counters.authErrors > 0, 'theirs is refused');
    assert.equal(routerOf(await a.status()).counters.advertsReceived, 0);
    await wrong.program.waitFor(/received an invalid passwd/);
  });

  it('scenario 24: without preempt neither takes over from the other @long', async () => {
    const first = await keepalived(100);
    await first.program.waitFor(/Entering MASTER STATE/);
    const a = await start(on.a, { ha: { preempt: false } });
    assert.equal((await heardMore(a, 8)).role, 'standby');
    await first.kill();
    assert.equal((await a.waitRole('active')).reason.code, 'masterDown');
    // A killed keepalived leaves the address; the next one removes it.
    const second = await keepalived(250, { nopreempt: true });
    await second.program.waitFor(/Entering BACKUP STATE/);
    const sent = routerOf(await a.status()).counters.advertsSent;
    await a.waitStatus((status) => routerOf(status).counters.advertsSent > sent + 8, 'adverts are sent');
    assert.doesNotMatch(second.program.output.join('\n'), /Entering MASTER STATE/);
    await ownedBy(on, 'a');
  });
});
