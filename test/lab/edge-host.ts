/**
 * One host of `vrrp-edge.test.ts`: the kernel edge in a process of its own, inside a network namespace, told what to do
 * over the IPC channel by `edge-client.ts`.
 */
import type { Family } from '../../config/plan.ts';
import { createAddressWriter } from '../../vrrp/address-writer.ts';
import * as libc from '../../vrrp/libc.ts';
import * as linux from '../../vrrp/linux.ts';
import { createKernelView } from '../../vrrp/kernel-view.ts';
import { createNeighbours } from '../../vrrp/neighbours.ts';
import type { KernelAddress, KernelChange, KernelInterface, OpenReceiver, ReceivedPacket } from '../../vrrp/ports.ts';
import { promoteSecondaries } from '../../vrrp/promote-secondaries.ts';
import { createReceiver } from '../../vrrp/receiver.ts';
import { linkSocketAddress } from '../../vrrp/socket-address.ts';
import { createTransmitter } from '../../vrrp/transmitter.ts';

export interface AddressSpec {
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
  readonly interface: string;
}

export interface Heard {
  readonly family: Family;
  readonly source: string;
  readonly bytes: string;
}

const EVERY_FRAME = 3; // ETH_P_ALL
const view = createKernelView(
  process.env['TEST_RECEIVE_BUFFER'] ? Number(process.env['TEST_RECEIVE_BUFFER']) : undefined,
);
const indexOf = (name: string): number | null => view.interface(name)?.index ?? null;
const writer = createAddressWriter(view);
const transmitter = createTransmitter(indexOf);
const neighbours = createNeighbours(indexOf);
const receiver = createReceiver(indexOf);
const open = new Map<Family, OpenReceiver>();
let heard: Heard[] = [];
let changes: KernelChange[] = [];
let watcher = -1;

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const all = async <T>(
  list: readonly T[],
  each: (item: T, done: (outcome: string) => void) => void,
): Promise<string[]> => Promise.all(list.map((item) => new Promise<string>((resolve) => each(item, resolve))));
const word = (outcome: string | { readonly text: string }): string =>
  typeof outcome === 'string' ? outcome : outcome.text;

const onPacket = ({ family, source, bytes: packet }: ReceivedPacket): void => {
  heard.push({ family, source, bytes: packet.toString('hex') });
};

/** What a host can be asked to do. */
const calls = {
  async start(): Promise<void> {
    await view.start();
    view.onChange((change) => changes.push(change));
  },
  interface: (name: string): (Omit<KernelInterface, 'mac'> & { readonly mac: string }) | null => {
    const found = view.interface(name);
    return found === null ? null : { ...found, mac: Buffer.from(found.mac ?? []).toString('hex') };
  },
  addresses: (name: string): readonly KernelAddress[] => view.addresses(name),
  changes(): KernelChange[] {
    const told = changes;
    changes = [];
    return told;
  },
  listen({ family, vrids, multicast }: { family: Family; vrids: number[]; multicast: boolean }): void {
    open.get(family)?.close();
    const listening = { family, interface: 'eth0', vrids, multicast };
    open.set(family, receiver.open(listening, onPacket));
  },
  setVrids: ({ family, vrids }: { family: Family; vrids: number[] }): void => open.get(family)?.setVrids(vrids),
  /** Stand still, so that packets wait in the socket, then drain with each limit in turn. */
  stallAndDrain({ ms, family, limits }: { ms: number; family: Family; limits: number[] }): number[] {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return limits.map((limit) => open.get(family)?.drain(limit) ?? -1);
  },
  heard(): Heard[] {
    const packets = heard;
    heard = [];
    return packets;
  },
  send: ({
    family,
    destination,
    packet,
    name = 'eth0',
  }: {
    family: Family;
    destination: string;
    packet: string;
    name?: string;
  }) => transmitter.send(family, name, bytes(destination), bytes(packet)),
  add: (list: AddressSpec[]): string[] => {
    const told: string[] = [];
    writer.add(list, (outcomes, from) => told.splice(from, outcomes.length, ...outcomes.map(word)));
    return told;
  },
  remove: (list: AddressSpec[]): Promise<string[]> =>
    all(list, (item, done) => writer.remove(item, (outcome) => done(word(outcome)))),
  setUp: async ({ name, up }: { name: string; up: boolean }): Promise<string> =>
    (await all([name], (item, done) => writer.setUp(item, up, (outcome) => done(word(outcome))))).join(),
  promote: (name: string): string | null => promoteSecondaries(name),
  announce: ({ mac, family, addresses }: { mac: string; family: Family; addresses: string[] }): number =>
    neighbours.announce(
      addresses.map((address) => ({
        interface: 'eth0',
        mac: bytes(mac),
        family,
        address: bytes(address),
        router: false,
      })),
    ),
  probe: ({
    mac,
    family,
    addresses,
    own,
    count = 3,
  }: {
    mac: string;
    family: Family;
    addresses: string[];
    own: string[];
    count?: number;
  }) =>
    new Promise<{ address: string; mac: string } | null>((resolve) => {
      const request = {
        interface: 'eth0',
        mac: bytes(mac),
        family,
        addresses: addresses.map(bytes),
        own: own.map(bytes),
      };
      neighbours.probe({ ...request, count, spacingMs: 20 }, resolve);
    }),
  /** Keep every frame that arrives on an interface from now on. */
  watch(name: string): void {
    const socket = libc.openSocket(linux.AF_PACKET, linux.SOCK_RAW, 0);
    if (!socket.ok) throw new Error(socket.error);
    watcher = socket.value;
    const bound = libc.bindSocket(watcher, linkSocketAddress(indexOf(name) ?? 0, EVERY_FRAME));
    if (bound !== null) throw new Error(bound);
  },
  watched(): string[] {
    const frames: string[] = [];
    const buffer = Buffer.alloc(2048);
    for (;;) {
      const length = libc.receiveFrom(watcher, buffer);
      if (typeof length === 'string' || length < 0) return frames;
      frames.push(buffer.toString('hex', 0, length));
    }
  },
  stall({ ms }: { ms: number }): void {
    const end = performance.now() + ms;
    while (performance.now() < end);
  },
  stop(): void {
    for (const socket of open.values()) socket.close();
    open.clear();
    view.stop();
    view.stop();
    writer.close();
    transmitter.close();
    neighbours.close();
    libc.closeSocket(watcher);
    process.disconnect();
  },
};

export type Calls = typeof calls;
export type Request = { readonly id: number; readonly name: keyof Calls; readonly argument: unknown };
export type Reply = { readonly id: number; readonly value?: unknown; readonly error?: string };

async function answer({ id, name, argument }: Request): Promise<Reply> {
  try {
    const call = calls[name] as (argument: unknown) => unknown;
    return { id, value: await call(argument) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (request: Request) => {
  void answer(request).then((reply) => process.connected && process.send?.(reply));
});
