/**
 * What a bypass driver is: texts only. It says what to look at, judges what was seen, and says what to do; control.ts does it.
 * A driver remembers nothing: the position is what is read back (design section 6).
 */
import type { BypassPlan, PairPlan } from '../../config/plan.ts';
import type { BypassState, PowerOff } from '../../core/status.ts';

/** Where a wire can be put. */
export type Position = 'inline' | 'bypass';

/** What a driver works from. */
export interface BypassContext {
  readonly instance: string;
  readonly plan: BypassPlan;
  readonly pairs: readonly PairPlan[];
}

/** Something to look at: what a program prints, or what a file holds. */
export type Look =
  | { readonly look: 'program'; readonly argv: readonly string[]; readonly input: string | null }
  | { readonly look: 'file'; readonly file: string };

/** What was seen. */
export interface Sight {
  /** The program ended with 0, or the file could be read. */
  readonly ok: boolean;
  /** Standard output, or the content of the file; of a program that failed too. */
  readonly text: string;
  /** What went wrong, in words; empty if nothing. */
  readonly trouble: string;
}

/** Something to do. */
export type Step =
  | {
      readonly do: 'program';
      readonly argv: readonly string[];
      readonly input: string | null;
      /** Its failure does not end the chain. */
      readonly mayFail: boolean;
      /** What its output has to match for it to be done; null where the exit code says it. */
      readonly says: RegExp | null;
    }
  | { readonly do: 'write'; readonly file: string; readonly text: string };

/** Steps that depend on each other, for one pair as a rule: the first failure ends them. Chains do not depend on each other. */
export interface Chain {
  /** The pair; empty = all of them. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** Why nothing can be done here; null = do the steps. */
  readonly refusal: string | null;
}

/** A position with why, in words; `detail` is empty where there is nothing to add. */
export interface Judgement {
  readonly state: BypassState;
  readonly detail: string;
}

/** A watchdog of the hardware: the card engages by itself when it was not fed for the time of the plan. */
export interface Watchdog {
  arm(context: BypassContext): readonly Chain[];
  disarm(context: BypassContext): readonly Chain[];
  feed(context: BypassContext): readonly Chain[];
  looks(context: BypassContext): readonly Look[];
  /** True if any card counts. */
  armed(sights: readonly Sight[]): boolean;
}

/** How the hardware is set for when it has no power: read now and then, as nobody changes it often. */
export interface PowerLook {
  looks(context: BypassContext): readonly Look[];
  /** Null where it does not say, or the pairs differ. */
  judge(sights: readonly Sight[]): PowerOff | null;
}

export interface BypassDriver {
  /** It is made of the kernel's own parts: what it engaged on a pair that leaves the configuration has to be taken away, or it is a loop. */
  readonly software: boolean;
  readonly watchdog: Watchdog | null;
  /** What becomes of traffic without power; null where nobody can tell. */
  readonly powerOff: PowerOff | PowerLook | null;
  /** What has to be looked at to know the position. */
  looks(context: BypassContext): readonly Look[];
  /** `sights` in the order of `looks`. */
  judge(context: BypassContext, sights: readonly Sight[]): Judgement;
  /** What puts every pair there, given what was seen just before. */
  steps(context: BypassContext, position: Position, sights: readonly Sight[]): readonly Chain[];
}

/** A step that runs a program and goes by its exit code. */
export function program(
  argv: readonly string[],
  options: { input?: string; mayFail?: boolean; says?: RegExp } = {},
): Step {
  const { input = null, mayFail = false, says = null } = options;
  return { do: 'program', argv, input, mayFail, says };
}

export function chain(name: string, steps: readonly Step[]): Chain {
  return { name, steps, refusal: null };
}

export function refuse(name: string, refusal: string): Chain {
  return { name, steps: [], refusal };
}

/** Why nothing can be concluded from this, in words. */
export function troubleOf(sight: Sight | undefined): string {
  if (sight === undefined) return 'not read';
  return sight.trouble === '' ? 'what was read cannot be understood' : sight.trouble;
}

/**
 * The position of all pairs together: what all of them read. Anything else is `unknown` (a half wire is neither safe nor of use), and its
 * detail says which pair reads what.
 */
export function together(pairs: readonly { readonly name: string; readonly judgement: Judgement }[]): Judgement {
  const [first] = pairs;
  if (first === undefined) return { state: 'notFitted', detail: 'there are no link pairs' };
  const said = pairs
    .filter(({ judgement }) => judgement.detail !== '')
    .map(({ name, judgement }) => `${name}: ${judgement.detail}`);
  const states = new Set(pairs.map(({ judgement }) => judgement.state));
  if (states.size === 1) return { state: first.judgement.state, detail: said.join('; ') };
  const differing = pairs.map(({ name, judgement: { state, detail } }) =>
    detail === '' ? `${name} reads ${state}` : `${name} reads ${state} (${detail})`,
  );
  return { state: 'unknown', detail: differing.join('; ') };
}
