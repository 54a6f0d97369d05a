/**
 * The VRRP message: VRRPv2 (RFC 3768 section 5.1) and VRRPv3 (RFC 9568 section 5.1).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |Version| Type  | Virtual Rtr ID|   Priority    |  Addr Count   |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * v3  | Rsvd  | Max Advertise Interval|           Checksum            |   interval in centiseconds
 * v2  |   Auth Type   |   Adver Int   |           Checksum            |   interval in seconds
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                       addresses …                             |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * v2  |                  Authentication Data (8 bytes, always there)  |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Not checked here, but in acceptance.ts, because it needs the configuration: TTL, the expected version, the password,
 * the expected interval, who may send.
 */
import { type Result, fail, ok } from '../core/result.ts';
import type { Family } from '../config/plan.ts';
import { addWords, finish, pseudoHeader } from './checksum.ts';

/** How the checksum of a v3 IPv4 advert is made: without (RFC 9568 5.2.8) or with (RFC 5798, as installed) the pseudo-header. */
export type ChecksumStyle = 'rfc9568' | 'rfc5798';

export const VRRP_PROTOCOL = 112;
export const ADVERTISEMENT = 1;
/** 224.0.0.18 (RFC 9568 section 5.1.1.2). */
export const GROUP_IPV4: Uint8Array = Uint8Array.of(224, 0, 0, 18);
/** ff02::12 (RFC 9568 section 5.1.2.2). */
export const GROUP_IPV6: Uint8Array = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12);

const HEADER = 8;
const AUTH_DATA = 8;
/** v2: no authentication, simple text password (RFC 2338 section 5.3.6), or something that is not spoken any more. */
export const AUTH_NONE = 0;
export const AUTH_PASS = 1;

/** A VRRP advertisement. */
export interface Advert {
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  /** Advertisement interval in milliseconds: whole seconds in v2, whole centiseconds in v3. */
  readonly intervalMs: number;
  /** 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[];
  /** v2 only: AUTH_NONE, AUTH_PASS or what was received. */
  readonly authType: number;
  /** v2 only: the eight bytes of authentication data; empty for v3. */
  readonly authData: Uint8Array;
}

