/** How an operator's action ends, and what ends one early: told to whoever waits for it. */
import { type Reason, describeReason } from '../../core/reason.ts';
import type { HandoverMessage } from '../../core/report.ts';
import { type Turn, routersOf, say } from './draft.ts';
import type { Group, Instance, Undertaking } from './state.ts';

export function endAction(turn: Turn, reason: Reason, { actionId }: Undertaking, ended: 'done' | 'failed'): void {
  if (actionId === null) return;
  say(turn, 'action', ended === 'done' ? 'info' : 'warning', reason, { actionId, ended });
}

export function refuse(turn: Turn, action: string, detail: string, actionId: string): void {
  say(turn, 'action', 'warning', { code: 'actionRefused', action, detail }, { actionId, ended: 'failed' });
}

/** A handover of this instance has ended, well (`failure` null) or not. */
export function handoverEnded(turn: Turn, group: string, failure: Reason | null): void {
  const { undertaking } = turn.draft;
  if (undertaking === null || failure === null) return;
  if (undertaking.kind === 'switchover') {
    turn.draft.undertaking = null;
    return endAction(turn, failure, undertaking, 'failed');
  }
  if (undertaking.kind === 'maintenance') {
    turn.draft.undertaking = null;
    const detail = `${group}: ${describeReason(failure).text}`;
    endAction(turn, { code: 'actionRefused', action: 'enter maintenance', detail }, undertaking, 'failed');
  }
}

/** The role went another way before the handover of this group was done: a switchover by it has failed (brain 5.5). */
export function handoverCancelled(turn: Turn, { handover }: Group): void {
  const { undertaking } = turn.draft;
  if (handover?.side !== 'giver' || handover.stage === 'released' || undertaking?.kind !== 'switchover') return;
  turn.draft.undertaking = null;
  const detail = `this instance let go before ${handover.peer} took over`;
  endAction(turn, { code: 'actionRefused', action: 'switch over', detail }, undertaking, 'failed');
}

/** An active peer does not give what it was asked for; but what comes here all the same comes. */
export function takingRefused(turn: Turn, group: Group, peer: string, { id, reason }: HandoverMessage): void {
  const { draft } = turn;
  const { undertaking } = draft;
  if (undertaking?.taking?.id !== id || group.handover !== null) return;
  if (routersOf(draft, group).some((r) => r.machine.state === 'active')) return;
  draft.undertaking = null;
  const detail = `${peer} keeps ${group.name}: ${reason.text}`;
  endAction(turn, { code: 'actionRefused', action: 'take over', detail }, undertaking, 'failed');
}

/** An address owner gives its addresses away for maintenance and a stop alone (brain 5.5). */
export const ownedHere = (instance: Instance, group: Group): boolean =>
  routersOf(instance, group).some((r) => r.plan.priority === 255);
