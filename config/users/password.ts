/**
 * Passwords: what may be one, and its hash. The hash holds its own parameters (`$scrypt$ln=15,r=8,p=3$SALT$HASH`, base64), so that they can be
 * raised later without locking anybody out.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { ScryptOptions } from 'node:crypto';

export const SHORTEST_PASSWORD = 10;
/** Longer ones only cost time. */
export const LONGEST_PASSWORD = 256;
/** Fewer different characters are a key held down. */
const LEAST_DIFFERENT = 5;

export interface ScryptCost {
  /** log2 of N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a fifth of a second: one of the settings that OWASP names. */
export const COST: ScryptCost = { ln: 15, r: 8, p: 3 };
/** A hash that asks for more was not made here: checking it could take the machine's memory. */
const MOST: ScryptCost = { ln: 17, r: 16, p: 8 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** What is wrong with a new password, or null. */
export function passwordProblem(user: string, password: string): string | null {
  const { length } = Array.from(password.normalize('NFC'));
  if (length < SHORTEST_PASSWORD) return `a password has at least ${SHORTEST_PASSWORD} characters`;
  if (length > LONGEST_PASSWORD) return `a password has at most ${LONGEST_PASSWORD} characters`;
  if (/\p{Cc}/u.test(password)) return 'a password has no control characters';
  if (new Set(password).size < LEAST_DIFFERENT)
    return `a password has at least ${LEAST_DIFFERENT} different characters`;
  const plain = password.toLowerCase();
  if (user !== '' && plain.replaceAll(user.toLowerCase(), '').length < LEAST_DIFFERENT) {
    return 'a password is more than the name of its user';
  }
  return null;
}

/** The hash as it stands in the file of users. */
export async function hashPassword(password: string, cost: ScryptCost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

interface Parsed {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Null: no hash that this program made. */
function parse(text: string): Parsed | null {
  const found = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/.exec(text);
  if (found === null) return null;
  const [, ln, r, p, salt = '', hash = ''] = found;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (cost.ln < 1 || cost.r < 1 || cost.p < 1) return null;
  if (cost.ln > MOST.ln || cost.r > MOST.r || cost.p > MOST.p) return null;
  const parsed = { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  return parsed.hash.length === HASH_BYTES ? parsed : null;
}

export const isPasswordHash = (text: string): boolean => parse(text) !== null;

/** True if this is the password. Null as hash: there is no such user; it takes as long as if there were one. */
export async function verifyPassword(
  password: string,
  hash: string | null,
  otherwise: ScryptCost = COST,
): Promise<boolean> {
  const parsed = hash === null ? null : parse(hash);
  const { cost, salt, hash: wanted } = parsed ?? { cost: otherwise, salt: NO_SALT, hash: NO_HASH };
  const found = await derive(password, salt, cost);
  return timingSafeEqual(found, wanted) && parsed !== null;
}

const NO_SALT = Buffer.alloc(SALT_BYTES);
const NO_HASH = Buffer.alloc(HASH_BYTES);

/** Two characters that look the same are typed in more than one way. */
function derive(password: string, salt: Buffer, { ln, r, p }: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 256 * r * 2 ** ln };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
