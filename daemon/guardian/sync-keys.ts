/** Keys of the state sync (design section 9), one of each secret of the stack: all that the manager ever gets of it. */
import { createHash, hkdfSync } from 'node:crypto';
import type { DerivedKey } from '../../core/guardian-link.ts';
import type { Secrets } from '../channel.ts';

const LABEL = 'tandem state sync v1';
const KEY_BYTES = 32;
const ID_DIGITS = 8;

/** In the order of the secrets: the first is shown, all are taken, so that a rotation breaks no connection. */
export function deriveSyncKeys(secrets: Secrets): readonly DerivedKey[] {
  return secrets.map((secret) => {
    const key = Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'), Buffer.alloc(0), LABEL, KEY_BYTES));
    return { id: createHash('sha256').update(key).digest('hex').slice(0, ID_DIGITS), key: key.toString('base64') };
  });
}
