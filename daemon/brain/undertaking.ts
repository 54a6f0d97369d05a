/** What an operator asks for and takes a while: switchover, maintenance, and the stop of the daemon; each first gives the role away (brain 5). */
import { type Ms, NEVER, later } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import type { HandoverPurpose } from '../../core/report.ts';
import { type Turn, routersOf, say, unsettle } from './draft.ts';
import { endAction, ownedHere, refuse } from './action-end.ts';
import { beginHandover } from './handover.ts';
import { groupIn, freshReport, peerNamed, takers } from './peer-queries.ts';
import { protect } from './protection.ts';
import { resign } from './moves.ts';
import { endWhenSaved, overtaken } from './saved.ts';
import { beginTaking, finishTaking, holdMsOf } from './taking.ts';
import type { Fact } from './fact.ts';
import type { Group, Instance, Undertaking } from './state.ts';

/** What the kinds are called in a refusal. */
const NAMES: Readonly<Record<Undertaking['kind'], string>> = {
  switchover: 'switchover',
  taking: 'switchover',
  maintenance: 'maintenance',
  stop: 'stop',
};

/** Handovers of a stop that have not ended by then are given up: the daemon leaves all the same. */
const STOP_MS: Ms = 3000;

const GIVING = { hold: { kind: 'none' }, byResigning: false, taking: null } as const;

const activeGroups = (instance: Instance): readonly Group[] =>
  instance.groups.filter((g) => routersOf(instance, g).some((r) => r.machine.state === 'active'));

// ---- switchover -------------------------------------------------------------------------------------------------------

export function beginSwitchover(turn: Turn, fact: Extract<Fact, { kind: 'switchover' }>): void {
  const { draft, now } = turn;
  const { actionId, by, hold, to } = fact;
  const here = to === draft.plan.instance;
  const active = activeGroups(draft);
  const refusal = busyWith(draft) ?? (here ? null : switchoverRefusal(turn, active, fact));
  if (refusal !== null) return refuse(turn, here ? 'take over' : 'switch over', refusal, actionId);
  if (here) return beginTaking(turn, fact);
  const targets = active.map((group) => ({ group, target: targetOf(turn, group, to) }));
  const byResigning = targets.some(({ target }) => target === null);
  draft.undertaking = {
    ...GIVING,
    kind: 'switchover',
    actionId,
    by,
    startedAt: now,
    hold,
    byResigning,
    maintenance: null,
  };
  const reason: Reason = { code: 'switchover', by };
  for (const { group, target } of targets) {
    // Foreign speakers, or nobody fit and forced: resign, and go on as before if nobody takes over.
    if (target === null) resign(turn, group, reason, 'backup');
    else beginHandover(turn, group, { peer: target, purpose: 'switchover', reason, holdMs: holdMsOf(hold) });
  }
}

/** The best of those that can take over, or the one that is named if it can. */
function targetOf(turn: Turn, group: Group, to: string | null): string | null {
  const able = takers(turn.draft, group.name, turn.now).map(({ peer }) => peer);
  return to === null ? (able[0] ?? null) : (able.find((peer) => peer === to) ?? null);
}

/** Why nobody can be switched over to or from now. */
function busyWith(draft: Instance): string | null {
  if (draft.plan.mode === 'off') return 'mode off has nobody to switch over to';
  if (draft.undertaking !== null) return `another ${NAMES[draft.undertaking.kind]} is in progress`;
  return draft.phase === 'running' ? null : 'the daemon is stopping';
}

