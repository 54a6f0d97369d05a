/** System calls of the lab's own small programs, which block on purpose: a probe wants nothing but to be on time. */
import { constants } from 'node:os';
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
// `long` rather than `ssize_t`, which koffi does not take in prototypes.
const cSocket = libc.func('int socket(int domain, int type, int protocol)');
const cBind = libc.func('int bind(int fd, const void *address, uint length)');
const cSetsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint length)');
const cSendto = libc.func(
  'long sendto(int fd, const void *data, size_t length, int flags, const void *address, uint addressLength)',
);
const cRecvfrom = libc.func(
  'long recvfrom(int fd, void *data, size_t length, int flags, void *address, void *addressLength)',
);
const cPpoll = libc.func('int ppoll(void *fds, ulong count, const void *timeout, const void *mask)');
const cIndex = libc.func('uint if_nametoindex(const char *name)');

export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_BROADCAST = 6;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;
const POLLHUP = 16;

const NAMES = new Map<number, string>(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Name of the error of the last call that failed. */
export function lastError(): string {
  const number = koffi.errno();
  return NAMES.get(number) ?? `errno ${number}`;
}

function must(what: string, returned: number): number {
  if (returned < 0) throw new Error(`${what}: ${lastError()}`);
  return returned;
}

/** A socket; throws with the errno name. */
export function openSocket(family: number, type: number, protocol = 0): number {
  return must('socket', cSocket(family, type, protocol) as number);
}

/** A UDP socket on every address of both families; throws with the errno name (`EADDRINUSE`). */
export function openEverywhere(port: number): number {
  const fd = openSocket(AF_INET6, SOCK_DGRAM);
  setNumber(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  setNumber(fd, SOL_SOCKET, SO_BROADCAST, 1);
  const address = inet6(Buffer.alloc(16), port);
  must('bind', cBind(fd, address, address.length) as number);
  return fd;
}

function setNumber(fd: number, level: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  must('setsockopt', cSetsockopt(fd, level, name, bytes, 4) as number);
}

/** struct sockaddr_in6 (28 bytes; the family is in host order, the port in network order). */
export function inet6(bytes: Buffer, port: number): Buffer {
  const address = Buffer.alloc(28);
  address.writeUInt16LE(AF_INET6, 0);
  address.writeUInt16BE(port, 2);
  bytes.copy(address, 8);
  return address;
}

/** An IPv4 address as the IPv6 address that a dual socket takes it by (::ffff:a.b.c.d). */
export function mapped(ipv4: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(10), Buffer.of(0xff, 0xff), ipv4]);
}

/** struct sockaddr_ll for an interface (20 bytes): where a raw frame leaves. Throws if there is no such interface. */
export function linkAddress(interfaceName: string): Buffer {
  const index = cIndex(interfaceName) as number;
  if (index === 0) throw new Error(`no interface ${interfaceName}`);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeInt32LE(index, 4);
  return address;
}

/** Sends without waiting. Null, or the errno name. */
export function send(fd: number, data: Buffer, length: number, address: Buffer): string | null {
  return Number(cSendto(fd, data, length, MSG_DONTWAIT, address, address.length)) < 0 ? lastError() : null;
}

const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const ETH_P_ALL = 3;

/** A packet socket on one interface, with a classic BPF program on it: [code, jump if true, jump if false, operand]. Throws with a reason. */
export function openCapture(
  interfaceName: string,
  filter: readonly (readonly [number, number, number, number])[],
): number {
  // Protocol 0: nothing arrives before the filter and the interface are set.
  const fd = openSocket(AF_PACKET, SOCK_RAW, 0);
  const program = Buffer.alloc(filter.length * 8);
  filter.forEach(([code, yes, no, operand], i) => {
    program.writeUInt16LE(code, i * 8);
    program.writeUInt8(yes, i * 8 + 2);
    program.writeUInt8(no, i * 8 + 3);
    program.writeUInt32LE(operand, i * 8 + 4);
  });
  // struct sock_fprog: the number of instructions, and where they are.
  const header = Buffer.alloc(16);
  header.writeUInt16LE(filter.length, 0);
  header.writeBigUInt64LE(koffi.address(program), 8);
  must('SO_ATTACH_FILTER', cSetsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length) as number);
  setNumber(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20);
  const address = linkAddress(interfaceName);
  address.writeUInt16BE(ETH_P_ALL, 2);
  must('bind', cBind(fd, address, address.length) as number);
  return fd;
}

const lengthField = Buffer.alloc(4);

/** Receives one datagram into `data`, its sender into `address`; waits if told so. The length, or -1 if there is none. */
export function receive(fd: number, data: Buffer, address: Buffer, wait: boolean): number {
  lengthField.writeUInt32LE(address.length);
  return Number(cRecvfrom(fd, data, data.length, wait ? 0 : MSG_DONTWAIT, address, lengthField));
}

const polled = Buffer.alloc(16);
const timeout = Buffer.alloc(16);

/** Waits until `fd` can be read, `lifeline` is closed by its other side, or the time is over (milliseconds, with fractions). */
export function waitFor(
  fd: number,
  lifeline: number,
  ms: number,
): { readonly readable: boolean; readonly orphaned: boolean } {
  polled.writeInt32LE(fd, 0);
  polled.writeInt16LE(POLLIN, 4);
  polled.writeInt32LE(lifeline, 8);
  polled.writeInt16LE(0, 12);
  polled.writeInt16LE(0, 6);
  polled.writeInt16LE(0, 14);
  const wait = Math.max(0, ms);
  timeout.writeBigInt64LE(BigInt(Math.floor(wait / 1000)), 0);
  timeout.writeBigInt64LE(BigInt(Math.round((wait % 1000) * 1e6)), 8);
  const ready = cPpoll(polled, 2, timeout, null) as number;
  if (ready <= 0) return { readable: false, orphaned: false };
  // An error waits in the socket until somebody reads: taken as readable, or this would return at once for ever.
  return { readable: polled.readInt16LE(6) !== 0, orphaned: (polled.readInt16LE(14) & POLLHUP) !== 0 };
}
