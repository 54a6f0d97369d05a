/** A store that could not be opened: it has nothing, takes nothing, and says why. So that whoever works with a store need not ask whether there is one. */
import { fail } from '../../core/result.ts';
import type { Store, StoreError, StoreKind } from './store.ts';

export function createUnavailableStore(kind: StoreKind, text: string): Store {
  const error: StoreError = { code: 'unavailable', text };
  const none = (): void => undefined;
  return {
    kind,
    supportsHa: kind !== 'memory',
    get: async () => fail(error),
    list: async () => fail(error),
    write: async () => fail(error),
    watch: () => none,
    onConflict: () => none,
    state: () => ({ available: false, text }),
    onState: () => none,
    close: async () => undefined,
  };
}
