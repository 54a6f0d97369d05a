/** What peers say and how they answer: from their sessions to the rules that need it. */
import type { Instant } from '../../core/clock.ts';
import type { Report } from '../../core/report.ts';
import { newSession, stepSession } from '../../monitors/peer/session.ts';
import type { IgnoredReason, PeerSession, SessionEffect, SessionEvent } from '../../monitors/peer/state.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, say, unsettle } from './draft.ts';
import { handoverHeard, handoverReported, handoverPeerLost } from './handover.ts';
import { heardReport, lostActive } from './report-election.ts';
import { checksOf, freshReport, groupIn, sessionOrders } from './peer-queries.ts';
import { takeOverFast, takeOverTold } from './takeover.ts';
import { learnBandwidthMove } from './bandwidth.ts';
import type { PeerEntry } from './state.ts';

export function newPeer(plan: PeerSession['plan'], now: Instant): PeerEntry {
  return { session: newSession(plan, now), firedAt: {} };
}

/** Tell every session. */
export function tellPeers(turn: Turn, event: SessionEvent): void {
  for (const { session } of turn.draft.peers) tellPeer(turn, session.plan.name, event);
}

/** Tell one session, and do what follows from its answer. */
export function tellPeer(turn: Turn, name: string, event: SessionEvent): void {
  const at = turn.draft.peers.findIndex((peer) => peer.session.plan.name === name);
  const peer = turn.draft.peers[at];
  if (peer === undefined) return;
  const { session, effects } = stepSession(peer.session, event, sessionOrders(turn.draft, turn.now), turn.now);
  if (session !== peer.session) turn.draft.peers[at] = { ...peer, session };
  for (const effect of effects) answer(turn, name, peer.session, effect);
}

function answer(turn: Turn, peer: string, before: PeerSession, effect: SessionEffect): void {
  const { draft } = turn;
  const entry = draft.peers.find((p) => p.session.plan.name === peer)!;
  switch (effect.do) {
    case 'send':
      turn.effects.push({ do: 'send', peer, path: effect.path, message: effect.message, peerBoot: effect.peerBoot });
      return;
    case 'pathHealth':
      return pathChanged(turn, entry.session, effect.path);
    case 'health':
      return healthChanged(turn, before, entry.session);
    case 'contact':
      clearCondition(turn, 'otherSecret', peer);
      clearCondition(turn, 'otherStack', peer);
      // What it says counts again, after a pause of ours or a time without answers: who is better may be another now.
      if (freshReport(draft, { ...entry, session: before }, turn.now) === null) unsettle(turn);
      return contacted(turn, entry);
    case 'report':
      turn.dirty = true;
      return reported(turn, entry, effect.before);
    case 'handover':
      return handoverHeard(turn, peer, effect.handover);
    case 'told':
      return gaveUp(turn, peer, effect.before, 'its engine ended');
    case 'rebooted':
      // The will names the boots that it is for.
      turn.effects.push({ do: 'will' });
      // It knows nothing of a handover.
      handoverPeerLost(turn, peer);
      return say(turn, 'peer', 'info', { code: 'peerRestarted', peer });
  }
}

function pathChanged(turn: Turn, session: PeerSession, index: number): void {
  const path = session.paths[index]!;
  const { name } = session.plan;
  const key = `${name} ${path.address}`;
  if (path.health === 'healthy') {
    clearCondition(turn, 'pathDown', key);
    return say(turn, 'peer', 'info', { code: 'pathHealthy', peer: name, path: path.address });
  }
  const of = checksOf(turn.draft).failureThreshold;
  say(turn, 'peer', 'warning', { code: 'pathUnhealthy', peer: name, path: path.address, missed: path.failing, of });
  raiseCondition(turn, 'pathDown', key, `${Math.min(path.failing, of)} of ${of} checks missed`);
}

