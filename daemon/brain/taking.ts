/**
 * A switchover begun where the role is to go (`to` is this instance): the active ones are asked for it (`want`), and hand over as for any switchover
 * (brain 5). Here is nothing but the asking and the waiting: whatever goes wrong, nothing has changed.
 */
import type { Hold } from '../../core/action.ts';
import { type Instant, type Ms, NEVER, later } from '../../core/clock.ts';
import { describeReason } from '../../core/reason.ts';
import type { HandoverMessage } from '../../core/report.ts';
import { type Turn, routersOf } from './draft.ts';
import { endAction, refuse } from './action-end.ts';
import type { Fact } from './fact.ts';
import { REPEAT_MS, whyNotTarget } from './handover.ts';
import { activePeer, toPeer } from './peer-queries.ts';
import type { Group, Instance, Taking, Undertaking } from './state.ts';

/** Longer than any handover takes: who has not handed over by then does not. */
const TAKING_MS: Ms = 1500;

type Asked = Taking['groups'][number];

export const holdMsOf = (hold: Hold): Ms | null => (hold.kind === 'for' ? hold.ms : hold.kind === 'none' ? 0 : null);

const isActive = (instance: Instance, group: Group): boolean =>
  routersOf(instance, group).some((r) => r.machine.state === 'active');

export function beginTaking(turn: Turn, { actionId, by, hold }: Extract<Fact, { kind: 'switchover' }>): void {
  const { draft, now } = turn;
  const groups = draft.groups.flatMap((group): readonly Asked[] => {
    const active = activePeer(draft, group.name, now);
    return active === null || isActive(draft, group) ? [] : [{ group: group.name, peer: active.peer }];
  });
  const refusal = takingRefusal(turn, groups);
  if (refusal !== null) return refuse(turn, 'take over', refusal, actionId);
  draft.nextId += 1;
  const id = `take-${draft.plan.instance}-${draft.identity.boot.slice(0, 8)}-${draft.nextId}`;
  const taking: Taking = { id, groups, repeatAt: later(now, REPEAT_MS) };
  const undertaking: Undertaking = {
    kind: 'taking',
    actionId,
    by,
    startedAt: now,
    hold,
    byResigning: false,
    maintenance: null,
    taking,
  };
  draft.undertaking = undertaking;
  for (const asked of groups) want(turn, undertaking, asked);
}

/** Why it cannot even begin. */
function takingRefusal(turn: Turn, groups: readonly Asked[]): string | null {
  const { draft } = turn;
  if (groups.length === 0) {
    return draft.groups.some((group) => isActive(draft, group))
      ? 'this instance is active already'
      : 'no peer is known to be active: there is nobody to take over from';
  }
  for (const { group: name } of groups) {
    const why = whyNotTarget(
      turn,
      draft.groups.find((group) => group.name === name)!,
    );
    if (why !== null) return `this instance may not have ${name}: ${why}`;
  }
  return null;
}

function want(turn: Turn, { by, hold, taking }: Undertaking, { group, peer }: Asked): void {
  const handover: HandoverMessage = {
    kind: 'want',
    id: taking!.id,
    group,
    purpose: 'switchover',
    holdMs: holdMsOf(hold),
    reason: describeReason({ code: 'switchover', by }),
  };
  turn.effects.push(...toPeer(turn.draft, peer, handover));
}

/** Called at the end of turns: it is done when every group is here and whoever gave it has let go. */
export function finishTaking(turn: Turn, undertaking: Undertaking): void {
  const { draft, now } = turn;
  const { groups } = undertaking.taking!;
  const pending = groups.filter(({ group: name }) => {
    const group = draft.groups.find((one) => one.name === name);
    return group === undefined || group.handover !== null || !isActive(draft, group);
  });
  if (pending.length === 0) {
    draft.undertaking = null;
    return endAction(turn, { code: 'switchover', by: undertaking.by }, undertaking, 'done');
  }
  const why = pending.map((asked) => whyLost(turn, asked)).find((detail) => detail !== null);
  // What is being handed over has an end of its own.
  const late = now >= later(undertaking.startedAt, TAKING_MS) && draft.groups.every((group) => group.handover === null);
  if (why === undefined && !late) return;
  const names = pending.map(({ peer }) => peer).join(', ');
  failTaking(turn, undertaking, why ?? `${names} did not hand over within ${TAKING_MS} ms`);
}

/** Why the group will not come any more; null = it may. */
function whyLost(turn: Turn, { group: name, peer }: Asked): string | null {
  const { draft, now } = turn;
  const group = draft.groups.find((one) => one.name === name);
  if (group === undefined) return `${name} is not configured any more`;
  if (group.handover !== null) return null;
  const why = whyNotTarget(turn, group);
  if (why !== null) return `this instance may not have ${name}: ${why}`;
  return activePeer(draft, name, now)?.peer === peer ? null : `${peer} is not active for ${name} any more`;
}

function failTaking(turn: Turn, undertaking: Undertaking, detail: string): void {
  turn.draft.undertaking = null;
  endAction(turn, { code: 'actionRefused', action: 'take over', detail }, undertaking, 'failed');
}

/** Time has passed: what was not answered is asked again, as it may be lost. */
export function takingDue(turn: Turn): void {
  const { draft, now } = turn;
  const { undertaking } = draft;
  const taking = undertaking?.taking ?? null;
  if (undertaking === null || taking === null || taking.repeatAt > now) return;
  draft.undertaking = { ...undertaking, taking: { ...taking, repeatAt: later(now, REPEAT_MS) } };
  for (const asked of taking.groups) {
    const group = draft.groups.find((one) => one.name === asked.group);
    if (group !== undefined && group.handover === null && !isActive(draft, group)) want(turn, undertaking, asked);
  }
}

export const takingDueAt = ({ undertaking }: Instance): Instant => undertaking?.taking?.repeatAt ?? NEVER;
