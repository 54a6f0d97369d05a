/** Whether a packet is another router's advert, for a router of which only the will is left (RFC 9568 section 7.1, as far as that reaches). Pure. */
import { addressBytes, compareAddresses } from '../../core/address.ts';
import {
  AUTH_NONE,
  AUTH_PASS,
  GROUP_IPV4,
  GROUP_IPV6,
  VRRP_PROTOCOL,
  decodeAdvert,
  passwordData,
} from '../../vrrp/packet.ts';
import { parseIpv4 } from '../../vrrp/ip-header.ts';
import type { ReceivedPacket } from '../../vrrp/ports.ts';
import type { WillRouter } from '../channel.ts';

const IPV6_HEADER = 40;

/** The VRID that a packet names, without any check; null if it is too short. */
export function vridOf(packet: ReceivedPacket): number | null {
  const header = packet.family === 'ipv4' ? ((packet.bytes[0] ?? 0) & 0xf) * 4 : 0;
  return packet.bytes[header + 1] ?? null;
}

/**
 * The priority (1–255) of a valid advert for this router from a source that is not ours: somebody else is active. Null for any other packet.
 * Interval and address list are not checked: who advertises otherwise is active all the same.
 */
export function anotherPriority(router: WillRouter, packet: ReceivedPacket): number | null {
  const source = addressBytes(packet.source);
  if (source === null || router.sources.some((own) => same(own, source))) return null;
  const unicast = router.unicastPeers.length > 0;
  if (unicast && !router.unicastPeers.some((peer) => same(peer, source))) return null;
  for (const { payload, destination } of payloads(router, packet, unicast)) {
    const decoded = decodeAdvert(payload, { family: router.family, source, destination });
    if (!decoded.ok) continue;
    const { advert } = decoded.value;
    if (advert.version !== router.version || advert.vrid !== router.id || advert.priority === 0) continue;
    if (advert.version === 3 || authenticated(router, advert)) return advert.priority;
  }
  return null;
}

/** Who is better in an election (RFC 9568 section 6.4.3): the priority decides, then the source address. */
export interface Rank {
  readonly priority: number;
  /** Address bytes; empty = below every other. */
  readonly source: Uint8Array;
}

/** The rank that our ready-made advert claims. Without one (mode off) it is below everybody's. */
export function rankOf(router: WillRouter): Rank {
  const [advert] = router.adverts;
  if (advert === undefined) return { priority: 0, source: new Uint8Array() };
  const bytes = Buffer.from(advert.bytes, 'base64');
  const header = advert.family === 'ipv4' ? ((bytes[0] ?? 0) & 0xf) * 4 : IPV6_HEADER;
  const source = advert.family === 'ipv4' ? bytes.subarray(12, 16) : bytes.subarray(8, 24);
  return { priority: bytes[header + 2] ?? 0, source };
}

/** True if the other one wins. */
export function outranks(other: Rank, own: Rank): boolean {
  if (other.priority !== own.priority) return other.priority > own.priority;
  return compareAddresses(other.source, own.source) > 0;
}

function authenticated(
  router: WillRouter,
  advert: { readonly authType: number; readonly authData: Uint8Array },
): boolean {
  if (router.password === null) return advert.authType === AUTH_NONE;
  return advert.authType === AUTH_PASS && compareAddresses(advert.authData, passwordData(router.password)) === 0;
}

interface Candidate {
  readonly payload: Uint8Array;
  readonly destination: Uint8Array;
}

/** The message with every destination that it may have had: over IPv6 the kernel keeps the header, and the checksum decides. */
function payloads(router: WillRouter, packet: ReceivedPacket, unicast: boolean): readonly Candidate[] {
  if (packet.family !== router.family) return [];
  if (packet.family === 'ipv6') {
    const destinations = unicast ? router.sources.map(addressBytes).filter((own) => own !== null) : [GROUP_IPV6];
    return destinations.map((destination) => ({ payload: packet.bytes, destination }));
  }
  const parsed = parseIpv4(packet.bytes);
  if (!parsed.ok) return [];
  const { ttl, fragment, protocol, destination, payload } = parsed.value;
  if (ttl !== 255 || fragment || protocol !== VRRP_PROTOCOL) return [];
  if ((compareAddresses(destination, GROUP_IPV4) === 0) === unicast) return [];
  return [{ payload, destination }];
}

function same(text: string, bytes: Uint8Array): boolean {
  const own = addressBytes(text);
  return own !== null && own.length === bytes.length && compareAddresses(own, bytes) === 0;
}