function healthChanged(turn: Turn, before: PeerSession, session: PeerSession): void {
  const { name } = session.plan;
  unsettle(turn);
  if (session.health === 'healthy') {
    clearCondition(turn, 'checksBlocked', name);
    return say(turn, 'peer', 'info', { code: 'peerHealthy', peer: name });
  }
  const of = checksOf(turn.draft).failureThreshold;
  const reason = { code: 'peerUnhealthy', peer: name, missed: of, of } as const;
  say(turn, 'peer', 'warning', reason);
  handoverPeerLost(turn, name);
  // Only a peer that was healthy before can have died just now (brain 4.3).
  if (before.health !== 'healthy' || !takeOverFast(turn, before, session, reason)) return;
  // Whoever still is in contact with it says so before the wait is over (brain 3.6).
  for (const third of turn.draft.peers.map((peer) => peer.session.plan.name)) {
    if (third !== name) tellPeer(turn, third, { kind: 'ask' });
  }
}

/** A good answer confirms the newest report: it counts as an advert would (brain 1.4). */
function contacted(turn: Turn, peer: PeerEntry): void {
  const report = freshReport(turn.draft, peer, turn.now);
  if (report === null) return;
  const { name } = peer.session.plan;
  handoverReported(turn, name, report);
  heardReport(turn, name, report);
}

function reported(turn: Turn, peer: PeerEntry, before: Report | null): void {
  const { report } = peer.session;
  const { name } = peer.session.plan;
  // Whether it may take over, and who is active, may be another now.
  unsettle(turn);
  if (report === null) return;
  learnBandwidthMove(turn, report);
  judgePrimaries(turn);
  if (before === null) turn.effects.push({ do: 'will' });
  else gaveUpSome(turn, name, before, report);
  contacted(turn, peer);
}

/** It was active for a group in its last report, and is not any more because it resigned or may not be (brain 4.2). */
function gaveUpSome(turn: Turn, peer: string, before: Report, report: Report): void {
  for (const was of before.groups) {
    if (was.standing !== 'active') continue;
    const is = groupIn(report, was.name);
    if (is?.standing === 'active') continue;
    lostActive(turn, peer, was.name);
    // A group that is not in the report any more has another name there now, or is out of its file: adverts tell which.
    if (is !== null && (is.standing === 'resigned' || !is.eligible)) {
      takeOverTold(turn, peer, was.name, report.faults[0] ?? report.reason.text);
    }
  }
}

/** It will not speak again in this life: everything that it held is free (brain 6.3). */
function gaveUp(turn: Turn, peer: string, before: Report | null, why: string): void {
  unsettle(turn);
  for (const was of before?.groups ?? []) {
    if (was.standing !== 'active') continue;
    lostActive(turn, peer, was.name);
    takeOverTold(turn, peer, was.name, why);
  }
}

/** Exactly one primary in an active-passive stack (design section 6); judged when everybody has reported. */
export function judgePrimaries(turn: Turn): void {
  const { draft, now } = turn;
  if (draft.plan.mode !== 'active-passive' || draft.peers.length === 0)
    return clearCondition(turn, 'primaryConflict', '');
  const reports = draft.peers.map((peer) => freshReport(draft, peer, now));
  if (reports.some((report) => report === null)) return;
  const primaries = [
    ...(draft.plan.primary ? [draft.plan.instance] : []),
    ...reports.flatMap((report) => (report?.primary === true ? [report.instance] : [])),
  ];
  if (primaries.length === 1) return clearCondition(turn, 'primaryConflict', '');
  const all = [draft.plan.instance, ...draft.peers.map((p) => p.session.plan.name)].join(', ');
  raiseCondition(
    turn,
    'primaryConflict',
    '',
    primaries.length === 0 ? `none of ${all} is` : `${primaries.join(' and ')} are`,
  );
}

/** Something that did not count (brain 3.4). Who can be named is named; nothing else changes. */
export function ignored(turn: Turn, peer: string | null, reason: IgnoredReason, detail: string): void {
  if (peer === null) return;
  tellPeer(turn, peer, { kind: 'ignored', reason });
  if (reason === 'otherSecret') raiseCondition(turn, 'otherSecret', peer, detail);
  if (reason === 'otherStack') raiseCondition(turn, 'otherStack', peer, detail);
}
