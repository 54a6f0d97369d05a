import { deriveSyncKeys } from '../../../../daemon/guardian/sync-keys.ts';
import type { SyncKey } from '../../../../stack/sync/keys.ts';

/** Keys of secrets that consist of this byte. */
export const keysOf = (...bytes: readonly number[]): readonly SyncKey[] =>
  deriveSyncKeys(bytes.map((byte) => Buffer.alloc(32, byte).toString('base64'))).map(({ id, key }) => ({
    id,
    key: Buffer.from(key, 'base64'),
  }));
