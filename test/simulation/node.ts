/** What one simulated machine is: its plan, its engine's core, what its kernel holds, what is built into it, and what is broken about it. */
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import { identityOf } from '../../daemon/brain/reload.ts';
import type { Fact } from '../../daemon/brain/fact.ts';
import type { Instance, Transport } from '../../daemon/brain/state.ts';
import { type Protection, NO_PROTECTION } from '../../daemon/channel.ts';
import type { Envelope } from '../../monitors/peer/state.ts';
import type { Flaw } from './flaws.ts';
import { type Guardian, newGuardian } from './will.ts';
import type { Net } from './network.ts';

export interface Node {
  readonly name: string;
  /** Last byte of its addresses. */
  readonly number: number;
  readonly flaws: Set<Flaw>;
  plan: EnginePlan;
  /** The engine's core; null while it is dead. */
  instance: Instance | null;
  /** When the core wants to be told the time. */
  due: number;
  /** Of this engine, and the counter of its datagrams. */
  boot: string;
  counter: number;
  /** Its last word was read: it leaves. */
  stopAskedAt: number | null;
  /** Routers (by identity) whose addresses are on the interfaces of this machine, and since when. */
  readonly held: Map<string, number>;
  readonly guardian: Guardian;
  frozenSince: number | null;
  /** The whole machine stands still, not the engine alone. */
  frozenWhole: boolean;
  /** The kernel's carriers. */
  readonly up: Record<Net, boolean>;
  /** Sending adverts fails although the interface is up. */
  sendBroken: boolean;
  /** Of the stack: the first signs, all verify. */
  keys: readonly string[];
  /** Whether the cables of the ports of link pairs are in order, and what the kernel last said of them. */
  readonly cables: Map<string, boolean>;
  readonly carriers: Map<string, boolean>;
  readonly card: Card;
  /** Traffic comes in where the addresses are. */
  traffic: boolean;
  receivedBytes: number;
  readonly badTracks: Set<string>;
  readonly disk: Disk;
  /** A generation, so that what was planned for a dead engine does not reach its successor. */
  generation: number;
  /** Times of the claims by identity, for the invariants. */
  readonly claims: Map<string, number[]>;
  /** By identity: when it was last seen unable to take part. */
  readonly unfitAt: Map<string, number>;
  /** By identity: since when it listens as a backup. */
  readonly listensSince: Map<string, number>;
  /** Facts that came up while one was being dealt with, as in the engine. */
  readonly pending: Fact[];
  /** What people asked of it while the process was frozen. */
  readonly postponed: (() => void)[];
  /** Packets that waited in the sockets while the process was frozen. */
  readonly waiting: Packet[];
  readonly people: People;
}

/** The hardware bypass. */
export interface Card {
  position: 'inline' | 'bypass';
  /** Does nothing that it is told. */
  stuck: boolean;
  /** Cannot be read. */
  unreadable: boolean;
  /** Pairs lose their carrier while it is engaged. */
  dropsCarrier: boolean;
  /** How long it takes to do something. */
  slowMs: number;
  /** Its watchdog engages it when nobody feeds it. */
  armed: boolean;
  /** The last time that it was told to engage: beside an active router, or for a latch that was not on the disk. */
  toldBeside: boolean;
  toldUnsaved: boolean;
  /** Who engaged it: the brain, a hand at the device, its own watchdog. */
  by: 'brain' | 'hand' | 'watchdog' | 'will';
  since: number;
}

/** What the guardian keeps in memory, and what of it is on the disk. */
export interface Disk {
  protection: Protection;
  at: number;
  /** Flaps that no engine has been told of. */
  stamps: number[];
  text: string | null;
  /** Writes begun so far, and the newest that has ended. */
  writes: number;
  written: number;
  /** Of the kernel: which run, since when. */
  boots: number;
  bootedAt: number;
}

