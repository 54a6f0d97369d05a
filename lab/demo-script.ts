/** What the demo can be told to do, by key or by script. Pure. */
import { parseDuration } from '../core/units.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';

/** Which instance: by name, or the one that is active when the step is taken. */
export type Target = 'active' | 'a' | 'b';

/** Which cable: of the data link (`eth0`), the HA port (`eth2`), the backup path (`eth1`), the link pair (`wan0`). */
export type CableName = 'data' | 'ha' | 'backup' | 'pair';

export type Step =
  | { readonly verb: 'kill' | 'stop' | 'freeze'; readonly target: Target }
  | { readonly verb: 'cut'; readonly what: CableName; readonly target: Target }
  /** No more traffic than the probes, until it is restored. */
  | { readonly verb: 'starve' }
  /** The primary's link pair goes down and up until its flap limit puts it into bypass. */
  | { readonly verb: 'flap' }
  | { readonly verb: 'maintenance'; readonly on: true; readonly target: Target }
  /** For every instance that is in it. */
  | { readonly verb: 'maintenance'; readonly on: false }
  | { readonly verb: 'restore' | 'switchover' | 'releaseBypass' }
  | { readonly verb: 'wait'; readonly ms: number };

export const VERBS =
  'kill, stop, freeze [active|a|b] · cut data|ha|backup|pair [active|a|b] · starve · flap · switch over · ' +
  'maintenance on [active|a|b] · maintenance off · release bypass · restore · wait DURATION';

/** Other words for the same cable. */
const CABLES: Readonly<Record<string, CableName>> = {
  data: 'data',
  link: 'data',
  ha: 'ha',
  backup: 'backup',
  pair: 'pair',
};

/** Reads `kill active; wait 5s; restore`. The error is one sentence that names the step. */
export function readScript(text: string): Result<readonly Step[], string> {
  const steps: Step[] = [];
  for (const part of text.split(/[;\n]/)) {
    const words = part.trim().split(/\s+/);
    if (words[0] === '') continue;
    const step = readStep(words);
    if (typeof step === 'string') return fail(`'${part.trim()}': ${step}. Steps: ${VERBS}`);
    steps.push(step);
  }
  return ok(steps);
}

function readStep([verb = '', first, second, ...more]: readonly string[]): Step | string {
  if (more.length > 0) return `'${more[0]}' is too much`;
  switch (verb) {
    case 'kill':
    case 'stop':
    case 'freeze':
      return withTarget(first, second, (target) => ({ verb, target }));
    case 'cut': {
      const what = Object.hasOwn(CABLES, first ?? '') ? CABLES[first ?? ''] : undefined;
      if (what === undefined) return 'cut what: data, ha, backup or pair';
      return withTarget(second, undefined, (target) => ({ verb, what, target }));
    }
    case 'maintenance':
      if (first === 'on') return withTarget(second, undefined, (target) => ({ verb, on: true, target }));
      if (first !== 'off') return 'maintenance on or off';
      return second === undefined ? { verb, on: false } : `'${second}' is too much`;
    case 'wait': {
      const ms = parseDuration(first ?? '');
      return ms === null || second !== undefined ? 'wait how long: 500ms, 5s, 1m' : { verb, ms };
    }
    case 'switch':
      if (first !== 'over') return 'switch over';
      return second === undefined ? { verb: 'switchover' } : `'${second}' is too much`;
    case 'release':
      if (first !== 'bypass') return 'release what: bypass';
      return second === undefined ? { verb: 'releaseBypass' } : `'${second}' is too much`;
    case 'restore':
    case 'switchover':
    case 'starve':
    case 'flap':
      return first === undefined ? { verb } : `'${first}' is too much`;
    default:
      return `there is no step '${verb}'`;
  }
}

/** A step about one instance: `word` names it, and nothing may follow. */
function withTarget(word: string | undefined, next: string | undefined, step: (target: Target) => Step): Step | string {
  if (next !== undefined) return `'${next}' is too much`;
  if (word === undefined) return step('active');
  return word === 'active' || word === 'a' || word === 'b' ? step(word) : `'${word}' is no instance`;
}
