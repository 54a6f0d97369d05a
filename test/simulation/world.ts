/**
 * N instances that run the real core on a virtual clock and a simulated network. The world does what engine, guardian and
 * kernel do around the core: it runs effects, delivers adverts, executes the last will of a killed engine, freezes processes.
 */
import type { Instant } from '../../core/clock.ts';
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import { nextDue } from '../../daemon/brain/due.ts';
import { newInstance, step } from '../../daemon/brain/instance.ts';
import {
  type Effect,
  type Fact,
  type Instance,
  type ProbePurpose,
  type Transport,
  holdsAddresses,
} from '../../daemon/brain/state.ts';
import { LINGER_MS, letGoTime } from '../../vrrp/timers.ts';
import { distort, ignores, imagines } from './flaws.ts';
import { type Network, type Net, createNetwork } from './network.ts';
import { type Node, type Packet, identity, netOf, transportOf } from './node.ts';
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

export interface World {
  now: Instant;
  readonly nodes: readonly Node[];
  readonly random: Random;
  readonly network: Network;
  /** When anything was last broken, mended, told or changed from outside. */
  calmSince: number;
  readonly trace: string[];
  /** Since the last look of the invariants. */
  readonly taken: Taken[];
  at(delayMs: number, act: () => void): void;
  /** Do the next thing; false when nothing is left before `until`. */
  advance(until: number): boolean;
  fact(node: Node, fact: Fact): void;
  boot(node: Node): void;
  /** The engine dies; its guardian executes the will and starts another. */
  killEngine(node: Node): void;
  /** The whole machine loses power. */
  crash(node: Node): void;
  freeze(node: Node, ms: number): void;
  setUp(node: Node, net: Net, up: boolean): void;
  reload(node: Node, plan: EnginePlan): void;
  /** Something outside of the core changed: what holds in calm begins anew. */
  disturb(): void;
}

const SOCKET_HOLDS = 200;
/** Three probes, 20 ms apart, and the wait after the last. */
const PROBE_MS = 60;

