/** Keys of the peer checks, derived from the secrets of the stack. A secret itself signs nothing: each use has a key of its own. */
import { type KeyObject, createHmac, createSecretKey, hkdfSync } from 'node:crypto';

export { readSecrets } from '../../core/secret.ts';

/** A key that signs and verifies datagrams. */
export interface CheckKey {
  readonly key: KeyObject;
  /** Names the key to whoever has it too and tells nobody else anything: 8 hex digits. */
  readonly id: string;
}

const LABEL = 'tandem peer check v1';
const KEY_BYTES = 32;
/** Bytes of `CheckKey.id`. */
export const KEY_ID_BYTES = 4;

/** The key of each secret (base64, as `readSecrets` gives them), in the same order: the first signs, all verify (brain 3.4). */
export function deriveKeys(secrets: readonly string[]): readonly CheckKey[] {
  return secrets.map((secret) => {
    const derived = Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'), Buffer.alloc(0), LABEL, KEY_BYTES));
    const key = createSecretKey(derived);
    const id = createHmac('sha256', key).update('id').digest().toString('hex', 0, KEY_ID_BYTES);
    return { key, id };
  });
}
