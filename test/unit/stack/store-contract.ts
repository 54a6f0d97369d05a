/** What every kind of store keeps to: one suite, run over each. */
import assert from 'node:assert/strict';
import { put, remove } from '../../../stack/store/store.ts';
import type { Json, Store, StoreEvent } from '../../../stack/store/store.ts';
import { until } from '../../support/until.ts';

/** `open` makes an empty store; whoever gives it also closes it. */
export function storeContract(open: () => Promise<Store>): void {
  let store: Store;

  beforeEach(async () => {
    store = await open();
  });

  const value = async (key: string): Promise<Json | undefined> => {
    const found = await store.get(key);
    assert.ok(found.ok);
    return found.value?.value;
  };
  const keys = async (prefix: string): Promise<readonly string[]> => {
    const found = await store.list(prefix);
    assert.ok(found.ok);
    return found.value.map(({ key }) => key);
  };
  const written = async (key: string, what: Json, version?: string | null): Promise<string> => {
    const answer = await put(store, key, what, version === undefined ? {} : { version });
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer.value;
  };

  it('gives back what was put, and nothing for what was not', async () => {
    const document = { text: 'ä', list: [1, 2.5, null, true], nested: { a: {} } };
    await written('policies/edge', document);
    assert.deepEqual(await value('policies/edge'), document);
    assert.equal(await value('policies/other'), undefined);
    assert.equal(await value('policies'), undefined);
  });

  it('lists what begins with a prefix, by key', async () => {
    for (const key of ['a/2', 'b/1', 'a/1', 'ab/1']) await written(key, key);
    assert.deepEqual(await keys('a/'), ['a/1', 'a/2']);
    assert.deepEqual(await keys(''), ['a/1', 'a/2', 'ab/1', 'b/1']);
    assert.deepEqual(await keys('c'), []);
  });

  it('removes, and does not mind what is not there', async () => {
    await written('a/1', 1);
    assert.ok((await remove(store, 'a/1')).ok);
    assert.ok((await remove(store, 'a/1')).ok);
    assert.equal(await value('a/1'), undefined);
    await written('a/1', 2);
    assert.equal(await value('a/1'), 2);
  });

  it('writes only over the version that was named', async () => {
    const first = await written('a/1', 'first');
    const second = await written('a/1', 'second', first);
    assert.notEqual(first, second);
    const late = await put(store, 'a/1', 'late', { version: first });
    assert.ok(!late.ok && late.error.code === 'conflict' && late.error.key === 'a/1');
    const gone = await remove(store, 'a/1', first);
    assert.ok(!gone.ok && gone.error.code === 'conflict');
    assert.equal(await value('a/1'), 'second');
  });

  it('makes only what is not there yet', async () => {
    await written('a/1', 'first', null);
    const again = await put(store, 'a/1', 'again', { version: null });
    assert.ok(!again.ok && again.error.code === 'conflict');
    await remove(store, 'a/1');
    await written('a/1', 'new', null);
  });

  it('lets one of many have it who try at once', async () => {
    const tries = await Promise.all(Array.from({ length: 20 }, (_, at) => put(store, 'a/1', at, { version: null })));
    const won = tries.flatMap(({ ok }, at) => (ok ? [at] : []));
    assert.equal(won.length, 1);
    assert.equal(await value('a/1'), won[0]);
  });

  it('writes all of a write or nothing', async () => {
    const version = await written('lock', 'mine');
    const when = [{ key: 'lock', version }];
    const changes = [
      { kind: 'put', key: 'a/1', value: 1 },
      { kind: 'put', key: 'a/2', value: 2 },
      { kind: 'delete', key: 'a/3' },
    ] as const;
    const done = await store.write({ changes, when });
    assert.ok(done.ok);
    assert.deepEqual([...done.value.keys()], ['a/1', 'a/2']);
    await written('lock', 'another');
    const refused = await store.write({ changes: [{ kind: 'delete', key: 'a/1' }, changes[1]], when });
    assert.ok(!refused.ok && refused.error.code === 'conflict' && refused.error.key === 'lock');
    assert.deepEqual(await keys('a/'), ['a/1', 'a/2']);
  });

  it('tells of changes under a prefix, in order, and stops when told to', async () => {
    const events: StoreEvent[] = [];
    const stop = store.watch('a/', (some) => events.push(...some));
    await written('a/1', 1);
    await written('b/1', 1);
    await written('a/1', 2);
    await remove(store, 'a/1');
    await until('three changes', () => events.length >= 3);
    stop();
    await written('a/2', 1);
    await written('a/3', 1);
    const short = events.map((event) =>
      event.kind === 'put' ? [event.entry.key, event.entry.value] : event.kind === 'delete' ? [event.key] : ['again'],
    );
    assert.deepEqual(short, [['a/1', 1], ['a/1', 2], ['a/1']]);
  });

  it('gives a watcher the version with which one may write on', async () => {
    const events: StoreEvent[] = [];
    store.watch('a/', (some) => events.push(...some));
    await written('a/1', 1);
    await until('one change', () => events.length === 1);
    const [event] = events;
    assert.ok(event?.kind === 'put');
    await written('a/1', 2, event.entry.version);
  });

  it('forgets what is not written again within its life', async () => {
    assert.ok((await put(store, 'a/short', 1, { ttlMs: 1000 })).ok);
    assert.ok((await put(store, 'a/long', 1, { ttlMs: 600_000 })).ok);
    await written('a/ever', 1);
    const events: StoreEvent[] = [];
    store.watch('a/', (some) => events.push(...some));
    assert.equal(await value('a/short'), 1);
    await until('the end of it', () => events.some((event) => event.kind === 'delete' && event.key === 'a/short'));
    assert.deepEqual(await keys('a/'), ['a/ever', 'a/long']);
  });

  it('refuses keys, values and writes that are none', async () => {
    for (const key of ['', '/a', 'a/', 'a//b', 'a b', 'a\nb', 'ä', `a/${'x'.repeat(600)}`]) {
      const answer = await put(store, key, 1);
      assert.ok(!answer.ok && answer.error.code === 'badRequest', key);
    }
    const large = await put(store, 'a/1', 'x'.repeat(300_000));
    assert.ok(!large.ok && large.error.code === 'badRequest');
    const change = { kind: 'put', key: 'a/1', value: 1 } as const;
    for (const changes of [
      [],
      [change, change],
      Array.from({ length: 101 }, (_, at) => ({ ...change, key: `a/${at}` })),
    ]) {
      const answer = await store.write({ changes });
      assert.ok(!answer.ok && answer.error.code === 'badRequest');
    }
    assert.deepEqual(await keys(''), []);
  });

  it('does not answer any more once it is closed', async () => {
    await written('a/1', 1);
    await store.close();
    const answers = [await store.get('a/1'), await store.list('a/'), await put(store, 'a/1', 2)];
    for (const answer of answers) assert.ok(!answer.ok && answer.error.code === 'unavailable');
    assert.equal(store.state().available, false);
    await store.close();
  });
}
