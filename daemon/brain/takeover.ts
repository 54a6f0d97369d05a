/** Becoming active without waiting for the timer: *told* (brain 4.2) and *fast* (4.3). */
import { type Instant, type Ms, later } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import type { GroupReport } from '../../core/report.ts';
import { firstMissAt, worstRtt } from '../../monitors/peer/session.ts';
import { type PeerSession, detectionMs } from '../../monitors/peer/state.ts';
import { raiseCondition } from './conditions.ts';
import { type Turn, routersOf, updateGroup } from './draft.ts';
import { considerClaim } from './election.ts';
import { groupEligible } from './faults.ts';
import { isMute } from './gate.ts';
import { checksOf, compareClaims, freshReport, groupIn, heardAt, ownClaim } from './peer-queries.ts';
import type { Group, Instance, PeerEntry } from './state.ts';

/** The best acts at once, the others after as many of these as are better (brain 4.2). */
const RANK_MS: Ms = 20;
/** How long a live active has to answer a call, ms (brain 4.3). */
const CALL_LEAST: Ms = 2;
const CALL_MOST: Ms = 10;
/** Healthy for so long it is armed again. */
const REARM_MS: Ms = 10_000;

/** A peer says that it gave the group up. */
export function takeOverTold(turn: Turn, peer: string, name: string, detail: string): void {
  const group = turn.draft.groups.find((g) => g.name === name);
  if (group === undefined || !mayTry(turn, group)) return;
  const at = later(turn.now, rankAmongStandbys(turn, group, peer) * RANK_MS);
  const cause: Reason = { code: 'peerGaveUp', peer, detail };
  updateGroup(turn, name, { attempt: { trigger: 'told', at, since: turn.now, peer, cause } });
  if (at === turn.now) attemptDue(turn, name);
}

/** The edge healthy → unhealthy on all paths, of a peer whose newest report says that it is active. True: somebody was called. */
export function takeOverFast(turn: Turn, before: PeerSession, session: PeerSession, cause: Reason): boolean {
  const { draft, now } = turn;
  const { name } = session.plan;
  if (!draft.plan.fastTakeover || draft.plan.mode === 'off') return false;
  let called = false;
  for (const of of session.report?.groups ?? []) {
    const group = draft.groups.find((g) => g.name === of.name);
    if (of.standing !== 'active' || group === undefined || !mayTry(turn, group)) continue;
    if (!armed(turn, before, name, group.name)) continue;
    disarm(turn, name, group.name);
    const since = firstMissAt(session);
    if (heardAt(draft, group) >= since) {
      raiseCondition(turn, 'checksBlocked', name, 'its adverts arrive, its answers do not');
      continue;
    }
    call(turn, group, name, of);
    called = true;
    const wait = Math.min(Math.max(2 * worstRtt(session), CALL_LEAST), CALL_MOST);
    const at = later(now, wait + rankAmongStandbys(turn, group, name) * RANK_MS);
    updateGroup(turn, group.name, { attempt: { trigger: 'fast', at, since, peer: name, cause } });
  }
  return called;
}

/** An attempt is due: claim, unless somebody was seen active meanwhile. */
export function attemptDue(turn: Turn, name: string): void {
  const group = turn.draft.groups.find((g) => g.name === name);
  const attempt = group?.attempt;
  if (group === undefined || attempt === undefined || attempt === null) return;
  updateGroup(turn, name, { attempt: null });
  if (attempt.trigger === 'fast' && heardAt(turn.draft, group) >= attempt.since) {
    return raiseCondition(turn, 'checksBlocked', attempt.peer, 'its adverts arrive, its answers do not');
  }
  const { trigger, cause, since, peer } = attempt;
  considerClaim(turn, group, trigger, cause, { nobodyAnswered: false, since, lost: peer });
}

function mayTry(turn: Turn, group: Group): boolean {
  if (turn.draft.phase !== 'running' || !groupEligible(turn.draft, group) || wokeJustNow(turn.draft, turn.now))
    return false;
  return routersOf(turn.draft, group).some((r) => r.machine.state === 'backup');
}

/** What waited in our sockets during a pause of ours is as old as the pause: until peers have answered anew, the timer decides (brain 6.5). */
function wokeJustNow(instance: Instance, now: Instant): boolean {
  const last = instance.lateness.recent.at(-1);
  const checks = checksOf(instance);
  return last !== undefined && last.lateMs > 2 * detectionMs(checks) && now < later(last.at, checks.intervalMs);
}

function armed(turn: Turn, before: PeerSession, peer: string, group: string): boolean {
  const firedAt = turn.draft.peers.find((p) => p.session.plan.name === peer)?.firedAt[group];
  return firedAt === undefined || turn.now - before.healthSince >= REARM_MS;
}

function disarm(turn: Turn, peer: string, group: string): void {
  turn.draft.peers = turn.draft.peers.map((entry): PeerEntry =>
    entry.session.plan.name === peer ? { ...entry, firedAt: { ...entry.firedAt, [group]: turn.now } } : entry,
  );
}

/**
 * One ordinary advert at our own priority: a live active answers a losing advert at once (RFC 9568 6.4.3). Where ours would win, because
 * preemption is off or held, it says less: the active must answer it, not yield to it.
 */
function call(turn: Turn, group: Group, peer: string, of: GroupReport): void {
  const able = routersOf(turn.draft, group).find((r) => !isMute(r) && r.transport.source !== null);
  if (able === undefined) return;
  const { plan, machine } = able;
  const wins = compareClaims(ownClaim(turn.draft, group), { ...of, name: peer }) > 0;
  const priority = wins ? Math.max(1, Math.min(machine.priority, of.priority - 1)) : machine.priority;
  turn.effects.push({ do: 'advert', router: plan.name, priority, style: machine.style });
}

/** How many of the standbys known eligible are better than we are. */
function rankAmongStandbys(turn: Turn, group: Group, lost: string): number {
  const own = ownClaim(turn.draft, group);
  return turn.draft.peers.filter((peer) => {
    const { name } = peer.session.plan;
    const of = groupIn(freshReport(turn.draft, peer, turn.now), group.name);
    if (name === lost || of === null || !of.eligible || of.standing === 'active') return false;
    return compareClaims({ priority: of.priority, source: of.source, name }, own) > 0;
  }).length;
}
