/** How often a query is tried (the reference's rules): each try selects anew, so that it normally meets another mirror. Pure. */
import type { Outcome } from './statistics.ts';

export interface RetryRules {
  /** Further tries for each mirror. */
  readonly retryCount: number;
  /** Of one mirror alone: absolute, not multiplied. Null = the pool's. */
  readonly mirrorRetryCount: number | null;
  readonly mirrors: number;
  readonly blackhole: boolean;
}

/** Tries after the first: `retryCount` × mirrors. A copy for an analysis host is never tried again. */
export function retriesOf({ retryCount, mirrorRetryCount, mirrors, blackhole }: RetryRules): number {
  if (blackhole) return 0;
  return mirrorRetryCount ?? retryCount * mirrors;
}

/** Ends after which another try makes sense. A query that took too long is not sent a second time, a wrong one stays wrong. */
const RETRIED: ReadonlySet<Outcome> = new Set([
  'connect_timeouts',
  'connect_failures',
  'network_errors',
  'wrong_replies',
  'unexpected_closings',
]);

export type NextTry =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'exhausted'; readonly text: string };

/** What follows on a try that ended so. `tries` counts those made, the first among them. */
export function nextTry(outcome: Outcome, tries: number, retries: number, delayMs: number): NextTry {
  if (!RETRIED.has(outcome)) return { kind: 'done' };
  if (tries <= retries) return { kind: 'again', afterMs: delayMs };
  return {
    kind: 'exhausted',
    text: retries === 0 ? `${outcome}, and no retries are configured` : `retries limit exceeded after ${tries} tries`,
  };
}
