/**
 * Neighbour discovery over Ethernet (RFC 4861): unsolicited advertisements, solicitations as in duplicate address
 * detection (RFC 4862 section 5.4) and who says that he has an address.
 *
 *      destination MAC (6) | source MAC (6) | 0x86dd | IPv6 header (40)
 *      type | code | checksum | R S O and reserved (4) | target (16) | option: 2, 1, MAC (6)
 */
import { zeroes } from './host-order.ts';
import { addWords, finish, pseudoHeader } from './checksum.ts';
import type { Claim } from './arp.ts';
import { ipv6Packet } from './ip-header.ts';

export const ETHERTYPE_IPV6 = 0x86dd;
export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;

const ETHERNET = 14;
const HEADER = ETHERNET + 40;
const FIXED = 24;
const ICMPV6 = 58;
const HOPS = 255;
const TARGET_LINK_LAYER_ADDRESS = 2;
const ROUTER = 0x80;
const OVERRIDE = 0x20;
const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const UNSPECIFIED = new Uint8Array(16);

/**
 * An unsolicited neighbour advertisement to all nodes, from the address itself: O set, S clear, R as `router`, with the
 * MAC as target link-layer address (RFC 9568 section 6.4.2, RFC 4861 section 7.2.6). 86 bytes.
 */
export function unsolicitedAdvertisement(mac: Uint8Array, address: Uint8Array, router: boolean): Buffer {
  const message = zeroes(FIXED + 8);
  message[0] = NEIGHBOUR_ADVERTISEMENT;
  message[4] = OVERRIDE | (router ? ROUTER : 0);
  message.set(address, 8);
  message[24] = TARGET_LINK_LAYER_ADDRESS;
  message[25] = 1;
  message.set(mac, 26);
  return frame(mac, address, ALL_NODES, message);
}

/**
 * A solicitation from the unspecified address to the solicited-node group: whoever has the address answers to all
 * nodes. No source link-layer option: it is forbidden with this source (RFC 4861 section 4.3). 78 bytes.
 */
export function duplicateSolicitation(mac: Uint8Array, address: Uint8Array): Buffer {
  const message = zeroes(FIXED);
  message[0] = NEIGHBOUR_SOLICITATION;
  message.set(address, 8);
  return frame(mac, UNSPECIFIED, solicitedNode(address), message);
}

/** ff02::1:ffXX:XXXX with the last three bytes of the address (RFC 4291 section 2.7.1). */
export function solicitedNode(address: Uint8Array): Uint8Array {
  const group = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0);
  group.set(address.subarray(13, 16), 13);
  return group;
}

function frame(mac: Uint8Array, source: Uint8Array, destination: Uint8Array, message: Buffer): Buffer {
  message.writeUInt16BE(finish(addWords(pseudoHeader(source, destination, ICMPV6, message.length), message)), 2);
  const packet = ipv6Packet(source, destination, message, { trafficClass: 0, nextHeader: ICMPV6 });
  const ethernet = zeroes(ETHERNET);
  ethernet.set([0x33, 0x33], 0);
  ethernet.set(destination.subarray(12, 16), 2); // RFC 2464 section 7
  ethernet.set(mac, 6);
  ethernet.writeUInt16BE(ETHERTYPE_IPV6, 12);
  return Buffer.concat([ethernet, packet]);
}

/**
 * The claim in a neighbour advertisement: the target, and the MAC in its option or, without one, the frame's source.
 * Null for anything else and for what RFC 4861 section 7.1.2 says to ignore. Never throws; later bytes are padding.
 */
export function advertisementClaim(bytes: Buffer): Claim | null {
  if (bytes.length < HEADER + FIXED || bytes.readUInt16BE(12) !== ETHERTYPE_IPV6) return null;
  if (bytes[ETHERNET]! >> 4 !== 6 || bytes[ETHERNET + 6] !== ICMPV6 || bytes[ETHERNET + 7] !== HOPS) return null;
  const length = bytes.readUInt16BE(ETHERNET + 4);
  if (length < FIXED || HEADER + length > bytes.length) return null;
  const message = bytes.subarray(HEADER, HEADER + length);
  if (message[0] !== NEIGHBOUR_ADVERTISEMENT || message[1] !== 0) return null;
  const source = bytes.subarray(ETHERNET + 8, ETHERNET + 24);
  const destination = bytes.subarray(ETHERNET + 24, ETHERNET + 40);
  if (finish(addWords(pseudoHeader(source, destination, ICMPV6, length), message)) !== 0) return null;
  const address = message.subarray(8, 24);
  if (address[0] === 0xff) return null; // a multicast target
  const option = linkLayerOption(message);
  if (option === undefined) return null;
  return { address, mac: option ?? bytes.subarray(6, 12) };
}

/** The target link-layer address among the options; null without one, undefined if the options are malformed. */
function linkLayerOption(message: Buffer): Buffer | null | undefined {
  let found: Buffer | null = null;
  for (let at = FIXED; at < message.length;) {
    const length = at + 1 < message.length ? message[at + 1]! * 8 : 0;
    if (length === 0 || at + length > message.length) return undefined;
    if (message[at] === TARGET_LINK_LAYER_ADDRESS && length === 8) found ??= message.subarray(at + 2, at + 8);
    at += length;
  }
  return found;
}