/** Why it cannot even begin; one that would leave nobody eligible needs `force` (brain 5.5, 5.7). */
function switchoverRefusal(
  turn: Turn,
  active: readonly Group[],
  { to, force }: Extract<Fact, { kind: 'switchover' }>,
): string | null {
  const { draft } = turn;
  const owned = draft.peers.length === 0 ? undefined : active.find((group) => ownedHere(draft, group));
  if (owned !== undefined) {
    return `${owned.name} belongs here (priority 255): maintenance or a stop gives it away`;
  }
  if (active.length === 0) return `this instance is not active (it is ${draft.role})`;
  if (active.some((group) => group.handover !== null && group.handover.stage !== 'released'))
    return 'a handover is in progress';
  if (to !== null && peerNamed(draft, to) === null) {
    const names = draft.peers.map((p) => p.session.plan.name).join(', ');
    return names === '' ? `there is no peer ${to}: ha.peers is empty` : `there is no peer ${to}; there are ${names}`;
  }
  if (draft.peers.length === 0 || force) return null;
  for (const group of active) {
    if (targetOf(turn, group, to) !== null) continue;
    const peers = to === null ? draft.peers.map((p) => p.session.plan.name) : [to];
    return peers.map((peer) => whyNot(turn, peer, group.name)).join('; ');
  }
  return null;
}

/** Why a peer cannot take the group, in words: `b is in fault: link pairs 0 of 1`. */
export function whyNot(turn: Turn, peer: string, group: string): string {
  const entry = peerNamed(turn.draft, peer);
  if (entry === null) return `${peer} is unknown`;
  if (entry.session.health !== 'healthy') return `${peer} does not answer checks`;
  const report = freshReport(turn.draft, entry, turn.now);
  if (report === null) return `${peer} has not reported yet`;
  const of = groupIn(report, group);
  if (of === null) return `${peer} does not have ${group}`;
  if (report.maintenance) return `${peer} is in maintenance`;
  if (report.faults.length > 0) return `${peer} is in fault: ${report.faults.join('; ')}`;
  return of.eligible ? `${peer} is ${of.standing}` : `${peer} is ${report.role}: ${report.reason.text}`;
}

// ---- maintenance ------------------------------------------------------------------------------------------------------

export function changeMaintenance(turn: Turn, fact: Extract<Fact, { kind: 'maintenance' }>): void {
  const { draft, now } = turn;
  const { actionId, by } = fact;
  if (!fact.on) {
    if (draft.maintenance === null)
      return refuse(turn, 'leave maintenance', 'this instance is not in maintenance', actionId);
    return leaveMaintenance(turn, by, actionId);
  }
  const refusal = maintenanceRefusal(turn, fact.force);
  if (refusal !== null) return refuse(turn, 'enter maintenance', refusal, actionId);
  const maintenance = { forMs: fact.forMs, reboot: fact.untilReboot };
  draft.undertaking = { ...GIVING, kind: 'maintenance', actionId, by, startedAt: now, maintenance };
  giveEverythingAway(turn, 'maintenance', { code: 'maintenance', by, until: untilText(maintenance) });
  finishIfDone(turn);
}

/** Out of service on purpose may not be the end of the service, but by `force` (brain 5.7). */
function maintenanceRefusal(turn: Turn, force: boolean): string | null {
  const { draft, now } = turn;
  if (draft.maintenance !== null) return `this instance is in maintenance already (by ${draft.maintenance.by})`;
  if (draft.undertaking !== null) return `a ${NAMES[draft.undertaking.kind]} is in progress`;
  if (draft.phase !== 'running') return 'the daemon is stopping';
  if (force) return null;
  const held = draft.groups.find((group) => takers(draft, group.name, now).length === 0);
  if (held === undefined) return null;
  const peers = draft.peers.map((p) => p.session.plan.name);
  const why =
    peers.length === 0 ? 'no peer is configured' : peers.map((peer) => whyNot(turn, peer, held.name)).join('; ');
  return `that would leave no instance for ${held.name} (${why}); --force does it all the same: its addresses will answer nowhere`;
}

export function leaveMaintenance(turn: Turn, by: string, actionId: string | null): void {
  turn.draft.maintenance = null;
  overtaken(turn, 'maintenance');
  unsettle(turn);
  protect(turn);
  const reason: Reason = { code: 'maintenanceEnded', by };
  if (actionId === null) say(turn, 'action', 'info', reason);
  else endWhenSaved(turn, { of: 'maintenance', kind: 'action', reason, actionId });
}

type Wanted = NonNullable<Undertaking['maintenance']>;

