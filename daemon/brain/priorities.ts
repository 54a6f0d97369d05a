/** The priority that each router has to have now: its own, what tracks add, and 254 after a handover (brain 4.5, 5.2, vrrp.md 2.6). */
import { weightOn } from '../../monitors/tracks.ts';
import { type Turn, tellMachine } from './draft.ts';
import { HANDOVER_PRIORITY } from './handover.ts';
import type { Instance, RouterEntry } from './state.ts';

const OWNER = 255;

export function wantedPriority(instance: Instance, { plan }: RouterEntry): number {
  // An address owner is one whatever is measured (RFC 9568 5.2.4).
  if (plan.priority === OWNER) return OWNER;
  const group = instance.groups.find((g) => g.name === plan.group);
  if (group !== undefined && group.elevated !== null) return HANDOVER_PRIORITY;
  return Math.min(254, Math.max(1, plan.priority + weightOn(instance.tracks, plan.name)));
}

/** Tell the machines whose priority is another one now. An active says so at once, or the others would not know who is better. */
export function setPriorities(turn: Turn): void {
  turn.draft.routers.forEach((entry, at) => {
    const priority = wantedPriority(turn.draft, entry);
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
