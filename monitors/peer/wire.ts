/**
 * The datagram of the peer checks (brain 3.4). Numbers in network order; the HMAC-SHA-256 is over everything before it.
 *
 *      0                   1                   2                   3
 *     +---------------------------------------------------------------+
 *   0 |                         magic "TDMP"                          |
 *     +---------------+---------------+---------------+---------------+
 *   4 |    version    |     type      |     flags     |   key count   |
 *     +---------------+---------------+---------------+---------------+
 *   8 |                      counter (64 bits)                        |
 *  16 |                  boot id of the sender (128)                  |
 *  32 |       boot id of the receiver (128), zero if not known        |
 *     +---------------+---------------+---------------+---------------+
 *  48 | length: stack |      from     |       to      |  names …
 *     +---------------+---------------+---------------+
 *     |  ids of the keys that the sender has (32 each)
 *     |  request: nonce (128) and `have` (64) · reply: nonce (128), version (64) and JSON · push: version (64) and JSON · handover: JSON
 *     |  HMAC (256)
 *
 * Not checked here: whether the stack, the sender and the receiver are the right ones (admission.ts), and whether it is news (session.ts).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HandoverMessage } from '../../core/report.ts';
import { type Result, fail, ok } from '../../core/result.ts';
import { NAME, cleaned } from './fields.ts';
import { type CheckKey, KEY_ID_BYTES } from './keys.ts';
import { readDirect, readHandover, readReport, writeReport } from './report-codec.ts';
import { type DirectContacts, type Envelope, FINAL_COUNTER, type IgnoredReason, type PeerMessage } from './state.ts';

export const WIRE_VERSION = 1;
/** A pair is upgraded one by one: the version before is understood too, from the second one on. */
const OLDEST_VERSION = Math.max(1, WIRE_VERSION - 1);
/** What fits into a UDP datagram over IPv4 and IPv6, with room for headers. */
export const MOST_BYTES = 60_000;

const MAGIC = 0x54444d50;
const TYPES: readonly PeerMessage['type'][] = ['request', 'reply', 'push', 'handover', 'told'];
const HAS_PEER_BOOT = 1;
/** Of a request: the sender has a report of the receiver. */
const HAS_REPORT = 2;
const HMAC_BYTES = 32;
const ID_BYTES = 16;
const NUMBER_BYTES = 8;
const AT = {
  version: 4,
  type: 5,
  flags: 6,
  keys: 7,
  counter: 8,
  boot: 16,
  peerBoot: 32,
  lengths: 48,
  names: 51,
} as const;
const MOST_KEYS = 8;

/**
 * The datagram, signed with `key`; null if it would be longer than `MOST_BYTES`. `keys`: all that the sender has, so that the other signs with one
 * of these during a rotation.
 */
export function encode(envelope: Envelope, key: CheckKey, keys: readonly CheckKey[] = [key]): Buffer | null {
  const { message, stack, from, to, peerBoot } = envelope;
  const names = stack + from + to;
  const ids = keys.slice(0, MOST_KEYS).map(({ id }) => id);
  const json = jsonOf(message);
  const fixed = AT.names + names.length + ids.length * KEY_ID_BYTES + bodyBytes(message);
  const length = fixed + json.length + HMAC_BYTES;
  if (length > MOST_BYTES) return null;
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes[AT.version] = WIRE_VERSION;
  bytes[AT.type] = TYPES.indexOf(message.type);
  bytes[AT.flags] = flagsOf(envelope);
  bytes[AT.keys] = ids.length;
  putNumber(bytes, envelope.counter, AT.counter);
  bytes.write(envelope.boot, AT.boot, 'hex');
  if (peerBoot === null) bytes.fill(0, AT.peerBoot, AT.peerBoot + ID_BYTES);
  else bytes.write(peerBoot, AT.peerBoot, 'hex');
  bytes[AT.lengths] = stack.length;
  bytes[AT.lengths + 1] = from.length;
  bytes[AT.lengths + 2] = to.length;
  let at = AT.names + bytes.write(names, AT.names, 'latin1');
  for (const id of ids) at += bytes.write(id, at, 'hex');
  at = putBody(bytes, message, at);
  at += json.copy(bytes, at);
  hmac(key, bytes, at).copy(bytes, at);
  return bytes;
}

