/** The keys of the sync connections, as the guardian derives them, and the names under which they are shown (`<stack>/<instance>/<key id>`). Pure. */
export interface SyncKey {
  /** First 8 hex digits of the SHA-256 of the key. */
  readonly id: string;
  readonly key: Buffer;
}

export interface Identity {
  readonly stack: string;
  readonly instance: string;
  readonly keyId: string;
}

const PART = '[A-Za-z0-9][A-Za-z0-9._-]{0,62}';
const IDENTITY = new RegExp(`^(${PART})/(${PART})/([0-9a-f]{8})$`);

export function identityText({ stack, instance, keyId }: Identity): string {
  return `${stack}/${instance}/${keyId}`;
}

/** Null = it is none. */
export function readIdentity(text: string): Identity | null {
  const [, stack, instance, keyId] = IDENTITY.exec(text) ?? [];
  return stack === undefined || instance === undefined || keyId === undefined ? null : { stack, instance, keyId };
}
