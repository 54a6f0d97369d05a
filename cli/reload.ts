import { NO_WAIT, perform } from './action.ts';
import { NO_OPERANDS } from './command.ts';
import type { Command } from './command.ts';

export const reload: Command = {
  name: 'reload',
  summary: 'read the configuration file again',
  usage: ['reload [--no-wait]'],
  details: 'An invalid file changes nothing (exit 2, every error named). What did not change keeps its role.',
  options: { ...NO_WAIT },
  operands: NO_OPERANDS,
  run: (context) => perform(context, 'reload', {}),
};
