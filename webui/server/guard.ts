/** What every request passes before its route: the path, who asks, whether they may, and for writes that the page itself asked. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { identify } from './access/identity.ts';
import type { IdentityOptions } from './access/identity.ts';
import { sameSecret } from './access/sessions.ts';
import { mayAct } from './access/users.ts';
import type { LeaderState } from '../../core/leader.ts';
import { ApiFailure } from './errors.ts';
import { HOPS, concernsStack, redirectionOf } from './redirection.ts';
import type { Access } from './route.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Routes that plugins make: who may use them, by how they begin. The first that fits. */
const OF_PLUGINS: readonly (readonly [RegExp, Access])[] = [
  [/^\/api\/docs(\/|$)/, 'viewer'],
  // The page's files: the login is one of its screens.
  [/^\/(\*)?$/, 'public'],
];

/** A route without access would be open to everybody by mistake: none can be made. */
export function demandAccess(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access ?? OF_PLUGINS.find(([pattern]) => pattern.test(route.url))?.[1];
    if (access === undefined) throw new Error(`${String(route.method)} ${route.url} has no access`);
    route.config = { ...route.config, access };
  });
}

export interface GuardOptions extends IdentityOptions {
  readonly leader: () => LeaderState;
}

/** Adds the checks. They run before a byte of the body is read. */
export function addGuard(app: FastifyInstance, options: GuardOptions): void {
  app.decorateRequest('identity', null);
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
    try {
      check(request, reply, options);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function check(request: FastifyRequest, reply: FastifyReply, options: GuardOptions): void {
  const { url = '/' } = request.raw;
  if (/^\/(api|metrics|v1)(\/|$|\?)/.test(url)) void reply.header('cache-control', 'no-store');
  const wrong = pathProblem(url);
  if (wrong !== null) throw new ApiFailure(400, 'badPath', wrong);
  toTheLeader(request, url, options.leader);
  const access = request.is404 ? 'public' : request.routeOptions.config.access;
  if (access === undefined) throw new ApiFailure(403, 'noAccess', 'nobody may use this');
  if (access === 'public') {
    if (request.is404 || READS.has(request.method)) return;
    // A login from another site would put somebody into an account that is not theirs.
    return sameOrigin(request);
  }
  request.identity = identify(
    { socket: request.raw.socket, headers: request.headers, cookies: request.cookies },
    options,
  );
  const { identity } = request;
  if (identity === null) throw new ApiFailure(401, 'loginNeeded', 'log in first');
  if (!mayAct(identity.role, access)) {
    throw new ApiFailure(
      403,
      'roleTooLow',
      `this needs the role ${access}; ${identity.actor.user} is ${identity.role}`,
    );
  }
  if (identity.session === null || READS.has(request.method)) return;
  sameOrigin(request);
  const given = request.headers['x-csrf-token'];
  if (typeof given !== 'string') throw new ApiFailure(403, 'csrfMissing', 'the header x-csrf-token is missing');
  if (!sameSecret(given, identity.session.csrf)) {
    throw new ApiFailure(403, 'csrfWrong', 'x-csrf-token is not the one of this session');
  }
}

/** What concerns the stack is the leader's to answer, whoever asks. */
function toTheLeader(request: FastifyRequest, url: string, leader: () => LeaderState): void {
  if (!concernsStack(decodeURIComponent(url.split('?', 1)[0] ?? ''))) return;
  const elsewhere = redirectionOf(url, request.headers.host, leader());
  if (elsewhere !== null) throw elsewhere;
  // It has done its work, and no route knows it.
  delete (request.query as Record<string, unknown>)[HOPS];
}

/** Programs send no Origin; a browser does with every write, and says by Sec-Fetch-Site where it came from. */
function sameOrigin({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  const sameSite = site === undefined || site === 'same-origin' || site === 'none';
  if ((origin === undefined || origin === `https://${host ?? ''}`) && sameSite) return;
  throw new ApiFailure(403, 'otherOrigin', 'asked for by another site');
}

/** Paths that no client of ours makes: up out of a folder, zero bytes, backslashes, encodings that are none. */
export function pathProblem(url: string): string | null {
  const path = url.split('?', 1)[0] ?? '';
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return 'the path is no valid encoding';
  }
  if (/\p{Cc}|\\/u.test(plain)) return 'the path holds characters that no path of this server has';
  // Encoded twice, something behind this could decode it once more.
  if (/(^|\/)\.{1,2}(\/|$)/.test(plain) || /%(2e|2f|5c|00)/i.test(plain)) return 'the path leads out of its folder';
  return null;
}
