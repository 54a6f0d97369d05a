/**
 * Lets the first of a kind through and holds the rest back for a while, so that whoever sends rubbish cannot fill the log.
 * A kind is let through again early only by `forget`, which is called for accepted packets alone (vrrp.md 2.3).
 */
import type { Clock, Instant, Ms } from '../../core/clock.ts';

export interface Limiter {
  /** True if something of this kind may be said now. */
  allows(kind: string): boolean;
  forget(kind: string): void;
}

/** More kinds than this are not told apart: the memory is bounded whatever comes. */
const MOST_KINDS = 4096;

export function createLimiter(clock: Clock, everyMs: Ms): Limiter {
  const last = new Map<string, Instant>();
  return {
    allows(kind) {
      const now = clock.now();
      const before = last.get(kind);
      if (before !== undefined && now - before < everyMs) return false;
      if (last.size >= MOST_KINDS) last.clear();
      last.set(kind, now);
      return true;
    },
    forget: (kind) => void last.delete(kind),
  };
}
