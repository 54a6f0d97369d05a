/**
 * The life of the engine as the guardian decides it (brain 6.1): kill, will, start, strictly in this order, a generation number each.
 * Pure: facts in, effects out, time as an argument. The shell beside it (guardian.ts) owns the processes.
 */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import { addGap, hangLimit, worstGap } from './hang.ts';
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
/** An engine that ran so long has earned a new row of restarts. */
export const CALM: Ms = 60_000;
/** Engines that may end before the first one was ever ready. */
export const START_TRIES = 5;

/**
 * `loading`: started, waits for its configuration or has not ticked yet. `running`: ticks. `ending`: killed or gone, waiting for the end of process
 * and channel. `executing`: the will. `waiting`: for the next start. `over`: nothing more to do.
 */
export type Phase = 'idle' | 'loading' | 'running' | 'ending' | 'executing' | 'waiting' | 'over';

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
  /** Routers in the will, and its longest letting go. */
  readonly holding: number;
  readonly letGoMs: Ms;
  /** Why the engine ended, for its successor. */
  readonly cause: string | null;
}

export type Fact =
  | { readonly kind: 'start' }
  | { readonly kind: 'planned'; readonly realtime: boolean }
  | { readonly kind: 'unplannable'; readonly code: number }
  | { readonly kind: 'tick'; readonly generation: number }
  | { readonly kind: 'ready'; readonly generation: number }
  | { readonly kind: 'will'; readonly generation: number; readonly holding: number; readonly letGoMs: Ms }
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
  | { readonly kind: 'begin'; readonly generation: number; readonly predecessor: string | null }
  | { readonly kind: 'kill'; readonly generation: number }
  | { readonly kind: 'executeWill' }
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
  letGoMs: 0,
  cause: null,
};

/** How long to wait before restart number `restarts` of a row: 0, 100, 200, … 10,000 ms. */
export function backOff(restarts: number): Ms {
  return restarts <= 0 ? 0 : Math.min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** (restarts - 1));
}

/** When `time` wants to be told next. */
export function due(state: Lifecycle, now: Instant): Instant {
  const silence = silenceEnds(state, now);
  return state.draining || state.deadline < silence ? state.deadline : silence;
}

/** True while the engine ticks as it should, so that a supervisor may be told that all is well. */
export function ticking(state: Lifecycle, now: Instant): boolean {
  return state.phase === 'running' && now - state.heardAt <= hangLimit(state.realtime, worstGap(state.gaps, now));
}

/** One fact. A fact of another generation, or one that does not fit the phase, changes nothing. */
export function step(state: Lifecycle, fact: Fact, now: Instant): Step {
  if (state.phase === 'over' || ('generation' in fact && fact.generation !== state.generation))
    return { state, effects: [] };
  switch (fact.kind) {
    case 'start':
      return state.phase === 'idle' ? spawn(state, now) : nothing(state);
    case 'planned':
      return planned(state, fact.realtime, now);
    case 'unplannable':
      return leave(state, fact.code, now);
    case 'tick':
      return nothing(heard(state, now));
    case 'ready':
      return alive(state)
        ? { state: { ...state, everReady: true }, effects: [{ kind: 'ready', first: !state.everReady }] }
        : nothing(state);
    case 'will':
      return nothing({ ...state, holding: fact.holding, letGoMs: fact.letGoMs, resigned: false });
    case 'stopped':
      return nothing({
        ...state,
        resigned: true,
        holding: 0,
        deadline: alive(state) ? later(now, EXIT_LIMIT) : state.deadline,
      });
    case 'fatal':
      return fatal(state, fact.text, now);
    case 'dying':
      return dying(state, now);
    case 'exited':
      return exited({ ...state, exited: true, cause: state.cause ?? fact.text }, fact.text, now);
    case 'closed':
      return ended({ ...state, closed: true }, now);
    case 'time':
      return time(state, now);
    case 'drained':
      if (!state.draining) return nothing(state);
      return state.phase === 'ending' ? execute(state) : drained({ ...state, draining: false }, now);
    case 'willDone':
      return state.phase === 'executing'
        ? next({ ...state, holding: 0, letGoMs: 0, phase: 'waiting', deadline: NEVER }, now)
        : nothing(state);
    case 'terminate':
      return terminate(state, now);
  }
}

