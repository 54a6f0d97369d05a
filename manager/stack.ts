/** What of the manager is the stack's (design section 9): its store, and what stands on it. */
import { join } from 'node:path';
import type { ManagerPlan } from '../config/manager-plan.ts';
import { systemClock } from '../core/clock.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import type { PeerStatus } from '../core/status.ts';
import { LEADER } from '../stack/leader/records.ts';
import { createEmbeddedStore } from '../stack/store/embedded/embedded.ts';
import type { EmbeddedStore } from '../stack/store/embedded/embedded.ts';
import { openDocumentFiles } from '../stack/store/embedded/files.ts';
import { createMemoryStore } from '../stack/store/memory.ts';
import { MERGE_RULES } from '../stack/store/merge-rules.ts';
import type { Store } from '../stack/store/store.ts';
import { createUnavailableStore } from '../stack/store/unavailable.ts';
import type { SyncKey } from '../stack/sync/keys.ts';
import { refusalText } from '../stack/sync/refusals.ts';
import type { SyncNews, SyncStatus } from '../stack/sync/status.ts';
import { createSync } from '../stack/sync/sync.ts';
import type { Sync } from '../stack/sync/sync.ts';
import type { GuardianClient } from './guardian-client.ts';

/** For the leader, the sessions and whatever else the instances agree on. */
export interface Stack {
  /** Always there: one that could not be opened answers `unavailable` to everything, and says why. Its kind changes with the next start. */
  readonly store: Store;
  /** Whether this instance removes entries whose life is over: the leader alone does. */
  setExpiring(on: boolean): void;
  /** With every peer; true where nothing has to be kept in step. */
  isSynced(): boolean;
  /** Something of `isSynced` or `sync` may have changed. */
  onSync(listener: () => void): void;
  /** Null: this kind is not kept in step by us. */
  sync(): SyncStatus | null;
  /** Port, peers and keys as they are now. */
  apply(plan: ManagerPlan): Promise<void>;
  /** What the peer checks have found: the sync goes on over a path that answers. */
  setPeers(peers: readonly PeerStatus[]): void;
  stop(): Promise<void>;
}

export interface StackPorts {
  /** `<state>/manager`. */
  readonly folder: string;
  readonly note: (reason: ManagerReason) => void;
  readonly ask: GuardianClient['ask'];
}

const ASK_AGAIN_MS = 5000;

export function startStack(plan: ManagerPlan, { folder, note, ask }: StackPorts): Stack {
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

  const { instance, stack } = plan;
  const news = newsFor(note);
  const sync: Sync | null =
    embedded === null ? null : createSync({ stack, instance, store: embedded, news, clock: systemClock });
  let wanted = plan;
  let keys: readonly SyncKey[] = [];
  let applying: Promise<void> = Promise.resolve();
  let stopped = false;
  let again: NodeJS.Timeout | null = null;

  function next(): void {
    applying = applying.then(useWanted);
  }

  /** Keys change without the configuration: they are asked for whenever it is looked at. */
  async function useWanted(): Promise<void> {
    if (sync === null) return;
    if (again !== null) clearTimeout(again);
    again = null;
    const answer = await ask({ kind: 'syncKeys' });
    if (answer.ok) keys = (answer.value.syncKeys ?? []).map(({ id, key }) => ({ id, key: Buffer.from(key, 'base64') }));
    // A guardian that is being replaced: what was known holds meanwhile.
    else if (!stopped) again = setTimeout(next, ASK_AGAIN_MS);
    const { port, peers } = wanted.ha;
    await sync.apply({ port, peers, keys });
  }

  return {
    store,
    setExpiring: (on) => embedded?.setExpiring(on),
    isSynced: () => sync?.isSynced() ?? true,
    onSync: (listener) => sync?.onChange(listener),
    sync: () => sync?.status() ?? null,
    apply(plan) {
      wanted = plan;
      next();
      return applying;
    },
    setPeers(peers) {
      const lost = peers.flatMap(({ paths }) => paths.filter(({ health }) => health === 'unhealthy'));
      sync?.setLostPaths(new Set(lost.map(({ address }) => address)));
    },
    async stop() {
      stopped = true;
      if (again !== null) clearTimeout(again);
      await sync?.stop();
      await store.close();
    },
  };
}

function newsFor(note: StackPorts['note']): SyncNews {
  return {
    synced: (peer, address) => note({ code: 'syncUp', peer, address }),
    apart: (peer, why) => note({ code: 'syncDown', peer, why }),
    refused: ({ reason, ...rest }) => note({ code: 'syncRefused', why: refusalText(reason), ...rest }),
    failed: (error) => note({ code: 'syncFailed', error }),
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
