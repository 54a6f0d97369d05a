/** The store of one instance alone: nothing survives the process. */
import type { Clock } from '../../core/clock.ts';
import { systemClock } from '../../core/clock.ts';
import { fail, ok } from '../../core/result.ts';
import { checkWrite, refusedBy } from './check-write.ts';
import { createExpiry } from './expiry.ts';
import { createTold } from './listeners.ts';
import type { Store, StoreEntry, StoreError, StoreEvent } from './store.ts';

const CLOSED: StoreError = { code: 'unavailable', text: 'the store is closed' };

export function createMemoryStore(clock: Clock = systemClock): Store {
  const entries = new Map<string, StoreEntry>();
  const { watchers, conflicts, states } = createTold();
  let written = 0;
  let closed = false;

  const store: Store = {
    kind: 'memory',
    supportsHa: false,
    get: async (key) => (closed ? fail(CLOSED) : ok(entries.get(key) ?? null)),
    async list(prefix) {
      if (closed) return fail(CLOSED);
      const found = [...entries.values()].filter(({ key }) => key.startsWith(prefix));
      return ok(found.sort((a, b) => (a.key < b.key ? -1 : 1)));
    },
    async write(write) {
      if (closed) return fail(CLOSED);
      const wrong = checkWrite(write);
      if (wrong !== null) return fail(wrong);
      for (const { key, version } of write.when ?? []) {
        const found = entries.get(key)?.version ?? null;
        if (found !== version) return fail(refusedBy(key, version, found));
      }
      const versions = new Map<string, string>();
      const events: StoreEvent[] = [];
      for (const change of write.changes) {
        const { key } = change;
        if (change.kind === 'delete') {
          if (!entries.delete(key)) continue;
          expiry.saw(key, null);
          events.push({ kind: 'delete', key });
          continue;
        }
        written += 1;
        // Nobody may change afterwards what was written.
        const value = structuredClone(change.value);
        const entry = { key, value, version: `${written}`, ttlMs: change.ttlMs ?? null };
        entries.set(key, entry);
        expiry.saw(key, entry);
        versions.set(key, entry.version);
        events.push({ kind: 'put', entry });
      }
      watchers.tell(events);
      return ok(versions);
    },
    watch: (prefix, listener) => watchers.add(prefix, listener),
    onConflict: (listener) => conflicts.add(listener),
    state: () => (closed ? { available: false, text: CLOSED.text } : { available: true, text: '' }),
    onState: (listener) => states.add(listener),
    async close() {
      closed = true;
      expiry.stop();
    },
  };
  const expiry = createExpiry({
    clock,
    remove: (key, version) => void store.write({ changes: [{ kind: 'delete', key }], when: [{ key, version }] }),
  });
  expiry.enable(true);
  return store;
}
