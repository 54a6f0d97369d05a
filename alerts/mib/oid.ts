/** Object identifiers: numbers in order, and where ours stand. */

export type Oid = readonly number[];

/**
 * Where TANDEM-MIB stands: under 32473, the enterprise number that RFC 5612 sets aside for examples. It is a placeholder; whoever registers a
 * number of their own replaces it here and in TANDEM-MIB.txt.
 */
export const ENTERPRISE = 32_473;
export const TANDEM_MIB: Oid = [1, 3, 6, 1, 4, 1, ENTERPRISE, 11_211];
export const TANDEM_NOTIFICATIONS: Oid = [...TANDEM_MIB, 0];
export const TANDEM_OBJECTS: Oid = [...TANDEM_MIB, 1];

/** VRRPV3-MIB (RFC 6527). */
export const VRRPV3_MIB: Oid = [1, 3, 6, 1, 2, 1, 207];
export const VRRPV3_NOTIFICATIONS: Oid = [...VRRPV3_MIB, 0];
export const VRRPV3_OBJECTS: Oid = [...VRRPV3_MIB, 1];

/** Lexicographic order, in which a walk goes: negative, zero, positive. */
export function compareOids(a: Oid, b: Oid): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Is `oid` the base itself, or below it? */
export function isUnder(oid: Oid, base: Oid): boolean {
  return oid.length >= base.length && base.every((part, i) => part === oid[i]);
}

export function oidText(oid: Oid): string {
  return oid.join('.');
}

/** The numbers of `1.3.6.1`; null where the text is no OID. */
export function parseOid(text: string): Oid | null {
  if (!/^\d{1,10}(\.\d{1,10})*$/.test(text)) return null;
  return text.split('.').map(Number);
}

/** A name as part of an index (RFC 2578 section 7.7): its length, then its bytes. */
export function nameIndex(name: string): Oid {
  return bytesIndex(Buffer.from(name));
}

/** Bytes of varying length as part of an index. */
export function bytesIndex(bytes: Uint8Array): Oid {
  return [bytes.length, ...bytes];
}
