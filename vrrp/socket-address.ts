/** Socket addresses and option values as bytes, as the kernel's headers lay them out. */
import { getU16, getU32, int32, putU16, putU32, zeroes } from './host-order.ts';
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET } from './linux.ts';

/** Offset of the address in `sockaddr_in` and in `sockaddr_in6`. */
export const IPV4_AT = 4;
export const IPV6_AT = 8;

/** `sockaddr_in` with port 0. */
export function ipv4SocketAddress(address: Uint8Array = new Uint8Array(4)): Buffer {
  const sockaddr = Buffer.alloc(16);
  putU16(sockaddr, AF_INET, 0);
  sockaddr.set(address, IPV4_AT);
  return sockaddr;
}

/** `sockaddr_in6` with port 0. `scope` is an ifindex, which link-local and multicast addresses need. */
export function ipv6SocketAddress(scope: number, address: Uint8Array = new Uint8Array(16)): Buffer {
  const sockaddr = Buffer.alloc(28);
  putU16(sockaddr, AF_INET6, 0);
  sockaddr.set(address, IPV6_AT);
  putU32(sockaddr, scope, 24);
  return sockaddr;
}

/** `sockaddr_ll`: an interface, an Ethernet type (0 = receive nothing) and the destination's MAC. */
export function linkSocketAddress(index: number, type: number, mac: Uint8Array = new Uint8Array(6)): Buffer {
  const sockaddr = zeroes(20);
  putU16(sockaddr, AF_PACKET, 0);
  sockaddr.writeUInt16BE(type, 2);
  putU32(sockaddr, index, 4);
  sockaddr[11] = mac.length;
  sockaddr.set(mac, 12);
  return sockaddr;
}

/** `sockaddr_nl` of the kernel, and for binding: any port, no groups. */
export function netlinkSocketAddress(): Buffer {
  const sockaddr = Buffer.alloc(12);
  putU16(sockaddr, AF_NETLINK, 0);
  return sockaddr;
}

/** Port of the sender in a `sockaddr_nl`; 0 is the kernel. */
export function netlinkPort(sockaddr: Buffer): number {
  return getU16(sockaddr, 0) === AF_NETLINK ? getU32(sockaddr, 4) : -1;
}

/** An interface name for SO_BINDTODEVICE: with its terminating zero. */
export function deviceOption(name: string): Buffer {
  return Buffer.from(`${name}\0`);
}

/** `ip_mreqn`: a group and the interface to join it on, by index, so that no address is needed there. */
export function ipv4Membership(group: Uint8Array, index: number): Buffer {
  const request = Buffer.alloc(12);
  request.set(group, 0);
  putU32(request, index, 8);
  return request;
}

/** `ipv6_mreq`: a group and the interface to join it on. */
export function ipv6Membership(group: Uint8Array, index: number): Buffer {
  return Buffer.concat([group, int32(index)]);
}

/** `packet_mreq` of type PACKET_MR_UNICAST: also take in what is sent to this MAC, while the socket lives. */
export function unicastMembership(index: number, mac: Uint8Array): Buffer {
  const request = Buffer.alloc(16);
  putU32(request, index, 0);
  putU16(request, 3, 4);
  putU16(request, mac.length, 6);
  request.set(mac, 8);
  return request;
}
