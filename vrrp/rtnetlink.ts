/**
 * The rtnetlink messages that Tandem speaks (rtnetlink(7)), as bytes: links, addresses, acknowledgements.
 *
 *      nlmsghdr: length (4) | type (2) | flags (2) | sequence (4) | port (4)      then, in the machine's byte order,
 *      ifinfomsg: family, pad, type (2), index (4), flags (4), change (4)         and attributes: length (2) | type (2) | data
 *      ifaddrmsg: family, prefix, flags, scope, index (4)                         each padded to four bytes
 *
 * Reading never throws and never looks beyond the buffer: what does not fit is left out.
 */
import type { Family } from '../config/plan.ts';
import { rememberedBytes, addressText, isLinkLocal } from '../core/address.ts';
import { getS32, getU16, getU32, putU16, putU32, zeroes } from './host-order.ts';
import { AF_INET, AF_INET6 } from './linux.ts';
import type { KernelAddress, KernelInterface } from './ports.ts';

/** Multicast groups: links, IPv4 addresses, IPv6 addresses. */
export const EVENT_GROUPS: readonly number[] = [1, 5, 9];
/** What Tandem's addresses carry in IFA_PROTO (Linux 5.18 and later; older kernels ignore it). */
export const TAG = 0x54;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;
const NLM_F_CAPPED = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_EXT_MASK = 29;
const SKIP_STATISTICS = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
const NLMSGERR_TEXT = 1;

const IFF_UP = 1;
const IFF_NOARP = 0x80;
const IFF_LOWER_UP = 0x10000;
const ARPHRD_ETHER = 1;
const IFA_F_SECONDARY = 1;
const IFA_F_NODAD = 2;
const IFA_F_DADFAILED = 8;
const IFA_F_TENTATIVE = 0x40;
const SCOPES: ReadonlyMap<number, KernelAddress['scope']> = new Map([
  [0, 'global'],
  [253, 'link'],
  [254, 'host'],
]);
const SCOPE_LINK = 253;
const FOREVER = 0xffffffff;

const HEADER = 16;
const IFINFO = 16;
const IFADDR = 8;
const align = (length: number): number => (length + 3) & ~3;

/** An address as a request names it. */
export interface AddressSpec {
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
}

/** A message from the kernel. `interrupted`: the dump that it belongs to is inconsistent and must be repeated. */
export type KernelMessage = { readonly sequence: number; readonly interrupted: boolean } & (
  | { readonly kind: 'link'; readonly removed: boolean; readonly link: KernelInterface }
  /** The name is not in the message: whoever keeps the links fills it in. */
  | { readonly kind: 'address'; readonly removed: boolean; readonly address: Omit<KernelAddress, 'interface'> }
  | { readonly kind: 'done' }
  /** Answer to a request: errno (positive; 0 = done) and what the kernel said about it. */
  | { readonly kind: 'answer'; readonly errno: number; readonly text: string }
);

/** Ask for every link. */
export function dumpLinks(sequence: number): Buffer {
  const body = Buffer.alloc(IFINFO);
  return message(RTM_GETLINK, NLM_F_DUMP, sequence, body, [{ type: IFLA_EXT_MASK, data: u32(SKIP_STATISTICS) }]);
}

/** Ask for every address of both families. */
export function dumpAddresses(sequence: number): Buffer {
  return message(RTM_GETADDR, NLM_F_DUMP, sequence, Buffer.alloc(IFADDR), []);
}

const TAGGED: Attribute = { type: IFA_PROTO, data: Uint8Array.of(TAG) };

/**
 * Add an address with Tandem's tag, exclusively (EEXIST if it is there). IPv6 without duplicate address detection; a
 * /128 with preferred lifetime 0, so that it is never chosen as a source (vrrp.md 1.2). No broadcast address.
 */
