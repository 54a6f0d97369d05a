/**
 * Addresses as bytes: what the wire, the election and the kernel compare.
 * Text is parsed and printed by ipaddr.js, once, outside of hot paths.
 */
import type Ipaddr from 'ipaddr.js';
import { requirePackage } from './require.ts';

const ipaddr: typeof Ipaddr = requirePackage('ipaddr.js');

/** The bytes of an address in network order: 4 for IPv4, 16 for IPv6; null if the text is none. A zone (`%eth0`) is ignored. */
export function addressBytes(text: string): Uint8Array | null {
  const bare = text.split('%', 1)[0] ?? '';
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return Uint8Array.from(ipaddr.IPv4.parse(bare).toByteArray());
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null;
  return Uint8Array.from(ipaddr.IPv6.parse(bare).toByteArray());
}

const remembered = new Map<string, Uint8Array>();
const REMEMBERED_MAX = 4096;

/**
 * The same for an address of the configuration, parsed once: that costs 5 to 15 µs, as much as asking the kernel to add it, and a takeover must not
 * pay it for each of 255. Not to be written to.
 */
export function rememberedBytes(text: string): Uint8Array | null {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const bytes = addressBytes(text);
  if (bytes === null) return null;
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(text, bytes);
  return bytes;
}

/** The canonical text of 4 or 16 bytes (RFC 5952 for IPv6). Throws on another length: that is a mistake of the caller. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  return new ipaddr.IPv6([...bytes]).toRFC5952String();
}

/** Unsigned comparison in network order (RFC 9568 section 6.4.3): negative, zero, positive. Both of one family. */
export function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** True for fe80::/10. */
export function isLinkLocal(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

/** Six bytes as `00:00:5e:00:01:33`. */
export function macText(bytes: Uint8Array): string {
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(':');
}

/** The virtual router MAC (RFC 9568 section 7.3): 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6. */
export function virtualMac(family: 'ipv4' | 'ipv6', vrid: number): Uint8Array {
  return Uint8Array.of(0, 0, 0x5e, 0, family === 'ipv4' ? 1 : 2, vrid);
}
