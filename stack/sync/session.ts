/**
 * One connection between two stores: who says what when, as a pure reducer. The store and the socket are asked by effects, and their answers are inputs.
 *
 * Both greet. Both send what they have (a vector), and answer the other's with what it lacks. From then on every change is sent as it comes, and
 * acknowledged once it is on the other disk. What goes wrong ends the connection: the next one begins with vectors again, so nothing is ever repaired
 * in place.
 */
import { VERSIONS, refusalOf } from './hello.ts';
import type { Hello, HelloRefusal } from './hello.ts';
import { LARGEST_UPDATE } from './frames.ts';
import type { Frame } from './frames.ts';

/** `bye`: the other one has ended it; `closed`: we have. */
export type DropReason =
  HelloRefusal | 'garbage' | 'timeout' | 'silent' | 'badUpdate' | 'tooLarge' | 'slow' | 'bye' | 'closed';

export type SessionInput =
  | { readonly kind: 'opened' }
  /** Some bytes came: a large frame may take a while. */
  | { readonly kind: 'heard' }
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'vectorRead'; readonly bytes: Uint8Array }
  | { readonly kind: 'diffRead'; readonly bytes: Uint8Array }
  | { readonly kind: 'applied'; readonly seq: number; readonly waiting: boolean }
  | { readonly kind: 'notApplied'; readonly text: string }
  /** Something is new on disk here. */
  | { readonly kind: 'update'; readonly bytes: Uint8Array }
  /** As `update`, but so large that it is asked first whether the other lacks it: it may have come to both from a third. */
  | { readonly kind: 'news' }
  /** What the other sent may be gone here. */
  | { readonly kind: 'reloaded' }
  /** We end it, and say why in a word. */
  | { readonly kind: 'close'; readonly why: string }
  /** Once a second. A late tick is one tick: our own lateness is not the other's silence. */
  | { readonly kind: 'tick' };

export type SessionEffect =
  | { readonly do: 'send'; readonly frame: Frame }
  | { readonly do: 'readVector' }
  | { readonly do: 'readDiff'; readonly vector: Uint8Array }
  | { readonly do: 'apply'; readonly seq: number; readonly bytes: Uint8Array }
  | { readonly do: 'greeted'; readonly hello: Hello }
  | { readonly do: 'synced'; readonly synced: boolean }
  | { readonly do: 'acked'; readonly seq: number }
  | { readonly do: 'drop'; readonly why: DropReason; readonly detail: string };

export interface SessionFacts {
  readonly own: Hello;
  /** Name of the peer that this must be. */
  readonly peer: string;
}

export interface SessionState {
  readonly phase: 'new' | 'greeting' | 'exchanging' | 'over';
  /** Number of the last update that was sent, and of the last that the other has on disk. */
  readonly sent: number;
  readonly acked: number;
  /** Number of the last update that came. */
  readonly came: number;
  /** Diffs that are being read, and what has changed meanwhile. */
  readonly reading: number;
  readonly held: readonly Uint8Array[];
  /** The other one's vector was answered: what changes is sent from here on. */
  readonly answered: boolean;
  /** Number of the update that answered our vector; null = not yet. It is on disk here once `applied` has reached it. */
  readonly answer: number | null;
  readonly applied: number;
  /** What came presupposes something that has not come. */
  readonly waiting: boolean;
  readonly synced: boolean;
  readonly ticks: number;
  readonly silentTicks: number;
  readonly idle: boolean;
}

export const NEW_SESSION: SessionState = {
  phase: 'new',
  sent: 0,
  acked: 0,
  came: 0,
  reading: 0,
  held: [],
  answered: false,
  answer: null,
  applied: 0,
  waiting: false,
  synced: false,
  ticks: 0,
  silentTicks: 0,
  idle: true,
};

/** Seconds. A peer that takes in a large store says nothing for a while. */
const GREETING_TICKS = 5;
const SILENT_TICKS = 15;

