/** The routes of the engine's API: what a request means, without a socket. Nothing in a request can throw here. */
import { LOG_LEVELS } from '../../core/action.ts';
import type { ActionAnswer, ActionRequest } from '../../core/action.ts';
import type { Measurements } from '../../core/measurements.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Status } from '../../core/status.ts';
import { readBypass, readFlaps, readMaintenance, readReload, readSwitchover } from './action-bodies.ts';
import type { Body } from './action-bodies.ts';
import type { EventLog } from './event-log.ts';
import { printable } from './printable.ts';
import { whyRole } from './why.ts';

/** What the routes ask the engine. */
export interface RouteContext {
  readonly view: { status(): Status };
  readonly events: EventLog;
  measurements(): Measurements;
  act(request: ActionRequest): ActionAnswer;
  /** False if there is no such level. */
  setLogLevel(level: string): boolean;
  /** What the manager says of who leads the stack: whether this instance does. */
  setLeader(leader: boolean): void;
}

/** What `GET /events` was asked for. */
export interface EventQuery {
  /** Only events after this number; null = all that are kept. */
  readonly after: number | null;
  /** The log that `after` is a number of, if the reader knows; another one is a gap. */
  readonly log: string | null;
  /** Begin with this many of the newest events instead. */
  readonly latest: number | null;
  /** End after this many. */
  readonly limit: number;
  /** Go on with what happens from now on. */
  readonly follow: boolean;
}

export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly allow?: string }
  /** The status, which the server makes once for everybody who asks in the same turn. */
  | { readonly kind: 'status' }
  | { readonly kind: 'events'; readonly query: EventQuery };

type Handler = (context: RouteContext, query: URLSearchParams, body: Body) => Reply;

const json = (status: number, body: unknown): Reply => ({ kind: 'json', status, body });

/** An error as every route answers it. */
export function errorReply(status: number, code: string, text: string): Reply {
  return json(status, { error: { code, text } });
}

/** An action: its body as a request, or what is wrong with it. */
const action =
  (read: (body: Body) => Result<ActionRequest, string>): Handler =>
  (context, _query, body) => {
    const request = read(body);
    return request.ok ? act(context, request.value) : errorReply(400, 'invalidBody', request.error);
  };

const ROUTES: Readonly<Record<string, { readonly GET?: Handler; readonly POST?: Handler }>> = {
  '/status': { GET: () => ({ kind: 'status' }) },
  '/routers': { GET: ({ view }) => json(200, { routers: view.status().routers }) },
  '/peers': { GET: ({ view }) => json(200, { peers: view.status().peers }) },
  '/links': { GET: ({ view }) => json(200, view.status().links) },
  '/tracks': { GET: ({ view }) => json(200, { tracks: view.status().tracks }) },
  '/why': { GET: ({ view, events }) => json(200, whyRole(view.status(), events.after(0).events)) },
  '/events': { GET: (_context, query) => readEvents(query) },
  '/version': { GET: ({ view, events }) => json(200, versionOf(view.status(), events.id)) },
  '/measurements': { GET: ({ measurements }) => json(200, measurements()) },
  '/actions/switchover': { POST: action(readSwitchover) },
  '/actions/maintenance': { POST: action(readMaintenance) },
  '/actions/bypass': { POST: action(readBypass) },
  '/actions/flaps': { POST: action(readFlaps) },
  '/actions/reload': { POST: action(readReload) },
  '/leader': { POST: (context, _query, body) => setLeader(context, body) },
  '/log-level': { POST: (context, _query, body) => setLogLevel(context, body) },
};

/** The route's handler, bound to the query, or the reply that says that there is none. */
export function findRoute(method: string, target: string): Result<(context: RouteContext, body: Body) => Reply, Reply> {
  let url: URL;
  try {
    url = new URL(target, 'http://engine');
  } catch {
    return fail(errorReply(400, 'invalidTarget', 'the request target is no path'));
  }
  const methods = Object.hasOwn(ROUTES, url.pathname) ? ROUTES[url.pathname] : undefined;
  if (methods === undefined) {
    return fail(
      errorReply(
        404,
        'notFound',
        `there is no ${printable(url.pathname)}; there are ${Object.keys(ROUTES).join(', ')}`,
      ),
    );
  }
  const handler = method === 'GET' ? methods.GET : method === 'POST' ? methods.POST : undefined;
  if (handler === undefined) {
    const allow = Object.keys(methods).join(', ');
    const text = `${url.pathname} takes ${allow} only`;
    return fail({ kind: 'json', status: 405, body: { error: { code: 'methodNotAllowed', text } }, allow });
  }
  return ok((context, body) => handler(context, url.searchParams, body));
}

function versionOf(status: Status, log: string) {
  return { version: status.version, instance: status.instance, node: process.version, pid: process.pid, log };
}

function readEvents(query: URLSearchParams): Reply {
  const known = ['after', 'latest', 'limit', 'follow', 'log'];
  for (const key of query.keys()) {
    if (!known.includes(key))
      return errorReply(400, 'invalidQuery', `unknown '${printable(key)}'; known are ${known.join(', ')}`);
  }
  const numbers: Record<string, number | null> = {};
  for (const key of ['after', 'latest', 'limit']) {
    const text = query.get(key);
    if (text !== null && !/^\d{1,15}$/.test(text))
      return errorReply(400, 'invalidQuery', `${key} must be a number from 0 up`);
    numbers[key] = text === null ? null : Number(text);
  }
  const follow = query.get('follow') ?? 'true';
  if (follow !== 'true' && follow !== 'false') return errorReply(400, 'invalidQuery', 'follow must be true or false');
  return {
    kind: 'events',
    query: {
      after: numbers['after'] ?? null,
      latest: numbers['latest'] ?? null,
      limit: numbers['limit'] ?? Number.POSITIVE_INFINITY,
      follow: follow === 'true',
      log: query.get('log'),
    },
  };
}

function act(context: RouteContext, request: ActionRequest): Reply {
  // Read before the action: whoever waits for its end reads the events after this one.
  const { last, id } = context.events;
  const answer = context.act(request);
  if ('refused' in answer) return json(409, { error: answer.refused });
  return json(202, { actionId: answer.actionId, after: last, log: id });
}

function setLogLevel({ setLogLevel: set }: RouteContext, body: Body): Reply {
  const { level, ...rest } = body;
  if (typeof level !== 'string' || Object.keys(rest).length > 0) {
    return errorReply(400, 'invalidBody', `expected { "level": "${LOG_LEVELS.join('" | "')}" }`);
  }
  if (!set(level))
    return errorReply(400, 'invalidLevel', `no level '${printable(level)}'; there are ${LOG_LEVELS.join(', ')}`);
  return json(200, { level });
}

function setLeader({ setLeader: set }: RouteContext, body: Body): Reply {
  const { leader, ...rest } = body;
  if (typeof leader !== 'boolean' || Object.keys(rest).length > 0) {
    return errorReply(400, 'invalidBody', 'expected { "leader": true | false }');
  }
  set(leader);
  return json(200, { leader });
}
