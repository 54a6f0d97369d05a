import { LOG_LEVELS } from '../core/action.ts';
import { EXIT } from './command.ts';
import type { Command } from './command.ts';
import { printJson } from './terminal.ts';

export const logLevel: Command = {
  name: 'log-level',
  summary: 'set how much the engine writes to its log',
  usage: ['log-level LEVEL'],
  details: `Levels: ${LOG_LEVELS.join(', ')}. Lasts until the engine ends.`,
  options: {},
  operands: { min: 1, max: 1, choices: LOG_LEVELS },
  async run({ engine, io, json, operands }) {
    const answer = await engine.post('/log-level', { level: operands[0] });
    if (json) printJson(io, answer);
    else io.out(`log level: ${operands[0]!}\n`);
    return EXIT.done;
  },
};