function flagsOf({ peerBoot, message }: Envelope): number {
  const have = message.type === 'request' && message.have !== null;
  return (peerBoot === null ? 0 : HAS_PEER_BOOT) | (have ? HAS_REPORT : 0);
}

function bodyBytes({ type }: PeerMessage): number {
  if (type === 'request' || type === 'reply') return ID_BYTES + NUMBER_BYTES;
  return type === 'push' ? NUMBER_BYTES : 0;
}

function putBody(bytes: Buffer, message: PeerMessage, start: number): number {
  let at = start;
  if (message.type === 'request' || message.type === 'reply') at += bytes.write(message.nonce, at, 'hex');
  if (message.type === 'request') at = putNumber(bytes, message.have ?? 0, at);
  if (message.type === 'reply' || message.type === 'push') at = putNumber(bytes, message.version, at);
  return at;
}

const NOTHING = Buffer.alloc(0);

function jsonOf(message: PeerMessage): Buffer {
  switch (message.type) {
    case 'reply':
    case 'push': {
      const report = message.report === null ? null : writeReport(message.report);
      return Buffer.from(JSON.stringify({ direct: message.direct, report }));
    }
    case 'handover':
      return Buffer.from(JSON.stringify(message.handover));
    case 'request':
    case 'told':
      return NOTHING;
  }
}

function hmac({ key }: CheckKey, bytes: Buffer, end: number): Buffer {
  return createHmac('sha256', key).update(bytes.subarray(0, end)).digest();
}

/** What a datagram says, if one of the keys signed it and every field is as it has to be. Never throws. */
export function decode(bytes: Buffer, keys: readonly CheckKey[]): Result<Envelope, IgnoredReason> {
  const layout = layoutOf(bytes);
  if (typeof layout === 'string') return fail(layout);
  const { end } = layout;
  const tail = bytes.subarray(end);
  if (!keys.some((key) => timingSafeEqual(hmac(key, bytes, end), tail))) return fail('otherSecret');
  const [stack, from, to] = layout.names;
  const counter = numberAt(bytes, AT.counter);
  const flags = bytes[AT.flags]!;
  const message = readMessage(bytes, layout, flags);
  if (![stack, from, to].every((name) => NAME.test(name)) || message === null || counter === null) {
    return fail('malformed');
  }
  // The reserved counter is the last will's and of nothing else (brain 3.4).
  if ((message.type === 'told') !== (counter === FINAL_COUNTER)) return fail('malformed');
  const boot = bytes.toString('hex', AT.boot, AT.boot + ID_BYTES);
  const named = (flags & HAS_PEER_BOOT) !== 0;
  const peerBoot = named ? bytes.toString('hex', AT.peerBoot, AT.peerBoot + ID_BYTES) : null;
  return ok({ stack, from, to, boot, peerBoot, counter, message });
}

interface Layout {
  readonly names: readonly [string, string, string];
  /** Where the ids of keys, the body and the HMAC begin. */
  readonly keys: number;
  readonly body: number;
  readonly end: number;
}

