/** How much the knowledge of a peer is worth now. Pure. */
import { type Instant, type Ms, NEVER } from '../../core/clock.ts';
import type { Report } from '../../core/report.ts';
import { type PathState, type PeerSession, type SessionOrders, detectionMs } from './state.ts';

type Timing = Pick<SessionOrders, 'intervalMs' | 'failureThreshold'>;

const MINUTE: Ms = 60_000;
/** Amnesties in a minute that are too many (brain 3.5). */
const TOO_MANY = 3;

/** Its report was confirmed no longer ago than 2 × detection: it counts as an advert would (brain 1.4). */
export function isFresh(session: PeerSession, orders: Timing, now: Instant): boolean {
  return session.report !== null && now - session.reportAt <= 2 * detectionMs(orders);
}

/** The report, if it is fresh: a stale one counts for nothing (brain 1.4). */
export function reportOf(session: PeerSession, orders: Timing, now: Instant): Report | null {
  return isFresh(session, orders, now) ? session.report : null;
}

/** The longest round trip seen of late on any path, ms; 0 before the first (brain 4.3). */
export function worstRtt(session: PeerSession): Ms {
  return Math.max(0, ...session.paths.map((path) => path.worstRttMs));
}

/**
 * When the first check was sent of those that made the peer unhealthy; NEVER while it is not, or was *told* (brain 4.3).
 * A path that had died before the last living one began to fail has no part in it: its first miss may be a month old.
 */
export function firstMissAt(session: PeerSession): Instant {
  if (session.health !== 'unhealthy') return NEVER;
  const runs = session.paths.filter((path) => path.firstMissAt !== NEVER);
  const last = Math.max(Number.NEGATIVE_INFINITY, ...runs.map((path) => path.firstMissAt));
  const together = runs.filter((path) => path.firstMissAt === last || path.since > last);
  return Math.min(NEVER, ...together.map((path) => path.firstMissAt)) as Instant;
}

/** Three amnesties within a minute: the machine is too slow for its detection time (brain 3.5). */
export function lateTooOften(session: PeerSession, now: Instant): boolean {
  return session.amnesties.filter((at) => now - at < MINUTE).length >= TOO_MANY;
}

/** May the present run of failures be forgiven? Not twice within 10 × detection (brain 3.5). */
export function mayForgive(session: PeerSession, orders: Timing, now: Instant): boolean {
  const last = session.amnesties.at(-1);
  return last === undefined || now - last >= 10 * detectionMs(orders);
}

/** The amnesties that `lateTooOften` needs, with the one of now. */
export function withAmnesty(session: PeerSession, now: Instant): readonly Instant[] {
  return [...session.amnesties.slice(1 - TOO_MANY), now];
}

/** The path whose state stands for the peer: a healthy one, then the one last in contact. */
export function bestPath(session: PeerSession): PathState | null {
  const rank = (path: PathState): number => ['healthy', 'unknown', 'unhealthy'].indexOf(path.health);
  return session.paths.toSorted((a, b) => rank(a) - rank(b) || b.lastContact - a.lastContact)[0] ?? null;
}
