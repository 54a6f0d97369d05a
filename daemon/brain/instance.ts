/**
 * The brain (brain 1.1): a pure reducer `(state, fact, now) → { state, effects }`. No I/O, no timer, no clock of its own;
 * due times are data. The engine runs its effects on the kernel, the simulator on a simulated network.
 */
import { type Instant, NEVER } from '../../core/clock.ts';
import { addressText } from '../../core/address.ts';
import type { Severity } from '../../core/event.ts';
import type { Reason } from '../../core/reason.ts';
import type { Role } from '../../core/status.ts';
import type { EnginePlan } from '../../config/plan.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import { dueAt } from '../../vrrp/machine-state.ts';
import { masterDown } from '../../vrrp/timers.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, beginTurn, routerIndex, routersOf, say, tellMachine, updateGroup, unsettle } from './draft.ts';
import { answerTells, considerClaim, leaveToOther, probedForClaim, settle } from './election.ts';
import { resign } from './moves.ts';
import { faultDueAt } from './faults.ts';
import { faultsDue, ownSourceHeard, probedForFault, sendOutcome, transportChanged } from './fault-facts.ts';
import { UNKNOWN, groupsOf, newRouter } from './initial.ts';
import { applyPlan } from './reload.ts';
import { reasonFor, roleOf } from './role.ts';
import { beginSwitchover, noteUnfinishedSwitchover, releaseHold } from './switchover.ts';
import type { Effect, Fact, Instance, Transport } from './state.ts';

/** An instance before its start. `styles`: remembered checksum style by router name. */
export function newInstance(plan: EnginePlan, now: Instant, styles: Readonly<Record<string, ChecksumStyle>>): Instance {
  return {
    plan,
    routers: plan.routers.map((router) => newRouter(router, now, styles[router.name] ?? null)),
    groups: groupsOf(plan),
    faults: [],
    conditions: [],
    role: 'starting',
    roleSince: now,
    roleReason: { code: 'starting' },
    heldUntil: Number.NEGATIVE_INFINITY as Instant,
    staleAnswersUntil: Number.NEGATIVE_INFINITY as Instant,
    switchover: null,
    phase: 'new',
  };
}

/** When the instance next wants to be told the time. */
export function nextDue(instance: Instance): Instant {
  if (instance.phase === 'stopped') return NEVER;
  // Comparisons, not Math.min: this runs for every router at every timer, and must not make numbers on the heap.
  let due = instance.heldUntil > Number.NEGATIVE_INFINITY ? instance.heldUntil : NEVER;
  for (const { machine, trialAt } of instance.routers) {
    const at = dueAt(machine);
    if (at < due) due = at;
    if (trialAt < due) due = trialAt;
  }
  for (const { retryAt } of instance.groups) if (retryAt < due) due = retryAt;
  for (const fault of instance.faults) {
    const at = faultDueAt(fault);
    if (at < due) due = at;
  }
  return due;
}

/** The instance after one fact, and what has to be done, in order: what moves traffic first, events last. Never throws. */
export function step(
  instance: Instance,
  fact: Fact,
  now: Instant,
): { readonly instance: Instance; readonly effects: readonly Effect[] } {
  if (instance.phase === 'stopped') return { instance, effects: [] };
  const turn = beginTurn(instance, now);
  take(turn, fact);
  answerTells(turn);
  settle(turn);
  noteUnfinishedSwitchover(turn);
  noteRole(turn);
  noteStopped(turn);
  for (const event of turn.events) turn.effects.push({ do: 'event', event });
  return { instance: turn.draft, effects: turn.effects };
}

function take(turn: Turn, fact: Fact): void {
  switch (fact.kind) {
    case 'start':
      return start(turn, fact.transports, fact.reason);
    case 'time':
      return timePassed(turn);
    case 'heard':
      return heard(turn, fact);
    case 'late':
      return late(turn, fact.lateMs);
    case 'plan':
      return applyPlan(turn, fact);
    case 'switchover':
      return beginSwitchover(turn, fact);
    case 'releaseHold':
      return releaseHold(turn, fact.actionId);
    case 'stop':
      return stop(turn, fact.by);
    default:
      return aboutRouter(turn, fact);
  }
}

function aboutRouter(
  turn: Turn,
  fact: Extract<Fact, { kind: 'ownSource' | 'transport' | 'sent' | 'probed' | 'intervalMismatch' }>,
): void {
  const entry = turn.draft.routers[routerIndex(turn.draft, fact.router)];
  if (entry === undefined) return;
  switch (fact.kind) {
    case 'ownSource':
      return ownSourceHeard(turn, entry);
    case 'transport':
      return transportChanged(turn, entry, fact.transport);
    case 'sent':
      return sendOutcome(turn, entry, fact.error);
    case 'intervalMismatch':
      return raiseCondition(turn, 'intervalMismatch', fact.router, fact.detail);
    case 'probed':
      if (fact.purpose === 'claim') return probedForClaim(turn, entry, fact.foreign);
      return probedForFault(turn, entry, fact.purpose, fact.foreign);
  }
}

