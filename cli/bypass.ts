import { NO_WAIT, perform } from './action.ts';
import type { Command } from './command.ts';

export const bypass: Command = {
  name: 'bypass',
  summary: 'wire the link pairs through, or take them back inline',
  usage: ['bypass engage|release [--no-wait]'],
  details:
    'While it is engaged traffic passes uninspected and this instance is not active. release also opens the latch that too many flaps have closed, and forgets ' +
    'the flaps. An engaged bypass lasts over a restart of the daemon, not over a reboot.',
  options: { ...NO_WAIT },
  operands: { min: 1, max: 1, choices: ['engage', 'release'] },
  run: (context) => perform(context, 'bypass', { engage: context.operands[0] === 'engage' }),
};
