/**
 * The helper's socket. Each connection has a queue for its work and one for the bypass, which must not wait behind a hundred macvlans; each is
 * done in the order asked. Checks of tracks wait for nobody: one that hangs must not make the others look bad.
 */
import { chmodSync, chownSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createLines } from '../lines.ts';
import { LONGEST_LINE, decodeRequest, encodeAnswer } from './protocol.ts';
import type { HelperAnswer, HelperRequest } from './protocol.ts';

export interface HelperServer {
  /** Rejects with a sentence if the socket cannot be opened. */
  start(): Promise<void>;
  /** Resolves when the last connection is closed, at the latest after `limitMs`. No new one is taken meanwhile. */
  idle(limitMs: number): Promise<void>;
  stop(): void;
}

/** Requests of one connection that may wait: more is a caller gone mad. */
const MOST_WAITING = 1000;
const MOST_CONNECTIONS = 16;

export function createHelperServer(
  path: string,
  perform: (request: HelperRequest) => Promise<HelperAnswer>,
): HelperServer {
  const connections = new Set<Socket>();
  const server = createServer((socket) => serve(socket));
  server.maxConnections = MOST_CONNECTIONS;

  function serve(socket: Socket): void {
    connections.add(socket);
    const queues: Record<'work' | 'bypass', Promise<void>> = { work: Promise.resolve(), bypass: Promise.resolve() };
    let waiting = 0;
    const answer = (id: number, what: HelperAnswer): void => {
      if (!socket.destroyed) socket.write(encodeAnswer(id, what));
    };
    const serveOne = async (before: Promise<void>, id: number, request: HelperRequest): Promise<void> => {
      await before;
      const done = await perform(request).catch((error: unknown): HelperAnswer => ({ ok: false, text: String(error) }));
      answer(id, done);
      waiting -= 1;
    };
    const lines = createLines(LONGEST_LINE, (line) => {
      const decoded = decodeRequest(line);
      if (!decoded.ok) {
        if (decoded.error.id === null) socket.destroy();
        else answer(decoded.error.id, { ok: false, text: decoded.error.text });
        return;
      }
      const { id, value } = decoded.value;
      if (waiting >= MOST_WAITING) return answer(id, { ok: false, text: 'too many requests are waiting' });
      waiting += 1;
      if (value.kind === 'track.check') return void serveOne(Promise.resolve(), id, value);
      const which = value.kind.startsWith('bypass.') ? 'bypass' : 'work';
      queues[which] = serveOne(queues[which], id, value);
    });
    socket.on('data', (chunk) => {
      if (!lines(chunk)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => connections.delete(socket));
  }

  return {
    start() {
      return new Promise((resolve, reject) => {
        // The run directory is locked by the guardian: what lies there is a dead helper's.
        rmSync(path, { force: true });
        server.once('error', (error) => reject(new Error(`cannot open ${path}: ${error.message}`)));
        const before = process.umask(0o117);
        server.listen(path, () => {
          process.umask(before);
          restrict(path);
          resolve();
        });
      });
    },
    async idle(limitMs) {
      server.close();
      const end = performance.now() + limitMs;
      while (connections.size > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    stop() {
      server.close();
      for (const socket of connections) socket.destroy();
      rmSync(path, { force: true });
    },
  };
}

/** 0660, for the group `tandem` where there is one. */
function restrict(path: string): void {
  chmodSync(path, 0o660);
  try {
    const line = /^tandem:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'));
    if (line?.[1] !== undefined) chownSync(path, -1, Number(line[1]));
  } catch {
    // No such file, or not allowed in this user namespace: then it stays root's.
  }
}