function start(turn: Turn, transports: Readonly<Record<string, Transport>>, reason: Reason): void {
  turn.draft.phase = 'running';
  unsettle(turn);
  say(turn, 'process', reason.code === 'predecessorEnded' ? 'critical' : 'info', reason);
  for (const entry of turn.draft.routers) {
    transportChanged(turn, entry, transports[entry.plan.name] ?? UNKNOWN);
  }
}

function timePassed(turn: Turn): void {
  const { draft, now } = turn;
  draft.routers.forEach((entry, at) => {
    if (dueAt(entry.machine) <= now) tellMachine(turn, at, { kind: 'time' });
  });
  faultsDue(turn);
  for (const group of draft.groups) {
    if (group.retryAt > now) continue;
    updateGroup(turn, group.name, { retryAt: NEVER, waiting: null });
    if (group.waiting !== null) considerClaim(turn, group, 'timer', group.waiting, { nobodyAnswered: false });
  }
  if (draft.heldUntil > Number.NEGATIVE_INFINITY && draft.heldUntil <= now) releaseHold(turn, null);
}

function heard(turn: Turn, fact: Extract<Fact, { kind: 'heard' }>): void {
  const at = routerIndex(turn.draft, fact.router);
  const entry = turn.draft.routers[at];
  if (entry === undefined) return;
  if (turn.draft.plan.mode === 'off' && fact.heard.priority > 0 && entry.machine.state === 'active') {
    return leaveToOther(turn, entry, fact.heard);
  }
  if (fact.heard.priority === 255 && entry.plan.priority === 255) {
    raiseCondition(turn, 'twoOwners', fact.router, `${addressText(fact.heard.source)} has priority 255 too`);
  } else if (turn.draft.conditions.length > 0) {
    clearCondition(turn, 'twoOwners', fact.router);
  }
  if (turn.draft.conditions.length > 0) {
    clearCondition(turn, 'intervalMismatch', fact.router);
    clearCondition(turn, 'partlyHeard', fact.router);
  }
  tellMachine(turn, at, { kind: 'heard', heard: fact.heard });
}

/** Brain 3.5 and 6.5: own lateness moves the down timers; lateness beyond Master_Down makes an active listen first. */
function late(turn: Turn, lateMs: number): void {
  let paused = false;
  turn.draft.routers.forEach(({ plan, machine }, at) => {
    const down = masterDown(plan.version, machine.priority, plan.advertIntervalMs);
    if (machine.state === 'active' && lateMs > down) {
      paused = true;
      tellMachine(turn, at, { kind: 'woke', gapMs: lateMs });
    } else if (lateMs > plan.advertIntervalMs / 2) {
      tellMachine(turn, at, { kind: 'late', lateMs });
    }
  });
  if (paused) say(turn, 'process', 'critical', { code: 'paused', gapMs: lateMs });
}

function stop(turn: Turn, by: string): void {
  const { draft } = turn;
  if (draft.phase === 'stopping') return;
  draft.phase = 'stopping';
  const reason: Reason = { code: 'stopping', by };
  turn.cause = reason;
  for (const group of draft.groups) {
    const holding = routersOf(draft, group).some(
      (r) => r.machine.state === 'active' || r.machine.state === 'releasing',
    );
    if (holding) resign(turn, group, reason, 'init');
  }
  draft.routers.forEach((entry, at) => {
    if (entry.machine.state === 'backup' || entry.machine.state === 'fault')
      tellMachine(turn, at, { kind: 'stop', reason });
  });
}

function noteStopped(turn: Turn): void {
  if (turn.draft.phase !== 'stopping' || turn.draft.routers.some((r) => r.machine.state !== 'init')) return;
  turn.draft.phase = 'stopped';
  turn.effects.push({ do: 'stopped' });
}

/** A role is never shown without since when and why. */
function noteRole(turn: Turn): void {
  const { draft } = turn;
  // Most turns are an advert that changes nothing but a deadline.
  if (!turn.moved && turn.cause === null && draft.role !== 'starting') return;
  const role = roleOf(draft);
  if (role === draft.role) {
    if (turn.cause !== null) draft.roleReason = turn.cause;
    return;
  }
  const reason = turn.cause ?? reasonFor(draft, role);
  say(turn, 'role', severityOf(role, reason), reason, { from: draft.role, to: role });
  draft.role = role;
  draft.roleSince = turn.now;
  draft.roleReason = reason;
}

function severityOf(role: Role, reason: Reason): Severity {
  if (role === 'fault') return 'critical';
  const planned = ['owner', 'switchover', 'stopping', 'starting', 'started', 'recovered', 'activeHeard', 'nobodyHasIt'];
  return planned.includes(reason.code) ? 'info' : 'warning';
}
