/** The engine's API as the command line uses it: HTTP over its Unix socket (docs/api.md). */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { EXIT, Failure } from './command.ts';
import { asker } from './asker.ts';
import { clean, cleanText } from './terminal.ts';

/** How long an answer may take (ms): the engine is busy with better things, but not for so long. */
const PATIENCE = 5000;
const MANAGER_PATIENCE = 20_000;
/** No answer and no line of the stream is longer. */
const LARGEST = 32 * 1024 * 1024;
/** Longest path of a Unix socket in bytes. */
const LONGEST_PATH = 107;

export interface EngineClient {
  /** The body of `GET path`. Throws Failure: 3 if nobody answers, 1 if the answer is an error. */
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** Any other method. Null where the answer has no body. */
  send(method: 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** The lines of a stream, parsed, until it ends or `signal` aborts it (which ends it quietly). */
  lines(path: string, signal?: AbortSignal): AsyncGenerator<unknown, void, undefined>;
}

/** `raw`: leave texts as they are, for output to programs; otherwise they can be shown on a terminal. */
export function createEngineClient(
  runDirectory: string,
  options: { readonly raw: boolean; readonly patience?: number },
): EngineClient {
  return createClient(join(runDirectory, 'engine.sock'), { ...options, name: 'engine', headers: {} });
}

/** The manager's API (docs/rest-api.md) on its own socket. It may wait for others before it answers. */
export function createManagerClient(
  runDirectory: string,
  options: {
    readonly raw: boolean;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly patience?: number;
  },
): EngineClient {
  const headers = { 'x-tandem-user': asker(options.env) };
  return createClient(join(runDirectory, 'manager.sock'), {
    raw: options.raw,
    patience: options.patience ?? MANAGER_PATIENCE,
    name: 'manager',
    headers,
  });
}

interface ClientOptions {
  readonly raw: boolean;
  readonly patience?: number;
  /** Who answers there. */
  readonly name: 'engine' | 'manager';
  readonly headers: Readonly<Record<string, string>>;
}

function createClient(socketPath: string, options: ClientOptions): EngineClient {
  const { patience = PATIENCE, name } = options;
  const parse = (text: string): unknown => {
    try {
      const value: unknown = JSON.parse(text);
      return options.raw ? value : clean(value);
    } catch {
      throw new Failure(EXIT.failed, 'badAnswer', `what answers on ${socketPath} is no Tandem ${name} of this version`);
    }
  };

  const open = (method: string, path: string, body: unknown, signal?: AbortSignal): Promise<IncomingMessage> => {
    if (Buffer.byteLength(socketPath) > LONGEST_PATH) {
      throw new Failure(
        EXIT.usage,
        'usage',
        `the path ${socketPath} is too long for a socket (${LONGEST_PATH} bytes at most)`,
      );
    }
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        ...options.headers,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      };
      const opened = request({
        socketPath,
        method,
        path,
        headers,
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      });
      opened.setTimeout(patience, () => opened.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
      opened.on('error', (error: NodeJS.ErrnoException) => reject(whyUnreachable(error, socketPath, patience, name)));
      opened.on('response', (response) => {
        // A stream may be silent for hours.
        opened.setTimeout(0);
        resolve(response);
      });
      opened.end(text);
    });
  };

  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await open(method, path, body);
    let text = '';
    response.setTimeout(patience, () => response.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        text += String(chunk);
        if (text.length > LARGEST)
          throw new Failure(EXIT.failed, 'badAnswer', `the answer of ${socketPath} does not end`);
      }
    } catch (error) {
      throw error instanceof Failure
        ? error
        : whyUnreachable(error as NodeJS.ErrnoException, socketPath, patience, name);
    }
    if (response.statusCode === 204) return null;
    const value = parse(text);
    // A redirect leads to another instance, which knows nothing of whoever may open this socket.
    if ((response.statusCode ?? 500) >= 300) throw errorOf(value, response.statusCode ?? 500);
    return value;
  };

  return {
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    send: ask,
    async *lines(path, signal) {
      let rest = '';
      try {
        const response = await open('GET', path, undefined, signal);
        const stream = response.setEncoding('utf8');
        if (response.statusCode !== 200) {
          for await (const chunk of stream) rest += String(chunk);
          throw errorOf(parse(rest), response.statusCode ?? 500);
        }
        for await (const chunk of stream) {
          const pieces = (rest + String(chunk)).split('\n');
          rest = pieces.pop() ?? '';
          if (rest.length > LARGEST)
            throw new Failure(EXIT.failed, 'badAnswer', `a line of ${socketPath} does not end`);
          for (const piece of pieces) yield parse(piece);
        }
      } catch (error) {
        if (signal?.aborted === true) return;
        // The engine died: for a reader the stream is over.
        if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
        throw error;
      }
    },
  };
}

/** What an error answer says. */
function errorOf(value: unknown, status: number): Failure {
  if (typeof value === 'object' && value !== null && 'error' in value) {
    const { error } = value;
    if (typeof error === 'object' && error !== null && 'code' in error && 'text' in error) {
      return new Failure(EXIT.failed, cleanText(String(error.code)), cleanText(String(error.text)));
    }
  }
  return new Failure(EXIT.failed, 'badAnswer', `the daemon answered with ${status} and no reason`);
}

/** Nobody answers: what that most likely means, and what to do. */
export function whyUnreachable(
  error: NodeJS.ErrnoException,
  socketPath: string,
  patience: number,
  name: 'engine' | 'manager' = 'engine',
): Failure {
  const said = (text: string): Failure => new Failure(EXIT.unreachable, 'unreachable', text, socketPath);
  switch (error.code) {
    case 'ENOENT':
      return said(
        name === 'engine'
          ? `no daemon has its socket at ${socketPath}: start tandemd, or say with --run DIR where the run directory is`
          : `no manager has its socket at ${socketPath}: start it (section manager of the configuration), or say with --run DIR where the run directory is`,
      );
    case 'ECONNREFUSED':
      return said(`the ${name} that made ${socketPath} is gone: tandemd restarts it, or does not run either`);
    case 'EACCES':
    case 'EPERM':
      return said(`no permission to use ${socketPath}: be root or a member of the group tandem`);
    case 'ETIMEDOUT':
      return said(`the daemon at ${socketPath} does not answer within ${patience / 1000} s: see its log`);
    case 'ECONNRESET':
      return said(
        `the daemon at ${socketPath} closed the connection: it is stopping, or too many programs ask it at once`,
      );
    default:
      return said(`the daemon at ${socketPath} cannot be reached: ${error.message}`);
  }
}
