/**
 * What is known of one peer (brain 3): `stepSession(session, event, orders, now)` gives the next state and what is to be done. Pure:
 * no socket, no timer, no randomness; `sessionDue` says when time is an event.
 *
 * A check is judged by the event `time`. Whoever drives this reads its sockets first: an answer that waits there while this
 * process was late is in time up to one interval, and fails where the judgement came before it.
 */
import { type Instant, NEVER, later } from '../../core/clock.ts';
import type { PeerPlan } from '../../config/plan.ts';
import { mayForgive, withAmnesty } from './freshness.ts';
import { LONG_AGO, asked, forgiven, missed, newPath, nextAskAt } from './paths.ts';
import { receive } from './receive.ts';
import type { PathState, PeerSession, SessionEffect, SessionEvent, SessionOrders } from './state.ts';
import { type Turn, change, eachPath, healthOf, ignore, setPath, settleHealth } from './turn.ts';

export { bestPath, firstMissAt, isFresh, lateTooOften, reportOf, worstRtt } from './freshness.ts';

export interface SessionStep {
  readonly session: PeerSession;
  readonly effects: readonly SessionEffect[];
}

/** A peer of which nothing is known. It is asked from the event `start` on. */
export function newSession(plan: PeerPlan, now: Instant): PeerSession {
  return {
    plan,
    health: 'unknown',
    healthSince: now,
    paths: plan.paths.map((address) => newPath(address, now)),
    boot: null,
    ended: [],
    verified: false,
    challenge: null,
    highest: 0,
    report: null,
    version: null,
    reportAt: LONG_AGO,
    lastContact: LONG_AGO,
    direct: {},
    amnesties: [],
    ignored: {},
  };
}

/** The next state, and what is to be done, in this order. */
export function stepSession(
  session: PeerSession,
  event: SessionEvent,
  orders: SessionOrders,
  now: Instant,
): SessionStep {
  const turn: Turn = { session, effects: [], orders, now };
  act(turn, event);
  settleHealth(turn);
  return { session: turn.session, effects: turn.effects };
}

/** When the event `time` is to come next. */
export function sessionDue(session: PeerSession): Instant {
  return Math.min(
    NEVER,
    ...session.paths.map((path) => Math.min(path.nextAt, path.asked?.deadline ?? NEVER)),
  ) as Instant;
}

/** The receiver that a message other than a reply names; null = none is verified, and only a request may go out. */
export function peerBootOf(session: PeerSession): string | null {
  return session.verified ? session.boot : null;
}

/** The same session with another plan: paths that stay keep what is known of them, new ones are asked at once. */
export function replanSession(session: PeerSession, plan: PeerPlan, now: Instant): SessionStep {
  const started = session.paths.some((path) => path.nextAt !== NEVER);
  const fresh = (address: string): PathState => ({ ...newPath(address, now), nextAt: started ? now : NEVER });
  const paths = plan.paths.map((address) => session.paths.find((p) => p.address === address) ?? fresh(address));
  const health = healthOf({ paths, health: session.health });
  const next = { ...session, plan, paths, challenge: null };
  if (health === session.health) return { session: next, effects: [] };
  return { session: { ...next, health, healthSince: now }, effects: [{ do: 'health', health }] };
}

function act(turn: Turn, event: SessionEvent): void {
  switch (event.kind) {
    case 'start':
    case 'ask':
      for (const index of turn.session.paths.keys()) ask(turn, index, turn.now);
      return;
    case 'time':
      for (const index of turn.session.paths.keys()) passTime(turn, index);
      return;
    case 'received':
      receive(turn, event.path, event.envelope);
      return;
    case 'ignored':
      ignore(turn, event.reason);
      return;
    case 'push':
      push(turn);
      return;
    case 'late':
      forgive(turn, event.lateMs);
      return;
  }
}

function passTime(turn: Turn, index: number): void {
  const { orders, now } = turn;
  const due = turn.session.paths[index]!;
  if (due.asked !== null && now >= due.asked.deadline) setPath(turn, index, missed(due, orders, now));
  // After a reload the interval may be shorter than what is left of the old one.
  const path = turn.session.paths[index]!;
  const latest = later(now, orders.intervalMs);
  if (path.nextAt !== NEVER && path.nextAt > latest) setPath(turn, index, { ...path, nextAt: latest });
  else if (now >= path.nextAt) ask(turn, index, path.nextAt);
}

/** A check that was due at `dueAt` begins. */
function ask(turn: Turn, index: number, dueAt: Instant): void {
  const { session, orders, now } = turn;
  const path = session.paths[index]!;
  const nonce = orders.nonce();
  // Whoever does not answer may have been started anew, and would drop what names the boot before.
  const doubtful = path.health !== 'healthy' || path.failing > 0;
  const peerBoot = doubtful ? null : peerBootOf(session);
  const have = peerBoot === null ? null : session.version;
  const { intervalMs } = orders;
  setPath(turn, index, asked(path, nonce, nextAskAt(dueAt, intervalMs, now), intervalMs, now));
  turn.effects.push({ do: 'send', path: index, message: { type: 'request', nonce, have }, peerBoot });
}

function push(turn: Turn): void {
  const { version, report, direct } = turn.orders;
  const peerBoot = peerBootOf(turn.session);
  if (peerBoot === null) return;
  turn.effects.push({ do: 'send', path: null, message: { type: 'push', version, report, direct }, peerBoot });
}

/** Brain 3.5: own lateness is not the peer's fault, but that excuse holds once. */
function forgive(turn: Turn, lateMs: number): void {
  const { session, orders, now } = turn;
  if (lateMs <= orders.intervalMs / 2 || !mayForgive(session, orders, now)) return;
  eachPath(turn, forgiven);
  change(turn, { amnesties: withAmnesty(session, now) });
}
