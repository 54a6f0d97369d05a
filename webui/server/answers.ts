/** Errors as answers, always `{ error: { code, text } }`, and which of them the journal keeps. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../core/api/journal.ts';
import { SETTING_PATHS } from '../../core/api/settings.ts';
import type { ConfigProblem } from '../../core/api/settings.ts';
import { printable } from '../../config/printable.ts';
import { ApiFailure, errorBody } from './errors.ts';
import type { Audit } from './audit.ts';
import type { Log } from './log.ts';

export interface ErrorContext {
  readonly audit: Audit;
  readonly log: Log;
  /** Who asked, as far as it is known. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

export function addErrorAnswers(app: FastifyInstance, context: ErrorContext): void {
  app.setErrorHandler((error: FastifyError | ApiFailure | Error, request, reply) => {
    answer(failureOf(error, request), request, reply, context);
  });
}

/** Answers, and keeps it in the journal where it is worth that. */
export function answer(
  failure: ApiFailure,
  request: FastifyRequest,
  reply: FastifyReply,
  { audit, log, actorOf }: ErrorContext,
): void {
  const { status, code, message, more } = failure;
  if (status >= 500 && code === 'internal') {
    log.error(`${requestText(request)}: ${printable(String(failure.cause), 300)}`);
  }
  if (isWorthKeeping(failure, request)) {
    audit.refused({ code: 'requestRefused', request: requestText(request), status, why: message }, actorOf(request));
  }
  if (more.retryAfter !== undefined) void reply.header('retry-after', more.retryAfter);
  if (more.headers !== undefined) void reply.headers(more.headers);
  void reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(errorBody(code, message, more)));
}

/** Without the query: what stands there is nobody's business. */
function requestText({ method, raw }: FastifyRequest): string {
  return `${method} ${printable((raw.url ?? '').split('?', 1)[0] ?? '', 100)}`;
}

/** Login refusals are kept by their route. A page that asks whether it is logged in is no attempt. */
function isWorthKeeping({ status, code }: ApiFailure, request: FastifyRequest): boolean {
  if (['wrongLogin', 'tooManyLogins', 'loginNeeded'].includes(code)) return false;
  if (status === 400) return code === 'badPath' || request.method !== 'GET';
  return [401, 403, 408, 413, 414, 415, 429, 431].includes(status);
}

const CODES: Readonly<Record<number, readonly [string, string]>> = {
  400: ['badRequest', 'the request cannot be read'],
  413: ['bodyTooLarge', 'the body is larger than 64 kB'],
  414: ['pathTooLong', 'the path is too long'],
  415: ['badMediaType', 'a body is sent as application/json'],
};

function failureOf(error: FastifyError | ApiFailure | Error, request: FastifyRequest): ApiFailure {
  if (error instanceof ApiFailure) return error;
  if ('validation' in error && error.validation !== undefined) return invalid(error, request);
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 400 && status < 500) {
    const [code, text] = CODES[status] ?? ['refused', 'the request was refused'];
    const badJson = 'code' in error && /JSON/.test(error.code);
    return new ApiFailure(status, badJson ? 'badJson' : code, badJson ? 'the body is no JSON' : text);
  }
  const failure = new ApiFailure(500, 'internal', 'this is a mistake in tandem; its log says more');
  failure.cause = error.stack ?? error;
  return failure;
}

const PARTS: Readonly<Record<string, string>> = {
  body: 'Body',
  querystring: 'Query',
  params: 'Path',
  headers: 'Header',
};

function invalid(error: FastifyError, request: FastifyRequest): ApiFailure {
  const part = PARTS[error.validationContext ?? ''] ?? 'Request';
  const found = (error.validation ?? []).map(({ instancePath, message = 'not as expected' }) => ({
    path: instancePath.split('/').filter((step) => step !== ''),
    message: printable(message, 200),
  }));
  const text = found
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${printable(path.join('.'), 60)}: ${message}`))
    .join('; ');
  // The form's fields are refused with the paths of the file, as `tandemd check` names them.
  if (part === 'Body' && request.method === 'PUT' && request.routeOptions.url === '/api/v1/settings') {
    return new ApiFailure(422, 'invalidSettings', text, { problems: found.map(settingProblem) });
  }
  return new ApiFailure(400, `invalid${part}`, text);
}

function settingProblem({ path, message }: { path: readonly string[]; message: string }): ConfigProblem {
  const [first = '', name = ''] = path;
  const inFile = Object.hasOwn(SETTING_PATHS, name) ? SETTING_PATHS[name as keyof typeof SETTING_PATHS] : null;
  return {
    path: first === 'values' && inFile !== null ? inFile.join('.') : path.join('.'),
    message,
    file: '',
    line: 0,
    column: 0,
  };
}
