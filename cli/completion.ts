import { SHELLS, completionScript } from './completion-text.ts';
import type { Shell } from './completion-text.ts';
import { EXIT } from './command.ts';
import type { Command } from './command.ts';
import { printJson } from './terminal.ts';

/** `commands` gives all of them, this one included. */
export const completion = (commands: () => readonly Command[]): Command => ({
  name: 'completion',
  summary: 'print a script that completes tandem in a shell',
  usage: ['completion bash|zsh|fish'],
  details: 'For bash in the present shell: source <(tandem completion bash)',
  options: {},
  operands: { min: 1, max: 1, choices: SHELLS },
  run({ io, json, operands }) {
    const script = completionScript(operands[0] as Shell, commands());
    if (json) printJson(io, { shell: operands[0], script });
    else io.out(script);
    return Promise.resolve(EXIT.done);
  },
});
