/**
 * Does what the drivers say: one request after the other, and after everything that was done the position is read back. Feeding a card's
 * watchdog never waits behind anything.
 *
 * The watchdog is fed because the guardian said that the engine ticks or a will is held, and by nothing else: no timer here can keep the card
 * of a dead engine quiet. So the card engages its time after the last word of the guardian, which comes at least four times as often.
 *
 * Nothing is undone when this process ends: a bypass outlives it, and so does an armed watchdog, which the next process finds and feeds on.
 */
import type { PairPlan } from '../../config/plan.ts';
import type { BypassState, PowerOff } from '../../core/status.ts';
import { DRIVERS } from './drivers.ts';
import type { BypassContext, BypassDriver, Chain, Judgement, Look, Position, Sight, Step, Watchdog } from './driver.ts';

/** What the hardware does when Tandem, or the power, is gone. */
export interface CardFacts {
  readonly powerOff: PowerOff | null;
  /** Null where the driver has none. `fedMs`: so long ago; null while it is not armed, and before the first time. */
  readonly watchdog: { readonly armed: boolean; readonly fedMs: number | null } | null;
}

export interface BypassAnswer {
  /** Of a set: the position that was asked for is read back. */
  readonly ok: boolean;
  readonly text: string;
  readonly state: BypassState;
  /** Of a reading. */
  readonly card?: CardFacts;
}

export interface BypassControl {
  /** What the configuration says now. Takes away what an earlier plan engaged on ports that this one no longer has, if it is a software wire; resolves then. */
  plan(context: BypassContext): Promise<void>;
  /** Puts every pair there, as far as each can be, and reads back. */
  set(position: Position): Promise<BypassAnswer>;
  read(): Promise<BypassAnswer>;
  /** Arms or disarms; `ok` too where the driver has none. */
  watchdog(armed: boolean): Promise<Omit<BypassAnswer, 'state'>>;
  /** The engine ticks, or a will is held. */
  alive(): void;
}

/** Hands and eyes of the control. None of them rejects. */
export interface Hands {
  run(argv: readonly string[], input: string | null, deadlineMs: number): Promise<Sight>;
  read(file: string, deadlineMs: number): Promise<Sight>;
  write(file: string, text: string, deadlineMs: number): Promise<Sight>;
}

export interface ControlOptions {
  /** Monotonic, ms. */
  readonly now?: () => number;
  /** For everything that nobody asked for. */
  readonly say?: (text: string) => void;
  /** How long a request waits for the first plan, ms. */
  readonly planWaitMs?: number;
  /** Relays take their time: how often the position is read again after a set that met no trouble, and how far apart, ms. */
  readonly again?: { readonly times: number; readonly everyMs: number };
}

/** For each program and file, ms. */
export const STEP_DEADLINE_MS = 5_000;

/** How it is set for when it has no power is looked at so often. */
const POWER_EVERY_MS = 60_000;

