/** Preemption between Tandem instances (brain 4.4): the better one asks for the role, and gets it by handover, without loss. */
import { type Ms, NEVER, later } from '../../core/clock.ts';
import { describeReason } from '../../core/reason.ts';
import { type Turn, routersOf, updateGroup } from './draft.ts';
import { groupEligible } from './faults.ts';
import { activePeer, compareClaims, downOf, ownClaim, toPeer } from './peer-queries.ts';
import type { Group, Instance } from './state.ts';

/** Refused: again after this, doubling to `MOST_MS`. */
const FIRST_MS: Ms = 1000;
const MOST_MS: Ms = 30_000;

/** Whether the group would be better off here than where it is. */
function isBetter(instance: Instance, group: Group, now: Turn['now']): { peer: string; theirs: number } | null {
  const { plan } = instance;
  if (!plan.preempt || plan.mode === 'off' || instance.phase !== 'running') return null;
  if (now < instance.heldUntil || instance.bandwidthDisarmed !== null || group.handover !== null) return null;
  if (!groupEligible(instance, group) || routersOf(instance, group).some((r) => r.machine.state !== 'backup'))
    return null;
  const active = activePeer(instance, group.name, now);
  if (active === null) return null;
  const { peer, report } = active;
  // Equal priorities change nothing: a backup does not preempt its equal (RFC 9568 6.4.2).
  const own = ownClaim(instance, group);
  return own.priority > report.priority && compareClaims(own, { ...report, name: peer }) > 0
    ? { peer, theirs: report.priority }
    : null;
}

/** Plan, or forget, the question. Called at the end of every turn that may have changed the answer. */
export function planPreemption(turn: Turn): void {
  if (turn.draft.peers.length === 0) return;
  for (const group of turn.draft.groups) {
    const better = isBetter(turn.draft, group, turn.now);
    if (better === null && group.handover === null && (group.wantAt !== NEVER || group.wantWaitMs !== 0)) {
      updateGroup(turn, group.name, { wantAt: NEVER, wantWaitMs: 0 });
    } else if (better !== null && group.wantAt === NEVER) {
      const delayed = later(turn.now, turn.draft.plan.preemptDelayMs);
      // Priorities of several instances may change one after the other: no second claim in a Master_Down (brain 12).
      const wantAt = Math.max(delayed, later(group.claimedAt, downOf(turn.draft))) as Turn['now'];
      updateGroup(turn, group.name, { wantAt, wantWaitMs: FIRST_MS });
    }
  }
}

/** Ask for it. Asked again after a second, as the answer may be lost. */
export function wantDue(turn: Turn, group: Group): void {
  if (group.wantAt > turn.now) return;
  const better = isBetter(turn.draft, group, turn.now);
  if (better === null) return updateGroup(turn, group.name, { wantAt: NEVER, wantWaitMs: 0 });
  const wantAt = later(turn.now, Math.max(group.wantWaitMs, FIRST_MS));
  updateGroup(turn, group.name, { wantAt, wantOpen: true });
  const ours = ownClaim(turn.draft, group).priority;
  const { peer, theirs } = better;
  const reason = describeReason({ code: 'preempting', router: group.name, source: peer, theirs, ours });
  const handover = {
    kind: 'want',
    id: WANT_ID,
    group: group.name,
    purpose: 'preemption',
    holdMs: null,
    reason,
  } as const;
  turn.effects.push(...toPeer(turn.draft, peer, handover));
}

/** A `want` begins no handover of its own: the active's `ask` does. */
const WANT_ID = 'want';

/** The active refuses: wait twice as long. */
export function wantRefused(turn: Turn, group: Group, peer: string, id: string): void {
  const active = activePeer(turn.draft, group.name, turn.now);
  if (id !== WANT_ID || active?.peer !== peer || group.wantAt === NEVER || !group.wantOpen) return;
  const wait = Math.min(MOST_MS, group.wantWaitMs * 2);
  updateGroup(turn, group.name, { wantAt: later(turn.now, group.wantWaitMs), wantWaitMs: wait, wantOpen: false });
}
