/** What stands in the store about leadership. Other instances wrote it: read with care. Pure. */
import type { Json, StoreEntry } from '../store/store.ts';

/** Everything of it begins so. */
export const LEADER = 'leader/';
/** Name of the stack that the store belongs to. */
export const STACK_KEY = `${LEADER}stack`;
/** Who leads, and since which term. */
export const RECORD_KEY = `${LEADER}now`;
/** An instance by its name: how its manager is reached. */
export const MEMBERS = `${LEADER}members/`;

export interface LeaderRecord {
  readonly instance: string;
  /** Counts leaderships: of two records, the one with the higher term is the later. */
  readonly term: number;
  /** Wall time, ISO 8601: for people. */
  readonly since: string;
  readonly address: string | null;
}

export interface MemberRecord {
  readonly address: string | null;
}

/** Null: it is none. */
export function readRecord(value: Json | undefined): LeaderRecord | null {
  if (!isObject(value)) return null;
  const { instance, term, since, address } = value;
  if (typeof instance !== 'string' || typeof since !== 'string') return null;
  const counts = typeof term === 'number' && Number.isSafeInteger(term) && term > 0;
  return counts ? { instance, term, since, address: readAddress(address) } : null;
}

export function readMember(value: Json | undefined): MemberRecord | null {
  return isObject(value) ? { address: readAddress(value['address']) } : null;
}

/** A full URL as `manager.clusterAdvertiseAddr` may be; anything else is none: clients are sent there. */
function readAddress(value: Json | undefined): string | null {
  if (typeof value !== 'string' || value.length > 2048 || !URL.canParse(value)) return null;
  const { protocol, username, password } = new URL(value);
  const fits = /^https?:$/.test(protocol) && username === '' && password === '';
  return fits && /^[\x21-\x7e]+$/.test(value) ? value : null;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Term of what may be a leader's record, for the merge: 0 if it is none. */
export const termOf = (value: Json): number => readRecord(value)?.term ?? 0;

/** What the store says, by key. */
export interface Records {
  readonly stack: string | null;
  readonly record: LeaderRecord | null;
  readonly addresses: ReadonlyMap<string, string>;
}

export function recordsOf(entries: Iterable<StoreEntry>): Records {
  let stack: string | null = null;
  let record: LeaderRecord | null = null;
  const addresses = new Map<string, string>();
  for (const { key, value } of entries) {
    if (key === STACK_KEY) stack = typeof value === 'string' ? value : null;
    else if (key === RECORD_KEY) record = readRecord(value);
    else if (key.startsWith(MEMBERS)) {
      const address = readMember(value)?.address ?? null;
      if (address !== null) addresses.set(key.slice(MEMBERS.length), address);
    }
  }
  return { stack, record, addresses };
}
