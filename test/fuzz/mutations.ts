/** Packets that are nearly valid: adverts as others send them, changed in their fields, their structure, or bit by bit. */
import { AUTH_NONE, AUTH_PASS, encodeAdvert, passwordData } from '../../vrrp/packet.ts';
import type { ReceivedPacket } from '../../vrrp/ports.ts';
import type { Random } from '../simulation/random.ts';
import { pseudoHeader, sum16 } from './reference.ts';
import { SOURCES, TARGETS, type Target, bytes } from './targets.ts';

/** A packet in its parts, as long as it can still be put together. */
interface Draft {
  readonly target: Target;
  source: string;
  destination: Uint8Array;
  header: Buffer;
  message: Buffer;
  /** After the end that the header names. */
  padding: Buffer;
}

/** Values that checks are about. */
const INTERESTING = [0, 1, 2, 3, 15, 16, 32, 33, 49, 50, 64, 100, 101, 112, 128, 200, 254, 255];
const EMPTY = Buffer.alloc(0);

export function mutated(random: Random): ReceivedPacket {
  const draft = valid(random);
  const changes = random.pick([0, 1, 1, 1, 2, 3]);
  for (let n = 0; n < changes; n++) random.pick(CHANGES)(draft, random);
  // Most get a right checksum in the end, so that the checks behind it are reached.
  if (random.chance(0.7)) mend(draft, random);
  let packet = assemble(draft);
  if (random.chance(0.15)) packet = damage(packet, random);
  const source = draft.target.plan.family === 'ipv6' ? draft.source : '';
  return { family: draft.target.plan.family, interface: 'eth0', bytes: packet, source };
}

function valid(random: Random): Draft {
  const target = random.pick(TARGETS);
  const { plan, ours, group } = target;
  const source = SOURCES[plan.family][random.pick([0, 0, 1])]!;
  const destination = plan.unicastPeers.length > 0 ? ours : group;
  const advert = {
    version: plan.version,
    vrid: plan.id,
    priority: random.pick([0, 1, 49, 50, 51, 100, 250, 251, 255]),
    intervalMs: plan.version === 2 ? plan.advertIntervalMs : random.pick([10, 500, 1000, 40_950]),
    addresses: plan.addresses.map((a) => bytes(a.address)),
    authType: plan.password === null ? AUTH_NONE : AUTH_PASS,
    authData: passwordData(plan.password),
  };
  const envelope = { family: plan.family, source: bytes(source), destination };
  const message = encodeAdvert(advert, envelope, random.pick(['rfc5798', 'rfc9568'] as const));
  const header = plan.family === 'ipv6' ? EMPTY : Buffer.alloc(20);
  if (plan.family === 'ipv4') Buffer.from([0x45, 0xc0, 0, 0, 0, 0, 0, 0, 255, 112, 0, 0]).copy(header);
  const draft = { target, source, destination, header, message, padding: EMPTY };
  fillHeader(draft);
  return draft;
}

function fillHeader({ header, source, destination, message }: Draft): void {
  if (header.length < 20) return;
  header.writeUInt16BE(header.length + message.length, 2);
  header.set(bytes(source), 12);
  header.set(destination, 16);
}

const CHANGES: readonly ((draft: Draft, random: Random) => void)[] = [
  // Fields of the message.
  (d, r) => setByte(d.message, r.between(0, 7), r.pick(INTERESTING)),
  (d, r) => setByte(d.message, r.between(0, 7), r.pick(INTERESTING)),
  (d, r) => setByte(d.message, r.between(0, d.message.length - 1), r.between(0, 255)),
  (d, r) => setByte(d.message, 1, r.between(0, 8)),
  // Its structure: an address more or less, with or without the count.
  (d, r) => {
    const size = d.target.plan.family === 'ipv4' ? 4 : 16;
    const more = r.chance(0.5);
    d.message = more ? insert(d.message, 8, size, r) : cut(d.message, 8, size);
    if (r.chance(0.7)) setByte(d.message, 3, (d.message[3] ?? 0) + (more ? 1 : -1));
    if (r.chance(0.7)) fillHeader(d);
  },
  (d, r) => {
    d.message = r.chance(0.5)
      ? Buffer.from(d.message.subarray(0, r.between(0, d.message.length)))
      : Buffer.concat([d.message, Buffer.alloc(r.between(1, 40), r.pick(INTERESTING))]);
    if (r.chance(0.8)) fillHeader(d);
  },
  // The beginning of one and the end of another.
  (d, r) => {
    const other = valid(r);
    const at = r.between(0, d.message.length);
    d.message = Buffer.concat([d.message.subarray(0, at), other.message.subarray(at)]);
    fillHeader(d);
  },
  // Who sends it, and to whom.
  (d, r) => {
    d.source = r.pick(SOURCES[d.target.plan.family]);
    fillHeader(d);
  },
  (d, r) => {
    d.destination = r.pick([d.target.group, d.target.ours, d.target.peers[0] ?? d.target.ours]);
    fillHeader(d);
  },
  // The IP header: its fields, options in it, padding behind it.
  (d, r) => setByte(d.header, r.between(0, 19), r.pick(INTERESTING)),
  (d, r) => setByte(d.header, 8, r.pick([0, 1, 64, 254])),
  (d, r) => {
    if (d.header.length !== 20) return;
    const options = 4 * r.between(1, 10);
    d.header = Buffer.concat([d.header, Buffer.alloc(options, 1)]);
    d.header[0] = 0x45 + options / 4;
    fillHeader(d);
  },
  (d, r) => {
    d.padding = Buffer.alloc(r.between(1, 40), r.pick([0, 255]));
  },
];

function setByte(buffer: Buffer, at: number, value: number): void {
  if (at >= 0 && at < buffer.length) buffer[at] = value & 255;
}

const insert = (buffer: Buffer, at: number, count: number, random: Random): Buffer =>
  Buffer.concat([buffer.subarray(0, at), Buffer.alloc(count, random.between(0, 255)), buffer.subarray(at)]);

const cut = (buffer: Buffer, at: number, count: number): Buffer =>
  Buffer.concat([buffer.subarray(0, at), buffer.subarray(at + count)]);

/** Give the message a checksum that is right for what it says now, with or without a pseudo-header. */
function mend({ target, source, header, destination, message }: Draft, random: Random): void {
  if (message.length < 8) return;
  message.writeUInt16BE(0, 6);
  const isV2 = message[0]! >> 4 === 2;
  const withHeader = target.plan.family === 'ipv6' || (!isV2 && random.chance(0.5));
  const [from, to] =
    header.length >= 20
      ? [header.subarray(12, 16), header.subarray(16, 20)]
      : [source === 'no address' ? target.ours : bytes(source), destination];
  const sum = sum16(withHeader ? [...pseudoHeader(from, to, message.length), message] : [message]);
  message.writeUInt16BE(0xffff - sum, 6);
}

const assemble = ({ header, message, padding }: Draft): Buffer => Buffer.concat([header, message, padding]);

/** What a cable does, or somebody with a hex editor. */
function damage(packet: Buffer, random: Random): Buffer {
  if (random.chance(0.3)) return Buffer.from(packet.subarray(0, random.between(0, packet.length)));
  for (let n = random.between(1, 3); n > 0 && packet.length > 0; n--) {
    const at = random.between(0, packet.length - 1);
    packet[at] = packet[at]! ^ (1 << random.between(0, 7));
  }
  return packet;
}
