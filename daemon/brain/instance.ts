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
import { newBandwidth } from '../../monitors/bandwidth.ts';
import { newPairs, observePort } from '../../monitors/pairs.ts';
import { sessionDue } from '../../monitors/peer/session.ts';
import { newTracks } from '../../monitors/tracks.ts';
import type { Heard } from '../../vrrp/acceptance.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import { dueAt } from '../../vrrp/machine-state.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, beginTurn, routerIndex, routersOf, say, tellMachine, updateGroup, unsettle } from './draft.ts';
import { answerTells, considerClaim, leaveToOther, probedForClaim, settle } from './election.ts';
import { resign } from './moves.ts';
import { faultsDue, ownSourceHeard, probedForFault, sendOutcome, transportChanged } from './fault-facts.ts';
import { UNKNOWN, groupsOf, newRouter } from './initial.ts';
import { applyPlan } from './reload.ts';
import { reasonFor, roleOf } from './role.ts';
import { adoptionDue, beginAdoption, waitShortly } from './adoption.ts';
import { bandwidthDue, measureWhileActive, trafficRead } from './bandwidth.ts';
import { NO_BYPASS, bypassDueAt, bypassRead, driveBypass, operateBypass, settled } from './bypass.ts';
import { flapsDueAt, judgeFlaps, judgeFlapsAgain, resetFlaps } from './flaps.ts';
import { handoverAdvert, handoverDue } from './handover.ts';
import { NO_EVIDENCE } from './gate.ts';
import { late, latenessDue } from './lateness.ts';
import { beginDueChecks, judgePairs, portObserved, trackChecked } from './measured.ts';
import { isMereStandby, hasTaker } from './peer-queries.ts';
import { ignored, newPeer, tellPeer, tellPeers } from './peers.ts';
import { planPreemption, wantDue } from './preemption.ts';
import { setPriorities } from './priorities.ts';
import { restore } from './protection.ts';
import { noteProtected, tellSaved } from './saved.ts';
import { makeReport, renewReport } from './report.ts';
import { NO_SERVICE_DOWN, judgeService, serviceDueAt } from './service-down.ts';
import { endHold, noteUnfinishedSwitchover, releaseHold } from './switchover.ts';
import { takingDue } from './taking.ts';
import { attemptDue } from './takeover.ts';
import {
  beginLeaving,
  beginSwitchover,
  changeMaintenance,
  finishIfDone,
  leaveMaintenance,
  leavingIsOver,
} from './undertaking.ts';
import type { Effect } from './effect.ts';
import type { Fact } from './fact.ts';
import type { Group, Identity, Instance } from './state.ts';

/** For tests that have no peers: they see neither. */
const NOBODY: Identity = { boot: '0'.repeat(32), nonce: () => '0'.repeat(32), version: '0' };

/** An instance before its start. `styles`: remembered checksum style by router name. */
export function newInstance(
  plan: EnginePlan,
  now: Instant,
  styles: Readonly<Record<string, ChecksumStyle>>,
  identity: Identity = NOBODY,
): Instance {
  const instance: Omit<Instance, 'report'> = {
    plan,
    routers: plan.routers.map((router) => newRouter(router, now, styles[router.name] ?? null)),
    groups: groupsOf(plan),
    faults: [],
    conditions: [],
    role: 'starting',
    roleSince: now,
    roleReason: { code: 'starting' },
    startedAt: now,
    heldUntil: Number.NEGATIVE_INFINITY as Instant,
    staleAnswersUntil: Number.NEGATIVE_INFINITY as Instant,
    undertaking: null,
    phase: 'new',
    identity,
    peers: plan.peers.map((peer) => newPeer(peer, now)),
    version: 0,
    nextId: 0,
    pairs: newPairs(plan.links.pairs, now),
    bandwidth: newBandwidth(plan.bandwidth),
    tracks: newTracks(plan.tracks, now),
    flaps: [],
    latched: null,
    maintenance: null,
    bypass: { ...NO_BYPASS, since: now },
    serviceDown: NO_SERVICE_DOWN,
    bandwidthDisarmed: null,
    protectSeq: 0,
    savedSeq: 0,
    unsaved: [],
    adoption: null,
    willKind: 'hold',
    lateness: { recent: [], failureThreshold: null },
  };
  return { ...instance, report: makeReport(instance as Instance, now) };
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
  if (fact.kind !== 'heard' || changed(turn)) conclude(turn);
  for (const event of turn.events) turn.effects.push({ do: 'event', event });
  return { instance: turn.draft, effects: turn.effects };
}

