import { parseHold } from '../core/action.ts';
import { NO_WAIT, perform } from './action.ts';
import { NO_OPERANDS, usageFailure } from './command.ts';
import type { Command } from './command.ts';

export const switchover: Command = {
  name: 'switchover',
  summary: 'give the active role to another instance',
  usage: [
    'switchover [--to NAME] [--hold DURATION|until-released|none] [--force] [--no-wait]',
    'switchover --release-hold [--no-wait]',
  ],
  details:
    'Run it on the active instance, or on a standby with its own name after --to. The other one takes over and confirms before this one lets go; if nobody takes over, nothing has changed and the command fails. ' +
    'Afterwards no better instance takes the role back on its own for as long as preemption is held.',
  options: {
    to: {
      type: 'string',
      value: 'NAME',
      text: 'the instance that shall become active: a peer (default: the best), or this one',
    },
    hold: {
      type: 'string',
      value: 'DURATION',
      choices: ['until-released', 'none'],
      text: 'how long preemption is held: 10m (default), until-released or none',
    },
    'release-hold': { type: 'boolean', text: 'do not switch over, but end a held preemption now' },
    force: { type: 'boolean', text: 'also if nobody else is known to be eligible' },
    ...NO_WAIT,
  },
  operands: NO_OPERANDS,
  async run(context) {
    const { to, hold, force } = context.options;
    if (context.options['release-hold'] === true) {
      const beside = ['to', 'hold', 'force'].find((name) => context.options[name] !== undefined);
      if (beside !== undefined) throw usageFailure(`'--release-hold' and '--${beside}' exclude each other`);
      return perform(context, 'switchover', { releaseHold: true });
    }
    const asked = { ...(to === undefined ? {} : { to }), force: force === true };
    if (hold === undefined) return perform(context, 'switchover', asked);
    const read = parseHold(String(hold));
    if (!read.ok) throw usageFailure(`'--hold ${String(hold)}': expected ${read.error}`);
    return perform(context, 'switchover', { ...asked, hold });
  },
};
