/** What can go wrong, or be done by people, in a scenario. */
import { engineEnded } from './guardian.ts';
import { isHolder } from '../../daemon/brain/holder.ts';
import type { Fact } from '../../daemon/brain/fact.ts';
import { slowest } from './limits.ts';
import { NETS, type Net } from './network.ts';
import type { Node } from './node.ts';
import { withMode, withRouters } from './plans.ts';
import type { World } from './world.ts';

type Trouble = (world: World, node: Node, other: Node) => void;

const WIRE: readonly Trouble[] = [
  (world, node, other) => {
    for (const net of someNets(world)) if (node !== other) world.network.cut(net, node, other);
  },
  (world, node, other) => {
    for (const net of someNets(world)) {
      if (node === other) continue;
      world.network.cut(net, node, other);
      world.network.cut(net, other, node);
    }
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
];

const PROCESSES: readonly Trouble[] = [
  (world, node) => world.killEngine(node),
  (world, node) => world.killEngine(node),
  (world, node) => world.crash(node),
  (world, node) => world.boot(node),
  (world, node) => world.boot(node),
  (world) => world.nodes.forEach((n) => world.boot(n)),
  (world, node) =>
    world.freeze(
      node,
      world.random.next() * slowest(world).down * world.random.pick([0.1, 0.5, 3]),
      world.random.chance(0.5),
    ),
  stop,
];

const PEOPLE: readonly Trouble[] = [
  switchOver,
  switchOver,
  (world, node) => world.fact(node, { kind: 'releaseHold', actionId: ask(world, node, 'release'), by: WHO }),
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

const OF_PEERS: readonly Trouble[] = [
  maintenance,
  maintenance,
  leaveMaintenance,
  (world, node, other) => world.network.filter(node, other),
  (world, node, other) => {
    for (const a of world.nodes) if (a === node || a === other) for (const b of world.nodes) world.network.filter(a, b);
  },
  (_, node) => {
    node.keys = ['second'];
  },
  (world) => {
    // Rotation as it should be done.
    for (const node of world.nodes) node.keys = ['second', 'first'];
  },
  (world) => world.nodes.forEach((node) => world.setUp(node, world.random.pick(['ha', 'backup']), false)),
  (world, node) => world.fact(node, { kind: 'flapsReset', actionId: resetting(world, node), by: WHO }),
];

const OF_LINKS: readonly Trouble[] = [
  (world, node) => world.plug(node, world.random.pick([...node.cables.keys()]), false),
  (world) => world.nodes.forEach((n) => world.plug(n, world.random.pick([...n.cables.keys()]), false)),
  (world, node) => [...node.cables.keys()].forEach((port) => world.plug(node, port, true)),
  (world) => world.nodes.forEach((n) => [...n.cables.keys()].forEach((port) => world.plug(n, port, true))),
];

const OF_BYPASS: readonly Trouble[] = [
  engage,
  release,
  release,
  (_, node) => {
    node.card.stuck = !node.card.stuck;
  },
  (_, node) => {
    node.card.unreadable = !node.card.unreadable;
  },
  (world, node) => {
    node.card.slowMs = world.random.pick([20, 500]);
    node.card.dropsCarrier = world.random.chance(0.5);
  },
  (world, node) => world.commandCard(node, world.random.pick(['inline', 'bypass']), 'hand'),
];

const OF_TRAFFIC: readonly Trouble[] = [
  (world, node) => {
    node.traffic = world.random.chance(0.3);
  },
  (world) => {
    const flows = world.random.chance(0.4);
    for (const node of world.nodes) node.traffic = flows;
  },
];

const OF_TRACKS: readonly Trouble[] = [
  (world, node) => void node.badTracks.add(world.random.pick(node.plan.tracks).name),
  (world) => world.nodes.forEach((n) => void n.badTracks.add(n.plan.tracks[0]!.name)),
  (_, node) => node.badTracks.clear(),
];

const WHO = 'the simulator';

/** Something happens to somebody. */
export function trouble(world: World): void {
  const { random } = world;
  const node = random.pick(world.nodes);
  const { peers, links, bypass, bandwidth, tracks } = node.plan;
  const kinds = [WIRE, PROCESSES, PEOPLE];
  if (peers.length > 0) kinds.push(OF_PEERS, WIRE, PROCESSES);
  if (links.pairs.length > 0) kinds.push(OF_LINKS, OF_LINKS);
  if (bypass.driver !== 'none') kinds.push(OF_BYPASS);
  if (bandwidth.enabled) kinds.push(OF_TRAFFIC, OF_TRAFFIC);
  if (tracks.length > 0) kinds.push(OF_TRACKS);
  random.pick(random.pick(kinds))(world, node, random.pick(world.nodes));
  world.disturb();
}

/** Remember what was asked; `done` when it is acknowledged. */
function ask(world: World, node: Node, action: string, done: () => void = () => undefined): string {
  const id = `${action} ${world.now}`;
  if (node.instance === null) return id;
  node.people.open.set(id, { action, at: world.now });
  node.people.asked.set(id, done);
  return id;
}

function told(world: World, node: Node, fact: Fact): void {
  world.note(`${node.name}: asked: ${JSON.stringify(fact)}`);
  world.fact(node, fact);
}

function stop(world: World, node: Node): void {
  if (node.instance === null) return;
  node.stopAskedAt ??= world.now;
  // An engine that has not adopted yet is killed: what is held is the guardian's to give up (daemon/guardian/lifecycle.ts).
  if (node.guardian.mode === 'holding') {
    world.note(`${node.name}: stopped before it adopted`);
    world.endEngine(node);
    return engineEnded(world, node);
  }
  told(world, node, { kind: 'stop', by: WHO });
}

/** Name of the only instance that is active for anything. */
function soleActive(world: World): string | null {
  const active = world.nodes.filter(
    ({ instance }) => instance?.routers.some((r) => r.machine.state === 'active') === true,
  );
  return active.length === 1 ? active[0]!.name : null;
}

/** From where the role is; where it is not, to there. */
function switchOver(world: World, node: Node): void {
  const { random } = world;
  const active = node.instance?.routers.some((r) => r.machine.state === 'active') === true;
  const hold = random.pick([{ kind: 'for', ms: slowest(world).down * 3 }, { kind: 'none' }] as const);
  const force = node.plan.peers.length > 0 && random.chance(0.2);
  node.people.lastSwitchover = 'running';
  const askedAt = world.now;
  const actionId = ask(world, node, 'switchover', () => {
    node.people.heldSince = askedAt;
    node.people.heldBy = soleActive(world);
    node.people.heldUntil = hold.kind === 'for' ? world.now + hold.ms - 50 : Number.NEGATIVE_INFINITY;
  });
  told(world, node, { kind: 'switchover', to: active ? null : node.name, actionId, by: WHO, hold, force });
}

function maintenance(world: World, node: Node): void {
  const { random, now } = world;
  const forMs = random.pick([null, 3000, 8000]);
  const untilReboot = forMs === null && random.chance(0.3);
  const until = forMs === null ? Number.POSITIVE_INFINITY : now + forMs;
  const { boots } = node.disk;
  const actionId = ask(world, node, 'maintenance', () => {
    node.people.maintenance = { until, reboot: untilReboot, boots };
  });
  told(world, node, {
    kind: 'maintenance',
    actionId,
    by: WHO,
    on: true,
    forMs,
    untilReboot,
    force: random.chance(0.2),
  });
}

function leaveMaintenance(world: World, node: Node): void {
  const actionId = ask(world, node, 'leave');
  node.people.maintenance = null;
  told(world, node, {
    kind: 'maintenance',
    actionId,
    by: WHO,
    on: false,
    forMs: null,
    untilReboot: false,
    force: false,
  });
}

function engage(world: World, node: Node): void {
  const { boots } = node.disk;
  const actionId = ask(world, node, 'engage', () => {
    node.people.bypass = { boots };
  });
  told(world, node, { kind: 'bypass', actionId, by: WHO, engage: true });
}

export function release(world: World, node: Node): void {
  node.people.bypass = null;
  node.people.latched = false;
  told(world, node, { kind: 'bypass', actionId: ask(world, node, 'release'), by: WHO, engage: false });
}

function resetting(world: World, node: Node): string {
  const { plan, instance, people } = node;
  // A latched bypass stays; where the limit is a fault alone it ends (brain 8.3).
  const bypasses = plan.flaps.action === 'bypass' && plan.bypass.driver !== 'none';
  if (!bypasses || instance === null || !isHolder(instance)) people.latched = false;
  return ask(world, node, 'reset');
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
    node.keys = ['first'];
    node.card.stuck = false;
    node.card.unreadable = false;
    node.card.slowMs = 20;
    node.traffic = true;
    node.badTracks.clear();
    for (const net of NETS) world.setUp(node, net, true);
    for (const port of node.cables.keys()) world.plug(node, port, true);
    // Who was told to keep quiet until its next start is started.
    const mode = world.nodes[0]!.plan.mode;
    const next = withMode(restored(node, most!), mode);
    if (node.plan.mode !== mode || node.plan.routers.length !== next.routers.length) world.reload(node, next);
    world.boot(node);
    if (node.plan.peers.length === 0) continue;
    if (node.instance !== null && node.instance.maintenance !== null) leaveMaintenance(world, node);
    if (node.plan.bypass.driver !== 'none') release(world, node);
    world.fact(node, { kind: 'flapsReset', actionId: resetting(world, node), by: WHO });
  }
  world.disturb();
}

/** The plan of a node with every router that anybody has, at its own priority and interval. */
function restored({ plan }: Node, most: Node) {
  const { priority, advertIntervalMs } = plan.routers[0]!;
  return { ...plan, routers: withMode(withRouters(most.plan, { priority, advertIntervalMs }), plan.mode).routers };
}

const someNets = (world: World): readonly Net[] =>
  world.random.pick([NETS, ['data'], ['ha'], ['ha', 'backup'], ['ha', 'data'], ['backup']] as const);

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
