/** What a person can ask of a running instance, as the API takes it and the engine gets it (design section 7). */
import type { Ms } from './clock.ts';
import { fail, ok } from './result.ts';
import type { Result } from './result.ts';
import { parseDuration } from './units.ts';

/** How long preemption is held after a switchover. */
export type Hold =
  { readonly kind: 'for'; readonly ms: Ms } | { readonly kind: 'untilReleased' } | { readonly kind: 'none' };

/** What is held if nobody says otherwise: ten minutes. */
export const DEFAULT_HOLD: Hold = { kind: 'for', ms: 600_000 };

export type ActionRequest =
  /** Give the role away. `by` names who asked, for the reason that everybody reads. */
  | {
      readonly action: 'switchover';
      /** Name of the peer; null = the best. */
      readonly to: string | null;
      readonly hold: Hold;
      readonly force: boolean;
      readonly by: string;
    }
  /** End a held preemption now. */
  | { readonly action: 'releaseHold'; readonly by: string }
  /** Out of service on purpose. `forMs` null with `reboot` false = until left. */
  | {
      readonly action: 'maintenance';
      readonly on: true;
      readonly forMs: Ms | null;
      readonly untilReboot: boolean;
      readonly force: boolean;
      readonly by: string;
    }
  | { readonly action: 'maintenance'; readonly on: false; readonly by: string }
  | { readonly action: 'bypass'; readonly engage: boolean; readonly by: string }
  /** Forget the flaps counted so far. A latched bypass stays. */
  | { readonly action: 'flapsReset'; readonly by: string }
  /** Read the configuration file again. */
  | { readonly action: 'reload'; readonly by: string };

/** The longest note to colleagues, with maintenance and an engaged bypass, in characters. */
export const NOTE_LENGTH = 200;

/** What the engine says to an action that it takes. */
export interface ActionBegun {
  /** Its events carry it. */
  readonly actionId: string;
  /** They have numbers above this one, in the engine's log of this id. */
  readonly after: number;
  readonly log: string;
}

/** The answer: an id that the action's events carry, or why it cannot even begin. */
export type ActionAnswer =
  { readonly actionId: string } | { readonly refused: { readonly code: string; readonly text: string } };

/** Levels of the log, loudest first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The longest time for which preemption can be held: a week. Longer is `until-released`. */
const LONGEST_HOLD: Ms = 7 * 24 * 3_600_000;
/** The longest maintenance with an end: a year. */
const LONGEST_STAY: Ms = 366 * 24 * 3_600_000;

/** Reads `10m`, `until-released` or `none`, as command line and API take it. The error is what was expected. */
export function parseHold(text: string): Result<Hold, string> {
  if (text === 'until-released') return ok({ kind: 'untilReleased' });
  if (text === 'none') return ok({ kind: 'none' });
  const ms = parseDuration(text);
  if (ms === null) return fail('a duration such as 10m, or until-released, or none');
  if (ms < 1000 || ms > LONGEST_HOLD) return fail('a duration from 1s to 168h, or until-released, or none');
  return ok({ kind: 'for', ms });
}

/** Reads how long maintenance lasts. The error is what was expected. */
export function parseStay(text: string): Result<Ms, string> {
  const ms = parseDuration(text);
  if (ms === null) return fail('a duration such as 2h');
  return ms < 1000 || ms > LONGEST_STAY ? fail('a duration from 1s to 8784h') : ok(ms);
}
