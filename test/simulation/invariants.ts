/** What must hold after every step, whatever happens (brain section 12, as far as adverts alone can promise it). */
import { holdsAddresses } from '../../daemon/brain/state.ts';
import { FAULTS } from '../../daemon/brain/faults.ts';
import { identityOf } from '../../daemon/brain/reload.ts';
import { masterDown } from '../../vrrp/timers.ts';
import type { Node, World } from './world.ts';

export interface Watch {
  /** Throws an Error that says which invariant broke. */
  check(): void;
}

/** Longest advert interval and Master_Down in the world, ms. */
export function slowest(world: World): { readonly interval: number; readonly down: number } {
  const routers = world.nodes.flatMap((node) => node.plan.routers);
  const interval = Math.max(...routers.map((r) => r.advertIntervalMs));
  return { interval, down: masterDown(3, 1, interval) };
}

export function watch(world: World): Watch {
  /** Since when two nodes are both active for a router, undisturbed: `a b identity` → time. */
  const together = new Map<string, number>();
  return {
    check() {
      for (const node of world.nodes) checkNode(world, node);
      checkPairs(world, together);
    },
  };
}

function checkNode(world: World, node: Node): void {
  const { instance } = node;
  if (instance === null) return;
  for (const entry of instance.routers) {
    const { machine, plan } = entry;
    const held = node.held.has(identityOf(plan));
    if (held !== holdsAddresses(entry))
      fail(`${node.name}: ${plan.name} is ${machine.state} but ${held ? 'has' : 'lacks'} its addresses`);
    if (machine.state === 'backup' && !Number.isFinite(machine.downAt))
      fail(`${node.name}: ${plan.name} is backup without a deadline`);
    if (machine.state === 'active' && !Number.isFinite(machine.advertAt) && !Number.isFinite(machine.listenUntil)) {
      fail(`${node.name}: ${plan.name} is active without a next advert`);
    }
    const hard = instance.faults.some((f) => f.router === plan.name && !FAULTS[f.name].keepsAddresses);
    if (hard && held) fail(`${node.name}: ${plan.name} has its addresses in a hard fault`);
  }
  if (instance.plan.mode === 'active-passive' && instance.phase === 'running') {
    const states = new Set(instance.routers.map((r) => r.machine.state));
    if (states.has('active') && states.size > 1) fail(`${node.name}: the group is torn: ${[...states].join(', ')}`);
  }
  for (const [router, claims] of node.claims) {
    const [last, before] = [claims.at(-1), claims.at(-2)];
    const plan = instance.routers.find((r) => r.plan.name === router)?.plan;
    if (plan === undefined || last === undefined || before === undefined || node.lastSwitchover !== 'none') continue;
    const least = plan.advertIntervalMs;
    if (last === world.now && last - before < least)
      fail(`${node.name}: claimed ${router} twice within ${last - before} ms`);
  }
}

/** Two actives that hear each other: one advert, the answer, and the way there are all that it may last. */
function checkPairs(world: World, together: Map<string, number>): void {
  const active = (node: Node, identity: string): boolean =>
    node.frozenSince === null &&
    node.up &&
    node.instance !== null &&
    node.instance.plan.mode !== 'off' &&
    node.instance.routers.some((r) => r.machine.state === 'active' && identityOf(r.plan) === identity);
  const limit = slowest(world).interval * 1.5 + 4 * world.delay.max + 5;
  world.nodes.forEach((a, at) => {
    for (const b of world.nodes.slice(at + 1)) {
      for (const router of a.plan.routers) {
        const identity = identityOf(router);
        const key = `${a.name} ${b.name} ${identity}`;
        if (!active(a, identity) || !active(b, identity) || world.loss > 0 || world.cuts.size > 0) {
          together.delete(key);
          continue;
        }
        const since = Math.max(together.get(key) ?? world.now, world.calmSince);
        together.set(key, since);
        if (world.now - since > limit)
          fail(`${a.name} and ${b.name} are both active for ${router.name} for ${world.now - since} ms`);
      }
    }
  });
}

/** In calm everything has exactly one owner, and it is on the interface there and nowhere else. */
export function checkCalm(world: World): void {
  for (const router of world.nodes[0]!.plan.routers) {
    const identity = identityOf(router);
    const owners = world.nodes.filter((node) => node.held.has(identity)).map((node) => node.name);
    if (owners.length !== 1)
      fail(`${router.name} is on ${owners.length === 0 ? 'nobody' : owners.join(' and ')} although all is well`);
  }
}

function fail(text: string): never {
  throw new Error(text);
}
