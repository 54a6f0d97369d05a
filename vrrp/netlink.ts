/**
 * Following rtnetlink: the one file around the `netlink` package, of which only the raw socket is used. Its request
 * layer is not: it sends the first message of a burst at once and queues the others until the socket is polled
 * (requests go through `rtnetlink-socket.ts`), and it groups a dump in memory where we want every part in order.
 *
 * Two things would end the process from inside the package (0.3.0), and are kept from happening here: an error of
 * recvmsg, which for an overrun (ENOBUFS) is switched off and replaced by looking at the socket's drop counter; and an
 * exception in a handler, which is thrown again outside of it.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type * as Netlink from 'netlink/dist/raw.js';
import { requirePackage } from '../core/require.ts';
import { getU32, int32 } from './host-order.ts';
import * as libc from './libc.ts';
import * as linux from './linux.ts';
import { EVENT_GROUPS } from './rtnetlink.ts';

// Not the package's index: that loads the tables of every netlink family, 10 MB of memory.
const { RawNetlinkSocket }: typeof Netlink = requirePackage('netlink/dist/raw.js');

/** Room for some 10,000 address events, bytes. Memory is used only while they wait. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;
const SEND_BUFFER = 64 * 1024;

export interface NetlinkHandlers {
  /** A datagram of the kernel's. */
  onDatagram(datagram: Buffer): void;
  /** Events were lost: the socket goes on, the copy is out of date. */
  onOverrun(): void;
  /** The socket is of no use any more: open another. */
  onBroken(error: Error): void;
}

export interface NetlinkFollower {
  /** Send a request, at once if none is waiting; its answer comes as datagrams. */
  send(request: Buffer): void;
  close(): void;
}

/**
 * Open a socket that follows links and addresses. Throws if the kernel has no rtnetlink for us.
 * `receiveBuffer` in bytes is for tests, which want it to overrun.
 */
export function followKernel(handlers: NetlinkHandlers, receiveBuffer = RECEIVE_BUFFER): NetlinkFollower {
  const socket = new RawNetlinkSocket(linux.NETLINK_ROUTE, {
    recvBufferSize: receiveBuffer,
    sendBufferSize: SEND_BUFFER,
  });
  let closed = false;
  let dropped: (() => boolean) | null = null;
  socket.on('message', (datagram, sender) =>
    safely(() => {
      // Any process may send to a netlink port; only the kernel is port 0.
      if (closed || sender.port !== 0) return;
      handlers.onDatagram(datagram);
      // A drop needs a full queue, so at least one datagram is read after it.
      if (!closed && dropped?.() === true) handlers.onOverrun();
    }),
  );
  socket.on('error', (error) => safely(() => closed || handlers.onBroken(error)));
  try {
    const fd = descriptorOf(socket.address().port);
    if (fd !== null) dropped = watchDrops(fd, receiveBuffer);
    for (const group of EVENT_GROUPS) socket.addMembership(group);
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    send(request) {
      if (closed) return;
      socket.send(request, {}, (error) => safely(() => error === undefined || closed || handlers.onBroken(error)));
    },
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

/** Run a handler; what it throws becomes an ordinary uncaught exception instead of the abort of the process. */
function safely(handler: () => unknown): void {
  try {
    handler();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}

/**
 * No ENOBUFS any more, and a buffer larger than net.core.rmem_max allows (with CAP_NET_ADMIN). The result tells whether
 * anything was dropped since it was last asked.
 */
function watchDrops(fd: number, receiveBuffer: number): () => boolean {
  libc.setOption(fd, linux.SOL_NETLINK, linux.NETLINK_NO_ENOBUFS, 1);
  libc.setOption(fd, linux.SOL_SOCKET, linux.SO_RCVBUFFORCE, int32(receiveBuffer));
  const meminfo = Buffer.alloc(linux.MEMINFO_SIZE);
  let last = 0;
  return () => {
    libc.getOption(fd, linux.SOL_SOCKET, linux.SO_MEMINFO, meminfo);
    const drops = getU32(meminfo, linux.MEMINFO_DROPS);
    const more = drops !== last;
    last = drops;
    return more;
  };
}

/** The package keeps its descriptor to itself: look it up by its netlink port. Null without /proc. */
function descriptorOf(port: number): number | null {
  try {
    const inode = readFileSync('/proc/self/net/netlink', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find((fields) => fields[1] === String(linux.NETLINK_ROUTE) && fields[2] === String(port >>> 0))
      ?.at(-1);
    const entry = readdirSync('/proc/self/fd').find((fd) => linkOf(fd) === `socket:[${inode}]`);
    return entry === undefined ? null : Number(entry);
  } catch {
    return null;
  }
}

function linkOf(fd: string): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null; // the descriptor of the directory listing itself
  }
}
