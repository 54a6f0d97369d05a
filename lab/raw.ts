/** Sending frames of a test's own: malformed adverts, foreign ones, floods. */
import { addressBytes, virtualMac } from '../core/address.ts';
import type { Host } from './host.ts';
import { startOwn } from './own.ts';
import type { Program } from './program.ts';

/** An IPv4 packet around a payload, header checksum included. */
export function ipv4Packet(options: {
  readonly source: string;
  readonly destination?: string;
  readonly ttl?: number;
  readonly protocol?: number;
  readonly payload: Uint8Array;
}): Buffer {
  const packet = Buffer.concat([Buffer.alloc(20), options.payload]);
  packet[0] = 0x45;
  packet[1] = 0xc0;
  packet.writeUInt16BE(packet.length, 2);
  packet[8] = options.ttl ?? 255;
  packet[9] = options.protocol ?? 112;
  packet.set(bytesOf(options.source), 12);
  packet.set(bytesOf(options.destination ?? '224.0.0.18'), 16);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += packet.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet.writeUInt16BE(~sum & 0xffff, 10);
  return packet;
}

/** An IPv6 packet around a payload. */
export function ipv6Packet(options: {
  readonly source: string;
  readonly destination?: string;
  readonly hops?: number;
  readonly protocol?: number;
  readonly payload: Uint8Array;
}): Buffer {
  const packet = Buffer.concat([Buffer.alloc(40), options.payload]);
  packet[0] = 0x60;
  packet.writeUInt16BE(options.payload.length, 4);
  packet[6] = options.protocol ?? 112;
  packet[7] = options.hops ?? 255;
  packet.set(bytesOf(options.source), 8);
  packet.set(bytesOf(options.destination ?? 'ff02::12'), 24);
  return packet;
}

/** An Ethernet frame around an IP packet; multicast goes to the group's MAC, anything else needs `to`. */
export function ethernetFrame(packet: Buffer, options: { readonly from?: string; readonly to?: string } = {}): Buffer {
  const six = packet[0]! >> 4 === 6;
  const destination = packet.subarray(six ? 24 : 16, six ? 40 : 20);
  const group = six
    ? Buffer.from([0x33, 0x33, ...destination.subarray(12)])
    : Buffer.from([1, 0, 0x5e, destination[1]! & 0x7f, destination[2]!, destination[3]!]);
  const to = options.to === undefined ? group : macBytes(options.to);
  const from = options.from === undefined ? virtualMac('ipv4', 1) : macBytes(options.from);
  return Buffer.concat([to, from, Buffer.from(six ? [0x86, 0xdd] : [0x08, 0x00]), packet]);
}

/** Starts sending frames in turn; `rate` a second (0 = as fast as it goes), `count` in all (default: each once). Prints `sent N` at its end. */
export function startSending(
  host: Host,
  interfaceName: string,
  frames: readonly Uint8Array[],
  options: { readonly rate?: number; readonly count?: number } = {},
): Program {
  const program = startOwn(host, 'send-raw', [
    interfaceName,
    String(options.rate ?? 0),
    String(options.count ?? frames.length),
  ]);
  program.finish(`${frames.map((frame) => Buffer.from(frame).toString('hex')).join('\n')}\n`);
  return program;
}

/** Sends frames and waits until they have left. Returns how many. */
export async function sendRaw(
  host: Host,
  interfaceName: string,
  frames: readonly Uint8Array[],
  options: { readonly rate?: number; readonly count?: number } = {},
): Promise<number> {
  const program = startSending(host, interfaceName, frames, options);
  const { code } = await program.exited;
  const said = /^sent (\d+)/.exec(program.output.at(-1) ?? '');
  if (code !== 0 || said === null)
    throw new Error(`lab: sending from ${host.name}: ${program.output.slice(-3).join(' | ')}`);
  return Number(said[1]);
}

function bytesOf(address: string): Uint8Array {
  const bytes = addressBytes(address);
  if (bytes === null) throw new Error(`lab: '${address}' is no address`);
  return bytes;
}

function macBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}
