/** What may be written, the same for every kind. Pure. */
import { LARGEST_VALUE, LONGEST_KEY, MOST_CHANGES } from './store.ts';
import type { StoreError, Write } from './store.ts';

const SHORTEST_TTL_MS = 100;
const LONGEST_TTL_MS = 366 * 24 * 3_600_000;

/** Null = it may be written. */
export function checkWrite({ changes, when = [] }: Write): StoreError | null {
  if (changes.length === 0) return bad('nothing to write');
  if (changes.length > MOST_CHANGES) return bad(`${changes.length} changes: expected at most ${MOST_CHANGES}`);
  if (when.length > MOST_CHANGES) return bad(`${when.length} conditions: expected at most ${MOST_CHANGES}`);
  const seen = new Set<string>();
  for (const change of changes) {
    const { key } = change;
    if (!isKey(key))
      return bad(`the key ${JSON.stringify(key.slice(0, 80))} is none: expected a path such as policies/edge`);
    if (seen.has(key)) return bad(`the key ${key} stands twice in one write`);
    seen.add(key);
    if (change.kind !== 'put') continue;
    const { ttlMs = null } = change;
    if (ttlMs !== null && !(ttlMs >= SHORTEST_TTL_MS && ttlMs <= LONGEST_TTL_MS))
      return bad(`${key}: a life of ${ttlMs} ms: expected ${SHORTEST_TTL_MS} ms to a year`);
    const text: string | undefined = JSON.stringify(change.value);
    if (text === undefined) return bad(`${key}: no value`);
    if (Buffer.byteLength(text) > LARGEST_VALUE) return bad(`${key}: larger than ${LARGEST_VALUE} bytes`);
  }
  return null;
}

/** Segments of visible characters, joined by slashes. */
export function isKey(key: string): boolean {
  return /^[!-.0-~]+(\/[!-.0-~]+)*$/.test(key) && key.length <= LONGEST_KEY;
}

const bad = (text: string): StoreError => ({ code: 'badRequest', text });

/** What a condition that does not hold answers. */
export function refusedBy(key: string, expected: string | null, found: string | null): StoreError {
  const text =
    expected === null
      ? `${key} is there already`
      : found === null
        ? `${key} is not there any more`
        : `${key} was changed by somebody else`;
  return { code: 'conflict', key, text };
}