/** Most facts are an advert that moves one deadline: nothing follows from it, and thousands come in a second. */
function changed({ draft, dirty, moved, cause }: Turn): boolean {
  return (
    dirty ||
    moved ||
    cause !== null ||
    draft.role === 'starting' ||
    draft.undertaking !== null ||
    draft.phase !== 'running'
  );
}

/** What follows from whatever has changed, in this order: who may take part, what is given away, the bypass, and what others are told. */
function conclude(turn: Turn): void {
  settle(turn);
  adoptionDue(turn);
  if (turn.dirty || turn.moved) {
    setPriorities(turn);
    measureWhileActive(turn);
    planPreemption(turn);
    judgeFlapsAgain(turn);
    judgeService(turn);
    settle(turn);
  }
  noteUnfinishedSwitchover(turn);
  finishIfDone(turn);
  if (leavingIsOver(turn.draft, turn.now)) stopNow(turn, turn.draft.undertaking?.by ?? 'the guardian');
  settle(turn);
  driveBypass(turn);
  noteRole(turn);
  if (renewReport(turn)) tellPeers(turn, { kind: 'push' });
  noteWill(turn);
  noteStopped(turn);
}

/** The last will follows who could take over (brain 6.3). */
function noteWill(turn: Turn): void {
  const { draft, now } = turn;
  const able = draft.groups.some((g) => hasTaker(draft, g.name, now));
  const willKind = able ? 'resign' : 'hold';
  if (willKind === draft.willKind) return;
  draft.willKind = willKind;
  turn.effects.push({ do: 'will' });
}

