/** The Internet checksum (RFC 1071) and the pseudo-headers that VRRP needs. */

/** Sum of the 16-bit words of `bytes` in network order, added to `sum`; an odd last byte counts as the high one. */
export function addWords(sum: number, bytes: Uint8Array): number {
  let total = sum;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  if (even !== bytes.length) total += bytes[even]! << 8;
  return total;
}

/** Fold the carries in and complement: the value that goes into the checksum field. 0 means that the data verifies. */
export function finish(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/**
 * Sum of the pseudo-header. IPv4: source, destination, protocol, length. IPv6 (RFC 8200 section 8.1): the same fields,
 * with the length in 32 bits; the sum is the same because the high half is zero for anything that fits a packet.
 */
export function pseudoHeader(source: Uint8Array, destination: Uint8Array, protocol: number, length: number): number {
  return addWords(addWords(0, source), destination) + protocol + length;
}
