/** Ready-made adverts of a router: encoded once for each priority and checksum style, then sent again and again. */
import { rememberedBytes } from '../../core/address.ts';
import type { RouterPlan } from '../../config/plan.ts';
import { ipv4Packet, ipv6Packet } from '../../vrrp/ip-header.ts';
import {
  AUTH_NONE,
  AUTH_PASS,
  type Advert,
  type ChecksumStyle,
  GROUP_IPV4,
  GROUP_IPV6,
  encodeAdvert,
  passwordData,
} from '../../vrrp/packet.ts';

/** A whole IP packet and where it goes. */
export interface ReadyAdvert {
  readonly destination: Uint8Array;
  readonly packet: Uint8Array;
}

/** One packet to the group, or one for each unicast peer (whose address is part of the checksum). Pure. */
export function makeAdverts(
  plan: RouterPlan,
  source: Uint8Array,
  priority: number,
  style: ChecksumStyle,
): ReadyAdvert[] {
  const advert: Advert = {
    version: plan.version,
    vrid: plan.id,
    priority,
    intervalMs: plan.advertIntervalMs,
    addresses: plan.addresses.map((a) => bytesOf(a.address)),
    authType: plan.password === null ? AUTH_NONE : AUTH_PASS,
    authData: passwordData(plan.password),
  };
  const group = plan.family === 'ipv4' ? GROUP_IPV4 : GROUP_IPV6;
  const destinations = plan.unicastPeers.length === 0 ? [group] : plan.unicastPeers.map(bytesOf);
  return destinations.map((destination) => {
    const message = encodeAdvert(advert, { family: plan.family, source, destination }, style);
    const packet =
      plan.family === 'ipv4' ? ipv4Packet(source, destination, message) : ipv6Packet(source, destination, message);
    return { destination, packet };
  });
}

/** Keeps what was made until the plan or the source changes. */
export interface AdvertCache {
  get(priority: number, style: ChecksumStyle): readonly ReadyAdvert[];
}

export function createAdvertCache(plan: RouterPlan, source: Uint8Array): AdvertCache {
  const made = new Map<string, readonly ReadyAdvert[]>();
  return {
    get(priority, style) {
      const key = `${priority} ${style}`;
      const known = made.get(key);
      if (known !== undefined) return known;
      const adverts = makeAdverts(plan, source, priority, style);
      made.set(key, adverts);
      return adverts;
    },
  };
}

/** Addresses of a validated plan always parse. */
export function bytesOf(address: string): Uint8Array {
  return rememberedBytes(address) ?? new Uint8Array(0);
}
