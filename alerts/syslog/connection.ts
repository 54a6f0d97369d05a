/** One TCP connection to a receiver of syslog, plain or TLS, with what can be known about what arrived. */
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ms } from '../../core/clock.ts';
import { unacknowledged } from './unacknowledged.ts';

export interface LineOptions {
  readonly host: string;
  readonly port: number;
  /** TLS with these authorities (PEM), null = those of the system; without it plain TCP. */
  readonly tls?: { readonly ca: string | null };
  /**
   * The connection is over. `clean`: the receiver ended it after it had read everything (its kernel sends a reset where something is left unread);
   * otherwise what it had acknowledged may be lost.
   */
  readonly ended: (clean: boolean) => void;
}

export interface Line {
  /** Resolves when the receiver's machine has acknowledged all of it. */
  send(bytes: Buffer, signal: AbortSignal): Promise<void>;
  close(): void;
}

const CLOSED = 'the receiver closed the connection';
const CONNECT_MS: Ms = 10_000;
/** An acknowledgement that takes longer than this comes from nobody. */
const ACKNOWLEDGED_MS: Ms = 10_000;
const FIRST_LOOK_MS: Ms = 1;
const LONGEST_LOOK_MS: Ms = 250;
const ALIVE_MS: Ms = 30_000;

export async function openLine(options: LineOptions, signal: AbortSignal): Promise<Line> {
  const socket = await connected(options, signal);
  let problem: Error | null = null;
  let finished = false;
  socket.setNoDelay(true);
  socket.setKeepAlive(true, ALIVE_MS);
  // A receiver has nothing to say; what it says is read, so that its end is seen.
  socket.resume();
  socket.on('error', (error) => (problem ??= error));
  socket.on('end', () => (finished = true));
  socket.on('close', () => {
    // Of plain TCP, what follows an end (a reset) is about what was sent after it. Of TLS the end is data as any other, and says nothing alone.
    const clean = finished && (options.tls === undefined || problem === null);
    problem ??= new Error(CLOSED);
    options.ended(clean);
  });

  async function acknowledged(signal: AbortSignal): Promise<void> {
    const { localAddress = '', localPort = 0, remotePort = 0 } = socket;
    const until = performance.now() + ACKNOWLEDGED_MS;
    for (let look = FIRST_LOOK_MS; ; look = Math.min(LONGEST_LOOK_MS, look * 2)) {
      const left = await unacknowledged({ localAddress, localPort, remotePort });
      if (problem !== null) throw problem;
      // Where the kernel does not tell, that it took the bytes is all that is known.
      if (left === null || left === 0) return;
      if (signal.aborted) throw signal.reason as Error;
      if (performance.now() > until)
        throw new Error(`${left} bytes are not acknowledged after ${ACKNOWLEDGED_MS / 1000} s`);
      await sleep(look);
    }
  }

  return {
    async send(bytes, signal) {
      if (problem !== null) throw problem;
      if (finished) throw new Error(CLOSED);
      try {
        await written(socket, bytes, signal);
        await acknowledged(signal);
      } catch (error) {
        socket.destroy(error as Error);
        throw error;
      }
    },
    close: () => void socket.end(() => socket.destroy()),
  };
}

function connected({ host, port, tls }: LineOptions, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const ca = tls?.ca === null || tls === undefined ? {} : { ca: tls.ca };
    const socket: Socket =
      tls === undefined
        ? connectTcp({ host, port })
        : // RFC 5425: the receiver's certificate is checked, and its name or address is the one in our configuration.
          connectTls({ host, port, ...name, ...ca, minVersion: 'TLSv1.2', rejectUnauthorized: true });
    const giveUp = (error: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.destroy();
      reject(error);
    };
    const aborted = (): void => giveUp(signal.reason as Error);
    const timer = setTimeout(() => giveUp(new Error(`no connection within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
    signal.addEventListener('abort', aborted);
    socket.once('error', giveUp);
    socket.once('close', () => giveUp(new Error(CLOSED)));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.removeAllListeners('error');
      socket.removeAllListeners('close');
      resolve(socket);
    });
  });
}

function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted);
    socket.write(bytes, (error) => {
      signal.removeEventListener('abort', aborted);
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });
}
