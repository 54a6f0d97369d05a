/** What the demo can be told to do, by key or by script. Pure. */
import { parseDuration } from '../core/units.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';

/** Which instance: by name, or the one that is active when the step is taken. */
export type Target = 'active' | 'a' | 'b';

export type Step =
  | { readonly verb: 'kill' | 'stop' | 'freeze'; readonly target: Target }
  | { readonly verb: 'cut'; readonly what: 'link' | 'ha'; readonly target: Target }
  | { readonly verb: 'restore' }
  | { readonly verb: 'switchover' }
  | { readonly verb: 'wait'; readonly ms: number };

export const VERBS =
  'kill, stop, freeze [active|a|b] · cut link|ha [active|a|b] · restore · switchover · wait DURATION';

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
    case 'freeze': {
      const target = readTarget(first);
      if (second !== undefined) return `'${second}' is too much`;
      return target === null ? `'${first}' is no instance` : { verb, target };
    }
    case 'cut': {
      const target = readTarget(second);
      if (first !== 'link' && first !== 'ha') return 'cut what: link or ha';
      return target === null ? `'${second}' is no instance` : { verb, what: first, target };
    }
    case 'wait': {
      const ms = parseDuration(first ?? '');
      return ms === null || second !== undefined ? 'wait how long: 500ms, 5s, 1m' : { verb, ms };
    }
    case 'restore':
    case 'switchover':
      return first === undefined ? { verb } : `'${first}' is too much`;
    default:
      return `there is no step '${verb}'`;
  }
}

function readTarget(word: string | undefined): Target | null {
  if (word === undefined) return 'active';
  return word === 'active' || word === 'a' || word === 'b' ? word : null;
}
