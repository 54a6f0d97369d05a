/** The two moves of a group, which all its routers make together (brain 1.2): becoming active, and giving it up. */
import { NEVER } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import type { AfterRelease } from '../../vrrp/machine-state.ts';
import { clearCondition } from './conditions.ts';
import { type Turn, routersOf, tellGroup, updateGroup } from './draft.ts';
import { FAULTS, faultsOf } from './faults.ts';
import type { Group, RouterEntry } from './state.ts';

/** Become active with every router of the group. */
export function claim(turn: Turn, group: Group, cause: Reason): void {
  turn.cause = cause;
  updateGroup(turn, group.name, { claimedAt: turn.now, waiting: null, retryAt: NEVER, probing: null });
  for (const name of ['partlyHeard', 'addressInUseWhileMute'] as const) {
    for (const entry of routersOf(turn.draft, group)) clearCondition(turn, name, entry.plan.name);
  }
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'backup',
    () => ({ kind: 'claim', reason: cause }),
  );
}

/** Resign with every active router of the group. */
export function resign(turn: Turn, group: Group, reason: Reason, next: AfterRelease): void {
  turn.cause = reason;
  const keeps = (entry: RouterEntry): boolean =>
    turn.draft.plan.mode !== 'off' &&
    faultsOf(turn.draft, group).every((f) => f.router !== entry.plan.name || FAULTS[f.name].keepsAddresses);
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'active' || r.machine.state === 'releasing',
    (r) => ({ kind: 'resign', reason, next, keep: keeps(r) }),
  );
}
