/**
 * How many are active, at every moment (brain 12): who is connected must agree, and where somebody could be active somebody is, also while other parts
 * of the network are broken.
 */
import { groupEligible } from '../../daemon/brain/faults.ts';
import { isMute } from '../../daemon/brain/gate.ts';
import type { RouterEntry } from '../../daemon/brain/state.ts';
import { speaksFor } from './guardian.ts';
import { type Limits, type Watch, checked, connected, fail, slowest, touches } from './limits.ts';
import { NETS, type Net } from './network.ts';
import { type Node, identity, netOf } from './node.ts';
import type { World } from './world.ts';

/** A mute standby asks again every second; asking takes 60 ms. */
const ASKING_MS = 1100;
/** A handover's overlap (brain 12). */
const OVERLAP_MS = 250;
/** So often it is looked at even if nothing has changed. */
const LOOK_MS = 20;

type Islands = Readonly<Record<Net, readonly (readonly Node[])[]>>;

export function watchOwners(world: World): Watch {
  /** Since when two nodes are both active for a router, undisturbed: `a b identity` → time. */
  let together: ReadonlyMap<string, number> = new Map();
  /** Since when an island has no active: `identity members` → time. */
  const lacking = new Map<string, number>();
  let islands: Islands = { data: [], ha: [], backup: [] };
  let limits = slowest(world);
  let seen = -1;
  let looked = -1;
  return {
    check() {
      const disturbed = world.calmSince === world.now || seen !== world.calmSince;
      if (disturbed) {
        seen = world.calmSince;
        islands = { data: islandsOf(world, 'data'), ha: islandsOf(world, 'ha'), backup: [] };
        limits = slowest(world);
        lacking.clear();
        together = new Map();
      }
      if (world.network.loss > 0 || (!disturbed && !world.moved && world.now - looked < LOOK_MS)) return;
      looked = world.now;
      together = checkPairs(world, together, limits);
      if (!coherent(world)) return;
      for (const net of NETS) for (const island of islands[net]) checkIsland(world, net, island, lacking, limits);
    },
  };
}

const runs = (node: Node): boolean => node.instance !== null && node.frozenSince === null;

/** Groups of machines that are all connected with each other, and nothing comes or goes between them and others: only there it is clear who should win. */
function islandsOf(world: World, net: Net): Node[][] {
  const alive = world.nodes.filter(runs);
  const islands: Node[][] = [];
  for (const node of alive) {
    if (islands.some((island) => island.includes(node))) continue;
    const island = alive.filter((n) => n === node || connected(world, net, n, node));
    const closed = island.every((a) =>
      world.nodes.every((b) => {
        if (a === b || !(runs(b) || b.guardian.voices.size > 0)) return true;
        if (island.includes(b)) return connected(world, net, a, b);
        return !touches(world, net, a, b) && !touches(world, net, b, a);
      }),
    );
    if (closed) islands.push(island);
  }
  return islands;
}

const activeEntry = (node: Node, of: string): RouterEntry | undefined =>
  node.instance?.routers.find((r) => r.machine.state === 'active' && identity(r.plan) === of);

/**
 * Two actives that are connected. By adverts: one advert, the answer, and the way there are all that it may last. By paths alone: one detection
 * and one advert. In a handover: 250 ms.
 */
function checkPairs(world: World, before: ReadonlyMap<string, number>, limits: Limits): ReadonlyMap<string, number> {
  const { nodes, network } = world;
  const delays = 4 * network.delay.max + 5;
  const together = new Map<string, number>();
  for (let x = 0; x < nodes.length; x++) {
    const a = nodes[x]!;
    if (!runs(a)) continue;
    for (const { machine, plan } of a.instance!.routers) {
      if (machine.state !== 'active') continue;
      for (let y = x + 1; y < nodes.length; y++) {
        const b = nodes[y]!;
        const of = identity(plan);
        const modes = [a.instance!.plan.mode, b.instance?.plan.mode];
        if (modes.every((mode) => mode === 'off') || b.frozenSince !== null || activeEntry(b, of) === undefined)
          continue;
        const net = netOf(plan);
        const heard = network.joined(net, a, b) && !a.sendBroken && !b.sendBroken;
        // Who is out of the election says so in adverts alone: its groups have other names.
        if (!heard && (modes[0] !== modes[1] || !checked(world, a, b))) continue;
        const key = `${a.name} ${b.name} ${of}`;
        const since = before.get(key) ?? world.now;
        together.set(key, since);
        const adverts = limits.interval * 1.5 + delays;
        const paths = limits.detection + limits.interval + delays;
        const limit = Math.max(limits.check > 0 ? OVERLAP_MS : 0, heard ? adverts : paths);
        if (world.now - since > limit)
          fail(
            `brain 12: ${a.name} and ${b.name} are both active for ${plan.name} for ${(world.now - since).toFixed(1)} ms`,
          );
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

/** Exactly one active within Master_Down + detection + 1 s, whenever an eligible instance exists. */
function checkIsland(
  world: World,
  net: Net,
  island: readonly Node[],
  lacking: Map<string, number>,
  limits: Limits,
): void {
  const members = island.map((n) => n.name).join('');
  for (const { plan } of island[0]!.instance?.routers ?? []) {
    if (netOf(plan) !== net) continue;
    const of = identity(plan);
    const key = `${of} ${members}`;
    if (island.some((n) => activeEntry(n, of) !== undefined || speaksFor(n, of)) || isElsewhere(world, island, of)) {
      lacking.delete(key);
      continue;
    }
    const since = lacking.get(key) ?? world.now;
    lacking.set(key, since);
    const begun = Math.min(...island.map((n) => beganAt(world, n, of)));
    const late = world.now - Math.max(since, begun);
    if (late > limits.down + limits.detection + limits.interval + ASKING_MS)
      fail(`brain 12: nobody of ${members} is active for ${plan.name} for ${late.toFixed(1)} ms`);
  }
}

/** From when on this node could have been active; never while it may not. */
function beganAt(world: World, node: Node, of: string): number {
  const { instance } = node;
  const entry = instance?.routers.find((r) => identity(r.plan) === of);
  const group = instance?.groups.find((g) => g.name === entry?.plan.group);
  if (entry === undefined || group === undefined || instance === null) return Number.POSITIVE_INFINITY;
  if (instance.phase !== 'running' || !groupEligible(instance, group)) return Number.POSITIVE_INFINITY;
  return Math.max(world.calmSince, node.unfitAt.get(of) ?? 0, group.notBefore);
}

/** Who is mute leaves the addresses to whom the network shows to have them. */
function isElsewhere(world: World, island: readonly Node[], of: string): boolean {
  const able = island.filter((member) => Number.isFinite(beganAt(world, member, of)));
  return (
    able.length > 0 &&
    able.every(
      (member) =>
        member.instance?.routers.some(isMute) === true &&
        world.nodes.some((n) => !island.includes(n) && n.held.has(of) && world.network.joined('data', n, member)),
    )
  );
}
