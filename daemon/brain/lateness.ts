/** Our own lateness is nobody's fault but ours: timers are moved, a pause makes an active listen, and too much of it slows the checks (brain 3.5, 6.5). */
import { type Instant, type Ms, NEVER, later } from '../../core/clock.ts';
import { detectionMs } from '../../monitors/peer/state.ts';
import { lateTooOften } from '../../monitors/peer/session.ts';
import { masterDown } from '../../vrrp/timers.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, say, tellMachine } from './draft.ts';
import { checksOf } from './peer-queries.ts';
import { tellPeers } from './peers.ts';
import type { Instance } from './state.ts';

const MINUTE: Ms = 60_000;
/** The effective detection is so many times the lateness that one tick in a thousand exceeds (brain 3.5). */
const TIMES = 4;
/** Of a minute; a busier one is judged by its newest. */
const MOST = 64;

/** Brain 3.5 and 6.5: own lateness moves the down timers; lateness beyond Master_Down makes an active listen first. */
export function late(turn: Turn, lateMs: Ms): void {
  const { peers } = turn.draft;
  const checks = checksOf(turn.draft);
  if (peers.length > 0) noteLate(turn, lateMs);
  let paused = false;
  turn.draft.routers.forEach(({ plan, machine }, at) => {
    const down = masterDown(plan.version, machine.priority, plan.advertIntervalMs);
    if (machine.state === 'active' && (lateMs > down || (peers.length > 0 && lateMs > 2 * detectionMs(checks)))) {
      paused = true;
      // With peers one question is enough; without them an interval of the adverts has to pass.
      const listenMs = peers.length > 0 ? Math.min(checks.intervalMs, plan.advertIntervalMs) : plan.advertIntervalMs;
      tellMachine(turn, at, { kind: 'woke', gapMs: lateMs, listenMs });
    } else if (lateMs > plan.advertIntervalMs / 2) {
      tellMachine(turn, at, { kind: 'late', lateMs });
    }
  });
  if (!paused) return;
  say(turn, 'process', 'critical', { code: 'paused', gapMs: lateMs });
  tellPeers(turn, { kind: 'ask' });
}

function noteLate(turn: Turn, lateMs: Ms): void {
  const { draft, now } = turn;
  tellPeers(turn, { kind: 'late', lateMs });
  if (lateMs <= draft.plan.peerCheck.intervalMs / 2) return;
  draft.lateness = { ...draft.lateness, recent: [...draft.lateness.recent, { at: now, lateMs }].slice(-MOST) };
  judgeLateness(turn);
}

/** Three amnesties in a minute: the machine is too slow for its detection time, and says so (brain 3.5). */
export function judgeLateness(turn: Turn): void {
  const { draft, now } = turn;
  const { intervalMs, failureThreshold } = draft.plan.peerCheck;
  const recent = draft.lateness.recent.filter(({ at }) => now < later(at, MINUTE));
  const often = recent.length >= 3 && draft.peers.some(({ session }) => lateTooOften(session, now));
  // A minute has about a thousand ticks: the worst of it is their 99.9th percentile.
  const worst = Math.max(0, ...recent.map(({ lateMs }) => lateMs));
  const needed = Math.max(failureThreshold, Math.ceil((TIMES * worst) / intervalMs));
  draft.lateness = { recent, failureThreshold: often ? needed : null };
  if (!often) return clearCondition(turn, 'lateChecks', '');
  const detail = `up to ${Math.round(worst)} ms late; a peer is unhealthy after ${needed} missed checks of ${intervalMs} ms`;
  raiseCondition(turn, 'lateChecks', '', detail);
}

export function latenessDue(turn: Turn): void {
  if (latenessDueAt(turn.draft) <= turn.now) judgeLateness(turn);
}

/** When the oldest of the last minute is a minute old; only then can anything end. */
export function latenessDueAt({ lateness }: Instance): Instant {
  const [oldest] = lateness.recent;
  return oldest === undefined ? NEVER : later(oldest.at, MINUTE);
}