export function addAddress(sequence: number, index: number, spec: AddressSpec): Buffer {
  const attributes = addressAttributes(spec);
  attributes.push(TAGGED);
  if (spec.family === 'ipv6' && spec.prefix === 128) {
    attributes.push({ type: IFA_CACHEINFO, data: Buffer.concat([u32(0), u32(FOREVER), u32(0), u32(0)]) });
  }
  const body = addressBody(index, spec, spec.family === 'ipv6' ? IFA_F_NODAD : 0);
  return message(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence, body, attributes);
}

/** Remove exactly this address with this prefix. */
export function removeAddress(sequence: number, index: number, spec: AddressSpec): Buffer {
  return message(RTM_DELADDR, NLM_F_ACK, sequence, addressBody(index, spec, 0), addressAttributes(spec));
}

/** Set an interface up or down. */
export function setLinkUp(sequence: number, index: number, up: boolean): Buffer {
  const body = Buffer.alloc(IFINFO);
  putU32(body, index, 4);
  putU32(body, up ? IFF_UP : 0, 8);
  putU32(body, IFF_UP, 12);
  return message(RTM_NEWLINK, NLM_F_ACK, sequence, body, []);
}

/** Do not ask the kernel to answer a request that went well. */
export function withoutAnswer(request: Buffer): void {
  putU16(request, getU16(request, 6) & ~NLM_F_ACK, 6);
}

interface Attribute {
  readonly type: number;
  readonly data: Uint8Array;
}

function addressBody(index: number, spec: AddressSpec, flags: number): Buffer {
  const body = zeroes(IFADDR);
  body[0] = spec.family === 'ipv4' ? AF_INET : AF_INET6;
  body[1] = spec.prefix;
  body[2] = flags;
  body[3] = isLinkLocal(bytesOf(spec)) ? SCOPE_LINK : 0;
  putU32(body, index, 4);
  return body;
}

/** Both are needed: without IFA_ADDRESS the kernel would remove the address whatever its prefix. */
function addressAttributes(spec: AddressSpec): Attribute[] {
  const bytes = bytesOf(spec);
  return [
    { type: IFA_LOCAL, data: bytes },
    { type: IFA_ADDRESS, data: bytes },
  ];
}

function bytesOf({ address, family }: AddressSpec): Uint8Array {
  const bytes = rememberedBytes(address);
  if (bytes === null || bytes.length !== (family === 'ipv4' ? 4 : 16)) {
    throw new RangeError(`${address} is not an ${family} address`);
  }
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = zeroes(4);
  putU32(bytes, value, 0);
  return bytes;
}

function message(
  type: number,
  flags: number,
  sequence: number,
  body: Buffer,
  attributes: readonly Attribute[],
): Buffer {
  // Plain loops: what runs once in months is interpreted, and there an iterator costs more than the rest.
  let size = HEADER + align(body.length);
  for (let n = 0; n < attributes.length; n += 1) size += align(4 + attributes[n]!.data.length);
  const bytes = zeroes(size);
  putU32(bytes, size, 0);
  putU16(bytes, type, 4);
  putU16(bytes, flags | NLM_F_REQUEST, 6);
  putU32(bytes, sequence, 8);
  bytes.set(body, HEADER);
  let at = HEADER + align(body.length);
  for (let n = 0; n < attributes.length; n += 1) {
    const { type: kind, data } = attributes[n]!;
    putU16(bytes, 4 + data.length, at);
    putU16(bytes, kind, at + 2);
    bytes.set(data, at + 4);
    at += align(4 + data.length);
  }
  return bytes;
}

/** The messages of one datagram from the kernel, in order; unknown kinds are left out. */
export function parseMessages(datagram: Buffer): KernelMessage[] {
  const messages: KernelMessage[] = [];
  for (let at = 0; at + HEADER <= datagram.length;) {
    const length = getU32(datagram, at);
    if (length < HEADER || at + length > datagram.length) break;
    const one = parseMessage(datagram.subarray(at, at + length));
    if (one !== null) messages.push(one);
    at += align(length);
  }
  return messages;
}