export function createWorld(random: Random, nodes: readonly Node[]): World {
  const queue = createQueue<Happening>();
  const network = createNetwork();
  const world: World = {
    now: 0 as Instant,
    nodes,
    random,
    network,
    calmSince: 0,
    trace: [],
    taken: [],
    at: (delayMs, act) => queue.push(world.now + delayMs, { kind: 'do', act }),
    advance,
    fact,
    boot,
    killEngine,
    crash,
    freeze,
    setUp,
    reload,
    disturb: () => void (world.calmSince = world.now),
  };
  return world;

  function note(text: string): void {
    world.trace.push(`${world.now.toFixed(2)} ${text}`);
    if (world.trace.length > 400) world.trace.splice(0, 200);
  }

  function advance(until: number): boolean {
    let next = queue.peek();
    let due: Node | null = null;
    for (const node of nodes) {
      if (node.instance === null || node.frozenSince !== null) continue;
      const at = nextDue(node.instance);
      if (at < next) {
        next = at;
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

  function send(node: Node, plan: RouterPlan, priority: number): string | null {
    const net = netOf(plan);
    if (!node.up[net]) return 'ENETDOWN';
    if (node.sendBroken) return 'ENOBUFS';
    const packet = {
      from: node.name,
      source: node.source,
      net,
      identity: identity(plan),
      priority,
      intervalMs: plan.advertIntervalMs,
    };
    for (const to of nodes) {
      const delay = to === node ? null : network.travel(random);
      if (delay !== null) queue.push(world.now + delay, { kind: 'packet', to, packet });
    }
    return null;
  }

  function arrive(node: Node, packet: Packet): void {
    const from = nodes.find((n) => n.name === packet.from)!;
    if (!network.reaches(packet.net, from, node)) return;
    if (node.frozenSince === null) return hear(node, packet);
    if (node.waiting.length < SOCKET_HOLDS) node.waiting.push(packet);
  }

  function hear(node: Node, packet: Packet): void {
    if (node.will.has(packet.identity) && packet.priority > 0) {
      node.will.delete(packet.identity);
      note(`${node.name}: guardian lets go, ${packet.from} heard`);
      const { generation } = node;
      world.at(LINGER_MS, () => {
        if (node.generation === generation) node.held.delete(packet.identity);
      });
    }
    const entry = node.instance?.routers.find((r) => identity(r.plan) === packet.identity);
    if (entry === undefined) return;
    const { source, priority, intervalMs } = packet;
    const heard = { source, priority, intervalMs, style: 'rfc5798', sameAddresses: true } as const;
    fact(node, { kind: 'heard', router: entry.plan.name, heard });
  }

  /** Answered by whoever has the addresses and is joined on their network. */
  function probe(node: Node, router: string, purpose: ProbePurpose): void {
    const { generation } = node;
    world.at(PROBE_MS, () => {
      const plan = node.instance?.routers.find((r) => r.plan.name === router)?.plan;
      if (plan === undefined || node.generation !== generation || node.frozenSince !== null) return;
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
    for (let n = 0; n < node.pending.length; n++) turn(node, node.pending[n]!);
    node.pending.length = 0;
  }

  function turn(node: Node, what: Fact): void {
    if (node.instance === null || ignores(node, what)) return;
    const { instance, effects } = step(node.instance, what, world.now);
    node.instance = instance;
    for (const effect of effects) run(node, effect);
    if (node.flaws.size > 0) goWrong(node, what);
  }

  function goWrong(node: Node, what: Fact): void {
    if (node.instance !== null) node.instance = distort(node, node.instance, world.now);
    const imagined = imagines(node, what);
    if (imagined !== null) fact(node, imagined);
  }

  function run(node: Node, effect: Effect): void {
    switch (effect.do) {
      case 'advert': {
        const entry = entryOf(node, effect.router);
        if (entry === undefined) return;
        const error = send(node, entry.plan, effect.priority);
        if (error !== null || entry.failing !== null) fact(node, { kind: 'sent', router: effect.router, error });
        return;
      }
      case 'take':
        return take(node, identity(entryOf(node, effect.router)!.plan));
      case 'drop': {
        const plan = entryOf(node, effect.router)?.plan;
        if (plan !== undefined && !node.flaws.has('keepsAddresses')) node.held.delete(identity(plan));
        return;
      }
      case 'remove':
        if (effect.resigns !== null) send(node, effect.plan, 0);
        node.held.delete(identity(effect.plan));
        return;
      case 'probe':
        return probe(node, effect.router, effect.purpose);
      case 'event':
        // The advert by which it was learnt that sending works again is obeyed by who does not preempt.
        if (effect.event.reason.code === 'faultCleared' && effect.event.reason.fault === 'cannotSend') world.disturb();
        note(`${node.name}: ${effect.event.kind} ${JSON.stringify(effect.event.reason)}`);
        if (effect.event.actionId === 'switchover' && effect.event.ended !== undefined)
          node.lastSwitchover = effect.event.ended;
        return;
      case 'stopped':
        node.instance = null;
        world.disturb();
        return;
      default:
        return;
    }
  }

  function take(node: Node, of: string): void {
    node.claims.set(of, [...(node.claims.get(of) ?? []).slice(-1), world.now]);
    // A switchover that was aborted never let go.
    if (node.held.has(of)) return;
    node.held.set(of, world.now);
    world.taken.push({ node, identity: of });
  }

  function entryOf(node: Node, router: string) {
    return node.instance?.routers.find((r) => r.plan.name === router);
  }

  function transports(node: Node): Record<string, Transport> {
    return Object.fromEntries(node.plan.routers.map((router) => [router.name, transportOf(node, router)]));
  }

  // ---- what happens to machines ---------------------------------------------------------------------------------------

  function boot(node: Node): void {
    if (node.instance !== null) return;
    end(node);
    node.held.clear();
    node.will.clear();
    node.claims.clear();
    node.listensSince.clear();
    note(`${node.name}: starts`);
    node.instance = newInstance(node.plan, world.now, {});
    fact(node, { kind: 'start', transports: transports(node), reason: { code: 'starting' } });
  }

  function end(node: Node): Instance | null {
    const { instance } = node;
    node.instance = null;
    node.frozenSince = null;
    node.waiting.length = 0;
    node.postponed.length = 0;
    node.generation++;
    world.disturb();
    return instance;
  }

  function killEngine(node: Node): void {
    if (node.instance === null) return;
    note(`${node.name}: engine killed`);
    const dead = end(node)!;
    let wait = 0;
    for (const entry of dead.routers) {
      if (!holdsAddresses(entry)) continue;
      const of = identity(entry.plan);
      if (dead.plan.mode === 'off') {
        node.held.delete(of);
        continue;
      }
      node.will.add(of);
      send(node, entry.plan, 0);
      wait = Math.max(wait, letGoTime(entry.plan.version, entry.plan.advertIntervalMs));
    }
    const { generation } = node;
    world.at(wait + 100, () => {
      if (node.generation === generation) boot(node);
    });
  }

  function crash(node: Node): void {
    note(`${node.name}: loses power`);
    end(node);
    node.held.clear();
    node.will.clear();
  }

  function freeze(node: Node, ms: number): void {
    if (node.instance === null || node.frozenSince !== null) return;
    note(`${node.name}: frozen for ${ms.toFixed(1)} ms`);
    node.frozenSince = world.now;
    world.disturb();
    const { generation } = node;
    world.at(ms, () => {
      if (node.generation !== generation || node.frozenSince === null) return;
      const gap = world.now - node.frozenSince;
      node.frozenSince = null;
      world.disturb();
      note(`${node.name}: goes on after ${gap.toFixed(1)} ms`);
      // As the engine's loop does: lateness is measured first, then the socket is drained, then timers are looked at.
      fact(node, { kind: 'late', lateMs: gap });
      for (const packet of node.waiting.splice(0)) hear(node, packet);
      observe(node);
      for (const act of node.postponed.splice(0)) act();
    });
  }

  function setUp(node: Node, net: Net, up: boolean): void {
    if (node.up[net] === up) return;
    node.up[net] = up;
    world.disturb();
    note(`${node.name}: ${net} ${up ? 'up' : 'down'}`);
    if (node.frozenSince === null) observe(node);
  }

  /** The kernel's events, as far as they say something new. */
  function observe(node: Node): void {
    for (const { plan, transport } of node.instance?.routers ?? []) {
      const next = transportOf(node, plan);
      if (transport.advertUp !== next.advertUp || transport.addressUp !== next.addressUp)
        fact(node, { kind: 'transport', router: plan.name, transport: next });
    }
  }

  function reload(node: Node, plan: EnginePlan): void {
    node.plan = plan;
    world.disturb();
    if (node.frozenSince !== null) return void node.postponed.push(() => reload(node, plan));
    note(`${node.name}: reload`);
    fact(node, { kind: 'plan', plan, transports: transports(node), actionId: null });
  }
}
