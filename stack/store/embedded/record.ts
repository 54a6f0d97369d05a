/** A version as it stands in the document that the instances share. What comes from there is checked: another version of Tandem may have written it. */
import { isKey } from '../check-write.ts';
import type { Version } from '../merge.ts';
import type { Json } from '../store.ts';

/** Short names: there may be a hundred thousand of them. */
export interface StoredRecord {
  /** Stamp. */
  readonly i: number;
  readonly k: string;
  /** Wall time, ms. */
  readonly t: number;
  /** Value; missing: a deletion. */
  readonly v?: Json;
  /** Life, ms. */
  readonly x?: number;
}

/** A version and where it lies. One object for each: there are many. */
export interface Placed<Place> extends Version {
  readonly key: string;
  readonly place: Place;
}

const REPLICA = /^([A-Za-z0-9][A-Za-z0-9._-]{0,62})~[0-9a-f]{8}$/;

/** Name of the instance in the name of its store; null = that is no such name. */
export function instanceOf(replica: string): string | null {
  return REPLICA.exec(replica)?.[1] ?? null;
}

/** Null = it is no record. `by`: the instance of that replica. */
export function readRecord<Place>(found: unknown, replica: string, by: string, place: Place): Placed<Place> | null {
  if (typeof found !== 'object' || found === null) return null;
  const { i, k, t, v, x } = found as { readonly [name: string]: unknown };
  if (!isCount(i) || !isCount(t) || typeof k !== 'string' || !isKey(k)) return null;
  if (x !== undefined && !isCount(x)) return null;
  const deleted = v === undefined;
  const value = deleted ? null : (v as Json);
  return { id: `${replica}:${i}`, key: k, by, stamp: i, at: t, deleted, value, ttlMs: x ?? null, place };
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
