/**
 * Silicom's bypass cards, through the control program that comes with their driver (`bpctl_util <port> <command>`). The outside port is named:
 * it has to be the pair's control port. The program says in words what became of a command and ends with 0 all the same, so its words count.
 * Tested against a stand-in of the program; it was never run on a card.
 */
import type { PairPlan } from '../../config/plan.ts';
import type { PowerOff } from '../../core/status.ts';
import { chain, program, together } from './driver.ts';
import type { BypassContext, BypassDriver, Chain, Judgement, PowerLook, Sight, Step, Watchdog } from './driver.ts';

const watchdog: Watchdog = {
  arm(context) {
    return each(context, (ask) => [
      // What a card does when it was not fed, and that its kernel driver does not feed it: not every card knows these, and then that is how it is.
      ask(['set_wd_exp_mode', 'bypass'], { mayFail: true }),
      ask(['set_wd_autoreset', '0'], { mayFail: true }),
      // The card rounds it up to one of its steps (100 ms × 2ⁿ): it may count longer, never shorter.
      ask(['set_bypass_wd', String(Math.ceil(context.plan.watchdogMs))], { says: /WDT is enabled/i }),
    ]);
  },
  disarm: (context) => each(context, (ask) => [ask(['set_bypass_wd', '0'], { says: /WDT is disabled/i })]),
  feed: (context) => each(context, (ask) => [ask(['reset_bypass_wd'], { says: /completed successfully/i })]),
  looks: ({ plan, pairs }) =>
    pairs.map(({ outside }) => ({
      look: 'program',
      argv: [plan.silicom, outside, 'get_bypass_wd'],
      input: null,
    })),
  armed: (sights) => sights.some(({ ok, text }) => ok && /WDT is enabled/i.test(text)),
};

/** `The interface is in the Bypass mode at power off state.` */
const power: PowerLook = {
  looks: ({ plan, pairs }) =>
    pairs.map(({ outside }) => ({
      look: 'program',
      argv: [plan.silicom, outside, 'get_bypass_pwoff'],
      input: null,
    })),
  judge(sights) {
    const [first, ...others] = sights.map(({ ok, text }) => (ok ? withoutPower(text) : null));
    return first !== undefined && others.every((one) => one === first) ? first : null;
  },
};

function withoutPower(text: string): PowerOff | null {
  if (/\bnon-?\s?bypass mode at power off\b/i.test(text)) return 'blocked';
  return /\bbypass mode at power off\b/i.test(text) ? 'bypass' : null;
}

export const silicom: BypassDriver = {
  software: false,
  watchdog,
  powerOff: power,

  looks({ plan, pairs }) {
    return pairs.map(({ outside }) => ({ look: 'program', argv: [plan.silicom, outside, 'get_bypass'], input: null }));
  },

  judge({ pairs }, sights) {
    return together(pairs.map((pair, n) => ({ name: pair.name, judgement: positionOf(pair, sights[n]) })));
  },

  steps(context, position) {
    // The words are not asked for here: the position is read back afterwards anyway.
    return each(context, (ask) => [ask(['set_bypass', position === 'bypass' ? 'on' : 'off'])]);
  },
};

type Ask = (words: readonly string[], options?: { mayFail?: boolean; says?: RegExp }) => Step;

function each({ plan, pairs }: BypassContext, steps: (ask: Ask) => readonly Step[]): readonly Chain[] {
  return pairs.map(({ name, outside }) =>
    chain(
      name,
      steps((words, options) => program([plan.silicom, outside, ...words], options)),
    ),
  );
}

/** `The interface is in the non-Bypass mode.`, `… in the Bypass mode.`, or why it cannot say. */
function positionOf({ outside, inside }: PairPlan, sight: Sight | undefined): Judgement {
  if (sight === undefined) return { state: 'unknown', detail: 'not read' };
  if (!sight.ok) return { state: 'unknown', detail: sight.trouble };
  const said = sight.text.trim().replaceAll(/[\s\p{Cc}]+/gu, ' ');
  if (/\bnon-?\s?bypass mode\b/i.test(said)) return { state: 'inline', detail: '' };
  if (/\bin (the )?bypass mode\b/i.test(said)) return { state: 'bypass', detail: '' };
  if (/\bis not bypass\S* device/i.test(said)) return { state: 'notFitted', detail: `${outside} is no bypass port` };
  if (/\bslave\b/i.test(said))
    return {
      state: 'unknown',
      detail: `${said} If ${inside} is the control port of the pair, name it as outside (${outside} is asked)`,
    };
  return { state: 'unknown', detail: said === '' ? `nothing was said about ${outside}` : said.slice(0, 160) };
}
