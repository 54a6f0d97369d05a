/** A pipe from a port of 127.0.0.1 to a server: it can be cut, fall silent, and come back, as a network does. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Pipe {
  readonly port: number;
  /** Ends every connection, and takes none until `mend`. */
  cut(): void;
  /** Connections stay open, and nothing passes any more. */
  silence(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** `target`: a port of 127.0.0.1, or the path of a Unix socket. */
export async function openPipe(target: number | string): Promise<Pipe> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'cut' | 'silent' = 'open';
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy();
    const beyond = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
    for (const [socket, other] of [
      [client, beyond],
      [beyond, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('end', () => other.end());
      socket.on('data', (data) => {
        if (state !== 'silent') other.write(data);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
  const endAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = 'cut';
      endAll();
    },
    silence() {
      state = 'silent';
    },
    mend() {
      // What was lost on the way is missing for good: such a connection is of no use any more.
      if (state === 'silent') endAll();
      state = 'open';
    },
    async stop() {
      state = 'cut';
      endAll();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
