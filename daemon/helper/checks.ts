/** The checks of tracks: each track of the plan by its name, some at once and the others after them. */
import type { TrackPlan, TrackTarget } from '../../config/plan.ts';

export interface CheckAnswer {
  /** The check was done, and is good. */
  readonly ok: boolean;
  /** Missing where it could not be done. */
  readonly good?: boolean;
  readonly text: string;
}

/** As monitors/track-check/check.ts does it. Never rejects. */
export type PerformCheck = (
  target: TrackTarget,
  timeoutMs: number,
) => Promise<{ readonly good: boolean; readonly detail: string }>;

export interface Checks {
  plan(tracks: readonly TrackPlan[]): void;
  /** A check of this track; the one that is under way, if there is one. */
  check(name: string): Promise<CheckAnswer>;
}

/** Each may be a process. */
const MOST_AT_ONCE = 64;

export function createChecks(perform: PerformCheck, mostAtOnce = MOST_AT_ONCE): Checks {
  let tracks = new Map<string, TrackPlan>();
  const underWay = new Map<TrackPlan, Promise<CheckAnswer>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function run(track: TrackPlan): Promise<CheckAnswer> {
    if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      const { good, detail } = await perform(track.target, track.timeoutMs);
      return { ok: good, good, text: detail };
    } finally {
      // Its place goes to the next one, or is free.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
      underWay.delete(track);
    }
  }

  return {
    plan(next) {
      tracks = new Map(next.map((track) => [track.name, track]));
    },
    check(name) {
      const track = tracks.get(name);
      if (track === undefined) return Promise.resolve({ ok: false, text: `there is no track ${name}` });
      const same = underWay.get(track);
      if (same !== undefined) return same;
      const fresh = run(track);
      underWay.set(track, fresh);
      return fresh;
    },
  };
}
