/** What is: from the manager's own copy, without asking the engine. */
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import { ApiFailure, valueOf } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { instances, snapshot } from '../schemas/stack.ts';
import { status } from '../schemas/status.ts';

/** Age of the copy, ms. */
export const AGE_HEADER = 'x-tandem-age-ms';

export function statusRoutes({ services }: WebContext): readonly Route[] {
  const { copy, engine } = services;
  return [
    route({
      method: 'GET',
      path: '/api/v1/status',
      access: 'viewer',
      tag: 'status',
      summary: 'everything about this instance; the header x-tandem-age-ms says how old it is',
      answers: { 200: status, 304: z.null() },
      handle({ request, reply }) {
        const body = copy.statusBody();
        if (body === null) throw new ApiFailure(503, 'noStatus', 'the engine has not answered yet', { retryAfter: 1 });
        const etag = `"${body.etag.replaceAll('"', '')}"`;
        void reply.header('etag', etag).header('cache-control', 'no-cache').header(AGE_HEADER, Math.round(body.ageMs));
        if (request.headers['if-none-match'] === etag) return reply.code(304).send();
        return reply.type('application/json; charset=utf-8').send(body.text);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/snapshot',
      access: 'viewer',
      tag: 'status',
      summary: 'all that the page needs at once: status, headline, instances, samples',
      answers: { 200: snapshot },
      handle: () => copy.snapshot(),
    }),
    route({
      method: 'GET',
      path: '/api/v1/instances',
      access: 'viewer',
      tag: 'status',
      summary: 'this instance and its peers as they report themselves, with age',
      answers: { 200: instances },
      handle: () => ({ instances: copy.instances() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/why',
      access: 'viewer',
      tag: 'status',
      summary: 'the chain of causes of the present role, and what would change it',
      answers: { 200: z.unknown().meta({ description: 'as `GET /why` of the engine (docs/api.md)' }) },
      handle: async () => valueOf(await engine.why()),
    }),
  ];
}
