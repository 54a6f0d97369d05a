/** Embedded stores in folders of their own, and a cable between two of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import { systemClock } from '../../../core/clock.ts';
import { createEmbeddedStore } from '../../../stack/store/embedded/embedded.ts';
import type { EmbeddedStore } from '../../../stack/store/embedded/embedded.ts';
import { openDocumentFiles } from '../../../stack/store/embedded/files.ts';
import type { DocumentFiles } from '../../../stack/store/embedded/files.ts';
import { MERGE_RULES } from '../../../stack/store/merge-rules.ts';

export interface EmbeddedRig {
  readonly root: string;
  files(folder: string, instance: string, stack?: string): DocumentFiles;
  open(instance: string, options?: { readonly folder?: string; readonly clock?: Clock }): EmbeddedStore;
}

export function embeddedRig(): EmbeddedRig {
  let root = '';
  const stores: EmbeddedStore[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tandem-store-'));
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    rmSync(root, { recursive: true, force: true });
  });
  const files = (folder: string, instance: string, stack = 'edge'): DocumentFiles => {
    const opened = openDocumentFiles(join(root, folder), stack, instance);
    if (!opened.ok) throw new Error(opened.error);
    return opened.value;
  };
  return {
    get root() {
      return root;
    },
    files,
    open(instance, { folder = instance, clock = systemClock } = {}) {
      const store = createEmbeddedStore({ files: files(folder, instance), rules: MERGE_RULES, clock });
      stores.push(store);
      return store;
    },
  };
}

/** Everything that one has and the other lacks, once, both ways. */
export async function exchange(one: EmbeddedStore, other: EmbeddedStore): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
    // What the first one made of what it learnt.
    [one, other],
  ] as const) {
    const update = await from.replica.diff(await to.replica.stateVector());
    const applied = await to.replica.apply(update, from.replica.name);
    if (!applied.ok) throw new Error(applied.error);
  }
}

/** All that it holds, as text. */
export async function contents(store: EmbeddedStore): Promise<string> {
  const found = await store.list('');
  if (!found.ok) throw new Error(found.error.text);
  return JSON.stringify(found.value);
}
