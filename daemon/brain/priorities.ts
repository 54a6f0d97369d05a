/** The priority that each router has to have now: its own, what tracks add, and 254 after a handover (brain 4.5, 5.2, vrrp.md 2.6). */
import { weightOn } from '../../monitors/tracks.ts';
import { type Turn, tellMachine } from './draft.ts';
import { HANDOVER_PRIORITY } from './handover.ts';
import type { Group, Instance } from './state.ts';

const OWNER = 255;

/**
 * One number for all routers of a group, as all of them move together (brain 1.2): the highest of theirs, and what every track adds that concerns any
 * of them. With one each, two instances could each be the better one on another router, and neither would keep the group.
 */
function priorityOf(instance: Instance, group: Group): number {
  if (group.elevated !== null) return HANDOVER_PRIORITY;
  const routers = instance.plan.routers.filter((r) => r.group === group.name && r.priority !== OWNER);
  const base = routers.reduce((most, { priority }) => Math.max(most, priority), 1);
  const weight = weightOn(
    instance.tracks,
    routers.map((r) => r.name),
  );
  return Math.min(254, Math.max(1, base + weight));
}

/** Tell the machines whose priority is another one now. An active says so at once, or the others would not know who is better. */
export function setPriorities(turn: Turn): void {
  const wanted = new Map(turn.draft.groups.map((group) => [group.name, priorityOf(turn.draft, group)]));
  turn.draft.routers.forEach((entry, at) => {
    // An address owner is one whatever is measured (RFC 9568 5.2.4).
    const priority = entry.plan.priority === OWNER ? OWNER : (wanted.get(entry.plan.group) ?? entry.plan.priority);
    if (priority === entry.machine.priority) return;
    turn.dirty = true;
    tellMachine(turn, at, { kind: 'priority', priority });
    const now = turn.draft.routers[at]!;
    // A held will repeats the advert as it is now (brain 6.3).
    if (now.machine.state === 'active') turn.effects.push({ do: 'will' });
    if (now.machine.state !== 'active' || now.machine.listenUntil !== Number.POSITIVE_INFINITY) return;
    turn.draft.routers[at] = { ...now, machine: { ...now.machine, advertAt: turn.now } };
  });
}
