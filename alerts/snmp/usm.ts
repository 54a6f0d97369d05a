/**
 * The user-based security model: keys out of pass phrases (RFC 3414 appendix A.2), signatures of HMAC-SHA-2 (RFC 7860: usmHMAC192SHA256AuthProtocol)
 * and encryption by AES of 128 bits (RFC 3826). Nothing older is spoken: MD5, SHA-1 and DES are not worth having.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export type Level = 'noAuthNoPriv' | 'authNoPriv' | 'authPriv';

const HASH = 'sha256';
export const SIGNATURE_BYTES = 24;
export const SALT_BYTES = 8;
const AES_KEY_BYTES = 16;
const MEGABYTE = 1_048_576;

/** Shorter ones are refused by every implementation (RFC 3414 section 11.2). */
export const SHORTEST_PHRASE = 8;

export interface Keys {
  readonly auth: Buffer;
  readonly priv: Buffer;
}

export interface User {
  readonly name: string;
  readonly level: Level;
  /** Keys at one engine; the same pass phrase gives another key at each. Null without authentication. */
  keysAt(engineId: Buffer): Keys | null;
  /** A new one for each message: never twice with the same key. */
  nextSalt(): Buffer;
}

/** Pass phrases are not kept: only what is made of them. */
export function createUser(options: {
  readonly name: string;
  readonly level: Level;
  readonly authPhrase: string | null;
  readonly privPhrase: string | null;
}): User {
  const { name, level } = options;
  const auth = level === 'noAuthNoPriv' ? null : phraseKey(options.authPhrase ?? '');
  const priv = level === 'authPriv' ? phraseKey(options.privPhrase ?? '') : null;
  let salt = randomBytes(SALT_BYTES).readBigUInt64BE();
  let known: { readonly engineId: Buffer; readonly keys: Keys } | null = null;

  return {
    name,
    level,
    keysAt(engineId) {
      if (auth === null) return null;
      if (known === null || !known.engineId.equals(engineId)) {
        const keys = { auth: localKey(auth, engineId), priv: localKey(priv ?? auth, engineId) };
        known = { engineId: Buffer.from(engineId), keys };
      }
      return known.keys;
    },
    nextSalt() {
      salt = BigInt.asUintN(64, salt + 1n);
      const bytes = Buffer.alloc(SALT_BYTES);
      bytes.writeBigUInt64BE(salt);
      return bytes;
    },
  };
}

/** The pass phrase repeated to a megabyte and hashed. */
export function phraseKey(phrase: string): Buffer {
  return createHash(HASH).update(Buffer.alloc(MEGABYTE, phrase)).digest();
}

export function localKey(key: Buffer, engineId: Buffer): Buffer {
  return createHash(HASH).update(key).update(engineId).update(key).digest();
}

/** Writes the signature into the message, where zeros stand. */
export function sign(bytes: Buffer, at: number, key: Buffer): void {
  createHmac(HASH, key).update(bytes).digest().copy(bytes, at, 0, SIGNATURE_BYTES);
}

/** `signature` is the part of `bytes` that holds it. */
export function isSigned(bytes: Buffer, signature: Buffer, key: Buffer): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const at = signature.byteOffset - bytes.byteOffset;
  const blank = Buffer.from(bytes);
  blank.fill(0, at, at + SIGNATURE_BYTES);
  const right = createHmac(HASH, key).update(blank).digest().subarray(0, SIGNATURE_BYTES);
  return timingSafeEqual(right, signature);
}

interface Moment {
  readonly boots: number;
  readonly time: number;
}

/** The initialization vector of RFC 3826 section 3.1.2.1: boots, time, salt. */
function vector({ boots, time }: Moment, salt: Buffer): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(boots, 0);
  bytes.writeUInt32BE(time, 4);
  salt.copy(bytes, 8);
  return bytes;
}

export function encrypt(plain: Buffer, key: Buffer, moment: Moment, salt: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cfb', key.subarray(0, AES_KEY_BYTES), vector(moment, salt));
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** Null where it cannot have been encrypted so. A wrong key gives nonsense, which is then no PDU. */
export function decrypt(bytes: Buffer, key: Buffer, moment: Moment, salt: Buffer): Buffer | null {
  if (salt.length !== SALT_BYTES) return null;
  const decipher = createDecipheriv('aes-128-cfb', key.subarray(0, AES_KEY_BYTES), vector(moment, salt));
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}
