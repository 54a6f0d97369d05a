/** Log in, log out, who am I. */
import * as z from 'zod';
import { addressOf } from '../access/identity.ts';
import type { Identity } from '../access/identity.ts';
import type { Session } from '../access/sessions.ts';
import type { SessionView } from '../../../core/api/users.ts';
import type { WebContext } from '../context.ts';
import { ApiFailure } from '../errors.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { loginBody, sessionView } from '../schemas/users.ts';

const COOKIE = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;
/** For who does not end by itself: the command line, a token without an end. */
const NEVER = '9999-12-31T23:59:59.999Z';

const viewOf = ({ user, role, csrf, expiresAt }: Session): SessionView => ({
  user,
  role,
  csrf,
  expiresAt: new Date(expiresAt).toISOString(),
});

function otherView({ actor, role, expiresAt }: Identity): SessionView {
  return {
    user: actor.user,
    role,
    csrf: '',
    expiresAt: expiresAt === null ? NEVER : new Date(expiresAt).toISOString(),
  };
}

export function sessionRoutes(context: WebContext): readonly Route[] {
  const { audit, limits, sessions, users } = context;
  return [
    route({
      method: 'POST',
      path: '/api/v1/login',
      access: 'public',
      tag: 'session',
      summary: 'log in: sets the session cookie, answers the CSRF token for writes',
      body: loginBody,
      answers: { 200: sessionView },
      async handle({ body, request, reply }) {
        const { user: name, password } = body;
        const from = addressOf(request.raw.socket, () => false);
        const actor = { user: name, from };
        const wait = limits.begin(from, name);
        if (wait > 0) {
          audit.refused({ code: 'loginsLimited', from }, actor, 'warning');
          throw new ApiFailure(429, 'tooManyLogins', `too many failed logins: try again in ${wait} s`, {
            retryAfter: wait,
          });
        }
        const user = await users.verify(name, password);
        if (user === null) {
          audit.refused({ code: 'loginFailed', user: name, why: 'wrong user or password' }, actor);
          throw new ApiFailure(401, 'wrongLogin', 'wrong user or password');
        }
        limits.succeeded(from, name);
        const before = request.cookies[sessions.cookie];
        const old = before === undefined ? 'unknown' : sessions.find(before);
        if (typeof old === 'object') sessions.end(old);
        const { id, session } = sessions.open(user.name, user.role);
        await audit.did({ code: 'loggedIn', user: user.name }, { user: user.name, from });
        // A session cookie of the browser, no date on it: when it ends is known here.
        void reply.setCookie(sessions.cookie, id, COOKIE);
        return viewOf(session);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/logout',
      access: 'viewer',
      tag: 'session',
      summary: 'end this session',
      answers: { 204: z.null() },
      async handle({ identity, reply }) {
        const { session, actor } = identity;
        if (session !== null) {
          sessions.end(session);
          await audit.did({ code: 'loggedOut', user: actor.user }, actor);
        }
        void reply.clearCookie(sessions.cookie, COOKIE).code(204).send();
        return reply;
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/session',
      access: 'viewer',
      tag: 'session',
      summary: 'who is logged in, until when',
      answers: { 200: sessionView },
      handle: ({ identity }) => (identity.session === null ? otherView(identity) : viewOf(identity.session)),
    }),
  ];
}
