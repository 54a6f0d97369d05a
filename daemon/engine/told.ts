/** What somebody says who says it again and again: true for a while, and then not known. */
import type { Clock, Instant, Ms } from '../../core/clock.ts';

export interface Told<T> {
  say(value: T): void;
  /** Null = never said, or not for so long that nobody stands behind it any more. */
  read(): T | null;
}

export function createTold<T>(clock: Clock, lastsMs: Ms): Told<T> {
  let told: { readonly value: T; readonly at: Instant } | null = null;
  return {
    say(value) {
      told = { value, at: clock.now() };
    },
    read: () => (told !== null && clock.now() - told.at <= lastsMs ? told.value : null),
  };
}
