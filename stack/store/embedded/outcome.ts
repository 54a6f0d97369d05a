/** What a turn has changed, as watchers and the journal are told of it. Pure. */
import type { StoreConflict, StoreEvent } from '../store.ts';
import { entryOf } from './index.ts';
import type { Index, KeyState } from './index.ts';

type Touched = ReadonlyMap<string, KeyState | null>;

/** `touched`: what the keys were before. */
export function eventsOf(touched: Touched, index: Pick<Index, 'get'>): readonly StoreEvent[] {
  const events: StoreEvent[] = [];
  for (const [key, was] of touched) {
    const before = entryOf(was);
    const after = entryOf(index.get(key));
    if (after !== null && after.version !== before?.version) events.push({ kind: 'put', entry: after });
    else if (after === null && before !== null) events.push({ kind: 'delete', key });
  }
  return events;
}

/** Keys that have come to have several versions. */
export function conflictsOf(touched: Touched, index: Pick<Index, 'get'>): readonly StoreConflict[] {
  const found: StoreConflict[] = [];
  for (const [key, was] of touched) {
    const now = index.get(key);
    if (now === null || now.versions.length < 2) continue;
    const known = new Set(was !== null && was.versions.length > 1 ? was.versions.map(({ id }) => id) : []);
    if (now.versions.every(({ id }) => known.has(id))) continue;
    // Both did the same: nobody lost anything.
    const say = ({ deleted, value }: KeyState['winner']): string => (deleted ? '' : JSON.stringify(value));
    const lost = now.losers.filter((loser) => say(loser) !== say(now.winner));
    if (lost.length === 0) continue;
    found.push({
      key,
      winner: now.winner.by,
      losers: [...new Set(lost.map(({ by }) => by))].sort(),
      outcome: now.winner.deleted ? 'deleted' : 'written',
      drafts: [],
    });
  }
  return found;
}
