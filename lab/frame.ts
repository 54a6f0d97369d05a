/**
 * What goes over a wire of the lab, read from Ethernet frames. Written apart from the daemon's own codec on purpose: it is what the tests
 * check that codec against. Pure; a frame that is something else gives null.
 */
import { addressText, macText } from '../core/address.ts';

/** A VRRP advertisement, as it was on the wire. */
export interface SeenAdvert {
  readonly kind: 'advert';
  readonly mac: string;
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  readonly count: number;
  readonly addresses: readonly string[];
  /** ms, as the advert says. */
  readonly intervalMs: number;
  /** Which checksums it carries are right: v3 over IPv4 knows two. */
  readonly checksum: { readonly withPseudoHeader: boolean; readonly withoutPseudoHeader: boolean };
  /** v2: authentication type, and the password of type 1. */
  readonly authentication: { readonly type: number; readonly password: string } | null;
  /** The VRRP message. */
  readonly bytes: Buffer;
}

/** A gratuitous ARP or an unsolicited neighbour advertisement: "this address is at this MAC". */
export interface SeenAnnouncement {
  readonly kind: 'announcement';
  readonly family: 'ipv4' | 'ipv6';
  /** Ethernet source. */
  readonly mac: string;
  /** MAC that the message names for the address. */
  readonly announced: string;
  readonly address: string;
  /** ARP operation (1 request, 2 reply); 0 for IPv6. */
  readonly operation: number;
  /** Neighbour advertisement: Router, Solicited, Override. */
  readonly flags: { readonly router: boolean; readonly solicited: boolean; readonly override: boolean } | null;
}

/** An ARP request or a neighbour solicitation: "who has this address?" */
export interface SeenQuestion {
  readonly kind: 'question';
  readonly family: 'ipv4' | 'ipv6';
  readonly mac: string;
  /** Who asks; 0.0.0.0 or :: for a probe. */
  readonly source: string;
  readonly address: string;
}

/** An ordinary answer to a question. */
export interface SeenAnswer {
  readonly kind: 'answer';
  readonly family: 'ipv4' | 'ipv6';
  readonly mac: string;
  readonly address: string;
}

export type Seen = SeenAdvert | SeenAnnouncement | SeenQuestion | SeenAnswer;

const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
const PROTOCOL = { vrrp: 112, icmpv6: 58 } as const;

/** Reads an Ethernet frame. */
export function readFrame(frame: Buffer): Seen | null {
  if (frame.length < 14) return null;
  const mac = macText(frame.subarray(6, 12));
  const type = frame.readUInt16BE(12);
  const body = frame.subarray(14);
  if (type === ETHERTYPE.arp) return readArp(body, mac);
  if (type === ETHERTYPE.ipv4) return readIpv4(body, mac);
  return type === ETHERTYPE.ipv6 ? readIpv6(body, mac) : null;
}

function readArp(body: Buffer, mac: string): Seen | null {
  if (body.length < 28) return null;
  const operation = body.readUInt16BE(6);
  const announced = macText(body.subarray(8, 14));
  const source = addressText(body.subarray(14, 18));
  const address = addressText(body.subarray(24, 28));
  if (source === address)
    return { kind: 'announcement', family: 'ipv4', mac, announced, address, operation, flags: null };
  if (operation === 1) return { kind: 'question', family: 'ipv4', mac, source, address };
  return { kind: 'answer', family: 'ipv4', mac, address: source };
}

function readIpv4(packet: Buffer, mac: string): Seen | null {
  if (packet.length < 20 || packet[9] !== PROTOCOL.vrrp) return null;
  const header = (packet[0]! & 0x0f) * 4;
  const bytes = packet.subarray(header, packet.readUInt16BE(2));
  return readAdvert(bytes, mac, packet.subarray(12, 16), packet.subarray(16, 20), packet[8]!);
}

function readIpv6(packet: Buffer, mac: string): Seen | null {
  if (packet.length < 40) return null;
  const payload = packet.subarray(40, 40 + packet.readUInt16BE(4));
  const source = packet.subarray(8, 24);
  const destination = packet.subarray(24, 40);
  if (packet[6] === PROTOCOL.vrrp) return readAdvert(payload, mac, source, destination, packet[7]!);
  if (packet[6] !== PROTOCOL.icmpv6 || payload.length < 24) return null;
  const address = addressText(payload.subarray(8, 24));
  if (payload[0] === 135) return { kind: 'question', family: 'ipv6', mac, source: addressText(source), address };
  if (payload[0] !== 136) return null;
  const bits = payload[4]!;
  const flags = { router: (bits & 0x80) !== 0, solicited: (bits & 0x40) !== 0, override: (bits & 0x20) !== 0 };
  if (flags.solicited) return { kind: 'answer', family: 'ipv6', mac, address };
  // Option 2, target link-layer address.
  const announced = payload.length >= 32 && payload[24] === 2 ? macText(payload.subarray(26, 32)) : mac;
  return { kind: 'announcement', family: 'ipv6', mac, announced, address, operation: 0, flags };
}

function readAdvert(bytes: Buffer, mac: string, source: Buffer, destination: Buffer, ttl: number): SeenAdvert | null {
  if (bytes.length < 8) return null;
  const version = bytes[0]! >> 4;
  const count = bytes[3]!;
  const size = source.length;
  const addresses: string[] = [];
  for (let i = 0; i < count && 8 + (i + 1) * size <= bytes.length; i += 1) {
    addresses.push(addressText(bytes.subarray(8 + i * size, 8 + (i + 1) * size)));
  }
  const after = 8 + count * size;
  const password = bytes
    .subarray(after, after + 8)
    .toString('latin1')
    .replace(/\0+$/, '');
  return {
    kind: 'advert',
    mac,
    source: addressText(source),
    destination: addressText(destination),
    ttl,
    version,
    type: bytes[0]! & 0x0f,
    vrid: bytes[1]!,
    priority: bytes[2]!,
    count,
    addresses,
    // v2: seconds in the sixth byte; v3: twelve bits of hundredths of a second.
    intervalMs: version === 2 ? bytes[5]! * 1000 : (bytes.readUInt16BE(4) & 0x0fff) * 10,
    checksum: {
      withPseudoHeader:
        foldedSum([source, destination, Buffer.of(0, PROTOCOL.vrrp, bytes.length >> 8, bytes.length & 0xff), bytes]) ===
        0xffff,
      withoutPseudoHeader: foldedSum([bytes]) === 0xffff,
    },
    authentication: version === 2 ? { type: bytes[4]!, password } : null,
    bytes: Buffer.from(bytes),
  };
}

/** Ones' complement sum of 16-bit words, not inverted: 0xffff over a message whose checksum is right. */
function foldedSum(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) sum += (part[i]! << 8) | (part[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}
