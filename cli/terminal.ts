/** The terminal, or whatever is read instead of it: what may be printed, how wide, in which colours. */

import { isatty } from 'node:tty';
import { readSecret } from './secret-prompt.ts';

/** Everything that a command needs of its process; tests bring their own. */
export interface Io {
  /** To stdout, as it is. */
  out(text: string): void;
  /** To stderr, as it is. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stdout is a terminal. */
  readonly tty: boolean;
  /** Size of the terminal; where there is none, nothing is wrapped or cut. */
  size(): { readonly columns: number; readonly rows: number };
  /** Wall time in milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Asks for a secret, which is not shown; without a terminal the first line of the standard input. Null: none came. */
  secret(prompt: string): Promise<string | null>;
  /** The standard input is a terminal: a person types. */
  typed(): boolean;
}

/** The real ones. */
export function processIo(): Io {
  const { stdout, stderr } = process;
  // `tandem events | head`: nobody reads any more, which is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env: process.env,
    tty: isatty(1),
    size: () => ({
      columns: stdout.columns || Number.POSITIVE_INFINITY,
      rows: stdout.rows || Number.POSITIVE_INFINITY,
    }),
    now: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    secret: (prompt) => readSecret(prompt, { stdin: process.stdin, ask: (text) => void stderr.write(text) }),
    typed: () => isatty(0),
  };
}

export type Style = 'good' | 'calm' | 'warn' | 'bad' | 'faint' | 'strong';

const SGR: Readonly<Record<Style, string>> = { good: '32', calm: '36', warn: '33', bad: '31', faint: '2', strong: '1' };

/** Puts a style around text, or nothing. Colour never carries what the words do not say. */
export type Paint = (style: Style, text: string) => string;

/** Colour on a terminal only, never with NO_COLOR (https://no-color.org) or TERM=dumb. */
export function paintFor(io: Pick<Io, 'tty' | 'env'>): Paint {
  const colour = io.tty && (io.env['NO_COLOR'] ?? '') === '' && io.env['TERM'] !== 'dumb';
  return colour ? (style, text) => `\u001b[${SGR[style]}m${text}\u001b[0m` : (_style, text) => text;
}

/** Text from outside without what moves a cursor, changes a colour or turns the direction of writing. Line breaks become blanks. */
export function cleanText(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '');
}

/** The same for every text in a value, keys included. */
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), clean(inner)]));
}

/** JSON that can be shown on a terminal: control characters that JSON leaves as they are become escapes. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    // oxlint-disable-next-line no-control-regex -- these are what it is about
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Print a value for programs: readable on a terminal, one line elsewhere. */
export function printJson(io: Io, value: unknown): void {
  io.out(`${safeJson(value, io.tty ? 2 : undefined)}\n`);
}
