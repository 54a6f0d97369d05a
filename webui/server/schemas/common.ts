/** Pieces that schemas of the API are made of. */
import * as z from 'zod';
import type { ApiError } from '../../../core/api/rest.ts';
import type { AllSame, Same } from './same.ts';

/** Wall time as the API writes it. */
export const time = z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC, milliseconds' });

/** A time that a caller gives. */
export const timeAsked = z.iso.datetime({ offset: true, error: 'expected a time such as 2026-11-21T01:00:00Z' });

const CONTROL = /^\P{Cc}*$/u;

/** Text from a caller: bounded, without control characters. */
export const line = (min: number, max: number) => {
  const error = `expected text of ${min} to ${max} characters without control characters`;
  return z.string({ error }).min(min, { error }).max(max, { error }).regex(CONTROL, { error });
};

/** The name of an instance, a user, a token. */
export const nameAsked = z
  .string({ error: 'expected a name' })
  .max(63, { error: 'expected a name of at most 63 characters' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'expected a name: letters, digits, dot, dash and underscore' });

export const reasonText = z.object({ code: z.string(), text: z.string() });

export const problem = z.object({
  path: z.string(),
  message: z.string(),
  file: z.string(),
  line: z.number(),
  column: z.number(),
});

export const apiError = z
  .object({ error: z.object({ code: z.string(), text: z.string() }), problems: z.exactOptional(z.array(problem)) })
  .meta({ description: 'why not' });

export type Checked = AllSame<[Same<typeof apiError, ApiError>]>;
