/**
 * Hostile packets: valid adverts, mutated, through the decoder, the acceptance checks and a running instance.
 * Nothing may throw, and nothing but what an independent reading of RFC 9568 section 7.1 calls valid may reach the machine.
 */
import type { Instant } from '../../core/clock.ts';
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import { newInstance, nextDue, step } from '../../daemon/brain/instance.ts';
import type { Instance } from '../../daemon/brain/state.ts';
import { makeAdverts } from '../../daemon/engine/adverts.ts';
import { type Expectation, accept, expectationOf } from '../../vrrp/acceptance.ts';
import { ipv4Packet, parseIpv4 } from '../../vrrp/ip-header.ts';
import { type Random, createRandom } from '../simulation/random.ts';

const OURS = Uint8Array.of(192, 0, 2, 1);
const THEIRS = Uint8Array.of(192, 0, 2, 2);
const GROUP = Uint8Array.of(224, 0, 0, 18);
const UP = { advertUp: true, addressUp: true, source: OURS, detail: '' };

export interface FuzzResult {
  readonly runs: number;
  readonly accepted: number;
  /** Accepted although the reference says no, or the other way round, or an exception: with the packet in hex. */
  readonly wrong: readonly string[];
}

function router(name: string, id: number, version: 2 | 3, priority: number): RouterPlan {
  return {
    name,
    id,
    version,
    family: 'ipv4',
    interface: 'eth0',
    addressInterface: 'eth0',
    addresses: [{ address: `192.0.2.${100 + id}`, prefix: 24, family: 'ipv4', interface: 'eth0' }],
    excludedAddresses: [],
    advertIntervalMs: 1000,
    priority,
    unicastPeers: [],
    sourceAddress: null,
    virtualMac: false,
    accept: true,
    checksum: 'auto',
    password: version === 2 ? 'secret' : null,
    announce: { repeat: 5, againMs: 5000, refreshMs: 60_000 },
    group: name,
  };
}

/** One router that will be backup, one that will be active, each in both versions. */
const ROUTERS = [router('b3', 1, 3, 50), router('a3', 2, 3, 250), router('b2', 3, 2, 50), router('a2', 4, 2, 250)];
const PLAN: EnginePlan = {
  instance: 'f',
  stack: 'fuzz',
  mode: 'cluster',
  primary: false,
  preempt: true,
  preemptDelayMs: 0,
  routers: ROUTERS,
  realtime: false,
  hash: '',
  warnings: [],
};

/** What may be sent to each router: adverts that are in order. */
const SEEDS = ROUTERS.flatMap((plan) =>
  [0, 1, 100, 255].flatMap((priority) =>
    (['rfc5798', 'rfc9568'] as const).map((style) => makeAdverts(plan, THEIRS, priority, style)[0]!.packet),
  ),
);

