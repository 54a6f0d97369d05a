/** The eleven fields. Two people cannot overwrite each other: a write says which revision it changes. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import { ApiFailure, valueOf } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import {
  restoreBody,
  settingsChange,
  settingsConflict,
  settingsSaved,
  settingsView,
  versions,
} from '../schemas/settings.ts';

const ifMatch = z.looseObject({
  'if-match': z.exactOptional(z.string().max(200)).meta({ description: 'the ETag that was read; 428 without' }),
});

/** The revision that the caller has seen. */
function revisionOf({ headers }: FastifyRequest): string {
  const found = headers['if-match'];
  if (found === undefined) throw new ApiFailure(428, 'ifMatchMissing', 'say with If-Match which revision is changed');
  const revision = /^(?:W\/)?"?([A-Za-z0-9._:-]{1,128})"?$/.exec(found)?.[1];
  if (revision === undefined) throw new ApiFailure(400, 'badIfMatch', 'If-Match holds one ETag of GET /settings');
  return revision;
}

const tag = (reply: FastifyReply, revision: string): void => void reply.header('etag', `"${revision}"`);

export function settingsRoutes({ services: { settings } }: WebContext): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/settings',
      access: 'viewer',
      tag: 'settings',
      summary: 'the HA settings, what may stand in them, and their revision (ETag)',
      answers: { 200: settingsView },
      async handle({ reply }) {
        const view = valueOf(await settings.read());
        tag(reply, view.revision);
        return view;
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/settings',
      access: 'admin',
      tag: 'settings',
      summary:
        'change some of them: 412 with both versions if somebody was faster, 422 with the texts of tandemd check',
      headers: ifMatch,
      body: settingsChange,
      answers: { 200: settingsSaved, 412: settingsConflict },
      async handle({ body, actor, request, reply }) {
        const saved = valueOf(await settings.save(body, revisionOf(request), actor));
        tag(reply, saved.revision);
        return saved;
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/settings/versions',
      access: 'viewer',
      tag: 'settings',
      summary: 'kept versions of the configuration file',
      answers: { 200: versions },
      handle: async () => ({ versions: valueOf(await settings.versions()) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/settings/restore',
      access: 'admin',
      tag: 'settings',
      summary: 'put a kept version of the configuration file back',
      headers: ifMatch,
      body: restoreBody,
      answers: { 200: settingsSaved, 412: settingsConflict },
      async handle({ body, actor, request, reply }) {
        const saved = valueOf(await settings.restore(body.id, revisionOf(request), actor));
        tag(reply, saved.revision);
        return saved;
      },
    }),
  ];
}
