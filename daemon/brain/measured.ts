/** What link pairs and tracks say, and the faults and priorities that follow (brain 2, vrrp.md 2.6). */
import { measured, observePort, verdict } from '../../monitors/pairs.ts';
import { abandoned, began, dueTracks, failedFor, result } from '../../monitors/tracks.ts';
import { type Turn, say } from './draft.ts';
import { causeGone, clearFault, raiseFault } from './fault-facts.ts';
import { standing } from './faults.ts';

/** Carrier of a port, by the kernel's own word or by the poll beside it. */
export function portObserved(turn: Turn, name: string, up: boolean): void {
  const { draft, now } = turn;
  const before = draft.pairs;
  draft.pairs = observePort(before, name, up, now);
  if (draft.pairs === before) return;
  turn.dirty = true;
  draft.pairs.pairs.forEach((pair, at) => {
    if (pair.state === before.pairs[at]?.state) return;
    const dead = [...(pair.outside ? [] : [pair.plan.outside]), ...(pair.inside ? [] : [pair.plan.inside])];
    const detail = dead.length === 0 ? '' : `no carrier: ${dead.join(', ')}`;
    const severity = pair.state === 'up' || pair.state === 'notMeasured' ? 'info' : 'warning';
    say(turn, 'link', severity, { code: 'pairChanged', pair: pair.plan.name, state: pair.state, detail });
  });
  judgePairs(turn);
}

/** Hold the pairs against the minimum. While the bypass is engaged, or carrier still returns, nothing is set and nothing held (brain 2.5). */
export function judgePairs(turn: Turn): void {
  const { draft, now } = turn;
  draft.pairs = measured(draft.pairs, linksCount(turn), now);
  const { short, hard, detail } = verdict(draft.pairs, draft.plan.links.minimumActive);
  if (!draft.pairs.measured) return clearFault(turn, 'linkPairs', '');
  if (short) return raiseFault(turn, 'linkPairs', '', detail, { hard });
  if (standing(draft, 'linkPairs', '') !== null) causeGone(turn, 'linkPairs', '');
}

function linksCount({ draft, now }: Turn): boolean {
  return draft.plan.bypass.driver === 'none' || (draft.bypass.read !== 'bypass' && now >= draft.bypass.settleUntil);
}

// ---- tracks -----------------------------------------------------------------------------------------------------------

export function beginDueChecks(turn: Turn): void {
  const { draft, now } = turn;
  if (draft.phase !== 'running') return;
  for (const { name } of dueTracks(draft.tracks, now)) {
    draft.tracks = began(draft.tracks, name, now);
    turn.effects.push({ do: 'check', track: name });
  }
}

export function trackChecked(turn: Turn, name: string, good: boolean | null, detail: string): void {
  const { draft, now } = turn;
  if (good === null) {
    draft.tracks = abandoned(draft.tracks, name, now);
    return;
  }
  const after = result(draft.tracks, name, good, detail, now);
  draft.tracks = after.tracks;
  if (!after.changed) return;
  const track = draft.tracks.find((t) => t.plan.name === name);
  const up = track?.threshold.up === true;
  say(turn, 'track', up ? 'info' : 'warning', { code: 'trackChanged', track: name, up, detail });
  turn.dirty = true;
  judgeTracks(turn);
}

/** Tracks of weight 0 that are down are faults, of the instance or of the routers that they are bound to. */
export function judgeTracks(turn: Turn): void {
  const { draft } = turn;
  const failed = new Map<string, { readonly router: string; readonly track: string; readonly detail: string }>();
  for (const router of [null, ...draft.routers.map((r) => r.plan.name)]) {
    for (const { plan, detail } of failedFor(draft.tracks, router)) {
      failed.set(`${router ?? ''} ${plan.name}`, { router: router ?? '', track: plan.name, detail });
    }
  }
  for (const fault of draft.faults) {
    if (fault.name === 'track' && !failed.has(`${fault.router} ${fault.subject}`)) {
      clearFault(turn, 'track', fault.router, fault.subject);
    }
  }
  for (const { router, track, detail } of failed.values())
    raiseFault(turn, 'track', router, detail, { subject: track });
}
