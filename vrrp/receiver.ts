/**
 * Hears VRRP: raw-socket, bound to an interface, with our packet filter on it.
 * The one file around what is private in raw-socket: its inner `wrap`, whose `recv` reads at once (the public `message`
 * event gives one packet for each turn of the loop, and nothing to drain with). Main thread of a process only.
 */
import type * as RawSockets from 'raw-socket';
import { requirePackage } from '../core/require.ts';
import { DROP_ALL, type Instruction, encodeFilter, vrrpFilter } from './filter.ts';
import { getU32, int32 } from './host-order.ts';
import * as libc from './libc.ts';
import * as linux from './linux.ts';
import { GROUP_IPV4, GROUP_IPV6, VRRP_PROTOCOL } from './packet.ts';
import type { Listening, ReceivedPacket, Receiver } from './ports.ts';
import { deviceOption, ipv4Membership, ipv6Membership } from './socket-address.ts';

const { AddressFamily, createSocket }: typeof RawSockets = requirePackage('raw-socket');

/** Room for packets that wait, bytes: a flood beyond it is dropped in the kernel and costs no memory. */
const RECEIVE_BUFFER = 256 * 1024;
/** More than the longest advert: 60 bytes of IPv4 header, or 8 + 255 × 16 of IPv6 payload. */
const PACKET_SIZE = 4352;
/** Packets read for each readable event; then timers get their turn before the next event. */
const BURST = 32;
/** Pause before a socket that the event loop reported broken is opened again, ms. */
const REOPEN_MS = 1000;

type OnPacket = (packet: ReceivedPacket) => void;
type IndexOf = (name: string) => number | null;

/** What of raw-socket is used beside `createSocket`; a test checks that it is still there. */
export interface RawSocket {
  readonly wrap: {
    recv(buffer: Buffer, callback: (buffer: Buffer, length: number, source: string) => void): void;
    getOption(level: number, option: number, value: Buffer, length: number): number;
    setOption(level: number, option: number, value: Buffer, length: number): void;
    removeAllListeners(event: 'recvReady'): void;
    on(event: 'recvReady', listener: () => void): void;
  };
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): unknown;
}

/**
 * A receiver. `indexOf` tells the ifindex of an interface, null if it is not there.
 * A socket on an interface that was recreated hears nothing any more: close it and open another.
 */
export function createReceiver(indexOf: IndexOf = libc.interfaceIndex): Receiver {
  return {
    open(listening, onPacket) {
      let program = vrrpFilter(listening.family, listening.vrids);
      let timer: NodeJS.Timeout | null = null;
      // Only the event loop's own failure leads here (uv_poll error). Deaf is worse than late: try again and again.
      const broken = (): void => {
        socket = null;
        timer = setTimeout(() => {
          try {
            socket = openSocket(listening, indexOf, program, onPacket, broken);
          } catch {
            broken();
          }
        }, REOPEN_MS);
      };
      let socket: OpenSocket | null = openSocket(listening, indexOf, program, onPacket, broken);
      return {
        setVrids(vrids) {
          program = vrrpFilter(listening.family, vrids);
          socket?.attach(program);
        },
        drain: (limit) => socket?.read(limit) ?? 0,
        close() {
          if (timer !== null) clearTimeout(timer);
          timer = null;
          socket?.close();
          socket = null;
        },
      };
    },
  };
}

interface OpenSocket {
  attach(program: readonly Instruction[]): void;
  read(limit: number): number;
  close(): void;
}

