/**
 * What the life of the engine is made of: its state, the facts that move it, the effects that follow, the limits, and the questions that
 * may be asked of it. Pure; the moves themselves are in lifecycle.ts and succession.ts.
 */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import { hangLimit, worstGap } from './hang.ts';
import type { Gaps } from './hang.ts';

/** From `begin` to the first tick. */
export const START_LIMIT: Ms = 10_000;
/** A killed process that does not end (it waits for a disk) cannot run a user instruction any more: the will is not kept waiting for it. */
export const END_LIMIT: Ms = 250;
/** Between the end of the process and the end of its channel. */
export const DRAIN_LIMIT: Ms = 50;
/** On top of the longest letting go, for an orderly stop. */
export const STOP_MARGIN: Ms = 5_000;
/** From `stopped` to the end of the process. */
export const EXIT_LIMIT: Ms = 2_000;
export const BACKOFF_FIRST: Ms = 100;
export const BACKOFF_MOST: Ms = 10_000;
/** From its start on. */
export const YOUNG: Ms = 3_000;
/** An engine that ran so long has earned a new row of restarts. */
export const CALM: Ms = 60_000;
/** Engines that may end before the first one was ever ready. */
export const START_TRIES = 5;
/** A will is held for so long at most (brain 6.3). */
export const HOLD_LIMIT: Ms = 5_000;
/** An engine may adopt until so long before the guardian gives up, so that the two never act at once. */
export const HOLD_MARGIN: Ms = 250;
/** Engines that may end without having adopted. */
export const HOLD_STARTS = 3;
/** The longest wait for a start while a will is held: all tries have to fit into the limit. */
export const HOLD_BACKOFF_MOST: Ms = 1_000;

/**
 * `loading`: started, waits for its configuration or has not ticked yet. `running`: ticks. `ending`: killed or gone, waiting for the end of process
 * and channel. `executing`: resigning in its place. `waiting`: for the next start. `over`: nothing more to do.
 */
export type Phase = 'idle' | 'loading' | 'running' | 'ending' | 'executing' | 'waiting' | 'over';

/** A will that is held until an engine adopts it. Beside the phase, since engines start and end meanwhile. */
export interface Held {
  /** Virtual routers in it. */
  readonly routers: number;
  /** At least one of them was active. */
  readonly active: boolean;
  /** Given up then. */
  readonly until: Instant;
  /** Engines that ended since, without having adopted it. */
  readonly failed: number;
}

export interface Lifecycle {
  readonly phase: Phase;
  readonly generation: number;
  /** The configuration is there. */
  readonly planned: boolean;
  readonly realtime: boolean;
  readonly startedAt: Instant;
  /** Of the last tick, or of `begin` before the first one. */
  readonly heardAt: Instant;
  readonly gaps: Gaps;
  /** The channel is being read to its end before a hang is believed. */
  readonly draining: boolean;
  /** The guardian was late once and gave the engine a new limit; not again before a tick. */
  readonly amnesty: boolean;
  readonly exited: boolean;
  readonly closed: boolean;
  /** The engine resigned by itself: there is no will to execute. */
  readonly resigned: boolean;
  /** Of `ending`, `waiting`, and of an orderly stop. */
  readonly deadline: Instant;
  /** Set once the daemon is to end: the exit code. */
  readonly leaving: number | null;
  readonly everReady: boolean;
  /** Restarts in this row. */
  readonly restarts: number;
  /** The newest will of this engine: its routers, whether one is active, its longest letting go, whether it asks to be held. */
  readonly holding: number;
  readonly active: boolean;
  readonly letGoMs: Ms;
  readonly hold: boolean;
  /** The will of an earlier engine that is being held. */
  readonly held: Held | null;
  /** The last engine's will was executed as a resignation of an active router: its successor is told (brain 6.4). */
  readonly vacated: boolean;
  /** Why the engine ended, for its successor. */
  readonly cause: string | null;
}

export type Fact =
  | { readonly kind: 'start' }
  | { readonly kind: 'planned'; readonly realtime: boolean }
  | { readonly kind: 'unplannable'; readonly code: number }
  | { readonly kind: 'tick'; readonly generation: number }
  | { readonly kind: 'ready'; readonly generation: number }
  | {
      readonly kind: 'will';
      readonly generation: number;
      readonly holding: number;
      readonly active: boolean;
      readonly letGoMs: Ms;
      readonly hold: boolean;
    }
  /** What was held is the engine's now, or is given up by it. */
  | { readonly kind: 'adopted'; readonly generation: number }
  /** Another router was heard for everything that was held. */
  | { readonly kind: 'yielded' }
  | { readonly kind: 'stopped'; readonly generation: number }
  | { readonly kind: 'fatal'; readonly generation: number; readonly text: string }
  /** It will not run another instruction: the kernel is taking it apart (engine-process.ts). */
  | { readonly kind: 'dying'; readonly generation: number }
  | { readonly kind: 'exited'; readonly generation: number; readonly text: string }
  | { readonly kind: 'closed'; readonly generation: number }
  /** A deadline of `due` has come. */
  | { readonly kind: 'time' }
  | { readonly kind: 'drained' }
  | { readonly kind: 'willDone' }
  /** SIGTERM, SIGINT. */
  | { readonly kind: 'terminate' };

