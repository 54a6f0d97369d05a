/** What one simulated machine is: its plan, its engine's core, what its kernel holds, and what is broken about it. */
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import { identityOf } from '../../daemon/brain/reload.ts';
import type { Fact, Instance, Transport } from '../../daemon/brain/state.ts';
import type { Net } from './network.ts';
import type { Random } from './random.ts';
import { PLAIN } from '../support/plain-plan.ts';

/** Deliberate mistakes, for the tests that prove the invariants alive. */
export type Flaw =
  /** Hears nothing. */
  | 'deaf'
  /** Never lets a better one be active. */
  | 'neverYields'
  /** Does not remove its addresses. */
  | 'keepsAddresses'
  /** Never becomes active. */
  | 'neverClaims'
  /** Leaves a backup without a deadline. */
  | 'losesTimer'
  /** Becomes active with the first router of its group only. */
  | 'tearsGroup'
  /** Obeys worse ones for ever although Preempt is on. */
  | 'neverPreempts'
  /** Claims without asking the network when it is mute or off. */
  | 'asksNobody'
  /** Keeps its addresses for ever when it lets go. */
  | 'neverLetsGo'
  /** Yields to somebody who is not there, again and again. */
  | 'restless';

export const FLAWS: readonly Flaw[] = [
  'deaf',
  'neverYields',
  'keepsAddresses',
  'neverClaims',
  'losesTimer',
  'tearsGroup',
  'neverPreempts',
  'asksNobody',
  'neverLetsGo',
  'restless',
];

export interface Node {
  readonly name: string;
  readonly source: Uint8Array;
  readonly flaws: Set<Flaw>;
  plan: EnginePlan;
  /** The engine's core; null while it is dead. */
  instance: Instance | null;
  /** Routers (by identity) whose addresses are on the interfaces of this machine, and since when. */
  readonly held: Map<string, number>;
  /** Identities for which a guardian waits, after the death of its engine, for another to be heard. */
  readonly will: Set<string>;
  frozenSince: number | null;
  /** The kernel's carriers. */
  readonly up: Record<Net, boolean>;
  /** Sending fails although the interface is up. */
  sendBroken: boolean;
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
  /** Adverts that waited in the socket while the process was frozen. */
  readonly waiting: Packet[];
  lastSwitchover: 'none' | 'running' | 'done' | 'failed';
}

export interface Packet {
  readonly from: string;
  readonly source: Uint8Array;
  readonly net: Net;
  readonly identity: string;
  readonly priority: number;
  readonly intervalMs: number;
}

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

export function transportOf(node: Node, plan: RouterPlan): Transport {
  const advertUp = node.up[netOf(plan)];
  const addressUp = node.up.data;
  const detail = !addressUp ? 'data0 has no carrier' : advertUp ? '' : 'ha0 has no carrier';
  return { advertUp, addressUp, source: advertUp ? node.source : null, detail };
}

/** A stack of 2 to 5 machines, with one plan but for what differs between instances. */
export function makeNodes(random: Random): Node[] {
  const mode = random.pick(['active-passive', 'active-passive', 'active-active', 'cluster'] as const);
  const interval = random.pick([10, 100, 1000]);
  const routers = random.between(1, 3);
  const mixed = random.chance(0.3);
  const apart = random.chance(0.4);
  const preempt = random.chance(0.7);
  const preemptDelayMs = random.chance(0.3) ? interval * random.between(1, 8) : 0;
  const count = random.between(2, 5);
  const base = Array.from({ length: count }, () => random.pick([255, 200, 150, 100, 100, 1]));
  // One address owner at the most: two are a mistake of configuration, and no owner defers to a delay.
  const priorities = base.map((p, n) => (p === 255 && base.indexOf(255) !== n ? 100 : p));
  return Array.from({ length: count }, (_, n) => {
    const intervalMs = mixed && n % 2 === 1 ? Math.max(10, interval / 2) : interval;
    const plan: EnginePlan = {
      ...PLAIN,
      instance: 'abcde'[n]!,
      stack: 'sim',
      mode,
      primary: n === 0,
      preempt,
      preemptDelayMs,
      routers: Array.from({ length: routers }, (__, r) => makeRouter(r, mode, priorities[n]!, intervalMs, apart)),
    };
    return makeNode(n, plan);
  });
}

export function makeNode(n: number, plan: EnginePlan): Node {
  return {
    name: plan.instance,
    source: Uint8Array.of(10, 0, 0, n + 1),
    flaws: new Set(),
    plan,
    instance: null,
    held: new Map(),
    will: new Set(),
    frozenSince: null,
    up: { data: true, ha: true },
    sendBroken: false,
    generation: 0,
    claims: new Map(),
    unfitAt: new Map(),
    listensSince: new Map(),
    pending: [],
    postponed: [],
    waiting: [],
    lastSwitchover: 'none',
  };
}

export function makeRouter(
  n: number,
  mode: EnginePlan['mode'],
  priority: number,
  intervalMs: number,
  apart: boolean,
): RouterPlan {
  const name = `r${n}`;
  return {
    name,
    id: n + 1,
    version: 3,
    family: 'ipv4',
    interface: apart ? 'ha0' : 'data0',
    addressInterface: 'data0',
    addresses: [{ address: `10.1.0.${n + 1}`, prefix: 24, family: 'ipv4', interface: 'data0' }],
    excludedAddresses: [],
    advertIntervalMs: intervalMs,
    priority,
    unicastPeers: [],
    sourceAddress: null,
    virtualMac: false,
    accept: true,
    checksum: 'auto',
    password: null,
    announce: { repeat: 5, againMs: 5000, refreshMs: 60_000 },
    group: mode === 'active-passive' ? 'stack' : name,
  };
}

/** The same plan in another mode: the groups follow the mode. */
export function withMode(plan: EnginePlan, mode: EnginePlan['mode']): EnginePlan {
  const routers = plan.routers.map((r) => ({ ...r, group: mode === 'active-passive' ? 'stack' : r.name }));
  return { ...plan, mode, routers };
}

export function withRouters(plan: EnginePlan, change: Partial<RouterPlan>): EnginePlan {
  return { ...plan, routers: plan.routers.map((router) => ({ ...router, ...change })) };
}
