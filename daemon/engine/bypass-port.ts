/**
 * The engine's side of the bypass: asks the helper, never waits for it. It is read every second and after everything that was done, because what
 * counts is what is read (design section 6); no answer is a reading too: `unknown`.
 */
import type { BypassPlan } from '../../config/plan.ts';
import type { Ms } from '../../core/clock.ts';
import type { BypassState } from '../../core/status.ts';
import type { CardFacts } from '../bypass/control.ts';
import type { HelperAnswer, HelperRequest } from '../helper/protocol.ts';

export type Position = 'inline' | 'bypass';

export interface BypassPort {
  /** Reads now and from then on. */
  start(): void;
  /** Puts every pair there. While one is under way, only the newest of those that come after it is done. */
  set(position: Position): void;
  /** Arms or disarms the card's watchdog, and again after the helper was away. */
  arm(armed: boolean): void;
  /** The configuration has changed, and the helper knows. A bypass that is wanted is engaged again: its driver or its ports may be others. */
  replan(plan: Pick<BypassPlan, 'driver'>): void;
  stop(): void;
}

export interface BypassPortDeps {
  /** As of the helper's client: never rejects. */
  readonly request: (request: HelperRequest) => Promise<HelperAnswer>;
  readonly driver: BypassPlan['driver'];
  /** Between two readings. */
  readonly intervalMs?: Ms;
  /** A reading without an answer after this time counts as `unknown`. */
  readonly answerMs?: Ms;
  /** A set without an answer after this time has failed: programs of the driver have 5 s each. */
  readonly setMs?: Ms;
  /** Every reading, whether it is another one than before or not. `detail` in words, empty if there is nothing to say. */
  readonly onRead: (state: BypassState, detail: string) => void;
  /** What the card does by itself, with a reading that says so. */
  readonly onCard: (card: CardFacts) => void;
  /** A set has ended; its reading came just before. `ok`: the position is read back. Not called for one that a newer one replaced. */
  readonly onDone: (position: Position, ok: boolean, text: string) => void;
}

const NO_DRIVER = 'no bypass driver is configured';

export function createBypassPort(deps: BypassPortDeps): BypassPort {
  const { request, onRead, onCard, onDone, intervalMs = 1_000, answerMs = 2_000, setMs = 15_000 } = deps;
  let { driver } = deps;
  let timer: NodeJS.Timeout | null = null;
  /** The reading that has not been answered yet. */
  let reading: { readonly askedAt: number } | null = null;
  /** The set that is under way, and the one to be done after it. */
  let setting: Position | null = null;
  let next: Position | null = null;
  let wanted: Position | null = null;
  let late: NodeJS.Timeout | undefined;
  /** What the watchdog should be, and what the helper has confirmed since it last was away. */
  let armed: boolean | null = null;
  let confirmed: boolean | null = null;
  let arming = false;
  /** Answers to what was asked before this changed are of another configuration. */
  let generation = 0;

  const running = (): boolean => timer !== null;

  function tick(): void {
    if (driver === 'none') return;
    if (reading === null) read();
    else if (performance.now() - reading.askedAt >= answerMs && setting === null) {
      confirmed = null;
      onRead(
        'unknown',
        `the helper has not answered for ${Math.round((performance.now() - reading.askedAt) / 1000)} s`,
      );
    }
  }

  function read(): void {
    const mine = { askedAt: performance.now() };
    const of = generation;
    reading = mine;
    void request({ kind: 'bypass.read' }).then((answer) => {
      if (reading === mine) reading = null;
      if (!running() || of !== generation) return;
      take(answer);
      reassert();
    });
  }

  function take({ ok, state, text, card }: HelperAnswer): void {
    if (card !== undefined) onCard(card);
    if (state !== undefined) return onRead(state, text);
    // Not the driver's answer, but that there is no helper, or an answer that says nothing.
    confirmed = null;
    onRead('unknown', ok ? 'the helper did not say what it read' : text);
  }

  /** A helper that was started anew has forgotten what it was told. */
  function reassert(): void {
    if (armed === null || confirmed === armed || arming) return;
    arming = true;
    const asked = armed;
    void request({ kind: 'bypass.watchdog', armed: asked }).then(({ ok }) => {
      arming = false;
      if (ok) confirmed = asked;
      // Another wish in between; what failed is tried again with the next reading, which says why.
      if (ok && armed !== asked && running()) reassert();
    });
  }

  function begin(position: Position): void {
    setting = position;
    const of = generation;
    let over = false;
    const end = (ok: boolean, text: string): void => {
      if (over) return;
      over = true;
      if (of !== generation) return;
      clearTimeout(late);
      setting = null;
      if (!running()) return;
      onDone(position, ok, text);
      const after = next;
      next = null;
      if (after !== null) begin(after);
    };
    clearTimeout(late);
    late = setTimeout(() => {
      if (running() && of === generation) onRead('unknown', `the helper has not said what became of ${position}`);
      end(false, `the helper did not answer within ${setMs} ms`);
    }, setMs);
    void request({ kind: 'bypass.set', position }).then((answer) => {
      if (!over && running() && of === generation) take(answer);
      end(answer.ok, answer.text);
    });
  }

  function set(position: Position): void {
    wanted = position;
    if (driver === 'none') return onDone(position, false, NO_DRIVER);
    if (setting === null) begin(position);
    else next = position === setting ? null : position;
  }

  return {
    start() {
      if (timer !== null) return;
      timer = setInterval(tick, intervalMs);
      if (driver === 'none') onRead('notFitted', '');
      else tick();
    },
    set,
    arm(wish) {
      armed = wish;
      if (driver !== 'none') reassert();
    },
    replan(plan) {
      driver = plan.driver;
      generation += 1;
      reading = null;
      setting = null;
      next = null;
      confirmed = null;
      if (driver === 'none') return onRead('notFitted', '');
      if (wanted === 'bypass') begin('bypass');
      tick();
    },
    stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      clearTimeout(late);
      generation += 1;
    },
  };
}
