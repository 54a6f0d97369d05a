/** Programs. */
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { line } from '../schemas/common.ts';
import { newToken, tokenList, tokenMade } from '../schemas/users.ts';

export function tokenRoutes({ tokens, audit }: WebContext): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/tokens',
      access: 'admin',
      tag: 'tokens',
      summary: 'the tokens, without the secret',
      answers: { 200: tokenList },
      handle: () => ({ tokens: tokens.list() }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/tokens',
      access: 'admin',
      tag: 'tokens',
      summary: 'make a token; the answer is the only place where it is shown',
      body: newToken,
      answers: { 201: tokenMade },
      async handle({ body: { name, role, expiresAt = null }, actor, reply }) {
        const { view, token } = tokens.add(name, role, expiresAt, actor.user);
        await audit.did({ code: 'tokenAdded', token: name, role }, actor);
        return reply.code(201).send({ ...view, token });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/tokens/:id',
      access: 'admin',
      tag: 'tokens',
      summary: 'remove a token',
      params: z.strictObject({ id: line(1, 100) }),
      answers: { 204: z.null() },
      async handle({ params: { id }, actor, reply }) {
        const token = tokens.remove(id);
        await audit.did({ code: 'tokenRemoved', token }, actor);
        return reply.code(204).send();
      },
    }),
  ];
}
