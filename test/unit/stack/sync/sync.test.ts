import assert from 'node:assert/strict';
import { put } from '../../../../stack/store/store.ts';
import type { StoreConflict, StoreEvent } from '../../../../stack/store/store.ts';
import { until } from '../../../support/until.ts';
import { contents } from '../embedded-rig.ts';
import { keysOf } from './sync-keys.ts';
import { ADDRESSES, inStep, syncRig } from './sync-rig.ts';
import type { Member } from './sync-rig.ts';

const has = async ({ store }: Member, key: string): Promise<unknown> => {
  const found = await store.get(key);
  assert.ok(found.ok);
  return found.value?.value;
};
const fill = async ({ store }: Member, prefix: string, count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) assert.ok((await put(store, `${prefix}/${at}`, { at })).ok);
};
const same = async (...members: readonly Member[]): Promise<void> => {
  const [first = '', ...others] = await Promise.all(members.map(({ store }) => contents(store)));
  for (const other of others) assert.equal(other, first);
};

describe('the stores of two instances', function () {
  this.timeout(60_000);
  const rig = syncRig();

  it('have everything of each other once they are in step, and every change after that', async () => {
    const a = await rig.start('a');
    await fill(a, 'a', 300);
    const b = await rig.start('b');
    await fill(b, 'b', 20);
    await inStep(a, b);
    await same(a, b);
    const events: StoreEvent[] = [];
    b.store.watch('policies/', (some) => events.push(...some));
    assert.ok((await put(a.store, 'policies/edge', { text: 'new' })).ok);
    await until('the watcher of b is told', () => events.length > 0);
    const [event] = events;
    assert.ok(event?.kind === 'put');
    assert.deepEqual(event.entry.value, { text: 'new' });
    assert.deepEqual(a.news, [`synced b ${ADDRESSES['b']}`]);
    await until('b knows, too', () => b.news.length > 0);
  });

  it('are in step again after one was stopped, and have lost nothing of what both wrote meanwhile', async () => {
    const a = await rig.start('a');
    const b = await rig.start('b');
    await fill(a, 'k', 5);
    await inStep(a, b);
    await b.stop();
    await until('a is apart', () => a.sync.status().peers[0]?.state === 'apart');
    assert.match(a.sync.status().peers[0]?.text ?? '', /its manager was stopped|ECONNREFUSED|closed/);
    const conflicts: StoreConflict[] = [];
    a.store.onConflict((conflict) => conflicts.push(conflict));
    await fill(a, 'of-a', 20);
    await fill(b, 'of-b', 20);
    await put(a.store, 'policies/edge', { text: 'of a' });
    await put(b.store, 'policies/edge', { text: 'of b' });
    await b.store.close();
    const again = await rig.start('b');
    await inStep(a, again);
    await until('the conflict is known', () => conflicts.length > 0);
    await same(a, again);
    assert.deepEqual(await has(a, 'of-b/19'), { at: 19 });
    assert.equal(conflicts[0]?.key, 'policies/edge');
    const drafts = await a.store.list('drafts/');
    assert.ok(drafts.ok && drafts.value.length === 1);
  });

  it('keep one connection, whoever dials', async () => {
    const [a, b] = await Promise.all([rig.start('a'), rig.start('b')]);
    await inStep(a, b);
    await fill(a, 'k', 50);
    const all = [...a.news, ...b.news];
    assert.deepEqual(all.toSorted(), [`synced a ${ADDRESSES['a']}`, `synced b ${ADDRESSES['b']}`]);
  });

  it('reach each other by another path where the first one does not answer', async () => {
    const paths = (name: string): readonly string[] => ['127.0.0.77', ADDRESSES[name]!];
    const a = await rig.start('a', { peers: [{ name: 'b', paths: paths('b') }] });
    const b = await rig.start('b', { peers: [{ name: 'a', paths: paths('a') }] });
    await inStep(a, b);
    assert.equal(a.sync.status().peers[0]?.address, ADDRESSES['b']);
  });

  it('stay in step while the key is replaced, one instance after the other', async () => {
    const a = await rig.start('a');
    const b = await rig.start('b');
    await inStep(a, b);
    // As with `tandem keygen --rotate`: a new key first, the old one still taken.
    await a.apply({ keys: keysOf(2, 1) });
    await fill(a, 'one', 3);
    await b.apply({ keys: keysOf(2, 1) });
    await fill(b, 'two', 3);
    await a.apply({ keys: keysOf(2) });
    await b.apply({ keys: keysOf(2) });
    await inStep(a, b);
    await fill(a, 'three', 3);
    await until('b has the last', () => a.sync.status().peers[0]?.behind === 0);
    await same(a, b);
  });

  it('find each other where one has the new key first and the other only the old one', async () => {
    for (const [ofA, ofB] of [
      [keysOf(2, 1), keysOf(1)],
      [keysOf(1), keysOf(2, 1)],
    ] as const) {
      const a = await rig.start('a', { keys: ofA }, { folder: `a${ofA.length}` });
      const b = await rig.start('b', { keys: ofB }, { folder: `b${ofB.length}` });
      await inStep(a, b);
      await Promise.all([a.stop(), b.stop()]);
    }
  });

  it('part at once where the key of a connection is taken away', async () => {
    const a = await rig.start('a');
    const b = await rig.start('b');
    await inStep(a, b);
    await a.apply({ keys: keysOf(3) });
    await until('both are apart', () => !a.sync.isSynced() && !b.sync.isSynced());
    await put(a.store, 'k', 1);
    assert.equal(await has(b, 'k'), undefined);
    await b.apply({ keys: keysOf(3) });
    await inStep(a, b);
    await until('b has it', () => a.sync.status().peers[0]?.behind === 0);
    assert.equal(await has(b, 'k'), 1);
  });

  it('part where the peer is taken out of the configuration', async () => {
    const a = await rig.start('a');
    const b = await rig.start('b');
    await inStep(a, b);
    await a.apply({ peers: [] });
    await until('b is apart', () => !b.sync.isSynced());
    assert.deepEqual(a.sync.status().peers, []);
    assert.equal(a.sync.isSynced(), true, 'with nobody there is nothing to wait for');
  });

  it('says so once where the port is taken, and opens it when it is free', async () => {
    const other = await rig.start('a');
    const a = await rig.start('a', {}, { folder: 'second' });
    assert.match(a.news[0] ?? '', /^failed TCP port \d+ \(ha.port\) cannot be opened: .*EADDRINUSE/);
    await other.stop();
    await until('the port is open', () => a.sync.status().failed === null, 30_000);
    assert.equal(a.news.filter((one) => one.startsWith('failed')).length, 1);
  });
});

