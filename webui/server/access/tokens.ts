/** Tokens of programs: `<state>/manager/tokens.json` holds their hashes; a token itself is shown once, when it is made. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { USER_ROLES } from '../../../core/api/users.ts';
import type { TokenView, UserRole } from '../../../core/api/users.ts';
import { readPrivateFile, replacePrivateFile } from '../../../config/private-file.ts';
import { ApiFailure } from '../errors.ts';
import type { Log } from '../log.ts';

export const TOKEN_PREFIX = 'tdm_';
const TOKEN_BYTES = 32;
const MOST_TOKENS = 1000;
/** When a token was last used is written no more often. */
const WRITE_USED_EVERY_MS = 60_000;

interface TokenRecord extends TokenView {
  /** SHA-256 of the token, hexadecimal. It has 256 bits of chance in it: nothing slower is needed. */
  readonly hash: string;
}

const record = z.strictObject({
  id: z.string().max(100),
  name: z.string().max(63),
  role: z.enum(USER_ROLES),
  createdAt: z.string(),
  createdBy: z.string().max(100),
  lastUsedAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
const fileSchema = z.strictObject({ version: z.literal(1), tokens: z.array(record).max(MOST_TOKENS) });

export interface Tokens {
  list(): readonly TokenView[];
  add(
    name: string,
    role: UserRole,
    expiresAt: string | null,
    by: string,
  ): { readonly view: TokenView; readonly token: string };
  /** The token's name. */
  remove(id: string): string;
  /** `expired` and `unknown` are told apart for the journal alone. */
  check(token: string): TokenView | 'expired' | 'unknown';
  /** Called when a token is removed. */
  onRemoved(listener: (id: string) => void): void;
  /** Writes what is not on disk yet. */
  stop(): void;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

function viewOf({ hash: _hash, ...view }: TokenRecord): TokenView {
  return view;
}

export function createTokens(file: string, log: Log, now: () => number): Tokens {
  const byHash = new Map<string, TokenRecord>(load(file, log).map((token) => [token.hash, token]));
  const listeners: ((id: string) => void)[] = [];
  let unwritten = false;
  let wroteAt = 0;

  function save(): void {
    replacePrivateFile(file, `${JSON.stringify({ version: 1, tokens: [...byHash.values()] }, null, 2)}\n`);
    unwritten = false;
    wroteAt = now();
  }

  function used(token: TokenRecord): void {
    byHash.set(token.hash, { ...token, lastUsedAt: new Date(now()).toISOString() });
    unwritten = true;
    if (now() - wroteAt >= WRITE_USED_EVERY_MS) trySave();
  }

  function trySave(): void {
    try {
      save();
    } catch (error) {
      wroteAt = now();
      log.warn(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    list: () => [...byHash.values()].map(viewOf),
    add(name, role, expiresAt, by) {
      if ([...byHash.values()].some((token) => token.name === name)) {
        throw new ApiFailure(409, 'tokenExists', `there is a token ${name} already`);
      }
      if (byHash.size >= MOST_TOKENS) throw new ApiFailure(409, 'tooManyTokens', `${MOST_TOKENS} tokens are the most`);
      if (expiresAt !== null && Date.parse(expiresAt) <= now()) {
        throw new ApiFailure(400, 'badExpiry', 'expiresAt lies in the past');
      }
      const token = `${TOKEN_PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      const made: TokenRecord = {
        id: randomUUID(),
        name,
        role,
        createdAt: new Date(now()).toISOString(),
        createdBy: by,
        lastUsedAt: null,
        expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
        hash: hashOf(token),
      };
      byHash.set(made.hash, made);
      try {
        save();
      } catch (error) {
        byHash.delete(made.hash);
        throw error;
      }
      return { view: viewOf(made), token };
    },
    remove(id) {
      const token = [...byHash.values()].find((one) => one.id === id);
      if (token === undefined) throw new ApiFailure(404, 'noSuchToken', `there is no token ${id}`);
      byHash.delete(token.hash);
      for (const listener of listeners) listener(id);
      save();
      return token.name;
    },
    check(token) {
      const found = token.startsWith(TOKEN_PREFIX) ? byHash.get(hashOf(token)) : undefined;
      if (found === undefined) return 'unknown';
      if (found.expiresAt !== null && Date.parse(found.expiresAt) <= now()) return 'expired';
      used(found);
      return viewOf(found);
    },
    onRemoved: (listener) => void listeners.push(listener),
    stop() {
      if (unwritten) trySave();
    },
  };
}

function load(file: string, log: Log): readonly TokenRecord[] {
  try {
    const read = readPrivateFile(file);
    if (read === null) return [];
    return fileSchema.parse(JSON.parse(read.text)).tokens;
  } catch {
    log.error(`${file} cannot be read as a file of tokens: no token is valid until it is mended or removed`);
    return [];
  }
}
