/** What the invariants share: how long things may take in a world, and how a violation is said. */
import { masterDown } from '../../vrrp/timers.ts';
import type { World } from './world.ts';

export interface Watch {
  /** Throws an Error that says which invariant broke. */
  check(): void;
}

/** Longest advert interval and Master_Down in the world, ms. */
export function slowest(world: World): { readonly interval: number; readonly down: number } {
  const interval = Math.max(...world.nodes.flatMap((node) => node.plan.routers).map((r) => r.advertIntervalMs));
  return { interval, down: masterDown(3, 1, interval) };
}

export function fail(text: string): never {
  throw new Error(text);
}