describe('the stores of three instances', function () {
  this.timeout(60_000);
  const rig = syncRig(['a', 'b', 'c']);

  it('have the changes of one that they do not reach themselves', async () => {
    const a = await rig.start('a', { peers: [{ name: 'b', paths: [ADDRESSES['b']!] }] });
    const c = await rig.start('c', { peers: [{ name: 'b', paths: [ADDRESSES['b']!] }] });
    const b = await rig.start('b');
    await inStep(a, b, c);
    const told = new Set<string>();
    c.store.watch('', (events) => events.forEach((event) => event.kind === 'put' && told.add(event.entry.key)));
    await put(a.store, 'small', 1);
    await put(a.store, 'large', 'x'.repeat(200_000));
    await until('c is told', () => told.has('large'));
    assert.equal(await has(c, 'small'), 1);
    await same(a, b, c);
  });

  it('come to the same, whoever wrote what while they were apart', async () => {
    const members = await Promise.all(['a', 'b', 'c'].map((name) => rig.start(name, { keys: [] })));
    for (const member of members) {
      await fill(member, 'both', 10);
      await fill(member, member.name, 10);
    }
    for (const member of members) await member.apply({ keys: keysOf(1) });
    await inStep(...members);
    await until('nothing is on its way', () =>
      members.every(({ sync }) => sync.status().peers.every(({ behind }) => behind === 0)),
    );
    await same(...members);
  });
});