/** Lengths only: whatever comes of it is not authenticated yet. */
function layoutOf(bytes: Buffer): Layout | IgnoredReason {
  if (bytes.length < AT.names + HMAC_BYTES || bytes.length > MOST_BYTES || bytes.readUInt32BE(0) !== MAGIC) {
    return 'malformed';
  }
  const version = bytes[AT.version]!;
  if (version > WIRE_VERSION || version < OLDEST_VERSION) return 'wireVersion';
  const end = bytes.length - HMAC_BYTES;
  const from = AT.names + bytes[AT.lengths]!;
  const to = from + bytes[AT.lengths + 1]!;
  const keys = to + bytes[AT.lengths + 2]!;
  const body = keys + bytes[AT.keys]! * KEY_ID_BYTES;
  if (body > end || bytes[AT.keys]! > MOST_KEYS) return 'malformed';
  const word = (start: number, stop: number): string => bytes.toString('latin1', start, stop);
  return { names: [word(AT.names, from), word(from, to), word(to, keys)], keys, body, end };
}

function readMessage(bytes: Buffer, { body, end }: Layout, flags: number): PeerMessage | null {
  const type = TYPES[bytes[AT.type]!];
  const size = end - body;
  switch (type) {
    case 'request': {
      if (size !== ID_BYTES + NUMBER_BYTES) return null;
      const have = numberAt(bytes, body + ID_BYTES);
      const nonce = bytes.toString('hex', body, body + ID_BYTES);
      return have === null ? null : { type, nonce, have: (flags & HAS_REPORT) === 0 ? null : have };
    }
    case 'reply': {
      const version = size < ID_BYTES + NUMBER_BYTES ? null : numberAt(bytes, body + ID_BYTES);
      const told = version === null ? null : readTold(bytes, body + ID_BYTES + NUMBER_BYTES, end);
      const nonce = bytes.toString('hex', body, body + ID_BYTES);
      return version === null || told === null ? null : { type, nonce, version, ...told };
    }
    case 'push': {
      const version = size < NUMBER_BYTES ? null : numberAt(bytes, body);
      const told = version === null ? null : readTold(bytes, body + NUMBER_BYTES, end);
      if (version === null || told === null || told.report === null) return null;
      return { type, version, report: told.report, direct: told.direct };
    }
    case 'handover': {
      const handover: HandoverMessage | null = readHandover(jsonAt(bytes, body, end));
      return handover === null ? null : { type, handover };
    }
    case 'told':
      return size === 0 ? { type } : null;
    default:
      return null;
  }
}

function readTold(bytes: Buffer, start: number, end: number) {
  const json = jsonAt(bytes, start, end);
  if (typeof json !== 'object' || json === null) return null;
  const fields = json as { readonly direct?: unknown; readonly report?: unknown };
  const direct: DirectContacts | null = readDirect(fields.direct);
  if (direct === null) return null;
  if (fields.report === null) return { direct, report: null };
  const report = readReport(fields.report);
  return report === null ? null : { direct, report };
}

/** Undefined where it is no JSON. */
function jsonAt(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end)) as unknown;
  } catch {
    return undefined;
  }
}

function putNumber(bytes: Buffer, value: number, at: number): number {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  return bytes.writeUInt32BE(value >>> 0, at + 4);
}

/** Null where a JavaScript number would lose digits. */
function numberAt(bytes: Buffer, at: number): number | null {
  const value = bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(value) ? value : null;
}

/** Ids of the keys that the sender has. To be asked of a datagram that `decode` took. */
export function keyIdsOf(bytes: Buffer): readonly string[] {
  const layout = layoutOf(bytes);
  if (typeof layout === 'string') return [];
  const count = bytes[AT.keys]!;
  const start = (n: number): number => layout.keys + n * KEY_ID_BYTES;
  return Array.from({ length: count }, (_, n) => bytes.toString('hex', start(n), start(n + 1)));
}

/**
 * Whom a datagram names, although nobody vouches for it: for an alarm that says who has another secret. Cleaned for people;
 * null where it is no datagram of ours.
 */
export function peekNames(bytes: Buffer): { readonly stack: string; readonly from: string } | null {
  const layout = layoutOf(bytes);
  if (typeof layout === 'string') return null;
  const [stack, from] = layout.names;
  return { stack: cleaned(stack, 63), from: cleaned(from, 63) };
}
