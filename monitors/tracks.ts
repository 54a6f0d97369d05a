/**
 * Tracks: when the next check of each is due, what its results mean, and what they come to for a router (design section 4, vrrp.md 2.6).
 * Pure: the checks themselves are done in the helper (track-check/), and this decides nothing but up or down.
 */
import { type Instant, type Ms, NEVER } from '../core/clock.ts';
import type { TrackStatus } from '../core/status.ts';
import type { TrackPlan } from '../config/plan.ts';
import { type Threshold, addResult, newThreshold, withLimits } from './threshold.ts';

export interface Track {
  readonly plan: TrackPlan;
  readonly threshold: Threshold;
  /** What the last counted check said; empty before the first. */
  readonly detail: string;
  /** When the next check is due: the first one's time plus whole intervals, so that lateness does not add up. */
  readonly nextAt: Instant;
  /** A check is under way. `outdated`: it was begun for another target, so its result does not count. */
  readonly running: 'no' | 'yes' | 'outdated';
  /** Checks that were left out because the one before had not ended. */
  readonly skipped: number;
}

/** In the order of the plan. */
export type Tracks = readonly Track[];

/** The tracks of a plan, every one due now. */
export function newTracks(plans: readonly TrackPlan[], now: Instant): Tracks {
  return plans.map((plan) => newTrack(plan, now));
}

/**
 * The same after a reload. A track of the same name and target keeps what is known of it, whatever else has changed; with another target it is
 * another check, of which nothing is known. A check that is under way is waited for in either case: two never run at once.
 */
export function replanTracks(before: Tracks, plans: readonly TrackPlan[], now: Instant): Tracks {
  return plans.map((plan) => {
    const known = before.find((track) => track.plan.name === plan.name);
    if (known === undefined) return newTrack(plan, now);
    if (!sameTarget(known.plan, plan)) {
      return { ...newTrack(plan, now), running: known.running === 'no' ? 'no' : 'outdated' };
    }
    return {
      ...known,
      plan,
      threshold: withLimits(known.threshold, { rise: plan.rise, fall: plan.fall }),
      nextAt: Math.min(known.nextAt, now + plan.intervalMs) as Instant,
    };
  });
}

/** Those whose check is to be begun now. */
export function dueTracks(tracks: Tracks, now: Instant): readonly TrackPlan[] {
  return tracks.filter((track) => track.running === 'no' && track.nextAt <= now).map((track) => track.plan);
}

/** When the next check is due; NEVER if there is none, or all are under way. */
export function nextTrackAt(tracks: Tracks): Instant {
  return Math.min(NEVER, ...tracks.filter((track) => track.running === 'no').map((track) => track.nextAt)) as Instant;
}

/** The check of this track was begun. */
export function began(tracks: Tracks, name: string, now: Instant): Tracks {
  return change(tracks, name, (track) =>
    track.running === 'no' ? { ...track, running: 'yes', nextAt: nextOf(track, now) } : track,
  );
}

/**
 * The check of this track has ended; a check that ran into its timeout is one that failed. What came due meanwhile is left out, not caught up
 * on. `changed`: the track has come up or gone down, or was decided for the first time. A result that nobody waits for changes nothing.
 */
export function result(
  tracks: Tracks,
  name: string,
  good: boolean,
  detail: string,
  now: Instant,
): { readonly tracks: Tracks; readonly changed: boolean } {
  let changed = false;
  const after = change(tracks, name, (track) => {
    if (track.running !== 'yes') return ended(track, now);
    const threshold = addResult(track.threshold, good);
    changed = threshold.up !== track.threshold.up;
    return { ...ended(track, now), threshold, detail };
  });
  return { tracks: after, changed };
}

/** The check of this track could not be done, for a reason that says nothing of its target (the helper ended): it does not count. */
export function abandoned(tracks: Tracks, name: string, now: Instant): Tracks {
  return change(tracks, name, (track) => ended(track, now));
}

/**
 * What the tracks add to the priority of a router, or of all routers of a group, each once: below zero while down, above zero while up. One that is not decided adds nothing: a negative
 * weight is not taken and a positive one not given.
 */
export function weightOn(tracks: Tracks, routers: string | readonly string[]): number {
  const concerned = new Set(typeof routers === 'string' ? [routers] : routers);
  return tracks
    .filter(({ plan }) => plan.routers.length === 0 || plan.routers.some((name) => concerned.has(name)))
    .filter(({ plan, threshold }) => (plan.weight > 0 ? threshold.up === true : threshold.up === false))
    .reduce((sum, { plan }) => sum + plan.weight, 0);
}

/**
 * The tracks of weight 0 that are down, which is a fault (brain 2): of the instance (`null`), or those bound to this router. The former are not
 * repeated in the latter.
 */
export function failedFor(tracks: Tracks, router: string | null): Tracks {
  return tracks.filter(({ plan, threshold }) => {
    const concerned = router === null ? plan.routers.length === 0 : plan.routers.includes(router);
    return concerned && plan.weight === 0 && threshold.up === false;
  });
}

/** The section of the status. */
export function tracksStatus(tracks: Tracks): readonly TrackStatus[] {
  return tracks.map(({ plan, threshold, detail }) => ({
    name: plan.name,
    type: plan.target.type,
    up: threshold.up,
    failing: threshold.failing,
    rising: threshold.rising,
    weight: plan.weight,
    routers: plan.routers,
    detail,
  }));
}

function newTrack(plan: TrackPlan, now: Instant): Track {
  const { rise, fall } = plan;
  return { plan, threshold: newThreshold({ rise, fall }), detail: '', nextAt: now, running: 'no', skipped: 0 };
}

function ended(track: Track, now: Instant): Track {
  if (track.running === 'no') return track;
  if (track.running === 'outdated' || track.nextAt > now) return { ...track, running: 'no' };
  const skipped = track.skipped + missed(track, now);
  return { ...track, running: 'no', nextAt: nextOf(track, now), skipped };
}

/** How many times it has come due by now. */
function missed({ nextAt, plan }: Track, now: Instant): number {
  return nextAt > now ? 0 : Math.floor((now - nextAt) / plan.intervalMs) + 1;
}

function nextOf(track: Track, now: Instant): Instant {
  const wait: Ms = missed(track, now) * track.plan.intervalMs;
  return (track.nextAt + wait) as Instant;
}

function change(tracks: Tracks, name: string, how: (track: Track) => Track): Tracks {
  return tracks.map((track) => (track.plan.name === name ? how(track) : track));
}

function sameTarget(a: TrackPlan, b: TrackPlan): boolean {
  return JSON.stringify(a.target) === JSON.stringify(b.target);
}
