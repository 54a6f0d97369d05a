/** One path of a peer: when it is asked, and what follows from an answer or from none (brain 3.2). Pure. */
import { type Instant, type Ms, NEVER, later } from '../../core/clock.ts';
import type { PathState, SessionOrders } from './state.ts';

type Timing = Pick<SessionOrders, 'intervalMs' | 'failureThreshold' | 'recoveryThreshold'>;

export const LONG_AGO = Number.NEGATIVE_INFINITY as Instant;
/** A good answer takes at most so many smoothed round trips, but never less than `LEAST_MS` (brain 3.2). */
const ROUND_TRIPS = 4;
const LEAST_MS: Ms = 4;
/** Weight of a new round trip in the smoothed one (as TCP does, RFC 6298). */
const NEW_RTT = 1 / 8;
/**
 * With each answer the worst round trip sinks by so much towards this one. The worst since the start would only ever grow, and one bad moment of a
 * long life would lengthen every call (brain 4.3) to its limit.
 */
const FORGOTTEN = 1 / 64;
/** A boot that is not verified is answered so often in so long: its first check and its challenge, at the shortest interval. */
const STRANGE_MOST = 4;
const STRANGE_MS: Ms = 10;

/** A path that was not asked yet, and is not until its session is started. */
export function newPath(address: string, now: Instant): PathState {
  return {
    address,
    health: 'unknown',
    since: now,
    failing: 0,
    recovering: 0,
    recent: '',
    rttMs: null,
    worstRttMs: 0,
    lastContact: LONG_AGO,
    asked: null,
    expired: null,
    highest: 0,
    strange: { since: LONG_AGO, count: 0 },
    nextAt: NEVER,
    firstMissAt: NEVER,
  };
}

/** How long a good answer may take, ms (brain 3.2). Before the first round trip is known: the whole interval. */
export function windowMs(rttMs: Ms | null, intervalMs: Ms): Ms {
  return rttMs === null ? intervalMs : Math.min(intervalMs, Math.max(LEAST_MS, ROUND_TRIPS * rttMs));
}

/**
 * When the next check is due after one that was due at `dueAt` and is sent now. The phase stays; what was missed is skipped, and never less than
 * half an interval is left, so that a late check is not followed by a burst.
 */
export function nextAskAt(dueAt: Instant, intervalMs: Ms, now: Instant): Instant {
  const steps = Math.max(1, Math.ceil((now - dueAt) / intervalMs + 0.5));
  return later(dueAt, steps * intervalMs);
}

/** A check begins. One that is still under way is not judged any more: an answer to it is contact. */
export function asked(path: PathState, nonce: string, nextAt: Instant, intervalMs: Ms, now: Instant): PathState {
  const deadline = Math.min(later(now, windowMs(path.rttMs, intervalMs)), nextAt) as Instant;
  return { ...withdrawn(path), asked: { nonce, at: now, deadline }, nextAt };
}

/** The check under way ends without a verdict. */
export function withdrawn(path: PathState): PathState {
  if (path.asked === null) return path;
  return { ...path, asked: null, expired: { nonce: path.asked.nonce, at: path.asked.at } };
}

/** A path remembers so many of its last checks, for a person to see. */
const RECENT = 60;

/** The verdict on a check: `p` passed, `f` failed; newest last. */
const remembered = (recent: string, verdict: 'p' | 'f'): string => (recent + verdict).slice(-RECENT);

/** The check under way has failed. */
export function missed(path: PathState, timing: Timing, now: Instant): PathState {
  if (path.asked === null) return path;
  const next = { ...withdrawn(path), recovering: 0, recent: remembered(path.recent, 'f') };
  if (path.health === 'unhealthy') return next;
  const failing = path.failing + 1;
  const run = { ...next, failing, firstMissAt: failing === 1 ? path.asked.at : path.firstMissAt };
  return failing < timing.failureThreshold ? run : { ...run, health: 'unhealthy', since: now };
}

/** The check under way was good. */
export function answered(path: PathState, timing: Timing, now: Instant): PathState {
  const next = { ...path, asked: null, recent: remembered(path.recent, 'p') };
  const recovering = path.recovering + 1;
  if (path.health === 'unhealthy' && recovering < timing.recoveryThreshold) return { ...next, recovering };
  const since = path.health === 'healthy' ? path.since : now;
  return { ...next, health: 'healthy', since, failing: 0, recovering: 0, firstMissAt: NEVER };
}

/** An answer to what was asked at `at` has come, in time or not. */
export function contacted(path: PathState, at: Instant, now: Instant): PathState {
  const sample = Math.max(0, now - at);
  const rttMs = path.rttMs === null ? sample : path.rttMs + (sample - path.rttMs) * NEW_RTT;
  const worstRttMs = Math.max(sample, path.worstRttMs + (sample - path.worstRttMs) * FORGOTTEN);
  return { ...path, rttMs, worstRttMs, lastContact: now };
}

/** A boot that is not verified has asked; null = too often to be answered: it may be an old request, sent again by anybody. */
export function askedByStranger(path: PathState, now: Instant): PathState | null {
  const { since, count } = path.strange;
  if (now >= later(since, STRANGE_MS)) return { ...path, strange: { since: now, count: 1 } };
  return count >= STRANGE_MOST ? null : { ...path, strange: { since, count: count + 1 } };
}

/** The present run of failures begins anew (brain 3.5). A path that is unhealthy already stays so. */
export function forgiven(path: PathState): PathState {
  const next = withdrawn(path);
  return path.health === 'unhealthy' ? next : { ...next, failing: 0, firstMissAt: NEVER };
}

/** The peer said that it has ended: nothing is to be expected here (brain 6.3). */
export function ended(path: PathState, timing: Timing, now: Instant): PathState {
  const since = path.health === 'unhealthy' ? path.since : now;
  const failing = timing.failureThreshold;
  const run = { failing, recovering: 0, firstMissAt: NEVER, asked: null, expired: null, highest: 0 };
  return { ...path, ...run, health: 'unhealthy', since };
}
