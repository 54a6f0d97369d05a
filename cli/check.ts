import { resolve } from 'node:path';
import { EXIT, Failure } from './command.ts';
import type { Command } from './command.ts';
import { printJson } from './terminal.ts';

/** Where the configuration is if nobody says otherwise (design section 7). */
export const DEFAULT_CONFIG = '/etc/tandem/tandem.yaml';

export const check: Command = {
  name: 'check',
  summary: 'say what is wrong with a configuration file',
  usage: ['check [FILE]'],
  details: `FILE is ${DEFAULT_CONFIG} if left out. Needs no daemon. Exit 2 with every error on its own line.`,
  options: {},
  operands: { min: 0, max: 1, files: true },
  async run({ io, json, operands }) {
    const file = resolve(operands[0] ?? DEFAULT_CONFIG);
    // Loaded here alone: schema and parser are larger than the rest of the command line.
    const { checkConfig } = await import('../config/check.ts');
    const { exitCode, stdout, stderr } = await checkConfig(file, { print: 'text' });
    if (exitCode !== 0) throw new Failure(EXIT.usage, 'invalidConfiguration', stderr.trimEnd(), file);
    if (json) printJson(io, { file, valid: true, text: stdout.trimEnd() });
    else io.out(stdout);
    return EXIT.done;
  },
};
