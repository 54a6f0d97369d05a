/** Three instances, and two of which both are active (design section 6, brain 1.2, 4.2, 4.5). */
import assert from 'node:assert/strict';
import { sleep, until } from '../../lab/clock.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import { claims, knows, ownedBy, routerOf, stage, startMember, threeWithBackup, withBackup } from './stage.ts';
import type { Stage } from './stage.ts';

const address = (id: number): string => `10.77.0.1${id}`;
const owned = (owner: string, id: number): Readonly<Record<string, unknown>> => ({
  name: `of-${owner}`,
  id,
  owner,
  addresses: [`${address(id)}/24`],
});

/** The instance that has the address, by its kernel; null if none or several. */
function holderOf(on: Stage, id: number): string | null {
  const holders = on.topology.places.filter(({ host }) => host.has(address(id)));
  return holders.length === 1 ? (holders[0]?.host.name ?? null) : null;
}

async function spread(on: Stage, wanted: Readonly<Record<number, string>>): Promise<void> {
  const ids = Object.keys(wanted).map(Number);
  await until(() => ids.every((id) => holderOf(on, id) === wanted[id]), {
    what: `addresses are where they belong: ${JSON.stringify(wanted)}`,
    limitMs: 20_000,
    everyMs: 50,
  }).catch((error: unknown) => {
    const seen = ids.map((id) => `${id} on ${holderOf(on, id)}`).join(', ');
    throw new Error(`${error instanceof Error ? error.message : String(error)}; seen: ${seen}`, { cause: error });
  });
}

describe('three instances', function () {
  this.timeout(90_000);
  const on = stage(threeWithBackup);

  const start = async (change: StackChange): Promise<[Tandem, Tandem, Tandem]> => {
    const [a, b, c] = await Promise.all([on.a, on.b, on.c].map((place) => startMember(on, place, change)));
    return [a!, b!, c!];
  };

  it('of a cluster share the routers by their owners; what a lost one owned moves to the next in the order, and back', async () => {
    const cluster: StackChange = {
      ha: { mode: 'cluster', primary: false },
      routers: [owned('a', 51), owned('b', 52), owned('c', 53)],
    };
    const [, b, c] = await start(cluster);
    await spread(on, { 51: 'a', 52: 'b', 53: 'c' });
    const rank = async (tandem: Tandem): Promise<number> => routerOf(await tandem.status(), 'of-a').priority;
    const [ofB, ofC] = [await rank(b), await rank(c)];
    assert.notEqual(ofB, ofC, 'the order is total');
    const next = ofB > ofC ? 'b' : 'c';
    const before = [await claims(b, 'of-b'), await claims(c, 'of-c')];
    on.a.host.isolate();
    const holders = (): readonly string[] =>
      [on.b, on.c].filter(({ host }) => host.has(address(51))).map(({ host }) => host.name);
    await until(() => holders().join() === next, { what: `${next} alone has what a owned` });
    on.a.host.restoreCables();
    await spread(on, { 51: 'a', 52: 'b', 53: 'c' });
    assert.deepEqual([await claims(b, 'of-b'), await claims(c, 'of-c')], before, 'the others did not move');
  });

  it('of an active-passive stack follow each other in the order of their names', async () => {
    const [a, b, c] = await start({});
    await a.waitRole('active');
    await knows(c, 'b', 'standby');
    await knows(b, 'c', 'standby');
    // Who starts first may be active until the others are there.
    const before = await claims(c);
    await a.stop();
    await b.waitRole('active');
    await ownedBy(on, 'b');
    await knows(c, 'b', 'active');
    assert.equal(await claims(c), before, 'the second in the order, and not the third');
    await b.stop();
    await c.waitRole('active');
    await ownedBy(on, 'c');
  });

  it('a standby that lost the active takes nothing while a healthy third reports it (brain 3.6)', async () => {
    const [a, b, c] = await start({});
    await a.waitRole('active');
    await knows(b, 'a', 'active');
    await knows(c, 'a', 'active');
    await knows(b, 'c', 'standby');
    const before = [await claims(a), await claims(b), await claims(c)];
    // Between a and b nothing passes; c hears both.
    const only = (place: { readonly haAddress: string; readonly backupAddress: string }): string =>
      `ip saddr { ${place.haAddress}, ${place.backupAddress} }`;
    for (const cable of [on.b.ha, on.b.backup]) cable.cut({ how: 'inSwitch', direction: 'toHost', only: only(on.a) });
    await b.waitStatus(
      ({ peers }) => peers.find(({ name }) => name === 'a')?.health === 'unhealthy',
      'b finds a unhealthy',
    );
    await sleep(2000);
    assert.deepEqual([await claims(a), await claims(b), await claims(c)], before);
    assert.equal((await a.status()).role, 'active');
    await ownedBy(on, 'a');
  });
});

describe('two instances of which both are active', function () {
  this.timeout(60_000);
  const on = stage(withBackup);

  it('each have the routers that they own, and both when the other is down', async () => {
    const change: StackChange = {
      ha: { mode: 'active-active', primary: false },
      routers: [owned('a', 51), owned('b', 52)],
    };
    const [a, b] = [await startMember(on, on.a, change), await startMember(on, on.b, change)];
    await spread(on, { 51: 'a', 52: 'b' });
    assert.deepEqual([(await a.waitRole('active')).role, (await b.waitRole('active')).role], ['active', 'active']);
    await b.stop();
    await spread(on, { 51: 'a', 52: 'a' });
    const again = await startMember(on, on.b, change, { again: b });
    await spread(on, { 51: 'a', 52: 'b' });
    await again.waitRole('active');
    assert.equal(await claims(a, 'of-a'), 1, 'its own never moved');
  });

  it('field "HA mode": off takes the addresses only where nobody else has them, and speaks no VRRP', async () => {
    const off: StackChange = { ha: { mode: 'off' } };
    const a = await startMember(on, on.a, off);
    await a.waitRole('active');
    assert.ok(on.a.host.has(VIP));
    assert.equal(routerOf(await a.status()).counters.advertsSent, 0);
    const b = await startMember(on, on.b, off);
    await b.waitStatus(({ faults, conditions }) => faults.length + conditions.length > 0, 'b says why not');
    assert.notEqual((await b.status()).role, 'active');
    await ownedBy(on, 'a');
  });
});
