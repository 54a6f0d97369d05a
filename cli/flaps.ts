import { NO_WAIT, perform } from './action.ts';
import type { Command } from './command.ts';

export const flaps: Command = {
  name: 'flaps',
  summary: 'forget how often this instance has left the active role',
  usage: ['flaps reset [--no-wait]'],
  details: 'A bypass that is latched because of them stays until tandem bypass release.',
  options: { ...NO_WAIT },
  operands: { min: 1, max: 1, choices: ['reset'] },
  run: (context) => perform(context, 'flaps', { reset: true }),
};
