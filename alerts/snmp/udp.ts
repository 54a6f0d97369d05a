/** One receiver reached by UDP: a datagram that is sent, or a question that is repeated until its answer comes. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';

/** When a question is sent again, and when it is given up, ms. */
const AGAIN_MS = 1500;
const GIVE_UP_MS = 5000;

export interface Line {
  send(bytes: Buffer): Promise<void>;
  /** `make` is called for each sending. Resolves with the first that `read` makes of a datagram; what it says null to is not an answer. */
  ask<T>(make: () => Buffer, read: (bytes: Buffer) => T | null): Promise<T>;
  close(): void;
}

/** Looks the name up and opens a socket that talks to this receiver alone. `where` is what errors call it. */
export async function openLine(host: string, port: number, where: string, signal: AbortSignal): Promise<Line> {
  const { address, family } = await lookup(host).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${where}: the name cannot be looked up (${error.code ?? error.message})`, { cause: error });
  });
  signal.throwIfAborted();
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  let failed: Error | null = null;
  const listeners = new Set<(error: Error) => void>();
  const fail = (error: Error): void => {
    failed ??= error;
    for (const listener of listeners) listener(error);
  };
  socket.on('error', (error) => fail(named(error, where)));
  const abort = (): void => fail(reasonOf(signal));
  signal.addEventListener('abort', abort, { once: true });
  const close = (): void => {
    signal.removeEventListener('abort', abort);
    fail(new Error(`${where}: closed`));
    socket.close();
  };
  try {
    socket.connect(port, address);
    await once(socket, 'connect', { signal });
  } catch (error) {
    close();
    throw signal.aborted ? reasonOf(signal) : named(error as NodeJS.ErrnoException, where);
  }

  return {
    send: (bytes) => send(socket, bytes, where),
    ask: (make, read) =>
      new Promise((resolve, reject) => {
        if (failed !== null) return reject(failed);
        const attempt = (): void => {
          send(socket, make(), where).catch(finish);
        };
        const again = setTimeout(attempt, AGAIN_MS);
        const end = setTimeout(
          () => finish(new Error(`no answer from ${where} within ${GIVE_UP_MS / 1000} s`)),
          GIVE_UP_MS,
        );
        const heard = (bytes: Buffer): void => {
          try {
            const answer = read(bytes);
            if (answer === null) return;
            cleanUp();
            resolve(answer);
          } catch (error) {
            finish(error as Error);
          }
        };
        function cleanUp(): void {
          clearTimeout(again);
          clearTimeout(end);
          socket.off('message', heard);
          listeners.delete(finish);
        }
        function finish(error: Error): void {
          cleanUp();
          reject(error);
        }
        socket.on('message', heard);
        listeners.add(finish);
        attempt();
      }),
    close,
  };
}

function send(socket: Socket, bytes: Buffer, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, (error) => (error === null ? resolve() : reject(named(error, where))));
  });
}

const reasonOf = ({ reason }: AbortSignal): Error => (reason instanceof Error ? reason : new Error(String(reason)));

function named(error: NodeJS.ErrnoException, where: string): Error {
  const text = error.code === 'ECONNREFUSED' ? 'nothing listens there' : (error.code ?? error.message);
  return Object.assign(new Error(`${where}: ${text}`, { cause: error }), { code: error.code });
}
