/** The two moves of a group, which all its routers make together (brain 1.2): becoming active, and giving it up. */
import { NEVER } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import type { AfterRelease } from '../../vrrp/machine-state.ts';
import { clearCondition } from './conditions.ts';
import { type Turn, routersOf, tellGroup, updateGroup } from './draft.ts';
import { FAULTS, faultsOf } from './faults.ts';
import { takers } from './peer-queries.ts';
import { handoverCancelled } from './action-end.ts';
import type { Group, RouterEntry } from './state.ts';

/** Become active with every router of the group. */
export function claim(turn: Turn, group: Group, cause: Reason, addressesFirst = false): void {
  turn.cause = cause;
  updateGroup(turn, group.name, {
    claimedAt: turn.now,
    waiting: null,
    retryAt: NEVER,
    asking: null,
    probing: null,
    resigned: false,
    attempt: null,
    // Any other change of role cancels a handover (brain 5.5).
    handover: addressesFirst ? group.handover : null,
    wantAt: NEVER,
    wantWaitMs: 0,
    wantOpen: false,
  });
  for (const name of ['partlyHeard', 'addressInUseWhileMute', 'advertsBlocked'] as const) {
    for (const entry of routersOf(turn.draft, group)) clearCondition(turn, name, entry.plan.name);
  }
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'backup',
    () => ({ kind: 'claim', reason: cause, addressesFirst }),
  );
}

/** How long addresses stay where a Tandem peer that can take over was told (brain 5.6). */
const TOLD_MS = 50;

/** Resign with every active router of the group: peers are told by the report that follows, everybody else by priority 0. */
export function resign(turn: Turn, group: Group, reason: Reason, next: AfterRelease): void {
  turn.cause = reason;
  turn.dirty = true;
  const wasActive = routersOf(turn.draft, group).some((r) => r.machine.state === 'active');
  if (wasActive && turn.draft.plan.mode !== 'off') updateGroup(turn, group.name, { resigned: true });
  handoverCancelled(turn, group);
  updateGroup(turn, group.name, { handover: null, elevated: null, attempt: null });
  const keepMs = takers(turn.draft, group.name, turn.now).length > 0 ? TOLD_MS : null;
  const keeps = (entry: RouterEntry): boolean =>
    turn.draft.plan.mode !== 'off' &&
    faultsOf(turn.draft, group).every(
      (f) => (f.router !== '' && f.router !== entry.plan.name) || FAULTS[f.name].keepsAddresses,
    );
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'active' || r.machine.state === 'releasing',
    (r) => ({ kind: 'resign', reason, next, keep: keeps(r), keepMs }),
  );
}
