import assert from 'node:assert/strict';
import { put, remove } from '../../../stack/store/store.ts';
import type { StoreConflict, StoreEvent } from '../../../stack/store/store.ts';
import { openDocumentFiles } from '../../../stack/store/embedded/files.ts';
import type { EmbeddedStore } from '../../../stack/store/embedded/embedded.ts';
import { contents, embeddedRig, exchange } from './embedded-rig.ts';
import { storeContract } from './store-contract.ts';

const value = async (store: EmbeddedStore, key: string): Promise<unknown> => {
  const found = await store.get(key);
  assert.ok(found.ok);
  return found.value?.value;
};
const keys = async (store: EmbeddedStore, prefix: string): Promise<readonly string[]> => {
  const found = await store.list(prefix);
  assert.ok(found.ok);
  return found.value.map(({ key }) => key);
};

describe('the embedded store', () => {
  const rig = embeddedRig();

  storeContract(async () => {
    const store = rig.open('a');
    store.setExpiring(true);
    return store;
  });
});

describe('an embedded store that is opened again', () => {
  const rig = embeddedRig();

  it('has what was written, with the same versions', async () => {
    const store = rig.open('a');
    for (let at = 0; at < 120; at += 1) await put(store, `k/${at % 40}`, at);
    await remove(store, 'k/7');
    const before = await contents(store);
    await store.close();
    const again = rig.open('a');
    assert.equal(await contents(again), before);
    assert.equal(again.replica.name, store.replica.name);
    await put(again, 'k/0', 'new');
    assert.equal(await value(again, 'k/0'), 'new');
  });

  it('has it after everything was put together as one, too', async () => {
    const files = rig.files('a', 'a');
    await files.close();
    const store = rig.open('a');
    // Above what is left as it is: 20 changes of 250 kB.
    for (let at = 0; at < 40; at += 1) assert.ok((await put(store, 'large', `${at}`.repeat(120_000))).ok);
    const before = await contents(store);
    await store.close();
    const counted = rig.files('a', 'a');
    const count = [...counted.load()].length;
    await counted.close();
    assert.ok(count < 40, `${count} changes`);
    assert.equal(await contents(rig.open('a')), before);
  });

  it('refuses another stack, and says where and what to do', async () => {
    await put(rig.open('a'), 'k', 1);
    const opened = openDocumentFiles(`${rig.root}/a`, 'other', 'a');
    assert.ok(!opened.ok);
    assert.match(opened.error, /\/a belongs to the stack edge, the configuration says other/);
  });

  it('writes under another name once the instance is called otherwise', async () => {
    const before = rig.open('a');
    await put(before, 'k', 1);
    await before.close();
    const after = rig.open('c', { folder: 'a' });
    assert.match(after.replica.name, /^c~/);
    assert.equal(await value(after, 'k'), 1);
  });

  it('keeps little of what is gone', async () => {
    const store = rig.open('a');
    for (let round = 0; round < 60; round += 1) {
      const changes = Array.from({ length: 100 }, (_, at) => ({ kind: 'put', key: `k/${at}`, value: round }) as const);
      assert.ok((await store.write({ changes })).ok);
    }
    const changes = Array.from({ length: 100 }, (_, at) => ({ kind: 'delete', key: `k/${at}` }) as const);
    await store.write({ changes });
    assert.equal(await store.forgetDeletions(-1000), 100);
    await put(store, 'last', 1);
    const whole = await store.replica.diff(new Uint8Array([0]));
    assert.ok(whole.byteLength < 1500, `${whole.byteLength} bytes`);
  });
});

