/**
 * Sends the ready-made UDP datagrams of a will: *told*, for every path of every peer (brain 6.3). Sockets are opened when the will arrives;
 * sending is a system call and nothing else. What fails is only said: another path, or priority 0, says the same.
 */
import { addressBytes } from '../../core/address.ts';
import type { Family } from '../../config/plan.ts';
import { DROP_ALL, encodeFilter } from '../../vrrp/filter.ts';
import { int32 } from '../../vrrp/host-order.ts';
import * as libc from '../../vrrp/libc.ts';
import * as linux from '../../vrrp/linux.ts';
import { deviceOption, ipv4SocketAddress, ipv6SocketAddress } from '../../vrrp/socket-address.ts';
import type { ReadyDatagram } from '../channel.ts';

export interface Teller {
  /** Opens what these need, and closes what they do not. */
  prepare(datagrams: readonly ReadyDatagram[]): void;
  /** Sends them; what went wrong, a sentence each. */
  tell(datagrams: readonly ReadyDatagram[]): readonly string[];
  close(): void;
}

// As in linux/in.h, linux/in6.h and linux/net.h.
const SOCK_DGRAM = 2;
const IP_TTL = 2;
const IPV6_UNICAST_HOPS = 16;
/** A datagram with it came over no router (brain 3.3). */
const UNROUTED = 255;
/** The smallest receive buffer; nothing is ever read. */
const NO_BUFFER = 1;
const PORT_AT = 2;

interface Line {
  readonly fd: number;
  /** ifindex that the socket is bound to; null = to none. */
  readonly index: number | null;
}

/** `indexOf` tells the present ifindex of an interface, null if it is not there. */
export function createTeller(indexOf: (name: string) => number | null): Teller {
  const lines = new Map<string, Line>();

  function drop(key: string): void {
    const line = lines.get(key);
    if (line !== undefined) libc.closeSocket(line.fd);
    lines.delete(key);
  }

  /** An open socket, or an errno name. */
  function obtain(family: Family, name: string | null): Line | string {
    const key = keyOf(family, name);
    const index = name === null ? null : indexOf(name);
    const known = lines.get(key);
    // A recreated interface has another index: a socket on the old one is dumb.
    if (known !== undefined && known.index === index) return known;
    drop(key);
    if (name !== null && index === null) return 'ENODEV';
    const fd = open(family, name);
    if (typeof fd === 'string') return fd;
    const line = { fd, index };
    lines.set(key, line);
    return line;
  }

  function tellOne({ interface: name, destination, port, bytes }: ReadyDatagram): string | null {
    const address = addressBytes(destination);
    if (address === null) return 'EINVAL';
    const family = familyOf(address);
    const line = obtain(family, name);
    if (typeof line === 'string') return line;
    const zone = destination.split('%')[1];
    const scope = line.index ?? (zone === undefined ? null : indexOf(zone)) ?? 0;
    const to = family === 'ipv4' ? ipv4SocketAddress(address) : ipv6SocketAddress(scope, address);
    to.writeUInt16BE(port, PORT_AT);
    return libc.sendTo(line.fd, Buffer.from(bytes, 'base64'), to);
  }

  return {
    prepare(datagrams) {
      const needed = new Set<string>();
      for (const { interface: name, destination } of datagrams) {
        const address = addressBytes(destination);
        if (address === null) continue;
        needed.add(keyOf(familyOf(address), name));
        // What cannot be opened now is said when it is needed.
        obtain(familyOf(address), name);
      }
      for (const key of lines.keys()) if (!needed.has(key)) drop(key);
    },
    tell(datagrams) {
      const failures: string[] = [];
      for (const datagram of datagrams) {
        const error = tellOne(datagram);
        if (error === null) continue;
        const way = datagram.interface === null ? '' : ` over ${datagram.interface}`;
        failures.push(`${datagram.destination} could not be told${way}: ${error}`);
      }
      return failures;
    },
    close() {
      for (const key of lines.keys()) drop(key);
    },
  };
}

const familyOf = (address: Uint8Array): Family => (address.length === 4 ? 'ipv4' : 'ipv6');
const keyOf = (family: Family, name: string | null): string => `${family} ${name ?? ''}`;

/** A socket that sends and receives nothing; with an interface it leaves by that one, as a neighbour's would. */
function open(family: Family, name: string | null): number | string {
  const opened = libc.openSocket(family === 'ipv4' ? linux.AF_INET : linux.AF_INET6, SOCK_DGRAM, 0);
  if (!opened.ok) return opened.error;
  const fd = opened.value;
  const program = encodeFilter(DROP_ALL);
  const error =
    libc.setOption(fd, linux.SOL_SOCKET, linux.SO_ATTACH_FILTER, libc.filterOption(program)) ??
    libc.setOption(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, int32(NO_BUFFER)) ??
    (name === null ? null : bindTo(fd, family, name));
  if (error === null) return fd;
  libc.closeSocket(fd);
  return error;
}

function bindTo(fd: number, family: Family, name: string): string | null {
  return (
    libc.setOption(fd, linux.SOL_SOCKET, linux.SO_BINDTODEVICE, deviceOption(name)) ??
    (family === 'ipv4'
      ? libc.setOption(fd, linux.IPPROTO_IP, IP_TTL, UNROUTED)
      : libc.setOption(fd, linux.IPPROTO_IPV6, IPV6_UNICAST_HOPS, UNROUTED))
  );
}
