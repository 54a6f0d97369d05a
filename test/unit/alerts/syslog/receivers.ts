/** Receivers of syslog over streams: they keep what they read, and die in the ways that real ones do. */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export interface Receiver {
  readonly port: number;
  /** Messages that were read whole. */
  readonly messages: string[];
  readonly connections: Set<Socket>;
  /** It accepts, and reads nothing from now on. */
  deaf: boolean;
  close(): Promise<void>;
}

export async function receiver(tls?: { readonly cert: string; readonly key: string }, port = 0): Promise<Receiver> {
  const made = { messages: [] as string[], connections: new Set<Socket>(), deaf: false };
  const take = (socket: Socket): void => {
    made.connections.add(socket);
    if (made.deaf) socket.pause();
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('close', () => made.connections.delete(socket));
    if (made.deaf) return;
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const found = /^(\d+) /.exec(rest.subarray(0, 12).toString('latin1'));
        if (found === null) return;
        const from = found[0].length;
        const end = from + Number(found[1]);
        if (rest.length < end) return;
        made.messages.push(rest.subarray(from, end).toString());
        rest = rest.subarray(end);
      }
    });
  };
  const server: Server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(made, {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of made.connections) {
          if (tls === undefined) socket.resetAndDestroy();
          else socket.destroy();
        }
      }),
  });
}

/** Number of the entry in a message. */
export const seqOf = (message: string): number => Number(/ seq="(\d+)"/.exec(message)?.[1]);