/** What people asked for, and what they were told. */
export interface People {
  lastSwitchover: 'none' | 'running' | 'done' | 'failed';
  readonly open: Map<string, { readonly action: string; readonly at: number }>;
  /** Acknowledged: preemption is held until then, since a switchover that was asked for then. */
  heldUntil: number;
  heldSince: number;
  /** Who had the role when that switchover was done; null = nobody, or several. */
  heldBy: string | null;
  /** Acknowledged: the machine is in maintenance, until then. */
  maintenance: { readonly until: number; readonly reboot: boolean; readonly boots: number } | null;
  /** Acknowledged: the bypass is engaged. */
  bypass: { readonly boots: number } | null;
  /** What was asked for, by its id: done when it is said to be. */
  readonly asked: Map<string, () => void>;
  /** The latch was on the disk. */
  latched: boolean;
}

export type Packet =
  | {
      readonly kind: 'advert';
      readonly from: string;
      readonly source: Uint8Array;
      readonly net: Net;
      readonly identity: string;
      readonly priority: number;
      readonly intervalMs: number;
    }
  | {
      readonly kind: 'datagram';
      readonly from: string;
      readonly net: Net;
      readonly path: number;
      readonly key: string;
      readonly envelope: Envelope;
    };

const IDENTITIES = new WeakMap<RouterPlan, string>();

/** `identityOf`, remembered: the invariants ask for it at every step. */
export function identity(plan: RouterPlan): string {
  let known = IDENTITIES.get(plan);
  if (known === undefined) {
    known = identityOf(plan);
    IDENTITIES.set(plan, known);
  }
  return known;
}

/** Adverts of a router go over this network. */
export const netOf = (plan: RouterPlan): Net => (plan.interface === 'data0' ? 'data' : 'ha');

/** Addresses of a machine: of its adverts on the data network, of its paths. */
export const pathAddresses = (number: number): readonly string[] => [`192.168.1.${number}`, `192.168.2.${number}`];

const SOURCES = new Map<string, Uint8Array>();

export function sourceOf(node: Pick<Node, 'number'>, net: Net): Uint8Array {
  const key = `${net} ${node.number}`;
  let source = SOURCES.get(key);
  if (source === undefined) {
    source = net === 'data' ? Uint8Array.of(10, 0, 0, node.number) : Uint8Array.of(192, 168, 1, node.number);
    SOURCES.set(key, source);
  }
  return source;
}

export function transportOf(node: Node, plan: RouterPlan): Transport {
  const net = netOf(plan);
  const advertUp = node.up[net];
  const addressUp = node.up.data;
  const detail = !addressUp ? 'data0 has no carrier' : advertUp ? '' : 'ha0 has no carrier';
  return { advertUp, addressUp, source: advertUp ? sourceOf(node, net) : null, detail };
}

export function makeNode(n: number, plan: EnginePlan): Node {
  const ports = plan.links.pairs.flatMap((pair) => [pair.outside, pair.inside]);
  return {
    name: plan.instance,
    number: n + 1,
    flaws: new Set(),
    plan,
    instance: null,
    due: Number.POSITIVE_INFINITY,
    boot: '',
    counter: 0,
    stopAskedAt: null,
    held: new Map(),
    guardian: newGuardian(),
    frozenSince: null,
    frozenWhole: false,
    up: { data: true, ha: true, backup: true },
    sendBroken: false,
    keys: ['first'],
    cables: new Map(ports.map((port) => [port, true])),
    carriers: new Map(ports.map((port) => [port, true])),
    card: {
      position: 'inline',
      stuck: false,
      unreadable: false,
      dropsCarrier: false,
      slowMs: 20,
      armed: false,
      toldBeside: false,
      toldUnsaved: false,
      by: 'brain',
      since: 0,
    },
    traffic: true,
    receivedBytes: 0,
    badTracks: new Set(),
    disk: { protection: NO_PROTECTION, at: 0, stamps: [], text: null, writes: 0, written: 0, boots: 0, bootedAt: 0 },
    generation: 0,
    claims: new Map(),
    unfitAt: new Map(),
    listensSince: new Map(),
    pending: [],
    postponed: [],
    waiting: [],
    people: {
      lastSwitchover: 'none',
      open: new Map(),
      heldUntil: Number.NEGATIVE_INFINITY,
      heldSince: Number.NEGATIVE_INFINITY,
      heldBy: null,
      maintenance: null,
      bypass: null,
      asked: new Map(),
      latched: false,
    },
  };
}
