/** Default priorities (brain 4.5): the same on every instance without asking. Pure. */
import { createHash } from 'node:crypto';
import type { Mode } from './plan.ts';

/** What an instance knows of its stack. */
export interface StackView {
  readonly mode: Mode;
  readonly instance: string;
  readonly primary: boolean;
  /** Names of the other instances. */
  readonly peers: readonly string[];
}

/**
 * Priority of a router that has none in the file, 1–200. Primary or owner 200; the others 100, 99, 98 … by name,
 * and plainly 100 where there is only one other or nobody is known. In a cluster 200 − 10 × rank.
 */
export function defaultPriority(
  router: { readonly name: string; readonly owner: string | null },
  stack: StackView,
): number {
  const { mode, instance, primary, peers } = stack;
  const everybody = [instance, ...peers];
  if (mode === 'cluster') return atLeastOne(200 - 10 * ranking(router, everybody).indexOf(instance));
  if (router.owner === instance || (mode === 'active-passive' && primary)) return 200;
  if (peers.length <= 1) return 100;
  const others = everybody.filter((name) => name !== router.owner).toSorted(byCodeUnits);
  return atLeastOne(100 - others.indexOf(instance));
}

/** The instances in the order in which they should have the router: its owner, then by rendezvous hash. */
export function ranking(
  router: { readonly name: string; readonly owner: string | null },
  instances: readonly string[],
): readonly string[] {
  const weight = new Map(instances.map((name) => [name, name === router.owner ? '~' : rendezvous(router.name, name)]));
  return instances.toSorted((a, b) => byCodeUnits(weight.get(b)!, weight.get(a)!) || byCodeUnits(a, b));
}

/**
 * Rendezvous (highest random weight) hash as hex: whoever has the highest takes the router. An instance that comes or goes
 * moves only its own routers. Names hold no slash, so the joined text is unambiguous.
 */
export function rendezvous(router: string, instance: string): string {
  return createHash('sha256').update(`${router}/${instance}`).digest('hex');
}

function atLeastOne(priority: number): number {
  return Math.max(1, priority);
}

/** Not by locale: the order must be the same on every machine. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
