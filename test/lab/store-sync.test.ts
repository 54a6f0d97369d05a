/** The store of a stack, kept in step over the real HA port, as an ordinary user and with the key that the guardian derives. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { JournalEntry } from '../../core/api/journal.ts';
import { until } from '../../lab/clock.ts';
import { ask } from '../../lab/control.ts';
import { newKey, stackKey, writeKeys } from '../../lab/stack-config.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { claims, codesOf, knows, stage, startMember, withBackup } from './stage.ts';
import { spawnStore } from './store-client.ts';
import type { StoreHost } from './store-client.ts';

const MANAGED = { more: { manager: { listen: ['127.0.0.1:8443'] } } };
const PORT = 11_211;

describe('the stores of a stack', function () {
  this.timeout(120_000);
  const on = stage(withBackup, 'nft');
  const stores: StoreHost[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.stop()));
  });

  async function both(manager: boolean): Promise<[Tandem, Tandem]> {
    const a = await startMember(on, on.a, MANAGED, { manager });
    const b = await startMember(on, on.b, MANAGED, { manager });
    await a.waitRole('active');
    await b.waitRole('standby');
    await knows(b, 'a', 'active');
    return [a, b];
  }
  const journal = async (of: Tandem): Promise<readonly JournalEntry[]> =>
    ((await ask(join(of.run, 'manager.sock'), '/api/v1/journal?limit=1000')) as { entries: readonly JournalEntry[] })
      .entries;
  /** The text of its first entry with this code. */
  const noted = (of: Tandem, code: string): Promise<string> =>
    until(
      async () => {
        const entries = await journal(of).catch(() => []);
        return entries.findLast(({ reason }) => reason.code === code)?.reason.text ?? null;
      },
      { what: `${code} in the journal of ${of.host.name}`, limitMs: 40_000 },
    );

  it('are kept in step by the managers of both instances', async () => {
    const [a, b] = await both(true);
    assert.equal(await noted(a, 'syncUp'), `the store is in step with b, over ${on.b.haAddress}`);
    assert.equal(await noted(b, 'syncUp'), `the store is in step with a, over ${on.a.haAddress}`);
  });

  it('are not, where the secret is another one, and both say so', async () => {
    const [a, b] = await both(true);
    await noted(b, 'syncUp');
    writeKeys(on.b, [newKey()]);
    await b.cli('reload');
    assert.match(await noted(a, 'syncRefused'), /refused: without one of the stack's keys/);
    assert.match(await noted(b, 'syncDown'), /not in step with a: .*does not take our key|not in step with a: /);
  });

  async function withStores(): Promise<[StoreHost, StoreHost, Tandem, Tandem]> {
    const [a, b] = await both(false);
    const [one, other] = [spawnStore(a), spawnStore(b)];
    stores.push(one, other);
    await inStep(one, other);
    return [one, other, a, b];
  }
  const inStep = (...some: readonly StoreHost[]): Promise<unknown> =>
    until(async () => (await Promise.all(some.map((store) => store.call('synced')))).every(Boolean), {
      what: 'the stores are in step',
      limitMs: 40_000,
    });
  const has = (store: StoreHost, key: string): Promise<unknown> =>
    until(async () => (await store.call('list', key))[0] ?? null, { what: `${key} is there`, limitMs: 20_000 });

  it('have what the other wrote', async () => {
    const [a, b] = await withStores();
    await a.call('put', { key: 'k/of-a', value: 1 });
    await has(b, 'k/of-a');
    await b.call('put', { key: 'k/of-b', value: 2 });
    await has(a, 'k/of-b');
    assert.deepEqual(await a.call('list', ''), await b.call('list', ''));
  });

  it('go on over the backup path when the cable of the HA port is out, as soon as the checks miss it', async () => {
    const [a, b, ofA, ofB] = await withStores();
    on.a.ha.cut({ how: 'inSwitch' });
    for (const [tandem, store] of [
      [ofA, a],
      [ofB, b],
    ] as const) {
      const { peers } = await tandem.waitStatus(
        (status) => status.peers[0]?.paths[0]?.health === 'unhealthy',
        'the HA port is lost',
      );
      await store.call('setPeers', peers);
    }
    await until(async () => (await a.call('sync'))?.peers[0]?.address === on.b.backupAddress, {
      what: 'the stores meet over the backup path',
      limitMs: 10_000,
    });
    await a.call('put', { key: 'k', value: 'over the backup path' });
    await has(b, 'k');
  });

  it('have lost nothing of what both wrote while they were split, and tell of what both changed', async () => {
    const [a, b] = await withStores();
    await a.call('put', { key: 'policies/edge', value: { text: 'before' } });
    await has(b, 'policies/edge');
    for (const cable of [on.a.ha, on.a.backup]) cable.cut({ how: 'inSwitch' });
    for (let at = 0; at < 50; at += 1) {
      await a.call('put', { key: `k/a/${at}`, value: at });
      await b.call('put', { key: `k/b/${at}`, value: at });
    }
    await a.call('put', { key: 'policies/edge', value: { text: 'of a' } });
    await b.call('put', { key: 'policies/edge', value: { text: 'of b' } });
    assert.equal((await b.call('list', 'k/a/')).length, 0, 'they are split');
    for (const cable of [on.a.ha, on.a.backup]) cable.restore();
    for (const [store, prefix] of [
      [a, 'k/b/49'],
      [b, 'k/a/49'],
      [a, 'drafts/'],
      [b, 'drafts/'],
    ] as const)
      await until(async () => (await store.call('list', prefix)).length === 1, {
        what: `${prefix} came over`,
        limitMs: 40_000,
      });
    const [ofA, ofB] = [await a.call('list', ''), await b.call('list', '')];
    assert.deepEqual(ofA, ofB);
    assert.equal(ofA.filter(({ key }) => key.startsWith('k/')).length, 100);
    for (const store of [a, b]) {
      const notes = await store.call('notes');
      assert.ok(
        notes.some((text) => text.startsWith('storeConflict: policies/edge was changed on several instances')),
        notes.join('\n'),
      );
    }
  });

  it('stay in step while the secret is rotated', async () => {
    const [a, b, ofA, ofB] = await withStores();
    const secret = newKey();
    const old = stackKey(on.topology.lab);
    const steps = [
      [on.a, ofA, a],
      [on.b, ofB, b],
    ] as const;
    for (const lines of [[secret, old], [secret]])
      for (const [place, tandem, store] of steps) {
        writeKeys(place, lines);
        assert.equal((await tandem.cli('reload')).code, 0);
        await store.call('apply');
        await inStep(a, b);
        await a.call('put', { key: 'k', value: `${place.host.name} ${lines.length}` });
      }
    await until(async () => (await b.call('list', 'k'))[0]?.value === 'b 1', { what: 'the last is there' });
  });

  it('do not mind 10,000 connections to the HA port, and neither does the engine @long', async () => {
    const [a, b, ofA, ofB] = await withStores();
    const script = `
      const net = require('node:net'); let left = 10000, open = 0;
      const next = () => { while (open < 200 && left > 0) { left -= 1; open += 1;
        const socket = net.connect(${PORT}, '${on.a.haAddress}'); socket.on('error', () => 0);
        socket.on('close', () => { open -= 1; next(); }); } if (open === 0) console.log('done'); };
      next();`;
    const flood = on.b.host.spawn([process.execPath, '-e', script], { name: 'flood' });
    const over = (): boolean => flood.output.some((line) => line.includes('done'));
    let written = 0;
    while (!over()) await a.call('put', { key: `k/${(written += 1)}`, value: written });
    await has(b, `k/${written}`);
    const { refused = {}, peers = [] } = (await a.call('sync')) ?? {};
    assert.ok((refused.tooMany ?? 0) > 1000, JSON.stringify(refused));
    assert.equal(peers[0]?.state, 'synced');
    assert.deepEqual([await claims(ofA), await claims(ofB)], [1, 0]);
    assert.ok(!(await codesOf(ofB)).includes('pathUnhealthy'));
  });
});
