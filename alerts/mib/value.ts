/** Values of MIB objects, with what SNMP allows them to be: nothing here can fail, whatever the status says. */
import type { Oid } from './oid.ts';

export type MibValue =
  | { readonly type: 'integer' | 'gauge' | 'counter32' | 'ticks'; readonly value: number }
  | { readonly type: 'counter64'; readonly value: bigint }
  | { readonly type: 'octets'; readonly value: Buffer }
  | { readonly type: 'oid'; readonly value: Oid };

/** Most bytes of TandemText. */
export const LONGEST_TEXT = 1024;

const UINT32 = 0xffff_ffff;
const ELLIPSIS = '…';

const finite = (n: number): number => (Number.isFinite(n) ? Math.round(n) : 0);

export function integer(n: number): MibValue {
  return { type: 'integer', value: Math.min(Math.max(finite(n), -0x8000_0000), 0x7fff_ffff) };
}

/** A gauge that reached its limit stays there (RFC 2578 section 7.1.7). */
export function gauge(n: number): MibValue {
  return { type: 'gauge', value: Math.min(Math.max(finite(n), 0), UINT32) };
}

/** A counter that reached its limit begins anew (RFC 2578 section 7.1.6). */
export function counter32(n: number): MibValue {
  return { type: 'counter32', value: Math.max(finite(n), 0) % (UINT32 + 1) };
}

export function counter64(n: number): MibValue {
  return { type: 'counter64', value: BigInt(Math.max(finite(n), 0)) };
}

/** Hundredths of a second; they begin anew after 497 days. */
export function ticks(ms: number): MibValue {
  return { type: 'ticks', value: Math.max(Math.floor(finite(ms) / 10), 0) % (UINT32 + 1) };
}

/** TruthValue (RFC 2579): true(1), false(2). */
export function truth(yes: boolean): MibValue {
  return { type: 'integer', value: yes ? 1 : 2 };
}

/** TandemAnswer: unknown(0), yes(1), no(2). */
export function answer(yes: boolean | null): MibValue {
  return { type: 'integer', value: yes === null ? 0 : yes ? 1 : 2 };
}

export function octets(bytes: Uint8Array): MibValue {
  return { type: 'octets', value: Buffer.from(bytes) };
}

/** TandemText: UTF-8; what is too long is cut between two characters. */
export function text(words: string | null): MibValue {
  const whole = Buffer.from(words ?? '');
  if (whole.length <= LONGEST_TEXT) return { type: 'octets', value: whole };
  const room = LONGEST_TEXT - Buffer.byteLength(ELLIPSIS);
  let end = room;
  // Bytes of the form 10xxxxxx go on with a character that began before.
  while (end > 0 && (whole[end]! & 0xc0) === 0x80) end--;
  return { type: 'octets', value: Buffer.concat([whole.subarray(0, end), Buffer.from(ELLIPSIS)]) };
}

/** DateAndTime (RFC 2579), in UTC; null where the text is no time. */
export function dateAndTime(iso: string | null): MibValue | null {
  const at = iso === null ? null : new Date(iso);
  if (at === null || Number.isNaN(at.getTime())) return null;
  const bytes = Buffer.alloc(11);
  bytes.writeUInt16BE(at.getUTCFullYear(), 0);
  bytes.set(
    [at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].concat(
      Math.floor(at.getUTCMilliseconds() / 100),
      '+'.charCodeAt(0),
      0,
      0,
    ),
    2,
  );
  return { type: 'octets', value: bytes };
}
