/**
 * ARP over Ethernet (RFC 826): gratuitous requests, probes (RFC 5227) and who says that he has an address.
 *
 *      destination MAC (6) | source MAC (6) | 0x0806
 *      hardware 1 | protocol 0x0800 | 6 | 4 | operation
 *      sender MAC (6) | sender IPv4 (4) | target MAC (6) | target IPv4 (4)
 */
import { zeroes } from './host-order.ts';

export const ETHERTYPE_ARP = 0x0806;

const ETHERNET = 14;
const LENGTH = ETHERNET + 28;
const REQUEST = 1;
const REPLY = 2;
const BROADCAST = Uint8Array.of(255, 255, 255, 255, 255, 255);
const NOBODY = new Uint8Array(4);

/** Who was seen to have an address: the claimed address and the MAC that claims it. */
export interface Claim {
  readonly address: Uint8Array;
  readonly mac: Uint8Array;
}

/**
 * A gratuitous ARP: a broadcast *request* in which sender and target are the address (vrrp.md 2.7, RFC 5227 section 3:
 * some hosts ignore replies that nobody asked for). 42 bytes; the driver pads.
 */
export function gratuitousArp(mac: Uint8Array, address: Uint8Array): Buffer {
  return request(mac, address, BROADCAST, address);
}

/** An ARP probe: who has this address, asked without claiming one (RFC 5227 section 2.1.1). */
export function arpProbe(mac: Uint8Array, address: Uint8Array): Buffer {
  return request(mac, NOBODY, new Uint8Array(6), address);
}

function request(mac: Uint8Array, sender: Uint8Array, targetMac: Uint8Array, target: Uint8Array): Buffer {
  const frame = zeroes(LENGTH);
  frame.set(BROADCAST, 0);
  frame.set(mac, 6);
  frame.writeUInt16BE(ETHERTYPE_ARP, 12);
  frame.writeUInt16BE(1, 14);
  frame.writeUInt16BE(0x0800, 16);
  frame[18] = 6;
  frame[19] = 4;
  frame.writeUInt16BE(REQUEST, 20);
  frame.set(mac, 22);
  frame.set(sender, 28);
  frame.set(targetMac, 32);
  frame.set(target, 38);
  return frame;
}

/**
 * The claim in an ARP frame: its sender says that it has the sender address, in a reply, a request or a gratuitous one.
 * Null for anything else, a probe (sender 0.0.0.0) among it. Never throws; bytes after the message are padding.
 */
export function arpClaim(frame: Buffer): Claim | null {
  if (frame.length < LENGTH || frame.readUInt16BE(12) !== ETHERTYPE_ARP) return null;
  if (frame.readUInt16BE(14) !== 1 || frame.readUInt16BE(16) !== 0x0800) return null;
  if (frame[18] !== 6 || frame[19] !== 4) return null;
  const operation = frame.readUInt16BE(20);
  if (operation !== REQUEST && operation !== REPLY) return null;
  const address = frame.subarray(28, 32);
  if (address.equals(NOBODY)) return null;
  return { address, mac: frame.subarray(22, 28) };
}
