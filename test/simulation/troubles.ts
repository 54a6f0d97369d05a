/** What can go wrong, or be done by people, in a scenario. */
import { slowest } from './limits.ts';
import { NETS, type Net } from './network.ts';
import { type Node, withMode, withRouters } from './node.ts';
import type { World } from './world.ts';

type Trouble = (world: World, node: Node, other: Node) => void;

const TROUBLES: readonly Trouble[] = [
  (world, node) => world.killEngine(node),
  (world, node) => world.crash(node),
  (world, node) => world.boot(node),
  (world, node) => world.boot(node),
  (world) => world.nodes.forEach((node) => world.boot(node)),
  (world, node) => world.freeze(node, world.random.next() * slowest(world).down * world.random.pick([0.1, 0.5, 3])),
  (world, node, other) => {
    for (const net of someNets(world)) if (node !== other) world.network.cut(net, node, other);
  },
  (world, node) => {
    for (const net of someNets(world)) isolate(world, net, node);
  },
  (world) => world.network.mend(),
  (world) => {
    world.network.loss = world.random.pick([0, 0, 0.05, 0.3]);
  },
  (world) => {
    world.network.delay.max = world.random.pick([0.2, 1, 5]);
  },
  (world, node) => world.setUp(node, world.random.pick(NETS), false),
  (world, node) => world.setUp(node, 'ha', false),
  (world) => world.nodes.forEach((node) => world.setUp(node, 'ha', false)),
  (world) => world.nodes.forEach((node) => NETS.forEach((net) => world.setUp(node, net, true))),
  (_, node) => {
    node.sendBroken = !node.sendBroken;
  },
  (world, node) => world.fact(node, { kind: 'stop', by: 'the simulator' }),
  switchOver,
  switchOver,
  (world, node) => world.fact(node, { kind: 'releaseHold', actionId: 'release', by: 'the simulator' }),
  (world, node) =>
    world.reload(node, withRouters(node.plan, { priority: world.random.pick([254, 200, 120, 100, 50]) })),
  (world, node) => world.reload(node, { ...node.plan, preempt: world.random.chance(0.6) }),
  // The last one may leave the stack; never more than one, as two that do not speak cannot agree.
  (world) => world.reload(world.nodes.at(-1)!, withMode(world.nodes.at(-1)!.plan, 'off')),
  (world) => {
    const mode = world.random.pick(['active-passive', 'active-active'] as const);
    for (const node of world.nodes) world.reload(node, withMode(node.plan, mode));
  },
  (world, node) => {
    // A router less, or all of them again.
    const { routers } = node.plan;
    const [most] = [...world.nodes].sort((a, b) => b.plan.routers.length - a.plan.routers.length);
    if (routers.length > 1) return world.reload(node, { ...node.plan, routers: routers.slice(0, -1) });
    world.reload(node, restored(node, most!));
  },
];

function switchOver(world: World, node: Node): void {
  const { random } = world;
  const hold = random.pick([{ kind: 'for', ms: slowest(world).down * 3 }, { kind: 'none' }] as const);
  node.lastSwitchover = 'running';
  world.fact(node, { kind: 'switchover', to: null, actionId: 'switchover', by: 'the simulator', hold, force: false });
}

/** Something happens to somebody. */
export function trouble(world: World): void {
  const { random } = world;
  const node = random.pick(world.nodes);
  random.pick(TROUBLES)(world, node, random.pick(world.nodes));
  world.disturb();
}

/** All is well again: everybody runs, is connected and speaks VRRP for every router. */
export function makePeace(world: World): void {
  const { network } = world;
  network.mend();
  network.loss = 0;
  network.delay.max = 1;
  const [most] = [...world.nodes].sort((a, b) => b.plan.routers.length - a.plan.routers.length);
  for (const node of world.nodes) {
    node.sendBroken = false;
    for (const net of NETS) world.setUp(node, net, true);
    // Who was told to keep quiet until its next start is started.
    const mode = world.nodes[0]!.plan.mode;
    const next = withMode(restored(node, most!), mode);
    if (node.plan.mode !== mode || node.plan.routers.length !== next.routers.length) world.reload(node, next);
    if (node.instance === null && node.will.size === 0) world.boot(node);
  }
  world.disturb();
}

/** The plan of a node with every router that anybody has, at its own priority and interval. */
function restored({ plan }: Node, most: Node) {
  const { priority, advertIntervalMs } = plan.routers[0]!;
  return { ...plan, routers: withMode(withRouters(most.plan, { priority, advertIntervalMs }), plan.mode).routers };
}

const someNets = (world: World): readonly Net[] => world.random.pick([NETS, ['data'], ['ha']] as const);

/** Cut a part of the machines off from the others. */
function isolate(world: World, net: Net, node: Node): void {
  const inside = world.nodes.filter((n) => n === node || world.random.chance(0.3));
  for (const a of inside) {
    for (const b of world.nodes) {
      if (inside.includes(b)) continue;
      world.network.cut(net, a, b);
      world.network.cut(net, b, a);
    }
  }
}