export type Effect =
  | { readonly kind: 'spawn'; readonly generation: number }
  | {
      readonly kind: 'begin';
      readonly generation: number;
      readonly predecessor: string | null;
      /** For so long it may adopt what is held, ms; null = nothing is. */
      readonly adoptMs: Ms | null;
      readonly resigned: boolean;
    }
  | { readonly kind: 'kill'; readonly generation: number }
  /** Resign as the will says. `inVain`: it was held, and nobody adopted it. */
  | { readonly kind: 'executeWill'; readonly inVain: boolean }
  /** Go on in the engine's place as the will says. */
  | { readonly kind: 'holdWill' }
  /** What was held has an owner: nothing is dropped. */
  | { readonly kind: 'endHold' }
  /** A flap to be kept on disk (brain 8.2). */
  | { readonly kind: 'flap' }
  /** Read what waits in the channel, then report `drained`. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'sendStop'; readonly generation: number }
  | { readonly kind: 'say'; readonly severity: 'info' | 'warning'; readonly text: string }
  | { readonly kind: 'ready'; readonly first: boolean }
  | { readonly kind: 'finish'; readonly code: number };

export interface Step {
  readonly state: Lifecycle;
  readonly effects: readonly Effect[];
}

export const INITIAL: Lifecycle = {
  phase: 'idle',
  generation: 0,
  planned: false,
  realtime: false,
  startedAt: NEVER,
  heardAt: NEVER,
  gaps: [],
  draining: false,
  amnesty: false,
  exited: true,
  closed: true,
  resigned: false,
  deadline: NEVER,
  leaving: null,
  everReady: false,
  restarts: 0,
  holding: 0,
  active: false,
  letGoMs: 0,
  hold: false,
  held: null,
  vacated: false,
  cause: null,
};

/** How long to wait before restart number `restarts` of a row: 0, 100, 200, … 10,000 ms. */
export function backOff(restarts: number): Ms {
  return restarts <= 0 ? 0 : Math.min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** (restarts - 1));
}

export const alive = (state: Lifecycle): boolean => state.phase === 'loading' || state.phase === 'running';

/** When the silence of the engine becomes a hang. An engine without its configuration has nothing to say. */
export function silenceEnds(state: Lifecycle, now: Instant): Instant {
  if (state.phase === 'loading') return state.planned ? later(state.heardAt, START_LIMIT) : NEVER;
  if (state.phase !== 'running' || state.resigned) return NEVER;
  return later(state.heardAt, limitOf(state, now));
}

/** A young engine runs its code for the first time, some of it before it has its real-time class: it is judged as one without. */
function limitOf(state: Lifecycle, now: Instant): Ms {
  const grown = now - state.startedAt >= YOUNG;
  return hangLimit(state.realtime && grown, worstGap(state.gaps, now));
}

/** When what is held is given up. While an engine ends, its end is waited for first. */
export function holdEnds(state: Lifecycle): Instant {
  return state.held !== null && (alive(state) || state.phase === 'waiting') ? state.held.until : NEVER;
}

/** When `time` wants to be told next. */
export function due(state: Lifecycle, now: Instant): Instant {
  if (state.draining) return state.deadline;
  return Math.min(state.deadline, silenceEnds(state, now), holdEnds(state)) as Instant;
}

/** True while the engine ticks as it should, so that a supervisor may be told that all is well. */
export function ticking(state: Lifecycle, now: Instant): boolean {
  return state.phase === 'running' && now - state.heardAt <= limitOf(state, now);
}

/** True while somebody serves: an engine that ticks, or the guardian for one that died. A card's watchdog is fed because of this (brain 7.5). */
export function serving(state: Lifecycle, now: Instant): boolean {
  return ticking(state, now) || state.held !== null;
}

export const nothing = (state: Lifecycle): Step => ({ state, effects: [] });

export function prepend(effects: readonly Effect[], result: Step): Step {
  return { state: result.state, effects: [...effects, ...result.effects] };
}
