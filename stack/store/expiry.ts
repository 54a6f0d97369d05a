/**
 * Entries with an end. Whoever sees to it counts from when it saw the entry itself, on its own monotonic clock: clocks that differ between
 * instances, a restart or a change of the leader can only make a life longer, never shorter.
 */
import type { Clock, Instant } from '../../core/clock.ts';
import { later } from '../../core/clock.ts';
import type { StoreEntry } from './store.ts';

export interface Expiry {
  /** The entry as it is now; null = it is gone. */
  saw(key: string, entry: StoreEntry | null): void;
  /** Off: ends are known, and nothing is removed. Switched on, every life begins anew. */
  enable(on: boolean): void;
  stop(): void;
}

export interface ExpiryPorts {
  readonly clock: Clock;
  /** Removes it if it is still this version. */
  readonly remove: (key: string, version: string) => void;
}

interface Life {
  readonly version: string;
  readonly ttlMs: number;
  until: Instant;
}

const EVERY_MS = 250;

export function createExpiry({ clock, remove }: ExpiryPorts): Expiry {
  const lives = new Map<string, Life>();
  let enabled = false;
  let timer: NodeJS.Timeout | null = null;

  function arm(): void {
    if (timer !== null || !enabled || lives.size === 0) return;
    timer = setTimeout(() => {
      timer = null;
      const now = clock.now();
      for (const [key, life] of lives) {
        if (life.until > now) continue;
        // Asked for again, should it fail.
        life.until = later(now, life.ttlMs);
        remove(key, life.version);
      }
      arm();
    }, EVERY_MS);
    timer.unref();
  }

  return {
    saw(key, entry) {
      if (entry === null || entry.ttlMs === null) return void lives.delete(key);
      const { version, ttlMs } = entry;
      if (lives.get(key)?.version === version) return;
      lives.set(key, { version, ttlMs, until: later(clock.now(), ttlMs) });
      arm();
    },
    enable(on) {
      if (on && !enabled) for (const life of lives.values()) life.until = later(clock.now(), life.ttlMs);
      enabled = on;
      arm();
    },
    stop() {
      enabled = false;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
