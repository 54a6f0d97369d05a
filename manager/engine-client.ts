/**
 * The engine's API as the manager uses it: HTTP over <run>/engine.sock (docs/api.md). Never throws and never rejects: an engine that hangs, is gone or
 * answers nonsense is an answer like any other.
 */
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { ActionBegun, ActionRequest, Hold } from '../core/action.ts';
import type { Ms } from '../core/clock.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import type { Refused } from '../core/services.ts';
import { formatDuration } from '../core/units.ts';

export interface EngineClient {
  /** The body of `GET path` as it came. */
  get(path: string): Promise<Result<Buffer, Refused>>;
  /** The same, parsed. */
  getJson(path: string): Promise<Result<unknown, Refused>>;
  act(request: ActionRequest): Promise<Result<ActionBegun, Refused>>;
  /** Whether this instance leads the stack: shown in the engine's status. */
  tellLeader(leader: boolean): Promise<Result<Buffer, Refused>>;
  close(): void;
}

/** An engine that says nothing for so long hangs; the guardian replaces it meanwhile. */
const PATIENCE_MS: Ms = 3000;
/** A status with 255 routers is a third of a megabyte. */
const LARGEST = 8 * 1024 * 1024;

export function createEngineClient(socketPath: string, patienceMs = PATIENCE_MS): EngineClient {
  // One connection that stays for the status of every second; the engine has 64 for everybody.
  const agent = new Agent({ keepAlive: true, maxSockets: 4, maxFreeSockets: 1, timeout: 4000 });

  function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Result<Buffer, Refused>> {
    return new Promise((resolve) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const call = request({ socketPath, agent, method, path, ...(body === undefined ? {} : { headers }) });
      const timer = setTimeout(
        () => call.destroy(new Error(`no answer within ${patienceMs / 1000} s: it hangs, or is too busy`)),
        patienceMs,
      );
      const done = (result: Result<Buffer, Refused>): void => {
        clearTimeout(timer);
        resolve(result);
      };
      call.on('error', (error) => done(fail(unreachable(error, socketPath))));
      call.on('response', (response) => collect(response, done, socketPath));
      call.end(text);
    });
  }

  return {
    get: (path) => ask('GET', path),
    async getJson(path) {
      return parsed(await ask('GET', path));
    },
    async act(asked) {
      const { path, body } = actionBody(asked);
      const answer = parsed(await ask('POST', path, body));
      if (!answer.ok) return answer;
      const { actionId, after, log } = answer.value as Partial<ActionBegun>;
      if (typeof actionId !== 'string' || typeof after !== 'number' || typeof log !== 'string') return fail(NONSENSE);
      return ok({ actionId, after, log });
    },
    tellLeader: (leader) => ask('POST', '/leader', { leader }),
    close: () => agent.destroy(),
  };
}

const NONSENSE: Refused = {
  status: 503,
  code: 'badAnswer',
  text: 'what answers on the socket of the engine is no engine of this version: restart the manager',
};

function collect(response: IncomingMessage, done: (result: Result<Buffer, Refused>) => void, socketPath: string): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LARGEST) response.destroy(new Error(`an answer of more than ${LARGEST} bytes`));
    else chunks.push(chunk);
  });
  response.on('error', (error) => done(fail(unreachable(error, socketPath))));
  response.on('end', () => {
    const body = Buffer.concat(chunks);
    const status = response.statusCode ?? 500;
    done(status < 400 ? ok(body) : fail(refusal(status, body)));
  });
}

function parsed(answer: Result<Buffer, Refused>): Result<unknown, Refused> {
  if (!answer.ok) return answer;
  try {
    return ok(JSON.parse(answer.value.toString('utf8')) as unknown);
  } catch {
    return fail(NONSENSE);
  }
}

/** `{ error: { code, text } }` with the status that it came with. */
function refusal(status: number, body: Buffer): Refused {
  const known = [400, 404, 409, 500, 503].find((one): one is 400 | 404 | 409 | 500 | 503 => one === status) ?? 500;
  try {
    const { error } = JSON.parse(body.toString('utf8')) as { error?: { code?: unknown; text?: unknown } };
    if (typeof error?.code === 'string' && typeof error.text === 'string')
      return { status: known, code: error.code, text: error.text };
  } catch {
    // No JSON: no reason.
  }
  return { status: known, code: 'badAnswer', text: `the engine answered with ${status} and no reason` };
}

/** Nobody answers: what that most likely means. */
export function unreachable(error: NodeJS.ErrnoException, socketPath: string): Refused {
  const texts: Readonly<Record<string, string>> = {
    ENOENT: `it has no socket at ${socketPath}: tandemd is not running, or the engine is being started`,
    ECONNREFUSED: 'it is gone: tandemd starts another one, or does not run either',
    ECONNRESET: 'it closed the connection: it ended, or too many programs ask it',
    EACCES: `no permission to use ${socketPath}: the manager has to be in the group tandem`,
  };
  const text = texts[error.code ?? ''] ?? error.message;
  return { status: 503, code: 'engineUnreachable', text: `the engine does not answer: ${text}` };
}

const holdText = (hold: Hold): string =>
  hold.kind === 'for' ? formatDuration(hold.ms) : hold.kind === 'none' ? 'none' : 'until-released';

/** An action as the engine's API takes it (docs/api.md). */
export function actionBody(asked: ActionRequest): { readonly path: string; readonly body: unknown } {
  const { by } = asked;
  switch (asked.action) {
    case 'switchover': {
      const { to, hold, force } = asked;
      return { path: '/actions/switchover', body: { to, hold: holdText(hold), force, by } };
    }
    case 'releaseHold':
      return { path: '/actions/switchover', body: { releaseHold: true, by } };
    case 'maintenance': {
      if (!asked.on) return { path: '/actions/maintenance', body: { on: false, by } };
      const { forMs, untilReboot, force } = asked;
      const lasts = forMs === null ? {} : { for: formatDuration(forMs) };
      return { path: '/actions/maintenance', body: { on: true, ...lasts, untilReboot, force, by } };
    }
    case 'bypass':
      return { path: '/actions/bypass', body: { engage: asked.engage, by } };
    case 'flapsReset':
      return { path: '/actions/flaps', body: { reset: true, by } };
    case 'reload':
      return { path: '/actions/reload', body: { by } };
  }
}
