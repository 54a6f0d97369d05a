/**
 * The engine's API: HTTP on a Unix socket, for the command line, the manager and curl (docs/api.md). It runs in the process that sends the
 * adverts, so everything it does in one turn is small, and everything that comes in is bounded.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { giveToGroup } from '../group.ts';
import { claimSocketPath } from './api-socket.ts';
import { createEventStreams } from './event-stream.ts';
import { errorReply, findRoute } from './routes.ts';
import type { Reply, RouteContext } from './routes.ts';

const MOST_CONNECTIONS = 64;
/** Fewer than connections, so that followers of events cannot lock out `tandem status`. */
const MOST_READERS = 32;
const LARGEST_BODY = 65_536;
/** How long a reader may take to fetch the rest when the engine stops (ms). */
const PATIENCE = 200;

export interface ApiOptions extends RouteContext {
  readonly socketPath: string;
  /** Group that may use the socket, if the machine has it. */
  readonly group: string;
  /** Told once if the socket could not be given to the group. */
  readonly warn?: (text: string) => void;
}

export interface Api {
  /** Open the socket. Rejects with a sentence that says what to do if it cannot be had. */
  start(): Promise<void>;
  /** Close the socket and every connection. */
  stop(): Promise<void>;
}

export function createApi(options: ApiOptions): Api {
  let statusOfTurn: string | null = null;
  /** The status as JSON, made once for all who ask in the same turn of the loop. */
  const status = (): string => {
    if (statusOfTurn === null) {
      statusOfTurn = JSON.stringify(options.view.status());
      setImmediate(() => (statusOfTurn = null));
    }
    return statusOfTurn;
  };
  const streams = createEventStreams(options.events, status);
  let server: Server | null = null;

  const send = (response: ServerResponse, reply: Reply): void => {
    if (reply.kind === 'status') return sendJson(response, 200, status());
    if (reply.kind === 'json') return sendJson(response, reply.status, JSON.stringify(reply.body), reply.allow);
    if (streams.readers < MOST_READERS) return streams.open(response, reply.query);
    send(response, errorReply(503, 'tooManyReaders', `${MOST_READERS} programs follow the events already`));
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = findRoute(request.method ?? '', request.url ?? '');
    if (!route.ok) return refuse(request, response, route.error);
    const body = request.method === 'POST' ? await readBody(request) : ok({});
    if (!body.ok) return refuse(request, response, body.error);
    send(response, route.value(options, body.value));
  };

  /** Answers without having read the body: the connection cannot be used again. */
  const refuse = (request: IncomingMessage, response: ServerResponse, reply: Reply): void => {
    if (!request.complete) response.setHeader('connection', 'close');
    send(response, reply);
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => response.destroy());
    answer(request, response).catch((error: unknown) => {
      // A mistake of ours must not end the process that sends the adverts.
      if (response.headersSent) return response.destroy();
      const text = error instanceof Error ? error.message : String(error);
      send(response, errorReply(500, 'internal', `this request failed: ${text}`));
    });
  };

  return {
    async start() {
      if (server !== null) return;
      await claimSocketPath(options.socketPath);
      const opening = createServer(
        {
          maxHeaderSize: 8192,
          headersTimeout: 5000,
          requestTimeout: 10_000,
          keepAliveTimeout: 5000,
          connectionsCheckingInterval: 2000,
        },
        onRequest,
      );
      opening.maxConnections = MOST_CONNECTIONS;
      opening.on('clientError', refuseGarbage);
      await listen(opening, options.socketPath);
      server = opening;
      const problem = giveToGroup(options.socketPath, options.group);
      if (problem !== null) {
        options.warn?.(
          `${options.socketPath} cannot be given to group ${options.group} (${problem}): its owner alone can use it`,
        );
      }
    },
    async stop() {
      const closing = server;
      if (closing === null) return;
      server = null;
      streams.stop();
      const closed = new Promise((resolve) => closing.close(resolve));
      closing.closeIdleConnections();
      const patience = setTimeout(() => closing.closeAllConnections(), PATIENCE);
      await closed;
      clearTimeout(patience);
    },
  };
}

/** Listen with mode 0660 from the first moment: between bind and chmod anybody could connect. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(new Error(`cannot open the socket ${path}: ${error.message}`));
    server.once('error', failed);
    server.once('listening', () => {
      server.off('error', failed);
      // Accepting can fail later (no file descriptors left): the connection is lost, the engine goes on.
      server.on('error', () => {});
      resolve();
    });
    const before = process.umask(0o117);
    try {
      server.listen({ path, backlog: MOST_CONNECTIONS });
    } finally {
      process.umask(before);
    }
  });
}

function sendJson(response: ServerResponse, status: number, text: string, allow?: string): void {
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(body);
}

/** What is not HTTP, too large or too slow: a JSON error if the other side can still hear it, and the end of the connection. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const body = `${JSON.stringify({ error: { code: 'badRequest', text: status.slice(4).toLowerCase() } })}\n`;
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body, () => socket.destroy());
}

/** The body as an object; an empty one is an empty object. Never rejects: a broken connection is an error reply that nobody reads. */
function readBody(request: IncomingMessage): Promise<Result<Readonly<Record<string, unknown>>, Reply>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) return void chunks.push(chunk);
      request.pause();
      resolve(fail(errorReply(413, 'bodyTooLarge', `a body has at most ${LARGEST_BODY} bytes`)));
    });
    request.on('error', () => resolve(fail(errorReply(400, 'invalidBody', 'the body did not arrive'))));
    request.on('end', () => resolve(parseBody(Buffer.concat(chunks).toString('utf8'))));
  });
}

function parseBody(text: string): Result<Readonly<Record<string, unknown>>, Reply> {
  if (text.trim() === '') return ok({});
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(errorReply(400, 'invalidBody', 'the body is not JSON'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail(errorReply(400, 'invalidBody', 'the body must be a JSON object'));
  }
  return ok(value as Record<string, unknown>);
}
