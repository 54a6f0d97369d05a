/** What of the schema is accepted, but not in effect in this version (design section 4). Pure. */

/** Dotted keys. A capability that is built takes its keys out of this list. */
export const NOT_IN_EFFECT: readonly string[] = [
  'store.endpoints',
  'store.prefix',
  'store.tls',
  'store.addressElection',
  'store.conntrack',
  'store.lease',
  'fleet',
];

/** Those of them that the file asks for. A section that is `false`, and an empty list, ask for nothing. */
export function notInEffect(data: unknown): readonly string[] {
  return NOT_IN_EFFECT.filter((key) => {
    const value = key.split('.').reduce(member, data);
    if (value === false) return key.includes('.');
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