const nothing = (state: Lifecycle): Step => ({ state, effects: [] });
const alive = (state: Lifecycle): boolean => state.phase === 'loading' || state.phase === 'running';

/** When the silence of the engine becomes a hang. An engine without its configuration has nothing to say. */
function silenceEnds(state: Lifecycle, now: Instant): Instant {
  if (state.phase === 'loading') return state.planned ? later(state.heardAt, START_LIMIT) : NEVER;
  if (state.phase !== 'running' || state.resigned) return NEVER;
  return later(state.heardAt, hangLimit(state.realtime, worstGap(state.gaps, now)));
}

function spawn(state: Lifecycle, now: Instant): Step {
  const generation = state.generation + 1;
  const started: Lifecycle = {
    ...state,
    phase: 'loading',
    generation,
    startedAt: now,
    heardAt: now,
    draining: false,
    amnesty: false,
    exited: false,
    closed: false,
    resigned: false,
    deadline: NEVER,
    holding: 0,
    letGoMs: 0,
    cause: null,
  };
  const effects: Effect[] = [{ kind: 'spawn', generation }];
  if (state.planned) effects.push({ kind: 'begin', generation, predecessor: state.cause });
  return { state: started, effects };
}

function planned(state: Lifecycle, realtime: boolean, now: Instant): Step {
  const known: Lifecycle = { ...state, planned: true, realtime };
  // A later one is a reload: the engine is told by the shell and keeps running.
  if (state.planned || state.phase !== 'loading' || state.leaving !== null) return nothing(known);
  return {
    state: { ...known, heardAt: now },
    effects: [{ kind: 'begin', generation: state.generation, predecessor: null }],
  };
}

function heard(state: Lifecycle, now: Instant): Lifecycle {
  if (!alive(state)) return state;
  // The way from `begin` to the first tick is no gap between ticks.
  const gaps = state.phase === 'running' ? addGap(state.gaps, now, now - state.heardAt) : state.gaps;
  return { ...state, phase: 'running', heardAt: now, gaps, amnesty: false };
}

function fatal(state: Lifecycle, text: string, now: Instant): Step {
  if (!alive(state)) return nothing(state);
  // Once it has worked, trying again is worth more than an answer; the text is said with the will.
  if (state.everReady) return kill({ ...state, cause: text }, now);
  return prepend(
    [{ kind: 'say', severity: 'warning', text }],
    kill({ ...state, cause: text, leaving: state.leaving ?? 1 }, now),
  );
}

/** Kill for certain, a stopped process too; `ended` goes on when process and channel are gone. */
function kill(state: Lifecycle, now: Instant): Step {
  const ending: Lifecycle = { ...state, phase: 'ending', draining: false, deadline: later(now, END_LIMIT) };
  return { state: ending, effects: [{ kind: 'kill', generation: state.generation }] };
}

/**
 * The kernel closes a dying process's descriptors some milliseconds before its parent is told. What it wrote is in the channel already:
 * that is read, and the will need not wait for the rest. The start does.
 */
function dying(state: Lifecycle, now: Instant): Step {
  if (!alive(state)) return nothing(state);
  const { state: ending, effects } = kill(state, now);
  return { state: { ...ending, draining: true }, effects: [...effects, { kind: 'drain' }] };
}

function exited(state: Lifecycle, text: string, now: Instant): Step {
  const result = ended(state, now);
  // The will went ahead of the reason.
  const late = state.phase === 'executing' && !state.resigned;
  return late ? prepend([{ kind: 'say', severity: 'info', text }], result) : result;
}

/** Process or channel has ended. Both must have before the will: the last one may still be on its way. */
function ended(state: Lifecycle, now: Instant): Step {
  if (state.exited && state.closed) {
    return alive(state) || state.phase === 'ending' ? execute(state) : restart(state, now);
  }
  if (state.phase === 'waiting') return restart(state, now);
  if (!alive(state)) return nothing(state);
  if (state.exited) return nothing({ ...state, phase: 'ending', draining: false, deadline: later(now, DRAIN_LIMIT) });
  // It closed its channel: nothing that it does from now on can be known.
  // Its end, which mostly follows at once, says more than the kill.
  return kill(state, now);
}

/** Killed, and dead only now, after the will: the start has waited for it. */
function restart(state: Lifecycle, now: Instant): Step {
  return state.phase === 'waiting' && state.deadline === NEVER ? next(state, now) : nothing(state);
}

