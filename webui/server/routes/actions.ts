/** What a person can ask of the engine. 202: it has begun, its progress comes as events. */
import { printable } from '../../../config/printable.ts';
import { NOTE_LENGTH } from '../../../core/action.ts';
import type { ActionRequest } from '../../../core/action.ts';
import type { WebContext } from '../context.ts';
import { valueOf } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { accepted, actionBodies, actionRequests } from '../schemas/actions.ts';
import type { ActionName } from '../schemas/actions.ts';
import type * as z from 'zod';

const SUMMARIES: Readonly<Record<ActionName, string>> = {
  switchover: 'give the role to a peer, or end a held preemption',
  maintenance: 'take this instance out of service, or back into it',
  bypass: 'wire the link pairs through, or take them back inline',
  flaps: 'forget the flaps counted so far',
  reload: 'read the configuration file again',
};

export function actionRoutes(context: WebContext): readonly Route[] {
  return (Object.keys(actionBodies) as ActionName[]).map((name) => actionRoute(context, name));
}

function actionRoute({ services, audit }: WebContext, name: ActionName): Route {
  const body: z.ZodType<object> = actionBodies[name];
  // The body is the one of this action: its schema has just said so.
  const requestOf = actionRequests[name] as (body: object, by: string) => ActionRequest;
  return route({
    method: 'POST',
    path: `/api/v1/actions/${name}`,
    access: name === 'reload' ? 'admin' : 'operator',
    tag: 'actions',
    summary: SUMMARIES[name],
    body,
    answers: { 202: accepted },
    async handle({ body: asked, actor, reply }) {
      const by = `${actor.user}@${actor.from}`;
      const { actionId, after, log } = valueOf(await services.engine.act(requestOf(asked, by)));
      const { note } = asked as { readonly note?: string };
      await Promise.all([
        audit.did({ code: 'actionAsked', action: name, detail: detailOf(asked) }, actor, {
          actionId,
          ...(note === undefined ? {} : { details: { note: printable(note, NOTE_LENGTH) } }),
        }),
        note === undefined ? null : services.keepNote(name === 'bypass' ? 'bypass' : 'maintenance', note, by, actionId),
      ]);
      return reply.code(202).send({ actionId, after, log });
    },
  });
}

/** `to b, force`: what was asked for, as a person reads it. A note stands beside it, in full. */
function detailOf(body: object): string {
  return Object.entries(body)
    .filter(([key, value]) => value !== null && value !== false && key !== 'note')
    .map(([key, value]) => (value === true ? key : `${key} ${String(value)}`))
    .join(', ');
}
