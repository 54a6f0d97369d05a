/** Bodies of actions: the engine's (daemon/engine/action-bodies.ts), and how they become requests. */
import * as z from 'zod';
import { DEFAULT_HOLD, NOTE_LENGTH, parseHold, parseStay } from '../../../core/action.ts';
import type { ActionRequest, Hold } from '../../../core/action.ts';
import type { ActionAccepted, ActionBodies } from '../../../core/api/rest.ts';
import type { Result } from '../../../core/result.ts';
import { line } from './common.ts';
import type { AllSame, Same } from './same.ts';

const flag = z.exactOptional(z.boolean({ error: 'expected true or false' }));
const readable = (read: (text: string) => Result<unknown, string>) =>
  z.string().superRefine((text, context) => {
    const result = read(text);
    if (!result.ok) context.addIssue({ code: 'custom', message: `expected ${result.error}` });
  });

const switchover = z.union([
  z.strictObject({
    to: z.exactOptional(line(1, 64).nullable()).meta({ description: 'name of the peer; null or left out = the best' }),
    hold: z
      .exactOptional(readable(parseHold))
      .meta({ description: 'how long preemption is held: 10m, until-released or none' }),
    force: flag,
  }),
  z.strictObject({ releaseHold: z.literal(true) }),
]);

const note = z
  .exactOptional(line(1, NOTE_LENGTH))
  .meta({ description: 'to colleagues: shown to everybody as long as it lasts' });

const maintenance = z.discriminatedUnion('on', [
  z
    .strictObject({
      on: z.literal(true),
      for: z.exactOptional(readable(parseStay)),
      untilReboot: flag,
      force: flag,
      note,
    })
    .refine((body) => body.for === undefined || body.untilReboot !== true, {
      error: 'for and untilReboot exclude each other',
    }),
  z.strictObject({ on: z.literal(false) }),
]);

const bypass = z.discriminatedUnion('engage', [
  z.strictObject({ engage: z.literal(true), note }),
  z.strictObject({ engage: z.literal(false) }),
]);

export const actionBodies = {
  switchover,
  maintenance,
  bypass,
  flaps: z.strictObject({ reset: z.literal(true, { error: 'expected true' }) }),
  reload: z.strictObject({}),
} as const;

export type ActionName = keyof typeof actionBodies;
type Body<Name extends ActionName> = z.output<(typeof actionBodies)[Name]>;

export const accepted = z.object({ actionId: z.string(), after: z.number(), log: z.string() }).meta({
  description:
    "begun: its progress comes as events with this id; the engine's own have numbers above `after` in its `log`",
});

function holdOf(text: string | undefined): Hold {
  const read = text === undefined ? null : parseHold(text);
  return read?.ok === true ? read.value : DEFAULT_HOLD;
}

/** What the engine is asked for. `by` names who asked. */
export const actionRequests: {
  readonly [Name in ActionName]: (body: Body<Name>, by: string) => ActionRequest;
} = {
  switchover: (body, by) =>
    'releaseHold' in body
      ? { action: 'releaseHold', by }
      : { action: 'switchover', to: body.to ?? null, hold: holdOf(body.hold), force: body.force ?? false, by },
  maintenance: (body, by) => {
    if (!body.on) return { action: 'maintenance', on: false, by };
    const stay = body.for === undefined ? null : parseStay(body.for);
    const forMs = stay?.ok === true ? stay.value : null;
    const { untilReboot = false, force = false } = body;
    return { action: 'maintenance', on: true, forMs, untilReboot, force, by };
  },
  bypass: ({ engage }, by) => ({ action: 'bypass', engage, by }),
  flaps: (_body, by) => ({ action: 'flapsReset', by }),
  reload: (_body, by) => ({ action: 'reload', by }),
};

export type Checked = AllSame<
  [
    Same<typeof switchover, ActionBodies['switchover']>,
    Same<typeof maintenance, ActionBodies['maintenance']>,
    Same<typeof actionBodies.bypass, ActionBodies['bypass']>,
    Same<typeof actionBodies.flaps, ActionBodies['flaps']>,
    Same<typeof accepted, ActionAccepted>,
  ]
>;
