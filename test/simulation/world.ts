/**
 * N instances that run the real core on a virtual clock and simulated networks. The world does what engine and kernel do around the core: it runs
 * effects, delivers adverts and checks, freezes processes. What the guardian does is in guardian.ts, what is built into a machine in equipment.ts.
 */
import type { Instant } from '../../core/clock.ts';
import type { RouterPlan } from '../../config/plan.ts';
import { nextDue } from '../../daemon/brain/due.ts';
import { step } from '../../daemon/brain/instance.ts';
import type { Effect } from '../../daemon/brain/effect.ts';
import type { Fact, ProbePurpose } from '../../daemon/brain/fact.ts';
import { type Instance, holdsAddresses } from '../../daemon/brain/state.ts';
import { changesWill, inOrder } from '../../daemon/engine/effect-order.ts';
import type { PeerMessage } from '../../monitors/peer/state.ts';
import { type Equipment, createEquipment } from './equipment.ts';
import { type Machines, createMachines } from './machines.ts';
import { distort, engagesByItself, ignores, imagines } from './flaws.ts';
import { adopted, guardianHears, keepWill } from './guardian.ts';
import { type Network, PATHS, createNetwork } from './network.ts';
import { type Node, type Packet, identity, netOf, sourceOf } from './node.ts';
import { createQueue } from './queue.ts';
import type { Random } from './random.ts';

export type { Node } from './node.ts';

type Happening =
  | { readonly kind: 'packet'; readonly to: Node; readonly packet: Packet }
  | { readonly kind: 'do'; readonly act: () => void };

/** Addresses that were put on an interface just now. */
export interface Taken {
  readonly node: Node;
  readonly identity: string;
}

export interface World extends Equipment, Machines {
  now: Instant;
  readonly nodes: readonly Node[];
  readonly random: Random;
  readonly network: Network;
  /** When anything was last broken, mended, told or changed from outside. */
  calmSince: number;
  readonly trace: string[];
  /** Keep the trace. */
  tracing: boolean;
  /** Say every datagram and advert too. */
  verbose: boolean;
  /** Since the last look of the invariants. */
  readonly taken: Taken[];
  /** Addresses that went by agreement with another. */
  readonly given: Taken[];
  /** Takeovers by agreement since then. */
  readonly agreed: { readonly node: Node; readonly purpose: string; readonly giver: string }[];
  /** Nodes that something happened to since the last look of the invariants; `moved`: something that others see. */
  readonly touched: Set<Node>;
  moved: boolean;
  note(text: string): void;
  at(delayMs: number, act: () => void): void;
  /** Do the next thing; false when nothing is left before `until`. */
  advance(until: number): boolean;
  fact(node: Node, fact: Fact): void;
  /** A packet comes out of a socket. */
  hear(node: Node, packet: Packet): void;
  /** Say an advert for a router; null or an errno name. */
  advertise(node: Node, plan: RouterPlan, priority: number): string | null;
  /** Send to a peer, on one path or (null) on all. `as`: not from this engine. */
  post(
    node: Node,
    peer: string,
    path: number | null,
    message: PeerMessage,
    peerBoot: string | null,
    as?: { readonly boot: string; readonly counter: number },
  ): void;
  /** The addresses of a router leave this machine. */
  letGo(node: Node, of: string): void;
  /** Something outside of the core changed: what holds in calm begins anew. */
  disturb(): void;
}

const SOCKET_HOLDS = 200;
/** Three probes, 20 ms apart, and the wait after the last. */
const PROBE_MS = 60;

