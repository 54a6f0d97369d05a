/** The compile-time check that a Zod schema says what an interface of core says: a schema that drifts does not compile. */
import type * as z from 'zod';

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

/** `true` where both can stand for each other, keys that may be left out included. */
export type Same<Schema extends z.ZodType, Wanted> = [Mutable<z.output<Schema>>] extends [Mutable<Wanted>]
  ? [Mutable<Wanted>] extends [Mutable<z.output<Schema>>]
    ? [OptionalKeys<z.output<Schema>>] extends [OptionalKeys<Wanted>]
      ? true
      : 'another set of keys may be left out'
    : 'the interface allows more than the schema'
  : 'the schema allows more than the interface';

type OptionalKeys<T> = T extends object
  ? { [Key in keyof T]-?: object extends Pick<T, Key> ? Key : never }[keyof T]
  : never;

/** Compiles only if every check is `true`. */
export type AllSame<Checks extends readonly true[]> = Checks;
