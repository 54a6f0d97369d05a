/** Bandwidth (brain 9): too little traffic on the active is a one-shot trigger for a handover, never a fault. */
import { type Instant, NEVER, later } from '../../core/clock.ts';
import type { Report } from '../../core/report.ts';
import { addSample, averageBps, beginMeasuring, endMeasuring, hasRecovered, isLow } from '../../monitors/bandwidth.ts';
import type { TrafficReading } from '../../monitors/traffic-reader.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, routersOf, say } from './draft.ts';
import { beginHandover } from './handover.ts';
import { takers } from './peer-queries.ts';
import { protect } from './protection.ts';
import { ownedHere } from './action-end.ts';
import type { Instance } from './state.ts';

/** The same move is told by everybody: ages differ by what the way takes. */
const SAME_MS = 2000;

/** Only an active instance is measured (brain 9.1). */
export function measureWhileActive(turn: Turn): void {
  const { draft } = turn;
  if (!draft.plan.bandwidth.enabled) return;
  const active = draft.routers.some((r) => r.machine.state === 'active');
  draft.bandwidth = active ? beginMeasuring(draft.bandwidth) : endMeasuring(draft.bandwidth);
  if (!active) clearCondition(turn, 'bandwidthLow', '');
}

export function trafficRead(turn: Turn, reading: TrafficReading): void {
  const { draft, now } = turn;
  draft.bandwidth = addSample(draft.bandwidth, reading, now);
  if (!draft.plan.bandwidth.enabled) return;
  if (hasRecovered(draft.bandwidth)) recovered(turn);
  if (!isLow(draft.bandwidth)) return clearCondition(turn, 'bandwidthLow', '');
  if (draft.bandwidthDisarmed === null) low(turn);
}

/** Below the minimum over a full window, and the trigger is armed. */
function low(turn: Turn): void {
  const { draft, now } = turn;
  const { minimum, windowMs } = draft.plan.bandwidth;
  const active = draft.groups.filter((g) => routersOf(draft, g).some((r) => r.machine.state === 'active'));
  if (draft.phase !== 'running' || draft.undertaking !== null || active.some((g) => g.handover !== null)) return;
  const reason = { code: 'bandwidthLow', averageBps: averageBps(draft.bandwidth) ?? 0, minimum, windowMs } as const;
  const able = active.flatMap((group) => {
    if (ownedHere(draft, group)) return [];
    const [best] = takers(draft, group.name, now);
    return best === undefined ? [] : [{ group, peer: best.peer }];
  });
  if (able.length === 0) return raiseCondition(turn, 'bandwidthLow', '', 'no other instance is eligible');
  say(turn, 'bandwidth', 'warning', reason);
  disarm(turn, draft.plan.instance, now, false);
  protect(turn);
  for (const { group, peer } of able) beginHandover(turn, group, { peer, purpose: 'bandwidth', reason, holdMs: null });
}

function disarm(turn: Turn, by: string, at: Instant, isRecovered: boolean): void {
  turn.draft.bandwidthDisarmed = { by, at, recovered: isRecovered, armsAt: armsAt(turn, at, isRecovered) };
  turn.dirty = true;
  say(turn, 'bandwidth', 'info', { code: 'bandwidthDisarmed', by });
}

/** Some active has measured enough over a full window (brain 9.2). */
function recovered(turn: Turn): void {
  const { draft } = turn;
  if (draft.bandwidthDisarmed === null || draft.bandwidthDisarmed.recovered) return;
  const { by, at } = draft.bandwidthDisarmed;
  draft.bandwidthDisarmed = { by, at, recovered: true, armsAt: armsAt(turn, at, true) };
  turn.dirty = true;
  protect(turn);
}

/** A peer's report: the trigger is disarmed on the whole stack (brain 9.2). */
export function learnBandwidthMove(turn: Turn, report: Report): void {
  const { bandwidthMove: theirs } = report;
  const { bandwidthDisarmed: ours, plan } = turn.draft;
  if (theirs === null || !plan.bandwidth.enabled || theirs.ageMs >= 24 * 3_600_000) return;
  const at = later(turn.now, -theirs.ageMs);
  // Theirs ends a moment after ours, by what the way takes: that would disarm it once more.
  if (ours === null && theirs.recovered && turn.now >= later(at, plan.bandwidth.cooldownMs - SAME_MS)) return;
  const same = ours !== null && ours.by === theirs.by && Math.abs(ours.at - at) < SAME_MS;
  if (same && ours.recovered === (ours.recovered || theirs.recovered)) return;
  if (!same && ours !== null && ours.at > at) return;
  const since = same ? ours.at : at;
  const arms = armsAt(turn, since, theirs.recovered);
  turn.draft.bandwidthDisarmed = { by: theirs.by, at: since, recovered: theirs.recovered, armsAt: arms };
  turn.dirty = true;
  if (!same) say(turn, 'bandwidth', 'info', { code: 'bandwidthDisarmed', by: theirs.by });
  protect(turn);
}

/** After the cooldown, and when everybody has had the time to hear that traffic is back: whoever missed it would stay disarmed. */
function armsAt({ draft, now }: Turn, at: Instant, isRecovered: boolean): Instant {
  const after = later(at, draft.plan.bandwidth.cooldownMs);
  return isRecovered ? (Math.max(after, later(now, SAME_MS)) as Instant) : NEVER;
}

/** Armed again when traffic was back and the cooldown is over. */
export function bandwidthDue(turn: Turn): void {
  const { draft, now } = turn;
  const move = draft.bandwidthDisarmed;
  if (move === null || now < move.armsAt) return;
  draft.bandwidthDisarmed = null;
  turn.dirty = true;
  say(turn, 'bandwidth', 'info', { code: 'bandwidthArmed' });
  protect(turn);
}

export function bandwidthDueAt({ bandwidthDisarmed: move }: Instance): Instant {
  return move?.armsAt ?? NEVER;
}
