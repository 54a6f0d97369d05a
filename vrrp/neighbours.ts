/**
 * Telling the neighbours who has an address, and asking them: ARP and neighbour discovery over AF_PACKET.
 * The sending socket has protocol 0: the kernel never queues a packet on it.
 */
import type { Family } from '../config/plan.ts';
import { addressText, macText } from '../core/address.ts';
import { type Claim, ETHERTYPE_ARP, arpClaim, arpProbe, gratuitousArp } from './arp.ts';
import { createDatagramBatch } from './datagram-batch.ts';
import { encodeFilter, neighbourFilter } from './filter.ts';
import { int32 } from './host-order.ts';
import * as libc from './libc.ts';
import * as linux from './linux.ts';
import {
  ETHERTYPE_IPV6,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  advertisementClaim,
  duplicateSolicitation,
  unsolicitedAdvertisement,
} from './ndp.ts';
import type { Neighbours } from './ports.ts';
import { linkSocketAddress, unicastMembership } from './socket-address.ts';

/** How often a probe looks for answers, ms. */
const POLL_MS = 4;
/** Frames read at each look, so that a broadcast storm cannot hold the loop. */
const BURST = 256;
/** Receive buffer of a probe, bytes. */
const RECEIVE_BUFFER = 128 * 1024;
const FRAME_SIZE = 1514;
/** Announcements that leave with one system call. */
const BATCH = 32;
/** The larger one, of IPv6, bytes; and `sockaddr_ll`. */
const ANNOUNCEMENT_SIZE = 86;
const LINK_ADDRESS_SIZE = 20;

type ProbeRequest = Parameters<Neighbours['probe']>[0];
type Done = Parameters<Neighbours['probe']>[1];

/** Announcements and probes. `indexOf` tells the present ifindex of an interface, null if it is not there. */
export function createNeighbours(indexOf: (name: string) => number | null): Neighbours {
  let fd = -1;
  const batch = createDatagramBatch(BATCH, ANNOUNCEMENT_SIZE, LINK_ADDRESS_SIZE);
  const running = new Set<() => void>();

  const sender = (): number | string => {
    if (fd >= 0) return fd;
    const opened = libc.openSocket(linux.AF_PACKET, linux.SOCK_RAW, 0);
    if (!opened.ok) return opened.error;
    fd = opened.value;
    return fd;
  };

  return {
    announce(announcements) {
      const socket = sender();
      if (typeof socket === 'string') return 0;
      let left = 0;
      for (const { interface: name, mac, family, address, router } of announcements) {
        const index = indexOf(name);
        if (index === null || mac.length !== 6 || address.length !== sizeOf(family)) continue;
        if (batch.full) left += batch.send(socket);
        const frame = family === 'ipv4' ? gratuitousArp(mac, address) : unsolicitedAdvertisement(mac, address, router);
        batch.add(frame, linkSocketAddress(index, etherType(family), frame.subarray(0, 6)));
      }
      return left + batch.send(socket);
    },
    probe(request, done) {
      const stop = startProbe(request, indexOf(request.interface), (answer) => {
        running.delete(stop);
        done(answer);
      });
      running.add(stop);
    },
    close() {
      for (const stop of running) stop();
      running.clear();
      libc.closeSocket(fd);
      fd = -1;
    },
  };
}

/**
 * Ask and listen. `done` is called once, never from within this call; not at all after `stop`. What cannot be asked
 * (no interface, no privilege) ends in null after the full time, as silence would: the caller's faults tell why.
 */
function startProbe(request: ProbeRequest, index: number | null, done: Done): () => void {
  const socket = index === null ? null : openProbe(request, index);
  const wanted = new Map(request.addresses.map((address) => [key(address), address] as const));
  const own = new Set(request.own.map(key));
  const buffer = Buffer.alloc(FRAME_SIZE);
  const started = performance.now();
  let asked = 0;

  const answer = (): Claim | null => {
    if (socket === null) return null;
    for (let n = 0; n < BURST; n += 1) {
      const length = libc.receiveFrom(socket.fd, buffer);
      if (typeof length === 'string' || length < 0) return null;
      const frame = buffer.subarray(0, Math.min(length, FRAME_SIZE));
      const claim = request.family === 'ipv4' ? arpClaim(frame) : advertisementClaim(frame);
      if (claim !== null && wanted.has(key(claim.address)) && !own.has(key(claim.mac))) return claim;
    }
    return null;
  };
  const stop = (): void => {
    clearInterval(timer);
    if (socket !== null) libc.closeSocket(socket.fd);
  };
  const look = (): void => {
    const claim = answer();
    if (claim !== null) {
      const foreign = { address: addressText(claim.address), mac: macText(claim.mac) };
      stop();
      done(foreign);
      return;
    }
    const elapsed = performance.now() - started;
    if (asked < request.count && elapsed >= asked * request.spacingMs) ask();
    else if (asked >= request.count && elapsed >= request.count * request.spacingMs) {
      stop();
      done(null);
    }
  };
  const ask = (): void => {
    asked += 1;
    if (socket === null) return;
    for (const frame of socket.frames) {
      libc.sendTo(socket.fd, frame, linkSocketAddress(socket.index, etherType(request.family), frame.subarray(0, 6)));
    }
  };
  const timer = setInterval(look, POLL_MS);
  if (request.count > 0) ask();
  return stop;
}

interface ProbeSocket {
  readonly fd: number;
  readonly index: number;
  readonly frames: readonly Buffer[];
}

function openProbe(request: ProbeRequest, index: number): ProbeSocket | null {
  const { family, mac } = request;
  if (mac.length !== 6 || request.addresses.some((address) => address.length !== sizeOf(family))) return null;
  // Opened with protocol 0 and given its protocol by bind: so it never hears another interface.
  const opened = libc.openSocket(linux.AF_PACKET, linux.SOCK_RAW, 0);
  if (!opened.ok) return null;
  const fd = opened.value;
  const filter = encodeFilter(neighbourFilter([NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT]));
  const error =
    (family === 'ipv6'
      ? libc.setOption(fd, linux.SOL_SOCKET, linux.SO_ATTACH_FILTER, libc.filterOption(filter))
      : null) ??
    libc.setOption(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, int32(RECEIVE_BUFFER)) ??
    libc.bindSocket(fd, linkSocketAddress(index, etherType(family)));
  if (error !== null) {
    libc.closeSocket(fd);
    return null;
  }
  // An answer to a MAC that is not the interface's own would be lost in the card; harmless where it is its own.
  libc.setOption(fd, linux.SOL_PACKET, linux.PACKET_ADD_MEMBERSHIP, unicastMembership(index, mac));
  const frames = request.addresses.map((a) => (family === 'ipv4' ? arpProbe(mac, a) : duplicateSolicitation(mac, a)));
  return { fd, index, frames };
}

const sizeOf = (family: Family): number => (family === 'ipv4' ? 4 : 16);
const etherType = (family: Family): number => (family === 'ipv4' ? ETHERTYPE_ARP : ETHERTYPE_IPV6);
const key = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
