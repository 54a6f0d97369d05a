/** A switchover without Tandem peers: resign, keep the addresses until another is heard, go on as before if nobody is (brain 5.6). */
import type { Hold } from '../../core/action.ts';
import { NEVER, later } from '../../core/clock.ts';
import { letGoTime } from '../../vrrp/timers.ts';
import { type Turn, routersOf, say, tellGroup } from './draft.ts';
import { resign } from './moves.ts';
import type { Fact, Group } from './state.ts';

type SwitchoverFact = Extract<Fact, { kind: 'switchover' }>;

export function beginSwitchover(turn: Turn, fact: SwitchoverFact): void {
  const { draft, now } = turn;
  const active = draft.groups.filter((g) => routersOf(draft, g).some((r) => r.machine.state === 'active'));
  const refusal = refusalOf(turn, active.length);
  if (refusal !== null) {
    return say(turn, 'action', 'warning', refusal, { actionId: fact.actionId, ended: 'failed' });
  }
  draft.switchover = { actionId: fact.actionId, by: fact.by, startedAt: now, hold: fact.hold };
  for (const group of active) resign(turn, group, { code: 'switchover', by: fact.by }, 'backup');
}

function refusalOf(turn: Turn, activeGroups: number) {
  const { draft } = turn;
  const cannot = (detail: string) => ({ code: 'actionRefused', action: 'switch over', detail }) as const;
  if (draft.plan.mode === 'off') return cannot('mode off has nobody to switch over to');
  if (draft.switchover !== null) return cannot('another switchover is in progress');
  if (draft.phase !== 'running') return cannot('the daemon is stopping');
  if (activeGroups === 0) return cannot(`this instance is not active (it is ${draft.role})`);
  return null;
}

/** Called when a router of the group let go: the switchover is done when none is left that keeps its addresses. */
export function finishSwitchover(turn: Turn): void {
  const { switchover } = turn.draft;
  if (switchover === null || turn.draft.routers.some((r) => r.machine.state === 'releasing')) return;
  turn.draft.switchover = null;
  hold(turn, switchover.hold);
  say(
    turn,
    'action',
    'info',
    { code: 'switchover', by: switchover.by },
    { actionId: switchover.actionId, ended: 'done' },
  );
}

/** The addresses went another way, by a fault, a stop or a reload: the switchover ended, but nobody is known to have taken over. */
export function noteUnfinishedSwitchover(turn: Turn): void {
  const { switchover, routers } = turn.draft;
  if (switchover === null || routers.some((r) => r.machine.state === 'releasing')) return;
  turn.draft.switchover = null;
  const detail = 'this instance let go before anybody took over';
  const reason = { code: 'actionRefused', action: 'switch over', detail } as const;
  say(turn, 'action', 'warning', reason, { actionId: switchover.actionId, ended: 'failed' });
}

/** Nobody took over: advertise again, as if nothing had been (brain 5.6). */
export function abortSwitchover(turn: Turn, group: Group): void {
  const { switchover } = turn.draft;
  const first = routersOf(turn.draft, group)[0]!;
  const reason = {
    code: 'switchoverAborted',
    waitedMs: letGoTime(first.plan.version, first.plan.advertIntervalMs),
  } as const;
  turn.cause = reason;
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'releasing',
    () => ({ kind: 'reclaim', reason }),
  );
  if (switchover === null) return;
  turn.draft.switchover = null;
  say(turn, 'action', 'warning', reason, { actionId: switchover.actionId, ended: 'failed' });
}

function hold(turn: Turn, wanted: Hold): void {
  if (wanted.kind === 'none') return;
  turn.draft.heldUntil = wanted.kind === 'for' ? later(turn.now, wanted.ms) : NEVER;
  const until = wanted.kind === 'for' ? `for ${Math.round(wanted.ms / 1000)} s` : 'until released';
  say(turn, 'action', 'info', { code: 'preemptionHeld', until });
}

export function releaseHold(turn: Turn, actionId: string | null): void {
  turn.draft.heldUntil = Number.NEGATIVE_INFINITY as typeof turn.draft.heldUntil;
  say(turn, 'action', 'info', { code: 'preemptionReleased' }, actionId === null ? {} : { actionId, ended: 'done' });
}
