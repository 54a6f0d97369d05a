/**
 * IP headers, for sockets that want the whole packet: IPv4 (RFC 791 section 3.1) and IPv6 (RFC 8200 section 3).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   4   |  IHL  |      TOS      |          Total Length         |
 *     |         Identification        |Flags|     Fragment Offset     |
 *     |      TTL      |   Protocol    |        Header Checksum        |
 *     |                            Source                             |
 *     |                          Destination                          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |   6   | Traffic Class |             Flow Label                |
 *     |         Payload Length        |  Next Header  |   Hop Limit   |
 *     |               Source (16), Destination (16)                   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { type Result, fail, ok } from '../core/result.ts';
import { addWords, finish } from './checksum.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
/** IP precedence "internetwork control", which switches queue first (RFC 791 section 3.1; what keepalived sends too). */
const NETWORK_CONTROL = 0xc0;
const VRRP = 112;

export interface Ipv4Options {
  readonly ttl?: number;
  readonly tos?: number;
  /** 0 lets the kernel choose one. */
  readonly id?: number;
  readonly protocol?: number;
}

export interface Ipv6Options {
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly nextHeader?: number;
}

/** An IPv4 packet as it arrived. The views look into the buffer that was parsed. */
export interface Ipv4Packet {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly ttl: number;
  readonly protocol: number;
  /** True for any piece of a fragmented packet (offset, or more to come). */
  readonly fragment: boolean;
  readonly payload: Buffer;
}

/** What is wrong with a packet: `text` says got and expected. */
export interface Ipv4Error {
  readonly what: 'length' | 'version';
  readonly text: string;
}

/** A whole IPv4 packet with its header checksum. TTL 255, TOS 0xC0 and protocol 112 unless said otherwise. */
export function ipv4Packet(
  source: Uint8Array,
  destination: Uint8Array,
  payload: Uint8Array,
  { ttl = 255, tos = NETWORK_CONTROL, id = 0, protocol = VRRP }: Ipv4Options = {},
): Buffer {
  checkSizes(source, destination, 4);
  const packet = Buffer.alloc(IPV4_HEADER + payload.length);
  packet[0] = 0x45;
  packet[1] = tos;
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(id, 4);
  packet[8] = ttl;
  packet[9] = protocol;
  packet.set(source, 12);
  packet.set(destination, 16);
  packet.writeUInt16BE(finish(addWords(0, packet.subarray(0, IPV4_HEADER))), 10);
  packet.set(payload, IPV4_HEADER);
  return packet;
}

/** A whole IPv6 packet. Hop limit 255, traffic class 0xC0 and next header 112 unless said otherwise; flow label 0. */
export function ipv6Packet(
  source: Uint8Array,
  destination: Uint8Array,
  payload: Uint8Array,
  { hopLimit = 255, trafficClass = NETWORK_CONTROL, nextHeader = VRRP }: Ipv6Options = {},
): Buffer {
  checkSizes(source, destination, 16);
  const packet = Buffer.alloc(IPV6_HEADER + payload.length);
  packet.writeUInt32BE(0x60000000 + trafficClass * 0x100000, 0);
  packet.writeUInt16BE(payload.length, 4);
  packet[6] = nextHeader;
  packet[7] = hopLimit;
  packet.set(source, 8);
  packet.set(destination, 24);
  packet.set(payload, IPV6_HEADER);
  return packet;
}

/**
 * Read an IPv4 packet as a raw socket delivers it. Never throws and never looks beyond the buffer or the packet's own
 * total length; bytes after that (Ethernet padding) are ignored. Not checked: the header checksum (the kernel has),
 * TTL, protocol and fragmentation (the caller's business: each has a counter of its own).
 */
export function parseIpv4(buffer: Uint8Array): Result<Ipv4Packet, Ipv4Error> {
  if (buffer.length < IPV4_HEADER) {
    return fail({ what: 'length', text: `${buffer.length} bytes, an IPv4 header has at least ${IPV4_HEADER}` });
  }
  const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length);
  const version = bytes[0]! >> 4;
  if (version !== 4) return fail({ what: 'version', text: `IP version ${version}, 4 expected` });
  const header = (bytes[0]! & 0xf) * 4;
  if (header < IPV4_HEADER) return fail({ what: 'length', text: `header of ${header} bytes, at least 20 expected` });
  const total = bytes.readUInt16BE(2);
  if (total < header) return fail({ what: 'length', text: `total length ${total}, the header alone has ${header}` });
  if (total > bytes.length) return fail({ what: 'length', text: `total length ${total}, ${bytes.length} bytes came` });
  return ok({
    source: bytes.subarray(12, 16),
    destination: bytes.subarray(16, 20),
    ttl: bytes[8]!,
    protocol: bytes[9]!,
    fragment: (bytes.readUInt16BE(6) & 0x3fff) !== 0,
    payload: bytes.subarray(header, total),
  });
}

function checkSizes(source: Uint8Array, destination: Uint8Array, size: number): void {
  if (source.length === size && destination.length === size) return;
  throw new RangeError(`addresses of ${source.length} and ${destination.length} bytes, ${size} expected`);
}
