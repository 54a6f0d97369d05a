/** Who wants to be told of what. A listener's trouble is not the store's. */
import type { StoreConflict, StoreEvent, StoreState } from './store.ts';

export interface Listeners<T> {
  add(listener: (value: T) => void): () => void;
  tell(value: T): void;
}

export function createListeners<T>(): Listeners<T> {
  const all = new Set<(value: T) => void>();
  return {
    add(listener) {
      // A function that is added twice is two listeners.
      const own = (value: T): void => listener(value);
      all.add(own);
      return () => void all.delete(own);
    },
    tell(value) {
      for (const listener of all) call(listener, value);
    },
  };
}

export interface Watchers {
  add(prefix: string, listener: (events: readonly StoreEvent[]) => void): () => void;
  tell(events: readonly StoreEvent[]): void;
}

export function createWatchers(): Watchers {
  const all = new Set<{ readonly prefix: string; readonly listener: (events: readonly StoreEvent[]) => void }>();
  return {
    add(prefix, listener) {
      const one = { prefix, listener };
      all.add(one);
      return () => void all.delete(one);
    },
    tell(events) {
      if (events.length === 0) return;
      for (const { prefix, listener } of all) {
        const own = prefix === '' ? events : events.filter((event) => concerns(event, prefix));
        if (own.length > 0) call(listener, own);
      }
    },
  };
}

function concerns(event: StoreEvent, prefix: string): boolean {
  if (event.kind === 'again') return true;
  return (event.kind === 'put' ? event.entry.key : event.key).startsWith(prefix);
}

function call<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    process.stderr.write(`tandem manager: a change of the store was not passed on: ${String(error)}\n`);
  }
}

/** The parts of a store that are the same in every kind. */
export interface Told {
  readonly watchers: Watchers;
  readonly conflicts: Listeners<StoreConflict>;
  readonly states: Listeners<StoreState>;
}

export function createTold(): Told {
  return { watchers: createWatchers(), conflicts: createListeners(), states: createListeners() };
}