/** Sum of 16-bit words with the carries folded in (RFC 1071), written for this file alone. */
function sum16(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  const bytes = Buffer.concat(parts);
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

/** Is this whole IPv4 packet an advert that a router of that plan must take? Read straight from RFC 9568 7.1 and RFC 3768 7.1. */
function isValid(plan: RouterPlan, packet: Uint8Array): boolean {
  if (packet.length < 20 || packet[0]! >> 4 !== 4) return false;
  const header = (packet[0]! & 15) * 4;
  const total = packet[2]! * 256 + packet[3]!;
  if (header < 20 || total < header || total > packet.length) return false;
  if (packet[9] !== 112 || packet[8] !== 255) return false;
  if ((packet[6]! & 0x3f) !== 0 || packet[7] !== 0) return false; // a piece of a packet
  const source = packet.subarray(12, 16);
  const destination = packet.subarray(16, 20);
  if (Buffer.compare(destination, GROUP) !== 0 || Buffer.compare(source, OURS) === 0) return false;
  const message = packet.subarray(header, total);
  const count = message[3] ?? 0;
  const auth = plan.version === 2 ? 8 : 0;
  if (message.length !== 8 + 4 * count + auth || count === 0) return false;
  if (message[0] !== plan.version * 16 + 1 || message[1] !== plan.id) return false;
  const pseudo = Buffer.concat([source, destination, Uint8Array.of(0, 112, message.length >> 8, message.length & 255)]);
  const plain = sum16(message) === 0xffff;
  if (plan.version === 2) {
    const password = Buffer.from('secret\0\0');
    return plain && message[4] === 1 && message[5] === 1 && Buffer.compare(message.subarray(-8), password) === 0;
  }
  const interval = (message[4]! & 15) * 256 + message[5]!;
  return interval > 0 && (plain || sum16(message, pseudo) === 0xffff || sum16(pseudo, message) === 0xffff);
}

function mutate(random: Random): Buffer {
  let packet: Buffer = Buffer.from(random.pick(SEEDS));
  for (let n = random.between(0, 3); n > 0; n--) {
    const at = random.between(0, Math.max(0, packet.length - 1));
    switch (random.between(0, 6)) {
      case 0:
        packet[at] = (packet[at] ?? 0) ^ (1 << random.between(0, 7));
        break;
      case 1:
        packet[at] = random.between(0, 255);
        break;
      case 2:
        packet = packet.subarray(0, at);
        break;
      case 3:
        packet = Buffer.concat([packet, Buffer.alloc(random.between(1, 60), random.between(0, 255))]);
        break;
      case 4: {
        const other = Buffer.from(random.pick(SEEDS));
        packet = Buffer.concat([packet.subarray(0, at), other.subarray(at)]);
        break;
      }
      default:
        packet = repaired(packet);
    }
  }
  return random.chance(0.5) ? repaired(packet) : packet;
}

/** With a right checksum, so that the checks behind it are reached; or in a header of its own. */
function repaired(packet: Buffer): Buffer {
  if (packet.length < 28) return packet;
  const message = Buffer.from(packet.subarray(20));
  message.writeUInt16BE(0, 6);
  message.writeUInt16BE(~sum16(message) & 0xffff, 6);
  return Buffer.concat([packet.subarray(0, 20), message]);
}

function running(): Instance {
  let instance = newInstance(PLAN, 0 as Instant, {});
  const transports = Object.fromEntries(ROUTERS.map((r) => [r.name, UP]));
  instance = step(instance, { kind: 'start', transports, reason: { code: 'starting' } }, 0 as Instant).instance;
  // Nobody is heard: all become active; then the two that are to be backup hear a better one.
  for (let n = 0; n < 8; n++) {
    const due = nextDue(instance);
    if (Number.isFinite(due) && due < 5000) instance = step(instance, { kind: 'time' }, due).instance;
  }
  for (const name of ['b3', 'b2']) {
    const heard = { source: THEIRS, priority: 200, intervalMs: 1000, style: 'rfc5798', sameAddresses: true } as const;
    instance = step(instance, { kind: 'heard', router: name, heard }, 5000 as Instant).instance;
  }
  return instance;
}

/** Run `runs` packets from a seed. The same seed makes the same packets. */
export function fuzzPackets({ runs, seed }: { readonly runs: number; readonly seed: number }): FuzzResult {
  const random = createRandom(seed);
  const expectations = ROUTERS.map((plan): readonly [RouterPlan, Expectation] => [plan, expectationOf(plan)]);
  const before = running();
  let instance = before;
  let accepted = 0;
  const wrong: string[] = [];
  for (let n = 0; n < runs && wrong.length < 10; n++) {
    const packet = mutate(random);
    try {
      const parsed = parseIpv4(packet);
      for (const [plan, expected] of expectations) {
        const heard = !parsed.ok || parsed.value.fragment || parsed.value.protocol !== 112 ? null : parsed.value;
        // The VRID is matched before the checks, as the engine does it.
        const result = heard === null || heard.payload[1] !== plan.id ? null : accept(expected, heard, OURS);
        const taken = result?.ok === true;
        if (taken !== isValid(plan, packet))
          wrong.push(`${plan.name} ${taken ? 'took' : 'refused'} ${packet.toString('hex')}`);
        if (result?.ok !== true) continue;
        accepted++;
        // The state changes by accepted adverts alone; begin anew so that every one meets both states.
        if (n % 64 === 0) instance = before;
        instance = step(instance, { kind: 'heard', router: plan.name, heard: result.value }, 5001 as Instant).instance;
        if (!instance.routers.every((r) => ['backup', 'active'].includes(r.machine.state)))
          wrong.push(`state after ${packet.toString('hex')}`);
      }
    } catch (error) {
      wrong.push(`threw ${String(error)} for ${packet.toString('hex')}`);
    }
  }
  return { runs, accepted, wrong };
}

/** A packet with IP options and padding, which the parser has to see through: for the tests. */
export function awkward(): Uint8Array {
  return Buffer.concat([ipv4Packet(THEIRS, GROUP, Buffer.from(SEEDS[0]!).subarray(20)), Buffer.alloc(18)]);
}
