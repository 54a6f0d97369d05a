/** People: an admin's work, but for one's own password. */
import * as z from 'zod';
import type { WebContext } from '../context.ts';
import { ApiFailure } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { nameAsked } from '../schemas/common.ts';
import { newUser, passwordChange, roleChange, userList, userView } from '../schemas/users.ts';
import type { Identity } from '../access/identity.ts';

const params = z.strictObject({ name: nameAsked });

export function userRoutes(context: WebContext): readonly Route[] {
  const { users, audit, limits } = context;

  /** One's own password is changed by who knows the present one: a window left open is not enough. */
  async function demandRight(identity: Identity, name: string, current: string | undefined): Promise<void> {
    const { actor, role, via } = identity;
    if (via === 'session' && actor.user === name) {
      if (current === undefined) throw new ApiFailure(400, 'currentMissing', 'say the present password as current');
      const wait = limits.begin(actor.from, name);
      if (wait > 0) throw new ApiFailure(429, 'tooManyTries', `try again in ${wait} s`, { retryAfter: wait });
      if ((await users.verify(name, current)) === null) {
        throw new ApiFailure(403, 'wrongPassword', 'the present password is another one');
      }
      limits.succeeded(actor.from, name);
    } else if (role !== 'admin') {
      throw new ApiFailure(403, 'roleTooLow', 'the password of another user needs the role admin');
    }
  }

  return [
    route({
      method: 'GET',
      path: '/api/v1/users',
      access: 'admin',
      tag: 'users',
      summary: 'the users',
      answers: { 200: userList },
      handle() {
        users.refresh();
        return { users: users.list() };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/users',
      access: 'admin',
      tag: 'users',
      summary: 'add a user',
      body: newUser,
      answers: { 201: userView },
      async handle({ body: { name, role, password }, actor, reply }) {
        const user = await users.add(name, role, password);
        await audit.did({ code: 'userAdded', user: name, role }, actor);
        return reply.code(201).send(user);
      },
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/users/:name',
      access: 'admin',
      tag: 'users',
      summary: 'give a user another role; ends the sessions of the user',
      params,
      body: roleChange,
      answers: { 200: userView },
      async handle({ params: { name }, body: { role }, actor }) {
        const user = users.setRole(name, role);
        await audit.did({ code: 'roleChanged', user: name, role }, actor);
        return user;
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/users/:name/password',
      access: 'viewer',
      tag: 'users',
      summary: "set a password: an admin any, everybody one's own with the present one; ends the sessions of the user",
      params,
      body: passwordChange,
      answers: { 204: z.null() },
      async handle({ params: { name }, body: { password, current }, identity, reply }) {
        await demandRight(identity, name, current);
        await users.setPassword(name, password);
        await audit.did({ code: 'passwordSet', user: name }, identity.actor);
        return reply.code(204).send();
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/users/:name',
      access: 'admin',
      tag: 'users',
      summary: 'remove a user; ends the sessions of the user',
      params,
      answers: { 204: z.null() },
      async handle({ params: { name }, actor, reply }) {
        users.remove(name);
        await audit.did({ code: 'userRemoved', user: name }, actor);
        return reply.code(204).send();
      },
    }),
  ];
}
