/**
 * What follows when an engine has ended (brain 6.1, 6.3): its will is executed or held, and the next engine is started; or the daemon ends.
 * Pure moves of lifecycle.ts.
 */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant } from '../../core/clock.ts';
import {
  CALM,
  HOLD_BACKOFF_MOST,
  HOLD_LIMIT,
  HOLD_MARGIN,
  HOLD_STARTS,
  START_TRIES,
  backOff,
  nothing,
  prepend,
} from './life.ts';
import type { Effect, Held, Lifecycle, Step } from './life.ts';

export function spawn(state: Lifecycle, now: Instant): Step {
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
    active: false,
    letGoMs: 0,
    hold: false,
    vacated: false,
    cause: null,
  };
  const effects: Effect[] = [{ kind: 'spawn', generation }];
  if (state.planned) {
    const adoptMs = state.held === null ? null : Math.max(0, state.held.until - now - HOLD_MARGIN);
    effects.push({ kind: 'begin', generation, predecessor: state.cause, adoptMs, resigned: state.vacated });
  }
  return { state: started, effects };
}

/** The engine runs no more, and all that it wrote has been read: its will, or the one that it should have adopted, has its turn. */
export function succeed(state: Lifecycle, now: Instant): Step {
  if (state.held !== null) return notAdopted(state, state.held, now);
  // A daemon that never worked has nothing that is worth holding; one that leaves has nobody to hold it for.
  if (!state.hold || state.holding === 0 || !state.everReady || state.leaving !== null) return resign(state);
  const held: Held = { routers: state.holding, active: state.active, until: later(now, HOLD_LIMIT), failed: 0 };
  const text = `${causeOf(state)}: going on with ${routers(held.routers)} in its place`;
  return prepend([{ kind: 'holdWill' }, { kind: 'say', severity: 'warning', text }], next(between(state, held), now));
}

function notAdopted(state: Lifecycle, held: Held, now: Instant): Step {
  const failed = held.failed + 1;
  if (state.leaving !== null || failed >= HOLD_STARTS || now >= held.until) return resign(state);
  const text = `${causeOf(state)} before it took over: still going on in its place`;
  return prepend([{ kind: 'say', severity: 'warning', text }], next(between(state, { ...held, failed }), now));
}

const between = (state: Lifecycle, held: Held): Lifecycle => ({
  ...state,
  phase: 'waiting',
  draining: false,
  deadline: NEVER,
  held,
});

/** Priority 0 and letting go, for this engine or for the one before whose will was held in vain. */
export function resign(state: Lifecycle): Step {
  const { held } = state;
  const active = held === null ? state.active : held.active;
  const count = held === null ? state.holding : held.routers;
  const executing: Lifecycle = {
    ...state,
    phase: 'executing',
    draining: false,
    deadline: NEVER,
    held: null,
    vacated: active,
  };
  const effects: Effect[] = [{ kind: 'executeWill', inVain: held !== null }];
  if (active) effects.push({ kind: 'flap' });
  const cause = causeOf(state);
  if (held !== null) {
    effects.push(warn(`no engine took over (last: ${cause}): resigning for ${routers(count)}`));
  } else if (count > 0) {
    effects.push(warn(`${cause}: resigning for ${routers(count)} in its place`));
  } else if (state.leaving === null) {
    effects.push(warn(cause));
  }
  return { state: executing, effects };
}

const warn = (text: string): Effect => ({ kind: 'say', severity: 'warning', text });
const causeOf = (state: Lifecycle): string => state.cause ?? 'the engine ended';
const routers = (count: number): string => `${count} virtual ${count === 1 ? 'router' : 'routers'}`;

/** The will is done, or is held: leave, or start again. */
export function next(state: Lifecycle, now: Instant): Step {
  // A killed process that has not ended yet must not wake up beside its successor.
  if (!state.exited) return nothing(state);
  if (state.leaving !== null) return finish(state, state.leaving);
  const calm = now - state.startedAt >= CALM;
  const restarts = calm ? 0 : state.restarts;
  if (!state.everReady && restarts + 1 >= START_TRIES) {
    const text = `the engine ended ${START_TRIES} times before it was ready (last: ${state.cause ?? 'unknown'}): see its messages above`;
    return prepend([warn(text)], finish(state, 1));
  }
  const wait = Math.min(backOff(restarts), state.held === null ? Number.POSITIVE_INFINITY : HOLD_BACKOFF_MOST);
  const waiting: Lifecycle = { ...state, phase: 'waiting', restarts: restarts + 1, deadline: later(now, wait) };
  return wait === 0 ? spawn(waiting, now) : nothing(waiting);
}

/** Killed, and dead only now, after the will: the start has waited for it. */
export function restart(state: Lifecycle, now: Instant): Step {
  return state.phase === 'waiting' && state.deadline === NEVER ? next(state, now) : nothing(state);
}

export function finish(state: Lifecycle, code: number): Step {
  return { state: { ...state, phase: 'over', deadline: NEVER }, effects: [{ kind: 'finish', code }] };
}
