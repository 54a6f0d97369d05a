/**
 * UDP sockets that Node cannot open: bound to an interface, with a demand on the TTL of what arrives (brain 3.3). Through koffi, this folder's one
 * file around it. The event loop's part, reading, is Node's: a socket that is open and bound may be handed to `dgram`.
 * Every call is synchronous and none blocks. Errors are errno names (`ENODEV`).
 */
import { constants, endianness } from 'node:os';
import koffi from 'koffi';
import { addressBytes, addressText } from '../../core/address.ts';
import { type Result, fail, ok } from '../../core/result.ts';

const library = koffi.load(null);

type Bytes = Uint8Array;
const c = {
  socket: library.func('int socket(int, int, int)') as (domain: number, type: number, protocol: number) => number,
  close: library.func('int close(int)') as (fd: number) => number,
  bind: library.func('int bind(int, const void *, uint32_t)') as (fd: number, address: Bytes, length: number) => number,
  connect: library.func('int connect(int, const void *, uint32_t)') as (
    fd: number,
    address: Bytes,
    length: number,
  ) => number,
  getsockname: library.func('int getsockname(int, void *, void *)') as (
    fd: number,
    address: Bytes,
    length: Bytes,
  ) => number,
  setsockopt: library.func('int setsockopt(int, int, int, const void *, uint32_t)') as (
    fd: number,
    level: number,
    option: number,
    value: Bytes,
    length: number,
  ) => number,
  // `long`, because koffi knows no ssize_t.
  sendto: library.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)') as (
    fd: number,
    bytes: Bytes,
    length: number,
    flags: number,
    address: Bytes,
    addressLength: number,
  ) => number,
  if_nametoindex: library.func('uint32_t if_nametoindex(const char *)') as (name: string) => number,
};

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

function lastError(): string {
  const value = koffi.errno();
  return names.get(value) ?? `errno ${value}`;
}

// Structures of the kernel are in the machine's own byte order.
const little = endianness() === 'LE';

// Linux on x86-64 and arm64 (asm-generic): part of the kernel's ABI.
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const SO_ATTACH_FILTER = 26;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;

/** Nobody farther away than the cable can send it (RFC 5082). */
const TTL = 255;

/** Where something is sent to, or from. */
export interface UdpAddress {
  readonly bytes: Uint8Array;
  readonly port: number;
  /** Index of the interface, for link-local addresses; otherwise 0. */
  readonly scope: number;
}

/** What an open socket is bound to. */
export interface UdpSocketOptions {
  readonly local: UdpAddress;
  /** Nothing leaves or arrives by another interface. Null = as the routing table says. */
  readonly device: string | null;
  /** TTL 255 is sent and required. */
  readonly onLink: boolean;
}

/** Index of an interface of this network namespace; null if there is none. */
export function interfaceIndex(name: string): number | null {
  const index = c.if_nametoindex(name);
  return index === 0 ? null : index;
}

/** A `sockaddr_in` or `sockaddr_in6`. */
export function socketAddress({ bytes, port, scope }: UdpAddress): Buffer {
  const isIpv4 = bytes.length === 4;
  const address = Buffer.alloc(isIpv4 ? 16 : 28);
  put16(address, isIpv4 ? AF_INET : AF_INET6, 0);
  address.writeUInt16BE(port, 2);
  address.set(bytes, isIpv4 ? 4 : 8);
  if (!isIpv4) put32(address, scope, 24);
  return address;
}

/** A non-blocking socket, open and bound. */
export function openUdpSocket({ local, device, onLink }: UdpSocketOptions): Result<number, string> {
  return withSocket(local.bytes, (fd) => {
    const isIpv4 = local.bytes.length === 4;
    const steps: readonly (() => string | null)[] = [
      () => (isIpv4 ? null : set(fd, IPPROTO_IPV6, IPV6_V6ONLY, int32(1))),
      () => (device === null ? null : bindToDevice(fd, device)),
      () => (onLink ? requireOnLink(fd, isIpv4) : null),
      () => bind(fd, socketAddress(local)),
    ];
    for (const step of steps) {
      const error = step();
      if (error !== null) return fail(error);
    }
    return ok(fd);
  });
}

