import { EXIT, usageFailure } from './command.ts';
import type { Command } from './command.ts';
import { commandHelp, overview } from './help-text.ts';

/** `commands` gives all of them, this one included. */
export const help = (commands: () => readonly Command[]): Command => ({
  name: 'help',
  summary: 'what the commands do',
  usage: ['help [COMMAND]'],
  options: {},
  operands: { min: 0, max: 1 },
  run({ io, operands }) {
    const [topic] = operands;
    const all = commands();
    const command = all.find((c) => c.name === topic);
    if (topic !== undefined && command === undefined)
      throw usageFailure(`there is no command '${topic}'; try 'tandem help'`);
    const { columns } = io.size();
    io.out(command === undefined ? overview(all, columns) : commandHelp(command, columns));
    return Promise.resolve(EXIT.done);
  },
});
