import { createMemoryStore } from '../../../stack/store/memory.ts';
import type { Store } from '../../../stack/store/store.ts';
import { storeContract } from './store-contract.ts';

describe('the store in memory', () => {
  const open: Store[] = [];
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });

  storeContract(async () => {
    const store = createMemoryStore();
    open.push(store);
    return store;
  });
});
