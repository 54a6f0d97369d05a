/** What must be in the end, when all is well again (brain 12: a quiet night moves nothing twice). */
import { groupEligible } from '../../daemon/brain/faults.ts';
import type { RouterEntry } from '../../daemon/brain/state.ts';
import { fail, slowest } from './limits.ts';
import { type Node, identity } from './node.ts';
import type { World } from './world.ts';

/** Everything has exactly one owner, and it is on the interface there and nowhere else; nobody where nobody may. */
export function checkCalm(world: World): void {
  for (const [of, name] of identities(world)) {
    const owners = world.nodes.filter((node) => node.held.has(of)).map((node) => node.name);
    const wanted = world.nodes.some((node) => fit(node, of)) ? 1 : 0;
    if (owners.length === wanted || (wanted === 0 && owners.length <= 1)) continue;
    fail(`brain 12: ${name} is on ${owners.length === 0 ? 'nobody' : owners.join(' and ')} although all is well`);
  }
}

function fit({ instance }: Node, of: string): boolean {
  const entry = instance?.routers.find((r) => identity(r.plan) === of);
  const group = instance?.groups.find((g) => g.name === entry?.plan.group);
  return instance !== null && group !== undefined && groupEligible(instance, group);
}

/** Where everybody preempts, the best of those that could has everything in the end. */
export function checkBest(world: World): void {
  const { down } = slowest(world);
  for (const [of] of identities(world)) {
    const candidates = world.nodes.flatMap((node) => {
      const entry = node.instance?.routers.find((r) => identity(r.plan) === of);
      if (entry === undefined || !fit(node, of) || node.instance?.plan.mode === 'off') return [];
      return [{ node, entry, priority: priorityOf(node, entry) }];
    });
    const best = Math.max(...candidates.map(({ priority }) => priority));
    const everybody = candidates.every(
      ({ node }) =>
        node.instance!.plan.preempt &&
        node.instance!.heldUntil < world.now &&
        node.instance!.bandwidthDisarmed === null,
    );
    const soon = candidates.some(({ node }) => node.instance!.groups.some((g) => g.notBefore > world.now - 3 * down));
    const owner = candidates.find(({ node }) => node.held.has(of));
    if (!everybody || soon || owner === undefined || owner.priority === best) continue;
    fail(
      `brain 4.4: ${owner.entry.plan.name} is on ${owner.node.name} (${owner.priority}) although ${best} could have it`,
    );
  }
}

/** Of its group: all its routers move together (brain 1.2). */
function priorityOf({ instance }: Node, { plan }: RouterEntry): number {
  return Math.max(...instance!.routers.filter((r) => r.plan.group === plan.group).map((r) => r.machine.priority));
}

/** Routers that somebody speaks VRRP for. */
function identities(world: World): Map<string, string> {
  const speaking = world.nodes.filter((node) => node.plan.mode !== 'off');
  return new Map(speaking.flatMap((node) => node.plan.routers.map((plan) => [identity(plan), plan.name])));
}
