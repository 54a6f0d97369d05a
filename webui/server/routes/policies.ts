/** Policies: documents that sessions refer to (docs/sessions.md). An operator writes drafts, an admin puts them into force. */
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import { valueOf } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { line, nameAsked } from '../schemas/common.ts';
import {
  draftList,
  draftView,
  policyAsked,
  policyList,
  policyVersions,
  policyView,
  publishing,
} from '../schemas/policies.ts';

const params = z.strictObject({ name: nameAsked });
const ofDraft = z.strictObject({ name: nameAsked, id: line(1, 100) });

export function policyRoutes({ services: { policies }, audit }: WebContext): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/policies',
      access: 'viewer',
      tag: 'policies',
      summary: 'the policies of the stack',
      answers: { 200: policyList },
      handle: async () => valueOf(await policies.list()),
    }),
    route({
      method: 'GET',
      path: '/api/v1/policies/:name',
      access: 'viewer',
      tag: 'policies',
      summary: 'one policy as it is in force',
      params,
      answers: { 200: policyView },
      handle: async ({ params: { name } }) => valueOf(await policies.get(name)),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/policies/:name',
      access: 'admin',
      tag: 'policies',
      summary: 'put a policy into force, for sessions that start from now on; 409 if somebody was faster',
      params,
      body: policyAsked,
      answers: { 200: policyView },
      async handle({ params: { name }, body, actor }) {
        const policy = valueOf(await policies.put(name, body, actor.user));
        await audit.did({ code: 'policyPublished', policy: name, version: policy.version }, actor);
        return policy;
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/policies/:name',
      access: 'admin',
      tag: 'policies',
      summary: 'remove a policy with its versions and drafts; sessions that were started with it go on',
      params,
      answers: { 204: z.null() },
      async handle({ params: { name }, actor, reply }) {
        valueOf(await policies.remove(name));
        await audit.did({ code: 'policyRemoved', policy: name }, actor);
        return reply.code(204).send();
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/policies/:name/versions',
      access: 'viewer',
      tag: 'policies',
      summary: 'the last ten versions of a policy, newest first',
      params,
      answers: { 200: policyVersions },
      handle: async ({ params: { name } }) => valueOf(await policies.versions(name)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/policies/:name/drafts',
      access: 'viewer',
      tag: 'policies',
      summary: 'drafts of a policy, newest first; those of a conflict are what lost',
      params,
      answers: { 200: draftList },
      handle: async ({ params: { name } }) => valueOf(await policies.drafts(name)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/policies/:name/drafts',
      access: 'operator',
      tag: 'policies',
      summary: 'keep a draft of a policy, which need not exist yet',
      params,
      body: policyAsked,
      answers: { 201: draftView },
      async handle({ params: { name }, body, actor, reply }) {
        const draft = valueOf(await policies.addDraft(name, body, actor.user));
        await audit.did({ code: 'draftAdded', policy: name, draft: draft.id }, actor);
        return reply.code(201).send(draft);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/policies/:name/drafts/:id',
      access: 'operator',
      tag: 'policies',
      summary: 'remove a draft',
      params: ofDraft,
      answers: { 204: z.null() },
      async handle({ params: { name, id }, actor, reply }) {
        valueOf(await policies.removeDraft(name, id));
        await audit.did({ code: 'draftRemoved', policy: name, draft: id }, actor);
        return reply.code(204).send();
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/policies/:name/drafts/:id/publish',
      access: 'admin',
      tag: 'policies',
      summary: 'put a draft into force over the version that is seen now; the draft goes',
      params: ofDraft,
      body: publishing,
      answers: { 200: policyView },
      async handle({ params: { name, id }, body: { base }, actor }) {
        const policy = valueOf(await policies.publish(name, id, base, actor.user));
        await audit.did({ code: 'policyPublished', policy: name, version: policy.version }, actor);
        return policy;
      },
    }),
  ];
}
