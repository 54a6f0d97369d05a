import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfigText } from '../../../config/load.ts';
import { managerPlan } from '../../../config/manager-plan.ts';
import type { ManagerReason } from '../../../core/manager-reason.ts';
import { startStack } from '../../../manager/stack.ts';
import type { Stack } from '../../../manager/stack.ts';
import { put } from '../../../stack/store/store.ts';

describe('the store that the manager opens', () => {
  let folder = '';
  const notes: ManagerReason[] = [];
  const started: Stack[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-stack-'));
    notes.length = 0;
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(text: string, stack = 'edge'): Stack {
    const loaded = loadConfigText(`instance: a\nstack: ${stack}\n${text}`, 'test.yaml');
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const one = startStack(managerPlan(loaded.value.config)!, {
      folder,
      note: (reason) => notes.push(reason),
      ask: async () => ({ ok: true, value: { syncKeys: [] } }),
    });
    started.push(one);
    return one;
  }

  it('is on disk unless the configuration says otherwise, and is there again at the next start', async () => {
    const first = start('');
    assert.ok((await put(first.store, 'k', 1)).ok);
    await first.stop();
    const found = await start('').store.get('k');
    assert.ok(found.ok && found.value?.value === 1);
    assert.deepEqual(notes, []);
  });

  it('leaves nothing on disk when it is in memory', async () => {
    const { store } = start('store: { kind: memory }');
    assert.ok((await put(store, 'k', 1)).ok);
    assert.equal(store.supportsHa, false);
    assert.equal(existsSync(join(folder, 'store')), false);
  });

  it('is there and takes nothing where its folder belongs to another stack, and says so once', async () => {
    const edge = start('');
    await put(edge.store, 'k', 1);
    await edge.stop();
    const { store } = start('', 'other');
    const answer = await put(store, 'k', 1);
    assert.ok(!answer.ok && answer.error.code === 'unavailable');
    assert.match(answer.error.text, /belongs to the stack edge, the configuration says other/);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['storeLost'],
    );
  });

  it('says that etcd is not in this version', () => {
    const { store } = start('store: { kind: etcd, endpoints: [https://192.0.2.7:2379] }');
    assert.equal(store.kind, 'etcd');
    assert.match(store.state().text, /not in this version/);
  });
});