export function createWorld(random: Random, nodes: readonly Node[]): World {
  const queue = createQueue<Happening>();
  const network = createNetwork();
  const worldOf = (): World => world;
  const base = {
    now: 0 as Instant,
    nodes,
    random,
    network,
    calmSince: 0,
    trace: [],
    tracing: true,
    verbose: false,
    taken: [],
    given: [],
    agreed: [],
    touched: new Set<Node>(),
    moved: false,
    note,
    at: (delayMs: number, act: () => void) => queue.push(world.now + delayMs, { kind: 'do', act }),
    advance,
    fact,
    advertise,
    post,
    letGo,
    hear,
    disturb: () => void (world.calmSince = world.now),
  };
  const world: World = Object.assign(base, createEquipment(worldOf), createMachines(worldOf));
  return world;

  function note(text: string): void {
    if (!world.tracing) return;
    world.trace.push(`${world.now.toFixed(2)} ${text}`);
    if (world.trace.length > 4000) world.trace.splice(0, 2000);
  }

  function advance(until: number): boolean {
    let next = queue.peek();
    let due: Node | null = null;
    for (const node of nodes) {
      if (node.due < next && node.frozenSince === null) {
        next = node.due;
        due = node;
      }
    }
    if (next > until) {
      world.now = until as Instant;
      return false;
    }
    world.now = Math.max(world.now, next) as Instant;
    if (due !== null) {
      fact(due, { kind: 'time' });
      return true;
    }
    const happening = queue.pop();
    if (happening === null) return false;
    if (happening.kind === 'do') happening.act();
    else arrive(happening.to, happening.packet);
    return true;
  }

  // ---- the network ----------------------------------------------------------------------------------------------------

  function put(to: Node, packet: Packet): void {
    const delay = network.travel(random);
    if (delay !== null) queue.push(world.now + delay, { kind: 'packet', to, packet });
  }

  function advertise(node: Node, plan: RouterPlan, priority: number): string | null {
    const net = netOf(plan);
    if (!node.up[net]) return 'ENETDOWN';
    if (node.sendBroken) return 'ENOBUFS';
    if (world.verbose) note(`${node.name}: advert ${plan.name} ${priority}`);
    const packet: Packet = {
      kind: 'advert',
      from: node.name,
      source: sourceOf(node, net),
      net,
      identity: identity(plan),
      priority,
      intervalMs: plan.advertIntervalMs,
    };
    for (const to of nodes) if (to !== node) put(to, packet);
    return null;
  }

  function post(
    node: Node,
    peer: string,
    path: number | null,
    message: PeerMessage,
    peerBoot: string | null,
    as?: { readonly boot: string; readonly counter: number },
  ): void {
    const to = nodes.find((n) => n.name === peer);
    const paths = node.plan.peers.find((p) => p.name === peer)?.paths.length ?? 0;
    if (to === undefined) return;
    for (let index = 0; index < Math.min(paths, PATHS.length); index++) {
      const net = PATHS[index]!;
      if ((path !== null && path !== index) || !node.up[net]) continue;
      const boot = as?.boot ?? node.boot;
      const counter = as?.counter ?? ++node.counter;
      const envelope = { stack: node.plan.stack, from: node.name, to: peer, boot, peerBoot, counter, message };
      put(to, { kind: 'datagram', from: node.name, net, path: index, key: node.keys[0]!, envelope });
    }
    if (world.verbose && message.type !== 'request' && (message.type !== 'reply' || message.report !== null)) {
      const text = message.type === 'handover' ? `${message.handover.kind} ${message.handover.id}` : message.type;
      note(`${node.name}: to ${peer}: ${text}`);
    }
  }

  function arrive(node: Node, packet: Packet): void {
    const from = nodes.find((n) => n.name === packet.from)!;
    const passes = packet.kind === 'advert' ? network.reaches : network.passes;
    if (!passes(packet.net, from, node)) return;
    if (node.frozenSince === null) return hear(node, packet);
    if (node.waiting.length < SOCKET_HOLDS) node.waiting.push(packet);
  }

  function hear(node: Node, packet: Packet): void {
    if (packet.kind === 'datagram') return receive(node, packet);
    guardianHears(world, node, packet);
    const entry = node.instance?.routers.find((r) => identity(r.plan) === packet.identity);
    if (entry === undefined) return;
    const { source, priority, intervalMs } = packet;
    const heard = { source, priority, intervalMs, style: 'rfc5798', sameAddresses: true } as const;
    fact(node, { kind: 'heard', router: entry.plan.name, heard });
  }

  function receive(node: Node, { from: peer, path, key, envelope }: Extract<Packet, { kind: 'datagram' }>): void {
    if (node.instance === null || !node.plan.peers.some((p) => p.name === peer)) return;
    if (node.keys.includes(key)) return fact(node, { kind: 'datagram', peer, path, envelope });
    fact(node, { kind: 'ignored', peer, reason: 'otherSecret', detail: 'another secret' });
  }

  /** Answered by whoever has the addresses and is joined on their network. */
  function probe(node: Node, router: string, purpose: ProbePurpose): void {
    const { generation } = node;
    world.at(PROBE_MS, () => {
      const plan = node.instance?.routers.find((r) => r.plan.name === router)?.plan;
      // Who stands still looks at what was answered when it goes on.
      if (plan === undefined || node.generation !== generation) return;
      const asked = identity(plan);
      const other = nodes.find((n) => n !== node && n.held.has(asked) && network.joined('data', n, node));
      const foreign = purpose !== 'source' && other !== undefined ? { address: 'vip', mac: other.name } : null;
      fact(node, { kind: 'probed', router, purpose, foreign });
    });
  }

  // ---- the engine -----------------------------------------------------------------------------------------------------

  function fact(node: Node, what: Fact): void {
    if (node.frozenSince !== null) return void node.postponed.push(() => fact(node, what));
    node.pending.push(what);
    if (node.pending.length > 1) return;
    world.touched.add(node);
    for (let n = 0; n < node.pending.length; n++) turn(node, node.pending[n]!);
    node.pending.length = 0;
    node.due = node.instance === null ? Number.POSITIVE_INFINITY : nextDue(node.instance);
  }

  function turn(node: Node, what: Fact): void {
    if (node.instance === null || ignores(node, what)) return;
    const before = node.instance;
    const { instance, effects } = step(before, what, world.now);
    node.instance = instance;
    if (effects.some(changesWill)) keepWill(node);
    for (const effect of inOrder(effects)) run(node, effect, before);
    if (node.flaws.size > 0) goWrong(node, what);
  }

  function goWrong(node: Node, what: Fact): void {
    if (node.instance !== null) node.instance = distort(node, node.instance, world.now);
    if (node.instance !== null && engagesByItself(node)) world.equip(node, { do: 'bypass', position: 'bypass' });
    const imagined = imagines(node, what);
    if (imagined !== null) fact(node, imagined);
  }

  function run(node: Node, effect: Effect, by: Instance | null): void {
    if (effect.do !== 'send' && effect.do !== 'advert') world.moved = true;
    switch (effect.do) {
      case 'advert': {
        const entry = entryOf(node, effect.router);
        if (entry === undefined) return;
        const error = advertise(node, entry.plan, effect.priority);
        if (error !== null || entry.failing !== null) fact(node, { kind: 'sent', router: effect.router, error });
        return;
      }
      case 'take':
      case 'takeFirst':
        return take(node, identity(entryOf(node, effect.router)!.plan));
      case 'drop': {
        const plan = entryOf(node, effect.router)?.plan;
        if (plan === undefined || node.flaws.has('keepsAddresses')) return;
        if (by?.routers.find((r) => r.plan === plan)?.machine.reason.code === 'handedOver')
          world.given.push({ node, identity: identity(plan) });
        return letGo(node, identity(plan));
      }
      case 'remove':
        if (effect.resigns !== null) advertise(node, effect.plan, 0);
        return letGo(node, identity(effect.plan));
      case 'probe':
        return probe(node, effect.router, effect.purpose);
      case 'send':
        return post(node, effect.peer, effect.path, effect.message, effect.peerBoot);
      case 'adopted':
        return adopt(node);
      case 'event':
        return said(node, effect.event);
      case 'stopped':
        return world.endEngine(node);
      default:
        return world.equip(node, effect);
    }
  }

  function said(node: Node, event: Extract<Effect, { do: 'event' }>['event']): void {
    const { reason, actionId, ended } = event;
    // The advert by which it was learnt that sending works again is obeyed by who does not preempt.
    if (reason.code === 'faultCleared' && reason.fault === 'cannotSend') world.disturb();
    if (world.tracing) note(`${node.name}: ${event.kind} ${JSON.stringify(reason)}`);
    if (reason.code === 'tookOver' && event.kind === 'router')
      world.agreed.push({ node, purpose: reason.purpose, giver: reason.peer });
    if (actionId === undefined || ended === undefined || node.flaws.has('neverEnds')) return;
    const { people } = node;
    if (people.open.get(actionId)?.action === 'switchover') people.lastSwitchover = ended;
    people.open.delete(actionId);
    if (ended === 'done') people.asked.get(actionId)?.();
    people.asked.delete(actionId);
  }

  function take(node: Node, of: string): void {
    const adopting = node.guardian.voices.has(of);
    if (!adopting) node.claims.set(of, [...(node.claims.get(of) ?? []).slice(-1), world.now]);
    // A switchover that was aborted never let go.
    if (node.held.has(of)) return;
    node.held.set(of, world.now);
    world.taken.push({ node, identity: of });
  }

  function letGo(node: Node, of: string): void {
    world.moved = true;
    node.held.delete(of);
  }

  /** What was left to the engine, and is not its own now, goes. */
  function adopt(node: Node): void {
    const own = new Set(node.instance?.routers.filter(holdsAddresses).map((r) => identity(r.plan)));
    for (const of of node.guardian.voices.keys()) if (!own.has(of)) letGo(node, of);
    adopted(node);
  }

  function entryOf(node: Node, router: string) {
    return node.instance?.routers.find((r) => r.plan.name === router);
  }
}
