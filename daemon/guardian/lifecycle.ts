/**
 * The life of the engine as the guardian decides it (brain 6.1): kill, will, start, strictly in this order, a generation number each.
 * Pure: facts in, effects out, time as an argument. The shell beside it (guardian.ts) owns the processes.
 */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import { addGap } from './hang.ts';
import {
  DRAIN_LIMIT,
  END_LIMIT,
  EXIT_LIMIT,
  STOP_MARGIN,
  alive,
  holdEnds,
  nothing,
  prepend,
  silenceEnds,
} from './life.ts';
import type { Fact, Lifecycle, Step } from './life.ts';
import { finish, next, resign, restart, spawn, succeed } from './succession.ts';

/** Lateness of the guardian's own timer from which it does not trust the silence. */
export const AMNESTY_FROM: Ms = 10;

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
    case 'will': {
      const { holding, active, letGoMs, hold } = fact;
      return nothing({ ...state, holding, active, letGoMs, hold, resigned: false });
    }
    case 'adopted':
      return adopted(state);
    case 'yielded':
      return nothing({ ...state, held: null });
    case 'stopped':
      return nothing({
        ...state,
        resigned: true,
        holding: 0,
        active: false,
        hold: false,
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
      return state.phase === 'ending' ? succeed(state, now) : drained({ ...state, draining: false }, now);
    case 'willDone':
      return state.phase === 'executing' ? willDone(state, now) : nothing(state);
    case 'terminate':
      return terminate(state, now);
  }
}

function planned(state: Lifecycle, realtime: boolean, now: Instant): Step {
  const known: Lifecycle = { ...state, planned: true, realtime };
  // A later one is a reload: the engine is told by the shell and keeps running.
  if (state.planned || state.phase !== 'loading' || state.leaving !== null) return nothing(known);
  const { generation } = state;
  return {
    state: { ...known, heardAt: now },
    effects: [{ kind: 'begin', generation, predecessor: null, adoptMs: null, resigned: false }],
  };
}

function heard(state: Lifecycle, now: Instant): Lifecycle {
  if (!alive(state)) return state;
  // The way from `begin` to the first tick is no gap between ticks.
  const gaps = state.phase === 'running' ? addGap(state.gaps, now, now - state.heardAt) : state.gaps;
  return { ...state, phase: 'running', heardAt: now, gaps, amnesty: false };
}

/** A word that is read after a kill still counts: until then the engine had what was held, and its own will says so. */
function adopted(state: Lifecycle): Step {
  if (state.held === null || !(alive(state) || state.phase === 'ending')) return nothing(state);
  return { state: { ...state, held: null }, effects: [{ kind: 'endHold' }] };
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
  const late = (state.phase === 'executing' || state.phase === 'waiting') && !state.resigned;
  return late ? prepend([{ kind: 'say', severity: 'info', text }], result) : result;
}

/** Process or channel has ended. Both must have before the will: the last one may still be on its way. */
function ended(state: Lifecycle, now: Instant): Step {
  if (state.exited && state.closed) {
    return alive(state) || state.phase === 'ending' ? succeed(state, now) : restart(state, now);
  }
  if (state.phase === 'waiting') return restart(state, now);
  if (!alive(state)) return nothing(state);
  if (state.exited) return nothing({ ...state, phase: 'ending', draining: false, deadline: later(now, DRAIN_LIMIT) });
  // It closed its channel: nothing that it does from now on can be known.
  // Its end, which mostly follows at once, says more than the kill.
  return kill(state, now);
}

function willDone(state: Lifecycle, now: Instant): Step {
  const done: Lifecycle = { ...state, holding: 0, active: false, letGoMs: 0, hold: false };
  return next({ ...done, phase: 'waiting', deadline: NEVER }, now);
}

function time(state: Lifecycle, now: Instant): Step {
  const holdOver = now >= holdEnds(state);
  if (holdOver && state.phase === 'waiting') return resign(state);
  if (now >= state.deadline) {
    if (state.phase === 'waiting') return spawn(state, now);
    if (state.phase === 'ending') return succeed(state, now);
    if (alive(state)) return kill({ ...state, cause: 'the engine did not stop in time and was killed' }, now);
  }
  // The word that it has adopted may wait in the channel.
  if (state.draining || !(holdOver || now >= silenceEnds(state, now))) return nothing(state);
  return { state: { ...state, draining: true }, effects: [{ kind: 'drain' }] };
}

/** The channel was read to its end. `time` may have come late: then the silence was the guardian's own. */
function drained(state: Lifecycle, now: Instant): Step {
  // Killed, as it might adopt at any moment what is about to be given up (brain 6.1).
  if (now >= holdEnds(state))
    return kill({ ...state, cause: 'the engine did not take over in time and was killed' }, now);
  const limit = silenceEnds(state, now);
  if (now < limit) return nothing(state);
  const silent = now - state.heardAt;
  const late = now - limit;
  if (late > AMNESTY_FROM && !state.amnesty) return nothing({ ...state, amnesty: true, heardAt: now });
  const cause = `the engine was silent for ${Math.round(silent)} ms and was killed`;
  // The gap counts for its successor: on a machine this slow the limit has to grow.
  return kill({ ...state, cause, gaps: addGap(state.gaps, now, silent) }, now);
}

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
      if (state.held !== null) return resign(leaving);
      return state.exited ? finish(leaving, code) : nothing(leaving);
    case 'loading':
    case 'running':
      // Before its configuration it has nothing to clean up.
      if (!state.planned) return kill({ ...leaving, resigned: true }, now);
      // It has not taken over yet: what is held is the guardian's to give up, and nobody else's.
      if (state.held !== null) return kill(leaving, now);
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