/** Open, bind, filter, join; throws an Error with a sentence. Nothing that came before the filter is ever handed on. */
function openSocket(
  listening: Listening,
  indexOf: IndexOf,
  program: readonly Instruction[],
  onPacket: OnPacket,
  onBroken: () => void,
): OpenSocket {
  const { family, interface: name } = listening;
  const index = indexOf(name);
  if (index === null) throw new Error(`cannot listen on ${name}: there is no such interface (ENODEV)`);
  const socket = createRaw(listening);
  const { wrap } = socket;
  const buffer = Buffer.alloc(PACKET_SIZE);
  const meminfo = Buffer.alloc(linux.MEMINFO_SIZE);
  let closed = false;
  let reading = false;
  let length = 0;
  let source = '';
  const take = (_buffer: Buffer, bytes: number, from: string): void => {
    length = bytes;
    source = from;
  };

  /** One packet into `buffer`; false if there is none. */
  const readOne = (): boolean => {
    try {
      wrap.recv(buffer, take);
      return true;
    } catch {
      // Nothing there (EAGAIN). Anything else was the socket's pending error, which reading has just cleared.
      return false;
    }
  };
  // Asking costs 0.6 µs; a recv that finds nothing costs 4 µs, because it throws.
  const waiting = (): boolean => {
    try {
      wrap.getOption(linux.SOL_SOCKET, linux.SO_MEMINFO, meminfo, linux.MEMINFO_SIZE);
      return getU32(meminfo, linux.MEMINFO_WAITING) > 0;
    } catch {
      return true; // a kernel before 4.12: then reading has to find out
    }
  };

  const self: OpenSocket = {
    attach(next) {
      const bytes = encodeFilter(next);
      set(linux.SOL_SOCKET, linux.SO_ATTACH_FILTER, libc.filterOption(bytes));
    },
    read(limit) {
      // A handler that drains the socket it was called from would overwrite the packet it holds.
      if (reading || closed) return 0;
      reading = true;
      let count = 0;
      try {
        while (count < limit && waiting() && readOne()) {
          count += 1;
          onPacket({ family, interface: name, bytes: buffer.subarray(0, Math.min(length, PACKET_SIZE)), source });
          if (closed) break; // by the handler
        }
      } finally {
        reading = false;
      }
      return count;
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
  const set = (level: number, option: number, value: Buffer): void =>
    wrap.setOption(level, option, value, value.length);

  try {
    // Until it is bound, the socket hears every interface: shut it first, then throw away what came in between.
    self.attach(DROP_ALL);
    set(linux.SOL_SOCKET, linux.SO_BINDTODEVICE, deviceOption(name));
    set(linux.SOL_SOCKET, linux.SO_RCVBUF, int32(RECEIVE_BUFFER));
    while (waiting() && readOne());
    if (family === 'ipv4') set(linux.IPPROTO_IP, linux.IP_MULTICAST_ALL, int32(0));
    else set(linux.IPPROTO_IPV6, linux.IPV6_MULTICAST_ALL, int32(0));
    self.attach(program);
    if (listening.multicast && family === 'ipv4') {
      set(linux.IPPROTO_IP, linux.IP_ADD_MEMBERSHIP, ipv4Membership(GROUP_IPV4, index));
    } else if (listening.multicast) {
      set(linux.IPPROTO_IPV6, linux.IPV6_JOIN_GROUP, ipv6Membership(GROUP_IPV6, index));
    }
  } catch (error) {
    self.close();
    throw new Error(`cannot listen for VRRP (${family}) on ${name}: ${text(error)}`, { cause: error });
  }
  wrap.removeAllListeners('recvReady');
  wrap.on('recvReady', () => {
    self.read(BURST);
    // This is a plain native call: without something due at once, promises settled by handlers wait for the next event.
    setImmediate(nothing);
  });
  socket.on('error', () => {
    if (closed) return;
    closed = true; // raw-socket closes itself after this event
    onBroken();
  });
  return self;
}

function createRaw({ family, interface: name }: Listening): RawSocket {
  try {
    return createSocket({
      protocol: VRRP_PROTOCOL,
      addressFamily: family === 'ipv4' ? AddressFamily.IPv4 : AddressFamily.IPv6,
      bufferSize: 16, // its own buffer, which is not used
    }) as unknown as RawSocket;
  } catch (error) {
    const hint = /not permitted/i.test(text(error)) ? '; run as root or with CAP_NET_RAW' : '';
    throw new Error(`cannot open a raw socket (${family}) for ${name}: ${text(error)}${hint}`, { cause: error });
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function nothing(): void {}
