/**
 * Reads values that came from outside, one kind at a time. What is not as it has to be throws `Refused`, which `readWith` catches: a codec that
 * reads twenty fields stays a list of twenty fields.
 */

/** The value is not what the format says. Never leaves this folder. */
class Refused extends Error {}

export function refuse(): never {
  throw new Refused();
}

/** What `read` makes of the value; null if any part of it was refused. */
export function readWith<T>(read: (value: unknown) => T, value: unknown): T | null {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** A name as the configuration allows it (config/schema/fields.ts). */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const PLAIN = /^[\x20-\x7e]*$/;
/** What moves a cursor, changes a colour or turns the direction of writing. */
const UNSEEMLY = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text for people: at most `most` characters, without control characters. */
export function cleaned(text: string, most: number): string {
  // Cut first: half of a pair that the cut leaves behind is taken away with the rest.
  const short = text.slice(0, most);
  return PLAIN.test(short) ? short : short.replace(UNSEEMLY, '');
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse();
  return value as Readonly<Record<string, unknown>>;
}

/** A list of at most `most` entries; a longer one is refused. */
export function list(value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) refuse();
  return value as readonly unknown[];
}

/** An object from names to values, with at most `most` entries. */
export function named<T>(value: unknown, most: number, read: (value: unknown) => T): Record<string, T> {
  const entries = Object.entries(record(value));
  if (entries.length > most) refuse();
  return Object.fromEntries(entries.map(([key, inner]) => [name(key), read(inner)]));
}

export function name(value: unknown): string {
  if (typeof value !== 'string' || !NAME.test(value)) refuse();
  return value;
}

/** A word of the sender's own making: visible ASCII. */
export function token(value: unknown): string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(value)) refuse();
  return value;
}

export function text(value: unknown, most: number): string {
  if (typeof value !== 'string') refuse();
  return cleaned(value, most);
}

export function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') refuse();
  return value;
}

export function whole(value: unknown, least: number, most: number): number {
  const number = measure(value, most);
  if (!Number.isInteger(number) || number < least) refuse();
  return number;
}

/** A finite number from 0 to `most`. */
export function measure(value: unknown, most: number): number {
  // `1e999` is valid JSON and reads as Infinity.
  if (typeof value !== 'number' || !(value >= 0 && value <= most)) refuse();
  return value;
}

export function oneOf<const T extends string>(value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  return found ?? refuse();
}

export function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}
