/**
 * A router of the tests' own: builds adverts byte by byte, right ones and wrong ones, and sends them as frames. Written apart from
 * the daemon's codec on purpose.
 */
import { addressBytes, virtualMac, macText } from '../../core/address.ts';
import type { Host } from '../../lab/host.ts';
import { ownProgram } from '../../lab/own.ts';
import { ethernetFrame, ipv4Packet, ipv6Packet, startSending } from '../../lab/raw.ts';
import type { Program } from '../../lab/program.ts';
import { VIP } from '../../lab/topology.ts';

export interface AdvertFields {
  readonly version?: number;
  readonly type?: number;
  readonly vrid?: number;
  readonly priority?: number;
  readonly addresses?: readonly string[];
  /** In the packet; default: how many there are. */
  readonly count?: number;
  /** v3: hundredths of a second; v2: seconds. */
  readonly interval?: number;
  /** v3: the four reserved bits. */
  readonly reserved?: number;
  /** v2. */
  readonly authType?: number;
  readonly password?: string;
  /** v3 over IPv4: without the pseudo-header (RFC 9568) or with it (RFC 5798 as it is installed). */
  readonly style?: 'rfc9568' | 'rfc5798';
  /** Added to the right checksum. */
  readonly checksumOff?: number;
  readonly source?: string;
  readonly destination?: string;
  /** TTL or hop limit. */
  readonly ttl?: number;
  /** Bytes behind the message, inside the IP packet. */
  readonly surplus?: number;
  /** Bytes cut off the end of the message. */
  readonly missing?: number;
}

/** An address of the client's network that nobody has. */
export const STRANGER = '10.77.0.250';

const bytesOf = (address: string): Uint8Array => addressBytes(address)!;

/** The VRRP message. */
export function message(fields: AdvertFields): Buffer {
  const { version = 3, addresses = [VIP], source = STRANGER } = fields;
  const list = addresses.map(bytesOf);
  const v2 = version === 2;
  const header = Buffer.alloc(8);
  header[0] = (version << 4) | (fields.type ?? 1);
  header[1] = fields.vrid ?? 51;
  header[2] = fields.priority ?? 50;
  header[3] = fields.count ?? list.length;
  if (v2) {
    header[4] = fields.authType ?? 0;
    header[5] = fields.interval ?? 1;
  } else header.writeUInt16BE(((fields.reserved ?? 0) << 12) | (fields.interval ?? 10), 4);
  const authentication = Buffer.alloc(v2 ? 8 : 0);
  authentication.write(v2 ? (fields.password ?? '') : '');
  const whole = Buffer.concat([header, ...list, authentication, Buffer.alloc(fields.surplus ?? 0)]);
  const made = whole.subarray(0, whole.length - (fields.missing ?? 0));
  const six = source.includes(':');
  const destination = fields.destination ?? (six ? 'ff02::12' : '224.0.0.18');
  const pseudo = six || (!v2 && fields.style !== 'rfc9568');
  const words = pseudo
    ? [bytesOf(source), bytesOf(destination), Buffer.of(0, 112, made.length >> 8, made.length & 255)]
    : [];
  const sum = (~folded([...words, made]) & 0xffff) + (fields.checksumOff ?? 0);
  if (made.length >= 8) made.writeUInt16BE(sum & 0xffff, 6);
  return made;
}

function folded(parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) for (let i = 0; i < part.length; i += 2) sum += (part[i]! << 8) | (part[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** The IP packet around it. */
export function packet(fields: AdvertFields): Buffer {
  const { source = STRANGER, destination, ttl } = fields;
  const payload = message(fields);
  const to = destination === undefined ? {} : { destination };
  if (source.includes(':')) return ipv6Packet({ source, payload, ...to, ...(ttl === undefined ? {} : { hops: ttl }) });
  return ipv4Packet({ source, payload, ...to, ...(ttl === undefined ? {} : { ttl }) });
}

/** The Ethernet frame around that, to the group's MAC, or to `mac`. */
export function frame(fields: AdvertFields, mac?: string): Buffer {
  const from = macText(virtualMac('ipv4', fields.vrid ?? 51));
  return ethernetFrame(packet(fields), { from, ...(mac === undefined ? {} : { to: mac }) });
}

/** The same in an IP packet that says that it is (the first) part of a larger one. */
export function fragmentFrame(fields: AdvertFields): Buffer {
  const whole = packet(fields);
  const moreFragments = 0x2000;
  whole.writeUInt16BE(moreFragments, 6);
  whole.writeUInt16BE(0, 10);
  whole.writeUInt16BE(~folded([whole.subarray(0, 20)]) & 0xffff, 10);
  return ethernetFrame(whole);
}

/** Advertises at the pace that its interval promises, until stopped. */
export function advertise(host: Host, fields: AdvertFields): Program {
  const perSecond = fields.version === 2 ? 1 / (fields.interval ?? 1) : 100 / (fields.interval ?? 10);
  return startSending(host, 'eth0', [frame(fields)], { rate: perSecond, count: 0 });
}

/** Sends frames one by one, whenever asked. */
export interface Sender {
  send(...frames: readonly Buffer[]): void;
}

/** Starts a sender on a host's `eth0`. */
export async function startSender(host: Host): Promise<Sender> {
  const argv = [process.execPath, ...ownProgram('test/lab/frame-sender'), 'eth0'];
  const program = host.spawn(argv, { name: 'frame-sender' });
  await program.waitFor(/^ready$/);
  return { send: (...frames) => program.say(frames.map((bytes) => `${bytes.toString('hex')}\n`).join('')) };
}