function take(turn: Turn, fact: Fact): void {
  switch (fact.kind) {
    case 'start':
      return start(turn, fact);
    case 'time':
      return timePassed(turn, fact.sessions !== false);
    case 'heard':
      return heard(turn, fact);
    case 'late':
      return late(turn, fact.lateMs);
    case 'plan':
      return applyPlan(turn, fact);
    case 'switchover':
      return beginSwitchover(turn, fact);
    case 'releaseHold':
      return endHold(turn, fact.actionId);
    case 'stop':
      return stop(turn, fact.by);
    case 'maintenance':
      return changeMaintenance(turn, fact);
    case 'bypass':
      return operateBypass(turn, fact);
    case 'flapsReset':
      return resetFlaps(turn, fact);
    case 'datagram':
      return tellPeer(turn, fact.peer, { kind: 'received', path: fact.path, envelope: fact.envelope });
    case 'ignored':
      return ignored(turn, fact.peer, fact.reason, fact.detail);
    case 'port':
      return portObserved(turn, fact.interface, fact.up);
    case 'traffic':
      return trafficRead(turn, fact.reading);
    case 'tracked':
      return trackChecked(turn, fact.track, fact.good, fact.detail);
    case 'bypassRead':
      return bypassRead(turn, fact.state, fact.detail);
    case 'protected':
      return noteProtected(turn, fact.seq);
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

function start(
  turn: Turn,
  { transports, reason, adopt, resigned, protection, ports = {} }: Extract<Fact, { kind: 'start' }>,
): void {
  const { draft, now } = turn;
  draft.phase = 'running';
  draft.startedAt = now;
  restore(turn, protection);
  judgeFlaps(turn);
  unsettle(turn);
  say(turn, 'process', reason.code === 'predecessorEnded' ? 'critical' : 'info', reason);
  for (const entry of turn.draft.routers) {
    transportChanged(turn, entry, transports[entry.plan.name] ?? UNKNOWN);
  }
  for (const [port, up] of Object.entries(ports)) draft.pairs = observePort(draft.pairs, port, up, now);
  judgePairs(turn);
  tellPeers(turn, { kind: 'start' });
  beginDueChecks(turn);
  settle(turn);
  if (adopt !== null && adopt !== undefined) beginAdoption(turn, adopt);
  else if (resigned === true) waitShortly(turn);
}

function timePassed(turn: Turn, sessions: boolean): void {
  const { draft, now } = turn;
  draft.routers.forEach((entry, at) => {
    if (dueAt(entry.machine) <= now) tellMachine(turn, at, { kind: 'time' });
  });
  faultsDue(turn);
  for (const group of draft.groups) {
    if (group.retryAt > now) continue;
    updateGroup(turn, group.name, { retryAt: NEVER, waiting: null });
    const { trigger, evidence } = group.asking ?? { trigger: 'timer', evidence: NO_EVIDENCE };
    if (group.waiting !== null) considerClaim(turn, group, trigger, group.waiting, evidence);
  }
  if (draft.heldUntil > Number.NEGATIVE_INFINITY && draft.heldUntil <= now) releaseHold(turn, null);
  for (const { session } of sessions ? draft.peers : []) {
    if (sessionDue(session) <= now) tellPeer(turn, session.plan.name, { kind: 'time' });
  }
  for (const { name } of draft.groups) groupDue(turn, name);
  takingDue(turn);
  beginDueChecks(turn);
  settled(turn);
  bandwidthDue(turn);
  latenessDue(turn);
  tellSaved(turn);
  if (draft.maintenance !== null && draft.maintenance.until <= now) leaveMaintenance(turn, 'its time', null);
  if (Math.min(serviceDueAt(draft), bypassDueAt(draft), flapsDueAt(draft)) <= now) turn.dirty = true;
}

function groupDue(turn: Turn, name: string): void {
  const group = (): Group => turn.draft.groups.find((g) => g.name === name)!;
  const { attempt } = group();
  if (attempt !== null && attempt.at <= turn.now) attemptDue(turn, name);
  handoverDue(turn, group());
  if (group().wantAt <= turn.now) wantDue(turn, group());
}

function heard(turn: Turn, fact: Extract<Fact, { kind: 'heard' }>): void {
  const at = routerIndex(turn.draft, fact.router);
  const entry = turn.draft.routers[at];
  if (entry === undefined) return;
  if (turn.draft.plan.mode === 'off' && fact.heard.priority > 0 && entry.machine.state === 'active') {
    return leaveToOther(turn, entry, fact.heard);
  }
  if (fact.heard.priority > 0) noteHeard(turn, at, fact.heard);
  if (fact.heard.priority === 255 && entry.plan.priority === 255) {
    raiseCondition(turn, 'twoOwners', fact.router, `${addressText(fact.heard.source)} has priority 255 too`);
  } else if (turn.draft.conditions.length > 0) {
    clearCondition(turn, 'twoOwners', fact.router);
  }
  if (turn.draft.conditions.length > 0) {
    clearCondition(turn, 'intervalMismatch', fact.router);
    clearCondition(turn, 'partlyHeard', fact.router);
    clearCondition(turn, 'advertsBlocked', fact.router);
  }
  const group = turn.draft.groups.find((g) => g.name === entry.plan.group);
  if (group !== undefined && group.handover !== null && handoverAdvert(turn, group, entry, fact.heard)) return;
  tellMachine(turn, at, { kind: 'heard', heard: fact.heard });
}

/**
 * Somebody advertises: that ends a resignation, cancels service down and disarms a takeover (brain 4.2, 4.3, 7.1). The call of a standby, which
 * its own report says it is, shows no active.
 */
function noteHeard(turn: Turn, at: number, { source }: Heard): void {
  const { draft, now } = turn;
  const entry = draft.routers[at]!;
  const { group } = entry.plan;
  if (draft.peers.length > 0 && isMereStandby(draft, group, source, now)) return;
  draft.routers[at] = { ...entry, heardAt: now };
  if (draft.serviceDown.since !== NEVER) turn.dirty = true;
  if (!draft.groups.some((g) => g.resigned && g.name === group)) return;
  updateGroup(turn, group, { resigned: false });
  turn.dirty = true;
}

/** First to whom can take over, without a gap; then, or if nobody can, by resigning. */
function stop(turn: Turn, by: string): void {
  if (turn.draft.phase === 'running' && beginLeaving(turn, by)) return;
  if (turn.draft.phase !== 'leaving') stopNow(turn, by);
}

function stopNow(turn: Turn, by: string): void {
  const { draft } = turn;
  if (draft.phase === 'stopping') return;
  draft.phase = 'stopping';
  turn.dirty = true;
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
  turn.dirty = true;
  const reason = turn.cause ?? reasonFor(draft, role, turn.now);
  say(turn, 'role', severityOf(draft.role, role, reason), reason, { from: draft.role, to: role });
  draft.role = role;
  draft.roleSince = turn.now;
  draft.roleReason = reason;
}

/** What nobody asked for wants attention; a first election does not. */
function severityOf(from: Role, role: Role, reason: Reason): Severity {
  if (role === 'fault' || role === 'bypass') return 'critical';
  return from === 'starting' || PLANNED.has(reason.code) ? 'info' : 'warning';
}

const PLANNED: ReadonlySet<Reason['code']> = new Set<Reason['code']>([
  ...(['owner', 'switchover', 'stopping', 'starting', 'started', 'recovered', 'activeHeard', 'nobodyHasIt'] as const),
  ...(['peerActive', 'handedOver', 'tookOver', 'maintenance', 'maintenanceEnded'] as const),
]);