function untilText({ forMs, reboot }: Wanted): string {
  if (reboot) return 'until the next reboot';
  return forMs === null ? 'until it is left' : `for ${Math.round(forMs / 1000)} s`;
}

/** What others cannot take goes now: no earlier, as a handover that failed would have left it to nobody for nothing (brain 5.6, 5.7). */
function enterMaintenance(turn: Turn, undertaking: Undertaking, wanted: Wanted): void {
  const { draft, now } = turn;
  const { by } = undertaking;
  const until = wanted.forMs === null ? NEVER : later(now, wanted.forMs);
  draft.undertaking = null;
  draft.maintenance = { by, since: now, until, reboot: wanted.reboot };
  overtaken(turn, 'maintenance');
  const reason: Reason = { code: 'maintenance', by, until: untilText(wanted) };
  turn.cause ??= reason;
  unsettle(turn);
  protect(turn);
  const { actionId } = undertaking;
  if (actionId !== null) endWhenSaved(turn, { of: 'maintenance', kind: 'action', reason, actionId });
}

// ---- stop -------------------------------------------------------------------------------------------------------------

/** SIGTERM with somebody fit to take over: first hand over, then stop. False if there is nothing to hand over. */
export function beginLeaving(turn: Turn, by: string): boolean {
  const { draft, now } = turn;
  const able = activeGroups(draft).filter((group) => takers(draft, group.name, now).length > 0);
  if (draft.plan.mode === 'off' || able.length === 0) return false;
  const { undertaking: before } = draft;
  if (before !== null) {
    const action =
      before.kind === 'switchover' ? 'switch over' : before.kind === 'taking' ? 'take over' : 'enter maintenance';
    endAction(turn, { code: 'actionRefused', action, detail: 'the daemon is stopping' }, before, 'failed');
  }
  draft.phase = 'leaving';
  turn.dirty = true;
  draft.undertaking = { ...GIVING, kind: 'stop', actionId: null, by, startedAt: now, maintenance: null };
  giveEverythingAway(turn, 'stop', { code: 'stopping', by });
  return true;
}

function giveEverythingAway(turn: Turn, purpose: HandoverPurpose, reason: Reason): void {
  for (const group of activeGroups(turn.draft)) {
    const peer = targetOf(turn, group, null);
    if (peer === null) continue;
    // A handover to somebody else that has only begun makes room.
    if (group.handover !== null && group.handover.side === 'giver' && group.handover.stage === 'going') continue;
    beginHandover(turn, group, { peer, purpose, reason, holdMs: 0 });
  }
}

// ---- the end ----------------------------------------------------------------------------------------------------------

/** Called at the end of turns: everything has been given away, or there is nobody to give it to. */
export function finishIfDone(turn: Turn): void {
  const { draft } = turn;
  const { undertaking } = draft;
  if (undertaking === null || givingStill(draft)) return;
  switch (undertaking.kind) {
    case 'maintenance':
      return enterMaintenance(turn, undertaking, undertaking.maintenance!);
    case 'switchover':
      if (undertaking.byResigning) return;
      draft.undertaking = null;
      return endAction(turn, { code: 'switchover', by: undertaking.by }, undertaking, 'done');
    case 'taking':
      return finishTaking(turn, undertaking);
    case 'stop':
      return;
  }
}

/** The stop has handed everything over, or has waited long enough. */
export function leavingIsOver(instance: Instance, now: Turn['now']): boolean {
  const { undertaking } = instance;
  if (instance.phase !== 'leaving') return false;
  return undertaking === null || !givingStill(instance) || now >= later(undertaking.startedAt, STOP_MS);
}

export const leavingDueAt = (instance: Instance): Turn['now'] =>
  instance.phase === 'leaving' && instance.undertaking !== null
    ? later(instance.undertaking.startedAt, STOP_MS)
    : NEVER;

const givingStill = (instance: Instance): boolean =>
  instance.groups.some((g) => g.handover !== null && g.handover.side === 'giver' && g.handover.stage !== 'released') ||
  instance.routers.some(
    (r) => r.machine.state === 'releasing' && r.machine.afterRelease === 'backup' && r.machine.taker !== null,
  );
