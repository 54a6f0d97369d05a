/** A secret from a person: typed without being shown, or the first line of what is piped in. Never from the command line, which everybody can see. */
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';

/** No secret is longer. */
const LONGEST = 4096;
const ENTER = /[\r\n]/;
const BACKSPACE = ['\b', '\u007f'];
const INTERRUPT = '\u0003';
const END = '\u0004';

export interface SecretSource {
  readonly stdin: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly ask: (text: string) => void;
}

/** Null where it was broken off, or nothing came. */
export function readSecret(prompt: string, { stdin, ask }: SecretSource): Promise<string | null> {
  const terminal: ReadStream | null = 'isTTY' in stdin && stdin.isTTY ? stdin : null;
  if (terminal !== null) ask(prompt);
  return terminal === null ? firstLine(stdin) : typed(terminal, ask);
}

function typed(terminal: ReadStream, ask: (text: string) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    let text: string[] = [];
    const finish = (result: string | null): void => {
      terminal.off('data', take);
      terminal.setRawMode(false);
      terminal.pause();
      ask('\n');
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      for (const character of decoder.write(chunk)) {
        if (ENTER.test(character)) return finish(text.join(''));
        if (character === INTERRUPT || (character === END && text.length === 0)) return finish(null);
        if (BACKSPACE.includes(character)) text = text.slice(0, -1);
        else if (text.length < LONGEST) text.push(character);
      }
    };
    terminal.setRawMode(true);
    terminal.on('data', take);
    terminal.resume();
  });
}

async function firstLine(stdin: NodeJS.ReadableStream): Promise<string | null> {
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > LONGEST || ENTER.test(text)) break;
  }
  const [line = ''] = text.split(ENTER, 1);
  return line === '' ? null : line.slice(0, LONGEST);
}
