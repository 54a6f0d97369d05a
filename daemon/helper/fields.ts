/** What fields of a request may hold, whoever sent it. Pure. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isNumber = (value: unknown, from: number, to: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;

export const isInstance = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 255;

/** What the kernel allows (at most 15 bytes, no slash, no space), less a leading `-`, which a program would take for an option. */
export function isInterface(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[A-Za-z0-9_.:@+=~%][A-Za-z0-9_.:@+=~%-]{0,14}$/.test(value) &&
    value !== '.' &&
    value !== '..'
  );
}
