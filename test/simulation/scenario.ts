/** One scenario from one seed: a stack, a time of troubles, a time of calm. */
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import { checkCalm, slowest, watch } from './invariants.ts';
import { type Random, createRandom } from './random.ts';
import { type Node, type World, createWorld } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  /** Null: every invariant held. */
  readonly violation: string | null;
  readonly trace: readonly string[];
}

/** Run the scenario of a seed to its end. The same seed gives the same outcome, always. */
export function runScenario(seed: number): Outcome {
  const random = createRandom(seed);
  const world = createWorld(random, makeNodes(random));
  const guard = watch(world);
  let steps = 0;
  const run = (ms: number): void => {
    const until = world.now + ms;
    while (world.advance(until)) {
      steps++;
      guard.check();
    }
  };
  try {
    const { interval, down } = slowest(world);
    for (const node of world.nodes) world.at(random.next() * interval, () => world.boot(node));
    run(down * 2);
    for (let n = random.between(3, 10); n > 0; n--) {
      trouble(world);
      run(random.next() * down * random.pick([0.1, 0.5, 1, 2]));
      guard.check();
    }
    makePeace(world);
    // Longest legal waits: a will, a second of carrier, a mistaken claim and its back-off.
    run(6 * down + 1500 + 100 + longestDelay(world));
    checkCalm(world);
    const owners = ownersOf(world);
    run(3 * down);
    checkCalm(world);
    if (settledFor(world) && ownersOf(world) !== owners)
      throw new Error(`moved in a calm night: ${owners} → ${ownersOf(world)}`);
    return { seed, steps, violation: null, trace: world.trace };
  } catch (error) {
    return { seed, steps, violation: error instanceof Error ? error.message : String(error), trace: world.trace };
  }
}

function makeNodes(random: Random): Node[] {
  const mode = random.pick(['active-passive', 'active-passive', 'active-active', 'cluster'] as const);
  const interval = random.pick([10, 100, 1000]);
  const routers = random.between(1, 3);
  const mixed = random.chance(0.3);
  const preempt = random.chance(0.7);
  const preemptDelayMs = random.chance(0.3) ? interval * random.between(1, 8) : 0;
  const count = random.between(2, 5);
  const base = Array.from({ length: count }, () => random.pick([255, 200, 150, 100, 100, 1]));
  // One address owner at the most: two are a mistake of configuration, and no owner defers to a delay.
  const priorities = base.map((p, n) => (p === 255 && base.indexOf(255) !== n ? 100 : p));
  return Array.from({ length: count }, (_, n) => {
    const name = 'abcde'[n]!;
    const plan: EnginePlan = {
      instance: name,
      stack: 'sim',
      mode,
      primary: n === 0,
      preempt,
      preemptDelayMs,
      routers: Array.from({ length: routers }, (__, r) =>
        makeRouter(r, mode, priorities[n]!, mixed && n % 2 === 1 ? Math.max(10, interval / 2) : interval),
      ),
      realtime: false,
      hash: '',
      warnings: [],
    };
    return {
      name,
      source: Uint8Array.of(10, 0, 0, n + 1),
      plan,
      instance: null,
      held: new Set(),
      will: new Set(),
      frozenSince: null,
      up: true,
      generation: 0,
      claims: new Map(),
      waiting: [],
      lastSwitchover: 'none',
    };
  });
}

function makeRouter(n: number, mode: EnginePlan['mode'], priority: number, intervalMs: number): RouterPlan {
  const name = `r${n}`;
  return {
    name,
    id: n + 1,
    version: 3,
    family: 'ipv4',
    interface: 'eth0',
    addressInterface: 'eth0',
    addresses: [{ address: `10.1.0.${n + 1}`, prefix: 24, family: 'ipv4', interface: 'eth0' }],
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

function trouble(world: World): void {
  const { random } = world;
  const node = random.pick(world.nodes);
  const other = random.pick(world.nodes);
  const { down } = slowest(world);
  const kinds: readonly (() => void)[] = [
    () => world.killEngine(node),
    () => world.crash(node),
    () => world.boot(node),
    () => world.boot(node),
    () => world.freeze(node, random.next() * down * 3),
    () => {
      if (node !== other) world.cuts.add(`${node.name}>${other.name}`);
    },
    () => {
      for (const n of world.nodes) if (n !== node && random.chance(0.5)) cutBoth(world, node, n);
    },
    () => world.cuts.clear(),
    () => {
      world.loss = random.pick([0, 0, 0.05, 0.3]);
    },
    () => {
      world.delay.max = random.pick([0.2, 1, 5]);
    },
    () => world.setUp(node, false),
    () => world.setUp(node, true),
    () => world.fact(node, { kind: 'stop', by: 'the simulator' }),
    () => {
      node.lastSwitchover = 'running';
      world.fact(node, {
        kind: 'switchover',
        actionId: 'x',
        by: 'the simulator',
        hold: { kind: 'for', ms: down * 3 },
        force: false,
      });
    },
    () => world.reload(node, withPriority(node.plan, random.pick([254, 200, 120, 100, 50]))),
  ];
  random.pick(kinds)();
  world.calmSince = world.now;
}

function cutBoth(world: World, a: Node, b: Node): void {
  world.cuts.add(`${a.name}>${b.name}`);
  world.cuts.add(`${b.name}>${a.name}`);
}

function withPriority(plan: EnginePlan, priority: number): EnginePlan {
  return { ...plan, routers: plan.routers.map((router) => ({ ...router, priority })) };
}

function makePeace(world: World): void {
  world.cuts.clear();
  world.loss = 0;
  world.delay.max = 1;
  for (const node of world.nodes) {
    world.setUp(node, true);
    if (node.instance === null && node.will.size === 0) world.boot(node);
  }
  world.calmSince = world.now;
}

function longestDelay(world: World): number {
  return Math.max(...world.nodes.map((node) => node.plan.preemptDelayMs));
}

/** Preemption that was held ends by itself, and moves the addresses once: only without it must nothing move. */
function settledFor(world: World): boolean {
  return world.nodes.every((node) => node.lastSwitchover === 'none');
}

function ownersOf(world: World): string {
  return world.nodes.map((node) => `${node.name}:${[...node.held].sort().join()}`).join(' ');
}