export interface SessionResult {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

const NOTHING: readonly SessionEffect[] = [];

export function sessionStep(state: SessionState, input: SessionInput, facts: SessionFacts): SessionResult {
  if (state.phase === 'over') return { state, effects: NOTHING };
  const { state: next, effects } = step(state, input, facts);
  const synced = isSynced(next);
  const idle = next.idle && !effects.some((effect) => effect.do === 'send');
  const changed = synced === next.synced ? effects : [...effects, { do: 'synced', synced } as const];
  return { state: { ...next, synced, idle }, effects: changed };
}

/** Each has had on disk what the other had when they met, and nothing has been lost since. */
function isSynced(state: SessionState): boolean {
  const { phase, answered, sent, acked, answer, synced } = state;
  if (phase !== 'exchanging' || !answered || answer === null || state.applied < answer || state.waiting) return false;
  return synced || acked === sent;
}

function step(state: SessionState, input: SessionInput, facts: SessionFacts): SessionResult {
  switch (input.kind) {
    case 'opened':
      return go({ ...state, phase: 'greeting' }, { do: 'send', frame: { kind: 'hello', hello: facts.own } });
    case 'heard':
      return go({ ...state, silentTicks: 0 });
    case 'frame':
      return take(state, input.frame, facts);
    case 'vectorRead':
      return go({ ...state, answer: null }, { do: 'send', frame: { kind: 'vector', bytes: input.bytes } });
    case 'diffRead':
      return answerVector(state, input.bytes);
    case 'applied': {
      const { seq, waiting } = input;
      return go({ ...state, applied: seq, waiting }, { do: 'send', frame: { kind: 'ack', seq } });
    }
    case 'notApplied':
      return drop(state, 'badUpdate', input.text);
    case 'update':
      if (state.reading > 0) return go({ ...state, held: [...state.held, input.bytes] });
      return state.answered ? send(state, input.bytes, false) : go(state);
    case 'news':
      return state.answered ? go(state, { do: 'send', frame: { kind: 'ask' } }) : go(state);
    case 'reloaded':
      return state.phase === 'exchanging' ? go(state, { do: 'readVector' }) : go(state);
    case 'close':
      return drop(state, 'closed', input.why);
    case 'tick':
      return tick(state);
  }
}

function take(state: SessionState, frame: Frame, { own, peer }: SessionFacts): SessionResult {
  if (frame.kind === 'bye') return drop(state, 'bye', frame.why);
  if (state.phase === 'greeting') {
    if (frame.kind !== 'hello') return drop(state, 'garbage', `${frame.kind} before a hello`);
    const { hello } = frame;
    const refused = refusalOf(hello, own, peer);
    if (refused !== null) return drop(state, refused, refusalText(refused, hello, own, peer));
    return go({ ...state, phase: 'exchanging' }, { do: 'greeted', hello }, { do: 'readVector' });
  }
  switch (frame.kind) {
    case 'hello':
      return drop(state, 'garbage', 'a second hello');
    case 'vector':
      return go({ ...state, reading: state.reading + 1 }, { do: 'readDiff', vector: frame.bytes });
    case 'update': {
      const { seq, answers, bytes } = frame;
      if (seq !== state.came + 1) return drop(state, 'garbage', `update ${seq} after ${state.came}`);
      return go({ ...state, came: seq, answer: answers ? seq : state.answer }, { do: 'apply', seq, bytes });
    }
    case 'ack': {
      const { seq } = frame;
      if (seq < state.acked || seq > state.sent)
        return drop(state, 'garbage', `update ${seq} acknowledged, sent were ${state.acked} to ${state.sent}`);
      return go({ ...state, acked: seq }, { do: 'acked', seq });
    }
    case 'ask':
      return go(state, { do: 'readVector' });
    case 'ping':
      return go(state);
  }
}

function refusalText(refused: HelloRefusal, hello: Hello, own: Hello, peer: string): string {
  switch (refused) {
    case 'version':
      return `${peer} speaks version ${hello.versions.join(', ')} of the protocol, this one ${VERSIONS.join(', ')}: upgrade the older one`;
    case 'otherStack':
      return `it belongs to the stack ${hello.stack}, this one to ${own.stack}`;
    case 'unknownSender':
      return `it calls itself ${hello.instance}, its address is that of ${peer}`;
    case 'sameStore':
      return `it has a copy of this instance's store: remove its folder manager/store, and it is filled anew`;
  }
}

/** What changed while it was read comes after it; what of that is in it already does no harm. */
function answerVector(state: SessionState, bytes: Uint8Array): SessionResult {
  const reading = state.reading - 1;
  const answered = send({ ...state, reading, answered: true }, bytes, true);
  if (reading > 0) return answered;
  const effects = [...answered.effects];
  let next: SessionState = { ...answered.state, held: [] };
  for (const one of state.held) {
    const sent = send(next, one, false);
    next = sent.state;
    effects.push(...sent.effects);
  }
  return { state: next, effects };
}

function send(state: SessionState, bytes: Uint8Array, answers: boolean): SessionResult {
  if (bytes.byteLength > LARGEST_UPDATE)
    return drop(
      state,
      'tooLarge',
      `the store has grown to ${bytes.byteLength} bytes: at most ${LARGEST_UPDATE} are sent`,
    );
  const seq = state.sent + 1;
  return go({ ...state, sent: seq }, { do: 'send', frame: { kind: 'update', seq, answers, bytes } });
}

function tick(state: SessionState): SessionResult {
  const ticks = state.ticks + 1;
  const silentTicks = state.silentTicks + 1;
  if (state.phase === 'greeting' && ticks >= GREETING_TICKS) return drop(state, 'timeout', 'it says no hello');
  if (silentTicks >= SILENT_TICKS) return drop(state, 'silent', `nothing heard for ${silentTicks} s`);
  const next = { ...state, ticks, silentTicks, idle: true };
  if (state.phase !== 'exchanging') return go(next);
  // Over a third instance a change may overtake what it stands on. What is still missing a second later is asked for.
  if (state.waiting) return go(next, { do: 'readVector' });
  return state.idle ? go(next, { do: 'send', frame: { kind: 'ping' } }) : go(next);
}

/** The other one is told in a word, unless it is its word that ended it. */
function drop(state: SessionState, why: DropReason, detail: string): SessionResult {
  const over: SessionState = { ...state, phase: 'over', held: [] };
  const dropped = { do: 'drop', why, detail } as const;
  if (why === 'bye') return go(over, dropped);
  return go(over, { do: 'send', frame: { kind: 'bye', why: why === 'closed' ? detail : why } }, dropped);
}

const go = (state: SessionState, ...effects: readonly SessionEffect[]): SessionResult => ({ state, effects });
