/** What people were told holds (brain 12: nothing that was acknowledged is lost), and they are told in time (design section 7). */
import { type Watch, fail } from './limits.ts';
import type { Node } from './node.ts';
import type { World } from './world.ts';

/** A command returns when its action has ended, after this at the latest. */
const ACTION_MS = 10_000;

export function watchPeople(world: World): Watch {
  return {
    check() {
      for (const { node, purpose, giver } of world.agreed.splice(0)) {
        if (purpose === 'preemption') checkHold(world, node, giver);
      }
      for (const node of world.touched) {
        if (node.instance === null || node.instance.phase === 'new') continue;
        checkMaintenance(world, node);
        checkBypass(node);
        checkActions(world, node);
      }
    },
  };
}

function checkMaintenance(world: World, node: Node): void {
  const { people, instance, disk, name } = node;
  const wanted = people.maintenance;
  if (wanted === null) return;
  if (wanted.until <= world.now || (wanted.reboot && wanted.boots !== disk.boots))
    return void (people.maintenance = null);
  if (instance!.maintenance === null) fail(`brain 12: ${name}: maintenance was acknowledged and is lost`);
}

function checkBypass({ people, instance, disk, name }: Node): void {
  if (people.bypass === null) return;
  if (people.bypass.boots !== disk.boots) return void (people.bypass = null);
  if (instance!.bypass.operator === null)
    fail(`brain 7.7: ${name}: the operator's bypass was acknowledged and is lost`);
}

function checkActions(world: World, node: Node): void {
  if (node.frozenSince !== null || node.people.open.size === 0) return;
  for (const { action, at } of node.people.open.values()) {
    if (world.now - Math.max(at, world.calmSince) > ACTION_MS) fail(`design 7: ${node.name}: ${action} has no end`);
  }
}

/** A role that was switched over and is held stays where it is (brain 5.2, 4.4), until anything else happens: who lost it to another cannot hold it there. */
function checkHold(world: World, node: Node, giver: string): void {
  for (const { name, people } of world.nodes) {
    const { heldUntil, heldSince, heldBy } = people;
    if (heldBy === giver && world.calmSince <= heldSince && world.now < heldUntil)
      fail(`brain 5.2: ${node.name}: preempts although the switchover of ${name} is held`);
  }
}
