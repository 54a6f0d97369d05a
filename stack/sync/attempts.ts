/** Where to dial next, with which key, and when (a peer may have several paths, and be in the middle of a rotation). Pure. */
import type { Ms } from '../../core/clock.ts';

export interface Attempt {
  readonly path: number;
  readonly key: number;
  /** Before it. */
  readonly waitMs: Ms;
}

const FIRST_WAIT_MS: Ms = 250;
const LONGEST_WAIT_MS: Ms = 10_000;
/** For the one whose connection would not be the one that goes on. */
const COURTESY_MS: Ms = 1500;

/**
 * `failed`: attempts since the last connection that came about. Every path with one key, then every path with the next, and a longer wait after each
 * round. `random`: 0…1, so that two do not meet again and again.
 */
export function nextAttempt(
  failed: number,
  count: { readonly paths: number; readonly keys: number },
  first: boolean,
  random: number,
): Attempt {
  const round = Math.floor(failed / count.paths);
  const path = failed % count.paths;
  const key = round % count.keys;
  if (failed === 0) return { path, key, waitMs: first ? 0 : COURTESY_MS };
  const wait = path > 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(round, 10));
  return { path, key, waitMs: Math.round(wait * (1 + random / 4)) };
}