export function createBypassControl(hands: Hands, options: ControlOptions = {}): BypassControl {
  const { now = () => performance.now(), say = () => undefined, planWaitMs = 1_000 } = options;
  const again = options.again ?? { times: 5, everyMs: 200 };
  let current: BypassContext | null = null;
  let begun: () => void = () => undefined;
  const planned = new Promise<void>((resolve) => (begun = resolve));
  let tail: Promise<unknown> = Promise.resolve();
  /** A watchdog counts, as far as is known. */
  let armed = false;
  let feeding = false;
  let fedAt = Number.NEGATIVE_INFINITY;
  let hungry = false;
  let watchdogTrouble = '';
  let power: { readonly value: PowerOff | null; readonly at: number } | null = null;

  function queued<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work);
    tail = done.catch((error: unknown) => say(`bypass: ${error instanceof Error ? error.message : String(error)}`));
    return done;
  }

  async function context(): Promise<BypassContext | null> {
    if (current === null) await Promise.race([planned, pause(planWaitMs)]);
    return current;
  }

  const look = (looks: readonly Look[]): Promise<readonly Sight[]> =>
    Promise.all(
      looks.map((one) =>
        one.look === 'file' ? hands.read(one.file, STEP_DEADLINE_MS) : hands.run(one.argv, one.input, STEP_DEADLINE_MS),
      ),
    );

  const judge = async (driver: BypassDriver, on: BypassContext): Promise<Judgement> =>
    driver.judge(on, await look(driver.looks(on)));

  /** Chains side by side: a pair whose card hangs must not hold back the others. Gives what went wrong, in the order of the chains. */
  async function doAll(chains: readonly Chain[], deadlineMs = STEP_DEADLINE_MS): Promise<readonly string[]> {
    const troubles = await Promise.all(chains.map((one) => doChain(one, deadlineMs)));
    return troubles.filter((trouble) => trouble !== '');
  }

  async function doChain({ name, steps, refusal }: Chain, deadlineMs: number): Promise<string> {
    const told = (trouble: string): string => (name === '' ? trouble : `${name}: ${trouble}`);
    if (refusal !== null) return told(refusal);
    for (const step of steps) {
      const trouble = await doStep(step, deadlineMs);
      if (trouble !== '' && !(step.do === 'program' && step.mayFail)) return told(trouble);
    }
    return '';
  }

  async function doStep(step: Step, deadlineMs: number): Promise<string> {
    if (step.do === 'write') return (await hands.write(step.file, step.text, deadlineMs)).trouble;
    const { ok, text, trouble } = await hands.run(step.argv, step.input, deadlineMs);
    if (!ok) return trouble;
    if (step.says === null || step.says.test(text)) return '';
    return `${step.argv.join(' ')}: ${text
      .trim()
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .slice(0, 160)}`;
  }

  async function set(position: Position): Promise<BypassAnswer> {
    const on = await context();
    if (on === null) return NO_PLAN;
    const driver = DRIVERS[on.plan.driver];
    const troubles = await doAll(driver.steps(on, position, await look(driver.looks(on))));
    let seen = await judge(driver, on);
    for (let times = again.times; times > 0 && troubles.length === 0 && seen.state !== position; times -= 1) {
      await pause(again.everyMs);
      seen = await judge(driver, on);
    }
    return { ok: seen.state === position, text: joined([...troubles, seen.detail]), state: seen.state };
  }

  async function read(): Promise<BypassAnswer> {
    const on = await context();
    if (on === null) return NO_PLAN;
    const driver = DRIVERS[on.plan.driver];
    const { state, detail } = await judge(driver, on);
    const fedMs = armed && Number.isFinite(fedAt) ? Math.round(now() - fedAt) : null;
    const card = {
      powerOff: await powerOff(driver, on),
      watchdog: driver.watchdog === null ? null : { armed, fedMs },
    };
    return { ok: true, text: joined([detail, watchdogTrouble]), state, card };
  }

  async function powerOff({ powerOff: of }: BypassDriver, on: BypassContext): Promise<PowerOff | null> {
    if (of === null || typeof of === 'string') return of;
    if (power === null || now() - power.at >= POWER_EVERY_MS)
      power = { value: of.judge(await look(of.looks(on))), at: now() };
    return power.value;
  }

  async function setWatchdog(wanted: boolean): Promise<Omit<BypassAnswer, 'state'>> {
    const on = await context();
    if (on === null) return { ok: false, text: NO_PLAN.text };
    const { watchdog } = DRIVERS[on.plan.driver];
    if (watchdog === null) return { ok: true, text: '' };
    return arm(on, watchdog, wanted);
  }

  async function arm(on: BypassContext, watchdog: Watchdog, wanted: boolean): Promise<Omit<BypassAnswer, 'state'>> {
    // Fed from the first moment; and a card that could not be disarmed is fed on, or it would engage.
    if (wanted) armed = true;
    fedAt = now();
    const troubles = await doAll(wanted ? watchdog.arm(on) : watchdog.disarm(on));
    if (!wanted) armed = armed && troubles.length > 0;
    const text = joined(troubles);
    watchdogTrouble = text === '' ? '' : `watchdog: ${text}`;
    return { ok: troubles.length === 0, text };
  }

  function alive(): void {
    const watchdog = current === null ? null : DRIVERS[current.plan.driver].watchdog;
    if (current === null || watchdog === null || !armed) return;
    if (feeding) {
      hungry = true;
      return;
    }
    // However often the guardian says it: twice as often as it has to is enough.
    if (now() - fedAt < current.plan.watchdogMs / 8) return;
    void feed(current, watchdog);
  }

  async function feed(on: BypassContext, watchdog: Watchdog): Promise<void> {
    feeding = true;
    fedAt = now();
    // A feeding that hangs must not keep the next one from being tried in time.
    const troubles = await doAll(watchdog.feed(on), Math.min(STEP_DEADLINE_MS, Math.max(250, on.plan.watchdogMs / 2)));
    if (armed) watchdogTrouble = troubles.length === 0 ? '' : `watchdog: ${joined(troubles)}`;
    feeding = false;
    if (!hungry) return;
    hungry = false;
    alive();
  }

  async function replan(before: BypassContext | null, on: BypassContext): Promise<void> {
    const { watchdog } = DRIVERS[on.plan.driver];
    const kept = before !== null && before.plan.driver === on.plan.driver;
    if (before !== null) await depart(before, on);
    power = null;
    if (!kept) {
      armed = false;
      fedAt = Number.NEGATIVE_INFINITY;
    }
    if (watchdog === null) {
      watchdogTrouble = '';
      return;
    }
    // A process before this one may have armed it, and the card counts.
    if (armed) await arm(on, watchdog, true);
    else armed = watchdog.armed(await look(watchdog.looks(on)));
  }

  async function depart(before: BypassContext, on: BypassContext): Promise<void> {
    const driver = DRIVERS[before.plan.driver];
    const other = before.plan.driver !== on.plan.driver || before.instance !== on.instance;
    const pairs = before.pairs.filter((pair) => other || !on.pairs.some((kept) => samePair(pair, kept)));
    if (pairs.length === 0) return;
    const gone = { ...before, pairs };
    const troubles: string[] = [];
    // A software wire that nobody looks after any more is a loop, or lets traffic through for ever.
    if (driver.software) troubles.push(...(await doAll(driver.steps(gone, 'inline', await look(driver.looks(gone))))));
    if (driver.watchdog !== null && armed) troubles.push(...(await doAll(driver.watchdog.disarm(gone))));
    if (troubles.length > 0) say(`bypass: what left the configuration could not be released: ${joined(troubles)}`);
  }

  return {
    plan(next) {
      const before = current;
      current = next;
      begun();
      if (before !== null && JSON.stringify(before) === JSON.stringify(next)) return Promise.resolve();
      return queued(() => replan(before, next)).catch(() => undefined);
    },
    set: (position) => queued(() => set(position)),
    read: () => queued(read),
    watchdog: (wanted) => queued(() => setWatchdog(wanted)),
    alive,
  };
}

const NO_PLAN: BypassAnswer = {
  ok: false,
  text: 'the helper has not been told the configuration yet',
  state: 'unknown',
};

const joined = (texts: readonly string[]): string => texts.filter((text) => text !== '').join('; ');

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function samePair(one: PairPlan, other: PairPlan): boolean {
  return one.name === other.name && one.outside === other.outside && one.inside === other.inside;
}
