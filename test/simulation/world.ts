/**
 * N instances that run the real core on a virtual clock and a simulated network. The world does what engine, guardian and
 * kernel do around the core: it runs effects, delivers adverts, executes the last will of a killed engine, freezes processes.
 */
import type { Instant } from '../../core/clock.ts';
import { later } from '../../core/clock.ts';
import type { EnginePlan } from '../../config/plan.ts';
import { newInstance, nextDue, step } from '../../daemon/brain/instance.ts';
import { type Effect, type Fact, type Instance, type Transport, holdsAddresses } from '../../daemon/brain/state.ts';
import { identityOf } from '../../daemon/brain/reload.ts';
import { letGoTime } from '../../vrrp/timers.ts';
import { createQueue } from './queue.ts';
import type { Random } from './random.ts';

/** What one simulated machine is. */
export interface Node {
  readonly name: string;
  readonly source: Uint8Array;
  plan: EnginePlan;
  /** The engine's core; null while it is dead. */
  instance: Instance | null;
  /** Routers (by identity) whose addresses are on the interfaces of this machine. */
  readonly held: Set<string>;
  /** Identities for which a guardian waits, after the death of its engine, for another to be heard. */
  readonly will: Set<string>;
  frozenSince: number | null;
  /** The kernel's carrier. */
  up: boolean;
  /** A generation, so that what was planned for a dead engine does not reach its successor. */
  generation: number;
  /** Times of the claims per group, for the invariants. */
  readonly claims: Map<string, number[]>;
  /** Adverts that waited in the socket while the process was frozen. */
  readonly waiting: Packet[];
  lastSwitchover: 'none' | 'running' | 'done' | 'failed';
}

export interface Packet {
  readonly from: string;
  readonly source: Uint8Array;
  readonly identity: string;
  readonly priority: number;
  readonly intervalMs: number;
}

export type Happening =
  | { readonly kind: 'packet'; readonly to: string; readonly packet: Packet }
  | { readonly kind: 'do'; readonly act: () => void };

export interface World {
  now: Instant;
  readonly nodes: readonly Node[];
  readonly random: Random;
  /** Loss of every packet, 0–1. */
  loss: number;
  readonly delay: { min: number; max: number };
  /** `a>b` is in it when nothing gets from a to b. */
  readonly cuts: Set<string>;
  /** When loss, cuts, freezes or deaths last changed. */
  calmSince: number;
  readonly trace: string[];
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
  setUp(node: Node, up: boolean): void;
  reload(node: Node, plan: EnginePlan): void;
}

const SOCKET_HOLDS = 200;

