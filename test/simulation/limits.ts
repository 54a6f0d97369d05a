/** What the invariants share: how long things may take in a world, who is connected, and how a violation is said. */
import { masterDown } from '../../vrrp/timers.ts';
import { type Net, PATHS } from './network.ts';
import type { Node } from './node.ts';
import type { World } from './world.ts';

export interface Watch {
  /** Throws an Error that says which invariant broke. */
  check(): void;
}

export interface Limits {
  /** Longest advert interval and Master_Down in the world, ms. */
  readonly interval: number;
  readonly down: number;
  /** Longest check interval and detection; 0 without peers. */
  readonly check: number;
  readonly detection: number;
}

export function slowest(world: World): Limits {
  const interval = Math.max(...world.nodes.flatMap((node) => node.plan.routers).map((r) => r.advertIntervalMs));
  const detections = world.nodes.map(detectionOf);
  const checks = world.nodes.map(({ plan }) => (plan.peers.length === 0 ? 0 : plan.peerCheck.intervalMs));
  const down = masterDown(3, 1, interval);
  return { interval, down, check: Math.max(...checks), detection: Math.max(...detections) };
}

/** A machine that is late too often judges more slowly (brain 3.5). */
function detectionOf({ plan, instance }: Node): number {
  if (plan.peers.length === 0) return 0;
  const { intervalMs, failureThreshold } = plan.peerCheck;
  return intervalMs * Math.max(failureThreshold, instance?.lateness.failureThreshold ?? 0);
}

const knows = (a: Node, b: Node): boolean => a.plan.peers.some((p) => p.name === b.name);

/** Checks of `a` get to `b`, are understood there, and can be answered: on any path. */
export function checked(world: World, a: Node, b: Node): boolean {
  if (!knows(a, b) || !knows(b, a) || !a.keys.includes(b.keys[0]!) || !b.keys.includes(a.keys[0]!)) return false;
  const paths = Math.min(a.plan.peers[0]!.paths.length, b.plan.peers[0]!.paths.length);
  const { network } = world;
  return PATHS.slice(0, paths).some((net) => network.passes(net, a, b) && network.passes(net, b, a));
}

/** Something of `a` gets to `b`: an advert on that network, or a check. */
export function touches(world: World, net: Net, a: Node, b: Node): boolean {
  const { network } = world;
  if (network.reaches(net, a, b)) return true;
  return knows(a, b) && PATHS.some((path) => network.passes(path, a, b));
}

/** They hear each other's adverts, or check each other (brain 12: over paths and adverts). */
export const connected = (world: World, net: Net, a: Node, b: Node): boolean =>
  world.network.joined(net, a, b) || checked(world, a, b);

/** The rule of the brain or of section 12 that does not hold, and how. */
export function fail(text: string): never {
  throw new Error(text);
}
