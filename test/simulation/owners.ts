/**
 * How many are active, at every moment: who hears each other must agree within a few adverts, and where somebody could be
 * active somebody is, within Master_Down and a bit (brain 12), also while other parts of the network are broken.
 */
import { isMute } from '../../daemon/brain/gate.ts';
import type { RouterEntry } from '../../daemon/brain/state.ts';
import { type Watch, fail, slowest } from './limits.ts';
import { NETS, type Net } from './network.ts';
import { type Node, identity, netOf } from './node.ts';
import type { World } from './world.ts';

/** A mute standby asks again every second; asking takes 60 ms. */
const ASKING_MS = 1100;

export function watchOwners(world: World): Watch {
  /** Since when two nodes are both active for a router, undisturbed: `a b identity` → time. */
  let together: ReadonlyMap<string, number> = new Map();
  /** Since when an island has no active: `identity members` → time. */
  const lacking = new Map<string, number>();
  let islands: Readonly<Record<Net, readonly (readonly Node[])[]>> = { data: [], ha: [] };
  let limits = slowest(world);
  let seen = -1;
  return {
    check() {
      if (world.calmSince === world.now || seen !== world.calmSince) {
        seen = world.calmSince;
        islands = { data: islandsOf(world, 'data'), ha: islandsOf(world, 'ha') };
        limits = slowest(world);
        lacking.clear();
        together = new Map();
      }
      if (world.network.loss > 0) return;
      together = checkPairs(world, together, limits.interval * 1.5 + 4 * world.network.delay.max + 5);
      if (!coherent(world)) return;
      for (const net of NETS) for (const island of islands[net]) checkIsland(world, net, island, lacking, limits);
    },
  };
}

/** Groups of machines that all reach each other both ways and nobody else in any way: only there it is clear who should win. */
function islandsOf(world: World, net: Net): Node[][] {
  const { network } = world;
  const alive = world.nodes.filter((n) => n.instance !== null && n.frozenSince === null);
  const islands: Node[][] = [];
  for (const node of alive) {
    if (islands.some((island) => island.includes(node))) continue;
    const island = alive.filter((n) => n === node || network.joined(net, n, node));
    const closed = island.every((a) =>
      world.nodes.every((b) => {
        if (a === b || b.frozenSince !== null || b.instance === null) return true;
        if (island.includes(b)) return network.joined(net, a, b);
        return !network.reaches(net, a, b) && !network.reaches(net, b, a);
      }),
    );
    if (closed) islands.push(island);
  }
  return islands;
}

const activeEntry = (node: Node, of: string): RouterEntry | undefined =>
  node.instance?.routers.find((r) => r.machine.state === 'active' && identity(r.plan) === of);

/** Two actives that hear each other: one advert, the answer, and the way there are all that it may last. */
function checkPairs(world: World, before: ReadonlyMap<string, number>, limit: number): ReadonlyMap<string, number> {
  const { nodes, network } = world;
  const together = new Map<string, number>();
  for (let x = 0; x < nodes.length; x++) {
    const a = nodes[x]!;
    if (a.instance === null || a.frozenSince !== null) continue;
    for (const { machine, plan } of a.instance.routers) {
      if (machine.state !== 'active') continue;
      for (let y = x + 1; y < nodes.length; y++) {
        const b = nodes[y]!;
        const of = identity(plan);
        const key = `${a.name} ${b.name} ${of}`;
        const speaking = a.instance.plan.mode !== 'off' || b.instance?.plan.mode !== 'off';
        const both = speaking && b.frozenSince === null && activeEntry(b, of) !== undefined;
        if (!both || a.sendBroken || b.sendBroken || !network.joined(netOf(plan), a, b)) continue;
        const since = before.get(key) ?? world.now;
        together.set(key, since);
        if (world.now - since > limit)
          fail(`${a.name} and ${b.name} are both active for ${plan.name} for ${(world.now - since).toFixed(1)} ms`);
      }
    }
  }
  return together;
}

/** Nobody can say who should be active where plans differ in mode or routers: a group that is heard in part waits. */
function coherent(world: World): boolean {
  const [first, ...others] = world.nodes;
  return (
    first!.plan.mode !== 'off' &&
    others.every(({ plan }) => plan.mode === first!.plan.mode && plan.routers.length === first!.plan.routers.length)
  );
}

function checkIsland(
  world: World,
  net: Net,
  island: readonly Node[],
  lacking: Map<string, number>,
  limits: { readonly down: number; readonly interval: number },
): void {
  const members = island.map((n) => n.name).join('');
  for (const { plan } of island[0]!.instance?.routers ?? []) {
    if (netOf(plan) !== net) continue;
    const of = identity(plan);
    const key = `${of} ${members}`;
    if (island.some((n) => activeEntry(n, of) !== undefined) || isElsewhere(world, island, of)) {
      lacking.delete(key);
      continue;
    }
    const since = lacking.get(key) ?? world.now;
    lacking.set(key, since);
    const begun = Math.min(...island.map((n) => beganAt(world, n, of)));
    const late = world.now - Math.max(since, begun);
    if (late > limits.down + limits.interval + ASKING_MS)
      fail(`nobody of ${members} is active for ${plan.name} for ${late.toFixed(1)} ms`);
  }
}

/** From when on this node could have been active; never while it may not. */
function beganAt(world: World, node: Node, of: string): number {
  const { instance } = node;
  const entry = instance?.routers.find((r) => identity(r.plan) === of);
  if (entry === undefined || instance === null || instance.faults.length > 0 || instance.phase !== 'running')
    return Number.POSITIVE_INFINITY;
  const group = instance.groups.find((g) => g.name === entry.plan.group);
  return Math.max(world.calmSince, node.unfitAt.get(of) ?? 0, group?.notBefore ?? 0);
}

/** Who is mute leaves the addresses to whom the network shows to have them. */
function isElsewhere(world: World, island: readonly Node[], of: string): boolean {
  const [alone] = island;
  if (island.length !== 1 || !alone!.instance?.routers.some(isMute)) return false;
  return world.nodes.some((n) => n !== alone && n.held.has(of) && world.network.joined('data', n, alone!));
}
