import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { SECRET_BYTES, readSecrets } from '../core/secret.ts';
import { EXIT, Failure } from './command.ts';
import type { Command } from './command.ts';
import { createKeyFile, readKeyFile, replaceKeyFile } from './key-file.ts';
import { printJson } from './terminal.ts';

/** Where the key is if nobody says otherwise (design section 4). */
const DEFAULT_KEY = '/etc/tandem/stack.key';

/** Old keys that stay valid after a rotation: whoever missed one of them still has the next. */
const OLD_KEYS = 2;

export const keygen: Command = {
  name: 'keygen',
  summary: 'make the key of the stack',
  usage: ['keygen [FILE] [--rotate]'],
  details:
    `FILE is ${DEFAULT_KEY} if left out; readable by its owner alone. Every instance of a stack needs the same file. ` +
    `--rotate puts a new key first and keeps the newest ${OLD_KEYS} old ones valid, so that no check fails while the instances learn it one by one. ` +
    'The key itself is never printed. Needs no daemon.',
  options: { rotate: { type: 'boolean', text: 'put a new key first, keep the old ones valid' } },
  operands: { min: 0, max: 1, files: true },
  run({ io, json, operands, options }) {
    const file = resolve(operands[0] ?? DEFAULT_KEY);
    const kept = options['rotate'] === true ? rotate(file) : create(file);
    if (json) printJson(io, { file, rotated: options['rotate'] === true, keys: kept + 1 });
    else io.out(kept === 0 ? created(file) : rotated(file, kept));
    return Promise.resolve(EXIT.done);
  },
};

function create(file: string): number {
  createKeyFile(file, keyFileText([]));
  return 0;
}

/** How many old keys are still in the file. */
function rotate(file: string): number {
  const secrets = readSecrets(readKeyFile(file));
  if (!secrets.ok) {
    throw new Failure(EXIT.failed, 'noKey', `${file}: ${secrets.error}; it was left as it is`, file);
  }
  const kept = secrets.value.slice(0, OLD_KEYS);
  replaceKeyFile(file, keyFileText(kept));
  return kept.length;
}

function keyFileText(old: readonly string[]): string {
  const keys = [randomBytes(SECRET_BYTES).toString('base64'), ...old];
  return `# Key of a Tandem stack. The first line signs, all verify. Whoever can read it can speak for any instance.\n${keys.join('\n')}\n`;
}

const created = (file: string): string => `${file}: a new key, readable by its owner alone
next: copy the file to every other instance of the stack, over ssh for example,
      name it there and here as ha.secretFile, and run 'tandem reload' on each
`;

const rotated = (file: string, kept: number): string =>
  `${file}: a new key stands first, ${kept === 1 ? 'the old one is' : `${kept} old ones are`} still valid
next: copy the file to every other instance of the stack, then run 'tandem reload' on each;
      when all have it, another 'tandem keygen --rotate' some day makes the oldest one invalid
`;