/** The source address that the kernel chooses towards `peer`, by `device` if one is given. Nothing is sent. */
export function sourceTowards(peer: UdpAddress, device: string | null): Result<string, string> {
  const opened = withSocket(peer.bytes, (fd) => {
    const bound = device === null ? null : bindToDevice(fd, device);
    if (bound !== null) return fail(bound);
    const remote = socketAddress(peer);
    return c.connect(fd, remote, remote.length) < 0 ? fail(lastError()) : ok(fd);
  });
  if (!opened.ok) return opened;
  const local = Buffer.alloc(28);
  const got = c.getsockname(opened.value, local, int32(local.length));
  const error = got < 0 ? lastError() : null;
  c.close(opened.value);
  if (error !== null) return fail(error);
  const isIpv4 = peer.bytes.length === 4;
  return ok(addressText(isIpv4 ? local.subarray(4, 8) : local.subarray(8, 24)));
}

/** Send one datagram without waiting. Null, or the errno name (`EAGAIN`: the send buffer is full). */
export function sendUdp(fd: number, bytes: Uint8Array, address: Uint8Array): string | null {
  return c.sendto(fd, bytes, bytes.length, MSG_DONTWAIT, address, address.length) < 0 ? lastError() : null;
}

/** Close a descriptor that was not handed to Node. */
export function closeUdpSocket(fd: number): void {
  c.close(fd);
}

/** `192.0.2.2`, `2001:db8::2` or `fe80::2%eth2` as bytes; null where the text is none, or names an interface that is not there. */
export function udpAddress(text: string, port: number): UdpAddress | null {
  const bytes = addressBytes(text);
  const zone = text.split('%', 2)[1];
  const scope = zone === undefined ? 0 : interfaceIndex(zone);
  return bytes === null || scope === null ? null : { bytes, port, scope };
}

function withSocket(bytes: Uint8Array, use: (fd: number) => Result<number, string>): Result<number, string> {
  const domain = bytes.length === 4 ? AF_INET : AF_INET6;
  const fd = c.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(lastError());
  const used = use(fd);
  if (!used.ok) c.close(fd);
  return used;
}

function requireOnLink(fd: number, isIpv4: boolean): string | null {
  const [level, option] = isIpv4 ? [IPPROTO_IP, IP_TTL] : [IPPROTO_IPV6, IPV6_UNICAST_HOPS];
  return set(fd, level, option, int32(TTL)) ?? attachFilter(fd, isIpv4 ? IPV4_ON_LINK : IPV6_ON_LINK);
}

/** Where a filter finds the network header, whatever the socket is shown of the packet (SKF_NET_OFF of linux/filter.h). */
const NETWORK_HEADER = 0xfff0_0000;
/** Kept here because the kernel is given a pointer to them. */
const IPV4_ON_LINK = onLinkFilter(NETWORK_HEADER + 8);
const IPV6_ON_LINK = onLinkFilter(NETWORK_HEADER + 7);

/** Classic BPF: load the byte; is it 255? Yes: the whole packet. No: nothing. */
function onLinkFilter(ttlAt: number): Buffer {
  return Buffer.concat([
    instruction(0x30, 0, 0, ttlAt),
    instruction(0x15, 0, 1, TTL),
    instruction(0x06, 0, 0, 0xffff_ffff),
    instruction(0x06, 0, 0, 0),
  ]);
}

/** The kernel heeds IP_MINTTL and IPV6_MINHOPCOUNT with TCP only; a packet filter it always heeds. */
function attachFilter(fd: number, program: Buffer): string | null {
  const option = Buffer.alloc(16); // sock_fprog: a length and a pointer
  put16(option, program.length / 8, 0);
  const address = koffi.address(program);
  if (little) option.writeBigUInt64LE(address, 8);
  else option.writeBigUInt64BE(address, 8);
  return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, option);
}

function instruction(code: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  put16(bytes, code, 0);
  bytes[2] = ifTrue;
  bytes[3] = ifFalse;
  put32(bytes, value, 4);
  return bytes;
}

function bindToDevice(fd: number, device: string): string | null {
  return set(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${device}\0`));
}

function bind(fd: number, address: Buffer): string | null {
  return c.bind(fd, address, address.length) < 0 ? lastError() : null;
}

function set(fd: number, level: number, option: number, value: Buffer): string | null {
  return c.setsockopt(fd, level, option, value, value.length) < 0 ? lastError() : null;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  put32(bytes, value, 0);
  return bytes;
}

function put16(bytes: Buffer, value: number, at: number): void {
  if (little) bytes.writeUInt16LE(value, at);
  else bytes.writeUInt16BE(value, at);
}

function put32(bytes: Buffer, value: number, at: number): void {
  if (little) bytes.writeUInt32LE(value, at);
  else bytes.writeUInt32BE(value, at);
}
