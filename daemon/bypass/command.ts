/** The administrator's own programs: one engages every pair, one releases every pair, one prints the position. */
import { chain, program, refuse } from './driver.ts';
import type { BypassDriver } from './driver.ts';

const WORDS = ['inline', 'bypass', 'notFitted', 'unknown'] as const;

const NOT_CONFIGURED = 'bypass.command is not configured';

export const command: BypassDriver = {
  software: false,
  // A program of the administrator's own may run a watchdog of its own; Tandem knows of none.
  watchdog: null,
  powerOff: null,

  looks({ plan }) {
    return plan.command === null ? [] : [{ look: 'program', argv: plan.command.status, input: null }];
  },

  judge(_context, [sight]) {
    if (sight === undefined) return { state: 'unknown', detail: NOT_CONFIGURED };
    if (!sight.ok) return { state: 'unknown', detail: sight.trouble };
    const said = sight.text.trim();
    const word = WORDS.find((known) => known === said);
    if (word !== undefined) return { state: word, detail: '' };
    return {
      state: 'unknown',
      detail: `the status program printed '${excerpt(said)}': expected one of ${WORDS.join(', ')}`,
    };
  },

  steps({ plan }, position) {
    if (plan.command === null) return [refuse('', NOT_CONFIGURED)];
    return [chain('', [program(position === 'bypass' ? plan.command.engage : plan.command.release)])];
  },
};

/** Foreign text for a detail: one line, not long. */
function excerpt(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 80);
}
