/**
 * Which packets count, read straight from RFC 9568 section 7.1, RFC 3768 section 7.1 and RFC 791, simply and for this purpose
 * alone: nothing of it is shared with the code under test.
 */
import type { ReceivedPacket } from '../../vrrp/ports.ts';
import { SOURCES, TARGETS, type Target, bytes } from './targets.ts';

export interface Valid {
  readonly router: string;
  readonly priority: number;
  readonly intervalMs: number;
  readonly source: Uint8Array;
}

/** Sum of 16-bit words with the carries folded in (RFC 1071). */
export function sum16(list: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of list) {
    for (let at = 0; at < part.length; at++) sum += at % 2 === 0 ? part[at]! * 256 : part[at]!;
    if (part.length % 2 === 1 && part !== list.at(-1)) throw new Error('only the last part may be odd');
  }
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

export function pseudoHeader(source: Uint8Array, destination: Uint8Array, length: number): Uint8Array[] {
  return [source, destination, Uint8Array.of(0, 112, length >> 8, length & 255)];
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, n) => byte === b[n]);

/** The router that has to take this packet, and what it has to read; null if nobody may. */
export function judge(packet: ReceivedPacket): Valid | null {
  const opened = packet.family === 'ipv4' ? openIpv4(packet.bytes) : openIpv6(packet);
  if (opened === null) return null;
  const target = TARGETS.find((t) => t.plan.family === packet.family && t.plan.id === opened.message[1]);
  return target === undefined ? null : judgeMessage(target, opened);
}

interface Opened {
  readonly source: Uint8Array;
  /** Null over IPv6, where the socket does not tell. */
  readonly destination: Uint8Array | null;
  readonly message: Uint8Array;
}

function openIpv4(packet: Uint8Array): Opened | null {
  if (packet.length < 20 || packet[0]! >> 4 !== 4) return null;
  const header = (packet[0]! & 15) * 4;
  const total = packet[2]! * 256 + packet[3]!;
  if (header < 20 || total < header || total > packet.length) return null;
  const fragment = (packet[6]! & 0x3f) !== 0 || packet[7] !== 0;
  if (fragment || packet[8] !== 255 || packet[9] !== 112) return null;
  return {
    source: packet.subarray(12, 16),
    destination: packet.subarray(16, 20),
    message: packet.subarray(header, total),
  };
}

const PARSED = new Map(SOURCES.ipv6.map((text) => [text, text === 'no address' ? null : bytes(text)]));

function openIpv6(packet: ReceivedPacket): Opened | null {
  const source = PARSED.get(packet.source) ?? null;
  return source === null ? null : { source, destination: null, message: packet.bytes };
}

function judgeMessage({ plan, ours, group, peers }: Target, { source, destination, message }: Opened): Valid | null {
  if (message.length < 8 || message[0] !== plan.version * 16 + 1) return null;
  const size = plan.family === 'ipv4' ? 4 : 16;
  const count = message[3]!;
  if (count === 0 || message.length !== 8 + count * size + (plan.version === 2 ? 8 : 0)) return null;

  // How it was sent: to the group, or by a peer to one address.
  if (destination !== null && equal(destination, group) === peers.length > 0) return null;
  if (peers.length > 0 && !peers.some((peer) => equal(peer, source))) return null;
  if (equal(source, ours)) return null;

  const to = destination ?? (peers.length > 0 ? ours : group);
  const plain = sum16([message]) === 0xffff;
  const withHeader = sum16([...pseudoHeader(source, to, message.length), message]) === 0xffff;
  if (plan.version === 2 ? !plain : plan.family === 'ipv6' ? !withHeader : !plain && !withHeader) return null;

  const priority = message[2]!;
  if (plan.version === 3) {
    const intervalMs = ((message[4]! % 16) * 256 + message[5]!) * 10;
    return intervalMs === 0 ? null : { router: plan.name, priority, intervalMs, source };
  }
  const password = Buffer.alloc(8);
  password.write(plan.password ?? '');
  if (message[4] !== (plan.password === null ? 0 : 1)) return null;
  if (plan.password !== null && !equal(message.subarray(-8), password)) return null;
  const intervalMs = message[5]! * 1000;
  return intervalMs === plan.advertIntervalMs ? { router: plan.name, priority, intervalMs, source } : null;
}