function parseMessage(bytes: Buffer): KernelMessage | null {
  const type = getU16(bytes, 4);
  const flags = getU16(bytes, 6);
  const common = { sequence: getU32(bytes, 8), interrupted: (flags & NLM_F_DUMP_INTR) !== 0 };
  const body = bytes.subarray(HEADER);
  if (type === NLMSG_DONE) return { ...common, kind: 'done' };
  if (type === NLMSG_ERROR) return { ...common, ...parseAnswer(body, flags) };
  if (type === RTM_NEWLINK || type === RTM_DELLINK) {
    const link = parseLink(body);
    return link === null ? null : { ...common, kind: 'link', removed: type === RTM_DELLINK, link };
  }
  if (type === RTM_NEWADDR || type === RTM_DELADDR) {
    const address = parseAddress(body);
    return address === null ? null : { ...common, kind: 'address', removed: type === RTM_DELADDR, address };
  }
  return null;
}

/** nlmsgerr: errno, the header of the request, the rest of the request unless capped, then attributes. */
function parseAnswer(body: Buffer, flags: number): { kind: 'answer'; errno: number; text: string } {
  const errno = body.length >= 4 ? -getS32(body, 0) : 0;
  const request = body.length >= 8 && (flags & NLM_F_CAPPED) === 0 ? getU32(body, 4) : HEADER;
  const text = attributesOf(body.subarray(4 + align(request))).get(NLMSGERR_TEXT);
  return { kind: 'answer', errno: Math.abs(errno), text: text === undefined ? '' : cString(text) };
}

function parseLink(body: Buffer): KernelInterface | null {
  // Bridges report their ports as links of family AF_BRIDGE; such a removal is not one of the interface.
  if (body.length < IFINFO || body[0] !== 0) return null;
  const attributes = attributesOf(body.subarray(IFINFO));
  const name = attributes.get(IFLA_IFNAME);
  if (name === undefined) return null;
  const mac = attributes.get(IFLA_ADDRESS);
  const mtu = attributes.get(IFLA_MTU);
  const flags = getU32(body, 8);
  return {
    name: cString(name),
    index: getU32(body, 4),
    mac: getU16(body, 2) === ARPHRD_ETHER && mac?.length === 6 ? Uint8Array.from(mac) : null,
    up: (flags & IFF_UP) !== 0 && (flags & IFF_LOWER_UP) !== 0,
    arp: (flags & IFF_NOARP) === 0,
    mtu: mtu?.length === 4 ? getU32(mtu, 0) : 0,
  };
}

function parseAddress(body: Buffer): Omit<KernelAddress, 'interface'> | null {
  if (body.length < IFADDR) return null;
  const family = body[0] === AF_INET ? 'ipv4' : body[0] === AF_INET6 ? 'ipv6' : null;
  const attributes = attributesOf(body.subarray(IFADDR));
  // On a point-to-point link IFA_ADDRESS is the other end; ours is IFA_LOCAL, where it is present.
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (family === null || bytes === undefined || bytes.length !== (family === 'ipv4' ? 4 : 16)) return null;
  const wide = attributes.get(IFA_FLAGS);
  const flags = wide?.length === 4 ? getU32(wide, 0) : body[2]!;
  return {
    address: addressText(bytes),
    prefix: body[1]!,
    family,
    ifindex: getU32(body, 4),
    tagged: attributes.get(IFA_PROTO)?.[0] === TAG,
    tentative: (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
    scope: SCOPES.get(body[3]!) ?? 'other',
    secondary: family === 'ipv4' && (flags & IFA_F_SECONDARY) !== 0,
  };
}

function attributesOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = getU16(bytes, at);
    if (length < 4 || at + length > bytes.length) break;
    found.set(getU16(bytes, at + 2) & 0x3fff, bytes.subarray(at + 4, at + length));
    at += align(length);
  }
  return found;
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
