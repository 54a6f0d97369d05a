/** Where requests come from: TLS on addresses, and the Unix socket. Each bounded in time, size and number. */
import { chmodSync, rmSync } from 'node:fs';
import { STATUS_CODES, createServer as createHttpServer } from 'node:http';
import type { Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Handler } from './app.ts';
import { errorBody } from './errors.ts';
import type { Pair } from './tls/own-certificate.ts';

/** What a client that is alive needs no more than. */
const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2000,
};
const HANDSHAKE_MS = 10_000;
const FIRST_BYTE_MS = 10_000;
/** Connections at a time, for each address listened on. */
export const MOST_CONNECTIONS = 2000;
/** First byte of a TLS record that begins a handshake. */
const HANDSHAKE = 0x16;

export interface Refusal {
  readonly status: number;
  readonly why: string;
  readonly socket: Socket;
}

export interface Listener {
  readonly url: string;
  setPair(pair: Pair): void;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly handler: Handler;
  /** What never became a request. */
  readonly refused: (refusal: Refusal) => void;
  readonly limits?: Partial<ServerOptions>;
}

/** `address` as in `manager.listen`: `0.0.0.0:8443`, `[::]:8443`. */
export async function listenTls(address: string, pair: Pair, options: ListenOptions): Promise<Listener> {
  const found = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(address);
  if (found === null) throw new Error(`${address} is no address with a port`);
  const host = found[1] ?? found[2] ?? '';
  const server = createHttpsServer(
    { ...LIMITS, ...options.limits, ...pair, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS },
    options.handler,
  );
  server.maxConnections = MOST_CONNECTIONS;
  answerPlainHttp(server, options);
  answerBroken(server, options);
  // A handshake that fails is a scanner, or a client that does not trust us: its own business.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await listening(server, () => server.listen({ port: Number(found[3]), host, ipv6Only: host.includes(':') }));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    setPair: (next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2' }),
    close: () => closed(server),
  };
}

/** The command line's way in: whoever can open the file is the administrator. */
export async function listenUnix(
  path: string,
  options: ListenOptions & { readonly accepted: (socket: Socket) => void },
): Promise<Listener> {
  const server = createHttpServer({ ...LIMITS, ...options.limits }, options.handler);
  server.maxConnections = 64;
  server.on('connection', options.accepted);
  answerBroken(server, options);
  // Left behind by one that was killed; the guardian lets no second manager live.
  rmSync(path, { force: true });
  await listening(server, () => server.listen(path));
  chmodSync(path, 0o660);
  return { url: `unix:${path}`, setPair: () => undefined, close: () => closed(server) };
}

function listening(server: Server | HttpsServer, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      // Accepting fails for a moment (no more file descriptors): it goes on by itself.
      server.on('error', () => undefined);
      resolve();
    });
    listen();
  });
}

/** Streams do not end by themselves: whoever is connected is cut off. */
function closed(server: Server | HttpsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Looks at the first byte: who speaks HTTP to a TLS port is told so, instead of nothing. */
function answerPlainHttp(server: HttpsServer, { refused }: ListenOptions): void {
  const [secure] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const silent = setTimeout(() => socket.destroy(), FIRST_BYTE_MS);
    const giveUp = (): void => void socket.destroy();
    socket.once('close', () => clearTimeout(silent));
    socket.on('error', giveUp);
    socket.once('data', (first: Buffer) => {
      clearTimeout(silent);
      socket.off('error', giveUp);
      socket.pause();
      if (first[0] === HANDSHAKE) {
        socket.unshift(first);
        secure?.call(server, socket);
        return;
      }
      socket.on('error', giveUp);
      const text = 'this port speaks HTTPS: use https:// in the address';
      refused({ status: 400, why: 'plain HTTP on the TLS port', socket });
      reply(socket, 400, 'plainHttp', text);
    });
  });
}

const BROKEN: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'headersTooLarge', 'the headers are larger than 16 kB'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'bodyTooLarge', 'the body has too much around it'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'tooSlow', 'the request took too long to arrive'],
};

type Answering = Socket & { readonly _httpMessage?: ServerResponse | null };

/** What the parser refuses, in the form of every other error. */
function answerBroken(server: Server | HttpsServer, { refused }: ListenOptions): void {
  server.on('clientError', (error: NodeJS.ErrnoException, duplex: Duplex) => {
    const socket = duplex as Socket;
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) return void socket.destroy();
    // Browsers open connections ahead, and leave unused ones alone: nothing was asked, nothing is refused.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) return void socket.destroy();
    const [status, code, text] = BROKEN[error.code ?? ''] ?? [400, 'badRequest', 'this is no HTTP request'];
    refused({ status, why: text, socket });
    // An answer that has begun cannot be followed by another one (what Node itself looks at before it answers).
    // oxlint-disable-next-line no-underscore-dangle -- there is no other way to know
    if ((socket as Answering)._httpMessage?.headersSent === true) return void socket.destroy();
    reply(socket, status, code, text);
  });
}

function reply(socket: Socket, status: number, code: string, text: string): void {
  const body = JSON.stringify(errorBody(code, text));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroySoon());
}