function execute(state: Lifecycle): Step {
  const executing: Lifecycle = { ...state, phase: 'executing', draining: false, deadline: NEVER };
  const effects: Effect[] = [{ kind: 'executeWill' }];
  const cause = state.cause ?? 'the engine ended';
  if (state.holding > 0) {
    const routers = `${state.holding} virtual ${state.holding === 1 ? 'router' : 'routers'}`;
    effects.push({ kind: 'say', severity: 'warning', text: `${cause}: resigning for ${routers} in its place` });
  } else if (state.leaving === null) {
    effects.push({ kind: 'say', severity: 'warning', text: cause });
  }
  return { state: executing, effects };
}

/** The will is done: leave, or start again. */
function next(state: Lifecycle, now: Instant): Step {
  // A killed process that has not ended yet must not wake up beside its successor.
  if (!state.exited) return nothing(state);
  if (state.leaving !== null) return finish(state, state.leaving);
  const calm = now - state.startedAt >= CALM;
  const restarts = calm ? 0 : state.restarts;
  if (!state.everReady && restarts + 1 >= START_TRIES) {
    const text = `the engine ended ${START_TRIES} times before it was ready (last: ${state.cause ?? 'unknown'}): see its messages above`;
    return prepend([{ kind: 'say', severity: 'warning', text }], finish(state, 1));
  }
  const wait = backOff(restarts);
  const waiting: Lifecycle = { ...state, phase: 'waiting', restarts: restarts + 1, deadline: later(now, wait) };
  return wait === 0 ? spawn(waiting, now) : nothing(waiting);
}

function finish(state: Lifecycle, code: number): Step {
  return { state: { ...state, phase: 'over', deadline: NEVER }, effects: [{ kind: 'finish', code }] };
}

function time(state: Lifecycle, now: Instant): Step {
  if (now >= state.deadline) {
    if (state.phase === 'waiting') return spawn(state, now);
    if (state.phase === 'ending') return execute(state);
    if (alive(state)) return kill({ ...state, cause: 'the engine did not stop in time and was killed' }, now);
  }
  if (state.draining || now < silenceEnds(state, now)) return nothing(state);
  return { state: { ...state, draining: true }, effects: [{ kind: 'drain' }] };
}

/** The channel was read to its end. `time` may have come late: then the silence was the guardian's own. */
function drained(state: Lifecycle, now: Instant): Step {
  const limit = silenceEnds(state, now);
  if (now < limit) return nothing(state);
  const silent = now - state.heardAt;
  const late = now - limit;
  if (late > AMNESTY_FROM && !state.amnesty) return nothing({ ...state, amnesty: true, heardAt: now });
  const cause = `the engine was silent for ${Math.round(silent)} ms and was killed`;
  // The gap counts for its successor: on a machine this slow the limit has to grow.
  return kill({ ...state, cause, gaps: addGap(state.gaps, now, silent) }, now);
}

/** Lateness of the guardian's own timer from which it does not trust the silence. */
export const AMNESTY_FROM: Ms = 10;

function terminate(state: Lifecycle, now: Instant): Step {
  // A second signal changes nothing: the first is being obeyed.
  return state.leaving === null ? leave(state, 0, now) : nothing(state);
}

function leave(state: Lifecycle, code: number, now: Instant): Step {
  const leaving: Lifecycle = { ...state, leaving: state.leaving ?? code };
  switch (state.phase) {
    case 'idle':
      return finish(leaving, code);
    case 'waiting':
      return state.exited ? finish(leaving, code) : nothing(leaving);
    case 'loading':
      // Before its configuration it has nothing to clean up.
      if (!state.planned) return kill({ ...leaving, resigned: true }, now);
      return orderly(leaving, now);
    case 'running':
      return orderly(leaving, now);
    case 'ending':
    case 'executing':
    case 'over':
      return nothing(leaving);
  }
}

function orderly(state: Lifecycle, now: Instant): Step {
  const stopping: Lifecycle = { ...state, deadline: later(now, state.letGoMs + STOP_MARGIN) };
  return { state: stopping, effects: [{ kind: 'sendStop', generation: state.generation }] };
}

function prepend(effects: readonly Effect[], result: Step): Step {
  return { state: result.state, effects: [...effects, ...result.effects] };
}
