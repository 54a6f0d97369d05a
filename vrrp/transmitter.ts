/**
 * Sends ready-made IP packets: one raw socket for each interface and family, opened at first use.
 * AF_INET and AF_INET6 sockets of IPPROTO_RAW take the IP header from us and receive nothing that we want; they are
 * filtered and small all the same, because an unread raw socket has eaten gigabytes elsewhere (vrrp.md 2.8).
 */
import type { Family } from '../config/plan.ts';
import { DROP_ALL, encodeFilter } from './filter.ts';
import { int32 } from './host-order.ts';
import * as libc from './libc.ts';
import * as linux from './linux.ts';
import type { Transmitter } from './ports.ts';
import {
  IPV4_AT,
  IPV6_AT,
  deviceOption,
  ipv4Membership,
  ipv4SocketAddress,
  ipv6SocketAddress,
} from './socket-address.ts';

/** The smallest receive buffer: the kernel raises it to its own minimum. */
const NO_BUFFER = 1;

/** Errors after which a socket is opened anew: its interface is another one than it was. */
const STALE: ReadonlySet<string> = new Set(['ENODEV', 'ENXIO', 'EBADF']);

interface Line {
  readonly fd: number;
  /** ifindex of the interface when the socket was bound. */
  readonly index: number;
  /** The destination is written into it before each send; sending is synchronous. */
  readonly sockaddr: Buffer;
  readonly addressAt: number;
}

/**
 * A transmitter. `indexOf` tells the present ifindex of an interface (null = not there), cheaply: it is asked at every
 * packet, and another index than before means that the interface was recreated.
 */
export function createTransmitter(indexOf: (name: string) => number | null): Transmitter {
  const lines: Record<Family, Map<string, Line>> = { ipv4: new Map(), ipv6: new Map() };

  const drop = (family: Family, name: string): void => {
    const line = lines[family].get(name);
    if (line === undefined) return;
    libc.closeSocket(line.fd);
    lines[family].delete(name);
  };

  const obtain = (family: Family, name: string, index: number): Line | string => {
    const known = lines[family].get(name);
    if (known !== undefined && known.index === index) return known;
    drop(family, name);
    const opened = family === 'ipv4' ? openIpv4(name, index) : openIpv6(name, index);
    if (typeof opened !== 'string') lines[family].set(name, opened);
    return opened;
  };

  return {
    send(family, name, destination, packet) {
      for (let attempt = 1; ; attempt += 1) {
        const index = indexOf(name);
        if (index === null) {
          drop(family, name);
          return 'ENODEV';
        }
        const line = obtain(family, name, index);
        if (typeof line === 'string') return line;
        if (destination.length !== (family === 'ipv4' ? 4 : 16)) return 'EAFNOSUPPORT';
        line.sockaddr.set(destination, line.addressAt);
        let error = libc.sendTo(line.fd, packet, line.sockaddr);
        if (error === 'EADDRNOTAVAIL' && family === 'ipv6' && borrowSource(line, packet)) {
          error = libc.sendTo(line.fd, packet, line.sockaddr);
        }
        if (error === null || !STALE.has(error)) return error;
        drop(family, name);
        if (attempt === 2) return error;
      }
    },
    close() {
      for (const family of ['ipv4', 'ipv6'] as const) for (const name of lines[family].keys()) drop(family, name);
    },
  };
}

function openIpv4(name: string, index: number): Line | string {
  const fd = openRaw(linux.AF_INET, name);
  if (typeof fd === 'string') return fd;
  const error =
    libc.setOption(fd, linux.IPPROTO_IP, linux.IP_MULTICAST_IF, ipv4Membership(new Uint8Array(4), index)) ??
    libc.setOption(fd, linux.IPPROTO_IP, linux.IP_MULTICAST_LOOP, 0);
  if (error !== null) return failed(fd, error);
  return { fd, index, sockaddr: ipv4SocketAddress(), addressAt: IPV4_AT };
}

function openIpv6(name: string, index: number): Line | string {
  const fd = openRaw(linux.AF_INET6, name);
  if (typeof fd === 'string') return fd;
  const error =
    libc.setOption(fd, linux.IPPROTO_IPV6, linux.IPV6_MULTICAST_IF, index) ??
    libc.setOption(fd, linux.IPPROTO_IPV6, linux.IPV6_MULTICAST_LOOP, 0);
  if (error !== null) return failed(fd, error);
  return { fd, index, sockaddr: ipv6SocketAddress(index), addressAt: IPV6_AT };
}

/**
 * The kernel wants a source for its route look-up even when the header has one, and the interface of a virtual MAC has
 * no IPv6 address of its own. Give it the packet's, whether it is ours or not (IPV6_FREEBIND).
 */
function borrowSource({ fd, index }: Line, packet: Uint8Array): boolean {
  const source = ipv6SocketAddress(index, packet.subarray(8, 24));
  return (
    libc.setOption(fd, linux.IPPROTO_IPV6, linux.IPV6_FREEBIND, 1) === null && libc.bindSocket(fd, source) === null
  );
}

/** A raw socket that sends whole packets out of one interface and receives nothing. */
function openRaw(domain: number, name: string): number | string {
  const opened = libc.openSocket(domain, linux.SOCK_RAW, linux.IPPROTO_RAW);
  if (!opened.ok) return opened.error;
  const fd = opened.value;
  const program = encodeFilter(DROP_ALL);
  const error =
    libc.setOption(fd, linux.SOL_SOCKET, linux.SO_ATTACH_FILTER, libc.filterOption(program)) ??
    libc.setOption(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, int32(NO_BUFFER)) ??
    libc.setOption(fd, linux.SOL_SOCKET, linux.SO_BINDTODEVICE, deviceOption(name));
  return error === null ? fd : failed(fd, error);
}

function failed(fd: number, error: string): string {
  libc.closeSocket(fd);
  return error;
}