describe('two embedded stores', () => {
  const rig = embeddedRig();
  let a: EmbeddedStore;
  let b: EmbeddedStore;
  const conflicts: StoreConflict[] = [];

  beforeEach(() => {
    a = rig.open('a');
    b = rig.open('b');
    conflicts.length = 0;
    a.onConflict((conflict) => conflicts.push(conflict));
  });

  async function heal(): Promise<void> {
    await exchange(a, b);
    assert.equal(await contents(a), await contents(b));
  }

  it('are the same after an exchange, whatever was written where', async () => {
    await put(a, 'k/a', 1);
    await put(b, 'k/b', 2);
    await heal();
    assert.deepEqual(await keys(a, 'k/'), ['k/a', 'k/b']);
    await put(b, 'k/a', 3);
    await remove(a, 'k/b');
    await heal();
    assert.equal(await value(a, 'k/a'), 3);
    assert.deepEqual(await keys(b, 'k/'), ['k/a']);
    assert.deepEqual(conflicts, []);
  });

  it('tell their watchers what came from the other, once', async () => {
    const events: StoreEvent[] = [];
    b.watch('k/', (some) => events.push(...some));
    await put(a, 'k/1', 1);
    await put(a, 'other', 1);
    await heal();
    await heal();
    await remove(a, 'k/1');
    await heal();
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['put', 'delete'],
    );
  });

  it('let a deletion win over an edit', async () => {
    await put(a, 'k', 1);
    await heal();
    await remove(a, 'k');
    await put(b, 'k', 2);
    await heal();
    assert.equal(await value(b, 'k'), undefined);
    assert.deepEqual(conflicts, [{ key: 'k', winner: 'a', losers: ['b'], outcome: 'deleted', drafts: [] }]);
    await put(b, 'k', 'anew');
    await heal();
    assert.equal(await value(a, 'k'), 'anew');
  });

  it('let the end of a session win over its renewal, whoever wrote last', async () => {
    for (const [ends, renews, key] of [
      [a, b, 'sessions/1'],
      [b, a, 'sessions/2'],
    ] as const) {
      await put(a, key, { ended: null, renewed: 0 });
      await heal();
      await put(ends, key, { ended: { reason: 'Killed' }, renewed: 0 });
      for (let at = 1; at < 5; at += 1) await put(renews, key, { ended: null, renewed: at });
      await heal();
      assert.deepEqual(await value(a, key), { ended: { reason: 'Killed' }, renewed: 0 });
    }
  });

  it('keep both of two edits of a policy, the one that lost as a draft', async () => {
    await put(a, 'policies/edge', { text: 'base' });
    await heal();
    await put(a, 'policies/edge', { text: 'of a' });
    await put(b, 'policies/edge', { text: 'of b' });
    await heal();
    const won = await value(a, 'policies/edge');
    const [draft, ...more] = await keys(a, 'drafts/');
    assert.ok(draft !== undefined && more.length === 0);
    const kept = (await value(b, draft)) as { readonly policy: string; readonly by: string; readonly lost: unknown };
    assert.equal(kept.policy, 'edge');
    assert.deepEqual([won, kept.lost].map((one) => JSON.stringify(one)).sort(), ['{"text":"of a"}', '{"text":"of b"}']);
    assert.deepEqual(
      conflicts.map(({ key, outcome, drafts }) => ({ key, outcome, drafts })),
      [{ key: 'policies/edge', outcome: 'written', drafts: [draft] }],
    );
  });

  it('keep an edit of a policy that the other deleted, as a draft', async () => {
    await put(a, 'policies/edge', { text: 'base' });
    await heal();
    await remove(a, 'policies/edge');
    await put(b, 'policies/edge', { text: 'of b' });
    await heal();
    assert.equal(await value(a, 'policies/edge'), undefined);
    assert.equal((await keys(b, 'drafts/edge/')).length, 1);
  });

  it('do not bring back a draft that somebody removed', async () => {
    await put(a, 'policies/edge', { text: 'of a' });
    await put(b, 'policies/edge', { text: 'of b' });
    await heal();
    for (const key of await keys(a, 'drafts/')) await remove(a, key);
    await heal();
    await heal();
    assert.deepEqual(await keys(b, 'drafts/'), []);
  });

  it('make no draft of the same edit made twice', async () => {
    await put(a, 'policies/edge', { text: 'same' });
    await put(b, 'policies/edge', { text: 'same' });
    await heal();
    assert.deepEqual(await keys(a, 'drafts/'), []);
    assert.deepEqual(conflicts, []);
  });

  it('do not take records of a store that was lost for their own', async () => {
    await put(a, 'k/1', 'before');
    await heal();
    const fresh = rig.open('a', { folder: 'wiped' });
    await put(fresh, 'k/1', 'without having seen it');
    await put(fresh, 'k/2', 'new');
    await exchange(fresh, b);
    assert.equal(await contents(fresh), await contents(b));
    assert.equal(await value(b, 'k/2'), 'new');
  });

  it('refuse what is no update, and go on', async () => {
    for (const bytes of [new Uint8Array(), new Uint8Array([1, 2, 3]), new Uint8Array(300).fill(255)]) {
      const applied = await b.replica.apply(bytes, 'a');
      assert.equal(applied.ok, false);
    }
    await put(a, 'k', 1);
    await heal();
    assert.equal(await value(b, 'k'), 1);
  });
});
