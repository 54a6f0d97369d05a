/** Sessions: mitigations in progress (docs/sessions.md). What concerns the stack is the leader's; the table of features is everybody's own. */
import * as z from 'zod';
import type { SessionFeature } from '../../../core/api/sessions.ts';
import type { WebContext } from '../context.ts';
import { valueOf } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { line } from '../schemas/common.ts';
import {
  featureList,
  sessionAsked,
  sessionList,
  sessionView,
  sessionsKilled,
  sourcePage,
  sourceQuery,
  sourcesAsked,
} from '../schemas/sessions.ts';

const params = z.strictObject({ id: line(1, 63) });

export function mitigationRoutes({ services: { sessions }, audit }: WebContext): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/features',
      access: 'viewer',
      tag: 'sessions',
      summary: 'what a session can do, and what of it survives a failover',
      answers: { 200: featureList },
      handle: () => ({ features: sessions.features() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/sessions',
      access: 'viewer',
      tag: 'sessions',
      summary: 'the sessions of the stack; those that ended stay for an hour',
      answers: { 200: sessionList },
      handle: () => sessions.list(),
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions',
      access: 'operator',
      tag: 'sessions',
      summary: 'start a session; answered when it is kept and in effect',
      body: sessionAsked,
      answers: { 201: sessionView },
      async handle({ body, actor, reply }) {
        const started = valueOf(await sessions.start(body, actor.user));
        const { id, target, features } = started;
        await audit.did(
          { code: 'sessionStarted', session: id, target, features: features.map(nameOf).join(', ') },
          actor,
        );
        return reply.code(201).send(started);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/kill',
      access: 'operator',
      tag: 'sessions',
      summary: 'end all sessions',
      body: z.strictObject({ all: z.literal(true, { error: 'expected true' }) }),
      answers: { 200: sessionsKilled },
      async handle({ actor }) {
        const { killed } = valueOf(await sessions.killAll(actor.user));
        await audit.did({ code: 'sessionsKilled', count: killed }, actor);
        return { killed };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/sessions/:id',
      access: 'viewer',
      tag: 'sessions',
      summary: 'one session',
      params,
      answers: { 200: sessionView },
      handle: ({ params: { id } }) => valueOf(sessions.get(id)),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/sessions/:id',
      access: 'operator',
      tag: 'sessions',
      summary: 'end a session',
      params,
      answers: { 200: sessionView },
      async handle({ params: { id }, actor }) {
        const ended = valueOf(await sessions.kill(id, actor.user));
        await audit.did({ code: 'sessionKilled', session: id }, actor);
        return ended;
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/:id/heartbeat',
      access: 'operator',
      tag: 'sessions',
      summary: 'the client is there; every three seconds',
      params,
      answers: { 200: sessionView },
      handle: async ({ params: { id } }) => valueOf(await sessions.heartbeat(id)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/sessions/:id/blocklist',
      access: 'viewer',
      tag: 'sessions',
      summary: 'the sources on the blocklist of a session, in pages',
      params,
      query: sourceQuery,
      answers: { 200: sourcePage },
      handle: ({ params: { id }, query: { after, limit } }) => valueOf(sessions.sources(id, after ?? null, limit)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/:id/blocklist',
      access: 'operator',
      tag: 'sessions',
      summary: 'add sources to the blocklist of a session, or take them off; answered when that is kept and in effect',
      params,
      body: sourcesAsked,
      answers: { 200: sourcePage },
      async handle({ params: { id }, body, actor }) {
        const page = valueOf(await sessions.changeSources(id, body));
        const { add = [], remove = [] } = body;
        await audit.did({ code: 'sourcesChanged', session: id, added: add.length, removed: remove.length }, actor);
        return page;
      },
    }),
  ];
}

const nameOf = (feature: SessionFeature): string => (feature.name === 'command' ? feature.command : feature.name);
