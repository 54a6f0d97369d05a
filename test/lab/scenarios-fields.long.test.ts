/**
 * The eleven fields of the reference form (seed-systems.md 5.2): that each of them has the effect that it is there for. Those that are not here stand
 * where their effect is the subject: HA mode in scenarios-cluster, minimum active links in scenarios-links, enable bandwidth monitoring and
 * minimum bandwidth in scenarios-bandwidth, maximum allowed flaps in scenarios-flaps-bypass.
 */
import assert from 'node:assert/strict';
import { sleep, until } from '../../lab/clock.ts';
import { attempt } from '../../lab/command.ts';
import type { Host } from '../../lab/host.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import { condition, claims, knows, ownedBy, stage, startMember, startStack, withPairs } from './stage.ts';

/** Adverts beside the paths, so that only the checks are disturbed. */
const APART: StackChange = { router: { interface: 'eth0' } };

/** Number of UDP datagrams to this port that reach the host's HA port while `during` runs. */
async function datagrams(host: Host, port: number, during: () => Promise<void>): Promise<number> {
  const table = `table netdev count {
  chain in { type filter hook ingress device "eth2" priority -500; udp dport ${port} counter; }
}
`;
  host.command(['nft', '-f', '-'], table);
  try {
    await during();
    const seen = host.command(['nft', 'list', 'table', 'netdev', 'count']);
    return Number(/counter packets (\d+)/.exec(seen)?.[1]);
  } finally {
    attempt(['ip', 'netns', 'exec', host.namespace, 'nft', 'delete', 'table', 'netdev', 'count']);
  }
}

describe('fields of the form', function () {
  this.timeout(60_000);
  const on = stage(withPairs, 'nft');

  it('"Primary instance": is the one that is active, whichever starts first, and that holds the bypass', async () => {
    const primary = (it: boolean): StackChange => ({ ha: { primary: it } });
    const a = await startMember(on, on.a, primary(false));
    await a.waitRole('active');
    const b = await startMember(on, on.b, primary(true));
    await b.waitRole('active');
    await a.waitRole('standby');
    await ownedBy(on, 'b');
    assert.deepEqual([(await a.status()).bypass.holder, (await b.status()).bypass.holder], [false, true]);
    await knows(a, 'b', 'active');
    assert.equal((await a.status()).peers[0]?.primary, true);
  });

  it('"Primary instance": two of them, or none, are a loud alarm', async () => {
    const [a, b] = await startStack(on, { ha: { primary: true } }, { ha: { primary: true } });
    for (const tandem of [a, b]) assert.match(await condition(tandem, 'primaryConflict'), /\b[ab]\b/);
  });

  it('"HA port": instances talk over its interface, on its number', async () => {
    const port = 12_345;
    const [, b] = await startStack(on, { ha: { port } });
    assert.ok((await datagrams(on.b.host, port, () => sleep(500))) > 5, 'checks come in on the number');
    assert.equal(await datagrams(on.b.host, 11_211, () => sleep(500)), 0, 'and not on the usual one');
    on.b.ha.cut({ how: 'inSwitch' });
    await b.waitStatus(
      ({ peers }) => peers[0]?.paths[0]?.health === 'unhealthy' && peers[0].paths[1]?.health === 'healthy',
      'the first path goes over the interface, and over no other',
    );
  });

  it('"HA port": with different numbers nobody hears the other', async () => {
    const a = await startMember(on, on.a, { ...APART, ha: { port: 12_345 } });
    await a.waitRole('active');
    const b = await startMember(on, on.b, APART);
    await b.waitRole('standby');
    await sleep(1000);
    for (const tandem of [a, b])
      assert.notEqual((await tandem.status()).peers[0]?.health, 'healthy', `${tandem.host.name} hears nobody`);
  });

  it('"Peer check interval": a shorter one asks more often', async () => {
    const count = async (interval: string): Promise<number> => {
      const [a, b] = await startStack(on, { peerCheck: { interval } });
      const seen = await datagrams(on.b.host, 11_211, () => sleep(1000));
      await Promise.all([a.stop(), b.stop()]);
      return seen;
    };
    const [often, seldom] = [await count('20ms'), await count('200ms')];
    assert.ok(often > 3 * seldom, `${often} against ${seldom} datagrams`);
    assert.ok(seldom > 2, `${seldom} datagrams`);
  });

  it('"Peer failure threshold": with a higher one a peer that misses checks counts as healthy for longer', async () => {
    const [a, b] = await startStack(
      on,
      { ...APART, peerCheck: { failureThreshold: 100 } },
      { ...APART, peerCheck: { failureThreshold: 2 } },
    );
    for (const cable of [on.a.ha, on.a.backup]) cable.cut({ how: 'inSwitch' });
    const { peers } = await b.waitStatus((status) => status.peers[0]?.health === 'unhealthy', 'b finds a unhealthy');
    assert.equal(peers[0]?.failureThreshold, 2);
    const [patient] = (await a.status()).peers;
    assert.deepEqual([patient?.health, patient?.failureThreshold], ['healthy', 100]);
    await until(async () => ((await a.status()).peers[0]?.failing ?? 0) > 2, { what: 'missed checks are counted' });
    assert.equal((await a.status()).peers[0]?.health, 'healthy');
  });

  it('"Peer recovery threshold": with a higher one a peer that answers again is believed later', async () => {
    const [a, b] = await startStack(
      on,
      { ...APART, peerCheck: { recoveryThreshold: 1 } },
      { ...APART, peerCheck: { recoveryThreshold: 100 } },
    );
    for (const cable of [on.a.ha, on.a.backup]) cable.cut({ how: 'inSwitch' });
    for (const tandem of [a, b])
      await tandem.waitStatus(({ peers }) => peers[0]?.health === 'unhealthy', 'both find the other unhealthy');
    for (const cable of [on.a.ha, on.a.backup]) cable.restore();
    await a.waitStatus(({ peers }) => peers[0]?.health === 'healthy', 'a believes b');
    const [careful] = (await b.status()).peers;
    assert.deepEqual([careful?.health, careful?.recoveryThreshold], ['unhealthy', 100]);
    await until(async () => ((await b.status()).peers[0]?.recovering ?? 0) > 1, { what: 'good checks are counted' });
  });

  it('"Link monitoring interval": even the longest does not hold up what the kernel tells', async () => {
    const [a, b] = await startStack(on, { links: { interval: '60s' } });
    on.a.wan.cut();
    await a.waitRole('fault');
    await b.waitRole('active');
    assert.equal(await claims(b), 1);
  });
});
