/**
 * The C library, through koffi: what Node has no call for. The one file around koffi in this folder.
 * Every call is synchronous and none blocks: sockets are opened non-blocking. Errors are errno names (`ENODEV`).
 */
import koffi from 'koffi';
import { type Result, fail, ok } from '../core/result.ts';
import { int32, putU16, putU64 } from './host-order.ts';

const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const MSG_DONTWAIT = 0x40;

const library = koffi.load(null);

type Bytes = Uint8Array;
const c = {
  socket: library.func('int socket(int, int, int)') as (domain: number, type: number, protocol: number) => number,
  close: library.func('int close(int)') as (fd: number) => number,
  bind: library.func('int bind(int, const void *, uint32_t)') as (fd: number, address: Bytes, length: number) => number,
  setsockopt: library.func('int setsockopt(int, int, int, const void *, uint32_t)') as (
    fd: number,
    level: number,
    option: number,
    value: Bytes,
    length: number,
  ) => number,
  getsockopt: library.func('int getsockopt(int, int, int, void *, void *)') as (
    fd: number,
    level: number,
    option: number,
    value: Bytes,
    length: Bytes,
  ) => number,
  // `long`, because koffi knows no ssize_t.
  sendto: library.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)') as (
    fd: number,
    bytes: Bytes,
    length: number,
    flags: number,
    address: Bytes | null,
    addressLength: number,
  ) => number,
  sendmmsg: library.func('int sendmmsg(int, void *, uint32_t, int)') as (
    fd: number,
    headers: Bytes,
    count: number,
    flags: number,
  ) => number,
  recvfrom: library.func('long recvfrom(int, void *, size_t, int, void *, void *)') as (
    fd: number,
    buffer: Bytes,
    length: number,
    flags: number,
    address: Bytes | null,
    addressLength: Bytes | null,
  ) => number,
  if_nametoindex: library.func('uint32_t if_nametoindex(const char *)') as (name: string) => number,
};

const names = new Map<number, string>();
for (const [name, value] of Object.entries(koffi.os.errno)) {
  // The first name wins, except that EAGAIN is the one that people know (EWOULDBLOCK is the same number).
  if (!names.has(value) || name === 'EAGAIN') names.set(value, name);
}

/** Name of an errno value: `19` → `ENODEV`; `errno 4711` for one without a name. */
export function errnoName(value: number): string {
  return names.get(value) ?? `errno ${value}`;
}

function lastError(): string {
  return errnoName(koffi.errno());
}

/** Open a non-blocking, close-on-exec socket. `protocol` as the family wants it (AF_PACKET: in network order, `socket-address.ts`). */
export function openSocket(domain: number, type: number, protocol: number): Result<number, string> {
  const fd = c.socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  return fd < 0 ? fail(lastError()) : ok(fd);
}

/** Close a descriptor. Closing what is closed already is ignored: there is nothing that a caller could do. */
export function closeSocket(fd: number): void {
  if (fd >= 0) c.close(fd);
}

/** Bind to a socket address (`sockaddr_*` as bytes). Null, or the errno name. */
export function bindSocket(fd: number, address: Uint8Array): string | null {
  return c.bind(fd, address, address.length) < 0 ? lastError() : null;
}

/** Set an option to an `int` or to bytes. Null, or the errno name. */
export function setOption(fd: number, level: number, option: number, value: number | Uint8Array): string | null {
  const bytes = typeof value === 'number' ? int32(value) : value;
  return c.setsockopt(fd, level, option, bytes, bytes.length) < 0 ? lastError() : null;
}

/** Read an option into `value`. Null, or the errno name. */
export function getOption(fd: number, level: number, option: number, value: Uint8Array): string | null {
  return c.getsockopt(fd, level, option, value, int32(value.length)) < 0 ? lastError() : null;
}

/** Send one datagram without waiting. Null, or the errno name (`EAGAIN`: the send buffer is full). */
export function sendTo(fd: number, bytes: Uint8Array, address: Uint8Array): string | null {
  return c.sendto(fd, bytes, bytes.length, MSG_DONTWAIT, address, address.length) < 0 ? lastError() : null;
}

/** Send `count` datagrams, laid out as `mmsghdr` (`datagram-batch.ts`), without waiting: how many have left, or the errno name of the first. */
export function sendMany(fd: number, headers: Uint8Array, count: number): number | string {
  const sent = c.sendmmsg(fd, headers, count, MSG_DONTWAIT);
  return sent < 0 ? lastError() : sent;
}

/** Where a buffer lies in memory, for structures with pointers. The buffer must stay referenced as long as the kernel may look. */
export function addressOf(buffer: Buffer): bigint {
  return koffi.address(buffer);
}

/**
 * Read one datagram into `buffer` without waiting: its length in bytes, -1 if there is none, or the errno name.
 * `address`, if given, gets the sender's socket address, up to its own length.
 */
export function receiveFrom(fd: number, buffer: Uint8Array, address: Uint8Array | null = null): number | string {
  const length = address === null ? null : int32(address.length);
  const got = c.recvfrom(fd, buffer, buffer.length, MSG_DONTWAIT, address, length);
  if (got >= 0) return got;
  const error = lastError();
  return error === 'EAGAIN' || error === 'EINTR' ? -1 : error;
}

/** Index of an interface of this network namespace, asked of the kernel; null if there is none. */
export function interfaceIndex(name: string): number | null {
  const index = c.if_nametoindex(name);
  return index === 0 ? null : index;
}

/**
 * A `sock_fprog` for SO_ATTACH_FILTER: the number of instructions and a pointer to them.
 * `program` must stay referenced until the option is set (the kernel copies it then).
 */
export function filterOption(program: Buffer): Buffer {
  const option = Buffer.alloc(16);
  putU16(option, program.length / 8, 0);
  putU64(option, addressOf(program), 8);
  return option;
}
