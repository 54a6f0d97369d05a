/** What of the manager is the stack's (design section 9): its store, and what stands on it. */
import { join } from 'node:path';
import type { ManagerPlan } from '../config/manager-plan.ts';
import { systemClock } from '../core/clock.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import { LEADER } from '../stack/leader/records.ts';
import { createEmbeddedStore } from '../stack/store/embedded/embedded.ts';
import type { EmbeddedStore } from '../stack/store/embedded/embedded.ts';
import { openDocumentFiles } from '../stack/store/embedded/files.ts';
import { createMemoryStore } from '../stack/store/memory.ts';
import { MERGE_RULES } from '../stack/store/merge-rules.ts';
import type { Store } from '../stack/store/store.ts';
import { createUnavailableStore } from '../stack/store/unavailable.ts';

/** For the leader, the sessions and whatever else the instances agree on. */
export interface Stack {
  /** Always there: one that could not be opened answers `unavailable` to everything, and says why. Its kind changes with the next start. */
  readonly store: Store;
  /** Whether this instance removes entries whose life is over: the leader alone does. */
  setExpiring(on: boolean): void;
  stop(): Promise<void>;
}

export interface StackPorts {
  /** `<state>/manager`. */
  readonly folder: string;
  readonly note: (reason: ManagerReason) => void;
}

export function startStack(plan: ManagerPlan, { folder, note }: StackPorts): Stack {
  const { store, embedded } = openStore(plan, folder);
  // Each half of a stack had a leader: which record holds is nobody's business.
  store.onConflict((conflict) => {
    if (!conflict.key.startsWith(LEADER)) note({ code: 'storeConflict', ...conflict });
  });
  let available = true;
  const look = (): void => {
    const state = store.state();
    if (state.available === available) return;
    available = state.available;
    note(available ? { code: 'storeBack' } : { code: 'storeLost', error: state.text });
  };
  store.onState(look);
  look();

  return {
    store,
    setExpiring: (on) => embedded?.setExpiring(on),
    stop: () => store.close(),
  };
}

interface Opened {
  readonly store: Store;
  readonly embedded: EmbeddedStore | null;
}

function openStore({ instance, stack, store: { kind } }: ManagerPlan, folder: string): Opened {
  const other = (store: Store): Opened => ({ store, embedded: null });
  switch (kind) {
    case 'memory':
      return other(createMemoryStore());
    case 'embedded': {
      const files = openDocumentFiles(join(folder, 'store'), stack, instance);
      if (!files.ok) return other(createUnavailableStore(kind, files.error));
      try {
        const embedded = createEmbeddedStore({ files: files.value, rules: MERGE_RULES, clock: systemClock });
        return { store: embedded, embedded };
      } catch (error) {
        void files.value.close();
        return other(createUnavailableStore(kind, `what the store holds cannot be read: ${String(error)}`));
      }
    }
    case 'etcd':
      return other(createUnavailableStore(kind, '`store.kind: etcd` is not in this version: use embedded'));
  }
}