/** Between whom the message travels: part of the checksum of v3. */
export interface Envelope {
  readonly family: Family;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** A decoded advert and how its checksum was made; `any` where there is only one way. */
export interface Decoded {
  readonly advert: Advert;
  readonly style: ChecksumStyle | 'any';
}

/** What was wrong with a message: `what` names the counter's kind, `text` says got and expected. */
export interface PacketError {
  readonly what: 'length' | 'version' | 'type' | 'checksum';
  readonly text: string;
}

const error = (what: PacketError['what'], text: string): { readonly ok: false; readonly error: PacketError } =>
  fail({ what, text });

const addressSize = (family: Family): number => (family === 'ipv4' ? 4 : 16);

/** Length of the message in bytes. */
export function advertLength(version: 2 | 3, family: Family, addressCount: number): number {
  return HEADER + addressCount * addressSize(family) + (version === 2 ? AUTH_DATA : 0);
}

/** The eight bytes of authentication data for a password (cut to eight, padded with zeros; RFC 2338 section 5.3.10). */
export function passwordData(password: string | null): Uint8Array {
  const data = new Uint8Array(AUTH_DATA);
  if (password !== null) data.set(Buffer.from(password, 'utf8').subarray(0, AUTH_DATA));
  return data;
}

/** Checksum of a message whose checksum field is zero, or 0 for a whole message that verifies. */
function checksum(message: Uint8Array, envelope: Envelope, style: ChecksumStyle, version: 2 | 3): number {
  const withPseudoHeader = version === 3 && (envelope.family === 'ipv6' || style === 'rfc5798');
  const start = withPseudoHeader
    ? pseudoHeader(envelope.source, envelope.destination, VRRP_PROTOCOL, message.length)
    : 0;
  return finish(addWords(start, message));
}

/**
 * The message for an advert, with its checksum.
 * `style` counts for v3 over IPv4 only: v2 never has a pseudo-header, IPv6 always has one.
 * @throws RangeError for values that do not fit their field: the configuration checks them before.
 */
export function encodeAdvert(advert: Advert, envelope: Envelope, style: ChecksumStyle): Buffer {
  const { version, addresses } = advert;
  const message = Buffer.alloc(advertLength(version, envelope.family, addresses.length));
  message.writeUInt8((version << 4) | ADVERTISEMENT, 0);
  message.writeUInt8(advert.vrid, 1);
  message.writeUInt8(advert.priority, 2);
  message.writeUInt8(addresses.length, 3);
  if (version === 3) {
    const centiseconds = Math.round(advert.intervalMs / 10);
    if (centiseconds < 1 || centiseconds > 0xfff) throw new RangeError(`interval ${advert.intervalMs} ms does not fit`);
    message.writeUInt16BE(centiseconds, 4);
  } else {
    message.writeUInt8(advert.authType, 4);
    message.writeUInt8(Math.round(advert.intervalMs / 1000), 5);
    message.set(advert.authData.subarray(0, AUTH_DATA), message.length - AUTH_DATA);
  }
  const size = addressSize(envelope.family);
  addresses.forEach((address, n) => message.set(address, HEADER + n * size));
  message.writeUInt16BE(checksum(message, envelope, style, version), 6);
  return message;
}

/**
 * Read a message. Never throws; checks run in the order of RFC 9568 section 7.1.
 * Reserved bits are ignored (section 5.2.6), the 12-bit interval is masked. The result holds views of `message`, not copies.
 */
export function decodeAdvert(message: Uint8Array, envelope: Envelope): Result<Decoded, PacketError> {
  if (message.length < HEADER) return error('length', `${message.length} bytes, at least ${HEADER} expected`);
  const version = message[0]! >> 4;
  if (version !== 2 && version !== 3) return error('version', `version ${version}, 2 or 3 expected`);
  if (version === 2 && envelope.family === 'ipv6') return error('version', 'version 2 over IPv6, 3 expected');
  const count = message[3]!;
  const expected = advertLength(version, envelope.family, count);
  if (message.length !== expected) {
    return error('length', `${message.length} bytes, ${expected} expected for ${count} addresses`);
  }
  const style = verify(message, envelope, version);
  if (style === null)
    return error('checksum', `checksum 0x${((message[6]! << 8) | message[7]!).toString(16)} is wrong`);
  const type = message[0]! & 0xf;
  if (type !== ADVERTISEMENT) return error('type', `type ${type}, ${ADVERTISEMENT} expected`);

  const size = addressSize(envelope.family);
  const addresses: Uint8Array[] = [];
  for (let n = 0; n < count; n++) addresses.push(message.subarray(HEADER + n * size, HEADER + (n + 1) * size));
  const isV3 = version === 3;
  return ok({
    style,
    advert: {
      version,
      vrid: message[1]!,
      priority: message[2]!,
      intervalMs: isV3 ? (((message[4]! & 0x0f) << 8) | message[5]!) * 10 : message[5]! * 1000,
      addresses,
      authType: isV3 ? AUTH_NONE : message[4]!,
      authData: isV3 ? message.subarray(0, 0) : message.subarray(message.length - AUTH_DATA),
    },
  });
}

/** How the checksum was made, or null if it is wrong either way. */
function verify(message: Uint8Array, envelope: Envelope, version: 2 | 3): ChecksumStyle | 'any' | null {
  if (version === 2 || envelope.family === 'ipv6')
    return checksum(message, envelope, 'rfc5798', version) === 0 ? 'any' : null;
  if (checksum(message, envelope, 'rfc5798', version) === 0) return 'rfc5798';
  if (checksum(message, envelope, 'rfc9568', version) === 0) return 'rfc9568';
  return null;
}