export function createWorld(random: Random, nodes: readonly Node[]): World {
  const queue = createQueue<Happening>();
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const world: World = {
    now: 0 as Instant,
    nodes,
    random,
    loss: 0,
    delay: { min: 0.05, max: 1 },
    cuts: new Set(),
    calmSince: 0,
    trace: [],
    at: (delayMs, act) => queue.push(world.now + delayMs, { kind: 'do', act }),
    advance,
    fact,
    boot,
    killEngine,
    crash,
    freeze,
    setUp,
    reload,
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

  function arrive(to: string, packet: Packet): void {
    const node = byName.get(to)!;
    if (!node.up || world.cuts.has(`${packet.from}>${to}`)) return;
    if (node.frozenSince !== null) {
      if (node.waiting.length < SOCKET_HOLDS) node.waiting.push(packet);
      return;
    }
    hear(node, packet);
  }

  function hear(node: Node, packet: Packet): void {
    if (node.will.has(packet.identity) && packet.priority > 0) {
      node.will.delete(packet.identity);
      node.held.delete(packet.identity);
      note(`${node.name}: guardian lets go, ${packet.from} heard`);
    }
    const entry = node.instance?.routers.find((r) => identityOf(r.plan) === packet.identity);
    if (entry === undefined) return;
    const { source, priority, intervalMs } = packet;
    fact(node, {
      kind: 'heard',
      router: entry.plan.name,
      heard: { source, priority, intervalMs, style: 'rfc5798', sameAddresses: true },
    });
  }

  function fact(node: Node, what: Fact): void {
    if (node.instance === null) return;
    const before = node.instance;
    const { instance, effects } = step(before, what, world.now);
    node.instance = instance;
    for (const effect of effects) run(node, effect);
  }

  function run(node: Node, effect: Effect): void {
    const find = (router: string) => node.instance?.routers.find((r) => r.plan.name === router)?.plan;
    switch (effect.do) {
      case 'advert': {
        const plan = find(effect.router);
        if (plan !== undefined) send(node, identityOf(plan), effect.priority, plan.advertIntervalMs);
        return;
      }
      case 'take': {
        const plan = find(effect.router)!;
        node.held.add(identityOf(plan));
        const claims = node.claims.get(plan.name) ?? [];
        node.claims.set(plan.name, [...claims.slice(-20), world.now]);
        return;
      }
      case 'drop': {
        const plan = find(effect.router);
        if (plan !== undefined) node.held.delete(identityOf(plan));
        return;
      }
      case 'close':
        node.held.delete(identityOf(effect.plan));
        return;
      case 'probe':
        return probe(node, effect.router, effect.purpose);
      case 'event':
        note(`${node.name}: ${effect.event.kind} ${JSON.stringify(effect.event.reason)}`);
        if (effect.event.actionId !== undefined && effect.event.ended !== undefined)
          node.lastSwitchover = effect.event.ended;
        return;
      case 'stopped':
        node.instance = null;
        world.calmSince = world.now;
        return;
      default:
        return;
    }
  }

  /** Three probes 20 ms apart: answered by whoever has the addresses and is connected both ways. */
  function probe(node: Node, router: string, purpose: 'claim' | 'fault' | 'source'): void {
    const { generation } = node;
    world.at(60, () => {
      const plan = node.instance?.routers.find((r) => r.plan.name === router)?.plan;
      if (plan === undefined || node.generation !== generation) return;
      const identity = identityOf(plan);
      const other = nodes.find(
        (n) => n !== node && n.up && node.up && n.held.has(identity) && connected(n, node) && connected(node, n),
      );
      const foreign = purpose !== 'source' && other !== undefined ? { address: 'vip', mac: other.name } : null;
      fact(node, { kind: 'probed', router, purpose, foreign });
    });
  }

  function connected(from: Node, to: Node): boolean {
    return !world.cuts.has(`${from.name}>${to.name}`);
  }

  function send(node: Node, identity: string, priority: number, intervalMs: number): void {
    if (!node.up) return;
    for (const other of nodes) {
      if (other === node || random.chance(world.loss)) continue;
      const delay = world.delay.min + random.next() * (world.delay.max - world.delay.min);
      const packet = { from: node.name, source: node.source, identity, priority, intervalMs };
      queue.push(world.now + delay, { kind: 'packet', to: other.name, packet });
    }
  }

  function transports(node: Node): Record<string, Transport> {
    const transport = transportOf(node);
    return Object.fromEntries(node.plan.routers.map((router) => [router.name, transport]));
  }

  function boot(node: Node): void {
    if (node.instance !== null) return;
    node.held.clear();
    node.will.clear();
    node.waiting.length = 0;
    node.generation++;
    node.frozenSince = null;
    node.claims.clear();
    world.calmSince = world.now;
    note(`${node.name}: starts`);
    node.instance = newInstance(node.plan, world.now, {});
    fact(node, { kind: 'start', transports: transports(node), reason: { code: 'starting' } });
  }

  function killEngine(node: Node): void {
    const dead = node.instance;
    if (dead === null) return;
    note(`${node.name}: engine killed`);
    node.instance = null;
    node.frozenSince = null;
    node.generation++;
    world.calmSince = world.now;
    let wait = 0;
    for (const entry of dead.routers) {
      if (!holdsAddresses(entry)) continue;
      const identity = identityOf(entry.plan);
      node.will.add(identity);
      if (entry.plan.group !== '' && dead.plan.mode !== 'off') send(node, identity, 0, entry.plan.advertIntervalMs);
      wait = Math.max(wait, letGoTime(entry.plan.version, entry.plan.advertIntervalMs));
    }
    const { generation } = node;
    world.at(wait + 100, () => {
      if (node.generation === generation) boot(node);
    });
  }

  function crash(node: Node): void {
    note(`${node.name}: loses power`);
    node.instance = null;
    node.frozenSince = null;
    node.held.clear();
    node.will.clear();
    node.generation++;
    world.calmSince = world.now;
  }

  function freeze(node: Node, ms: number): void {
    if (node.instance === null || node.frozenSince !== null) return;
    note(`${node.name}: frozen for ${ms} ms`);
    node.frozenSince = world.now;
    world.calmSince = world.now;
    const { generation } = node;
    world.at(ms, () => {
      if (node.generation !== generation || node.frozenSince === null) return;
      const gap = world.now - node.frozenSince;
      node.frozenSince = null;
      world.calmSince = world.now;
      note(`${node.name}: goes on after ${gap.toFixed(1)} ms`);
      // As the engine's loop does: lateness is measured first, then the socket is drained, then timers are looked at.
      fact(node, { kind: 'late', lateMs: gap });
      for (const packet of node.waiting.splice(0)) hear(node, packet);
    });
  }

  function setUp(node: Node, up: boolean): void {
    if (node.up === up) return;
    node.up = up;
    world.calmSince = world.now;
    note(`${node.name}: link ${up ? 'up' : 'down'}`);
    const transport = transportOf(node);
    for (const router of node.plan.routers) fact(node, { kind: 'transport', router: router.name, transport });
  }

  function reload(node: Node, plan: EnginePlan): void {
    node.plan = plan;
    world.calmSince = world.now;
    fact(node, { kind: 'plan', plan, transports: transports(node), actionId: null });
  }
}

export function transportOf(node: Node): Transport {
  return { advertUp: node.up, addressUp: node.up, source: node.source, detail: node.up ? '' : 'eth0 has no carrier' };
}

/** A point `ms` after now. */
export function after(world: World, ms: number): Instant {
  return later(world.now, ms);
}
