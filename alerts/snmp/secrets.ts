/** Communities and pass phrases out of their files. An error names the file and never what stands in it. */
import { SHORTEST_PHRASE, createUser } from './usm.ts';
import type { Level, User } from './usm.ts';

/** The text of a file that the configuration names. */
export type ReadSecret = (file: string) => string | Promise<string>;

const LONGEST = 255;

async function line(readSecret: ReadSecret, file: string, what: string): Promise<string> {
  const text = (await readSecret(file)).replace(/\r?\n$/, '');
  if (text === '') throw new Error(`${file}: expected a ${what}, found an empty file`);
  if (/[\r\n]/.test(text)) throw new Error(`${file}: expected a ${what} on one line, found several lines`);
  if (Buffer.byteLength(text) > LONGEST) throw new Error(`${file}: expected a ${what} of at most ${LONGEST} bytes`);
  return text;
}

export async function readCommunity(readSecret: ReadSecret, file: string): Promise<Buffer> {
  return Buffer.from(await line(readSecret, file, 'community'));
}

async function readPhrase(readSecret: ReadSecret, file: string | null, key: string): Promise<string> {
  if (file === null) throw new Error(`${key} is missing: this level needs a pass phrase`);
  const phrase = await line(readSecret, file, 'pass phrase');
  if (phrase.length >= SHORTEST_PHRASE) return phrase;
  throw new Error(`${file}: expected a pass phrase of at least ${SHORTEST_PHRASE} characters, found ${phrase.length}`);
}

export interface UserSettings {
  readonly user: string;
  readonly level: Level;
  readonly authFile: string | null;
  readonly privFile: string | null;
}

/** Reads the files at each call, so that a new pass phrase needs no restart; keys are made anew only where one has changed. */
export function createUserReader(readSecret: ReadSecret, settings: UserSettings): () => Promise<User> {
  const { user: name, level } = settings;
  let last: { readonly user: User; readonly auth: string | null; readonly priv: string | null } | null = null;
  return async () => {
    const auth = level === 'noAuthNoPriv' ? null : await readPhrase(readSecret, settings.authFile, 'authFile');
    const priv = level === 'authPriv' ? await readPhrase(readSecret, settings.privFile, 'privFile') : null;
    if (last === null || last.auth !== auth || last.priv !== priv) {
      last = { user: createUser({ name, level, authPhrase: auth, privPhrase: priv }), auth, priv };
    }
    return last.user;
  };
}
