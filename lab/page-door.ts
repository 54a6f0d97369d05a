/**
 * The door to an instance's page. The instances live in network namespaces that no browser reaches, but a Unix socket is reached from any of them:
 * a program beside the instance (`page-forwarder`) listens on one, and whoever started the demo, outside of all namespaces, listens on 127.0.0.1.
 * Both ends speak over the IPC channel between them.
 */
import { createConnection, createServer } from 'node:net';
import type { ChildProcess } from 'node:child_process';
import type { AddressInfo, Server } from 'node:net';

/** From the demo to whoever started it, and back. `socket` is a path as the demo sees it; `url` is null where nothing could be listened on. */
export type DoorMessage =
  | { readonly kind: 'door'; readonly name: string; readonly socket: string }
  | { readonly kind: 'doorOpen'; readonly name: string; readonly url: string | null };

/** What one may find in a bookmark, if it is free; after that any port. */
const FIRST_PORT = 8443;
const PORTS_TRIED = 8;

/** Opens the doors that the demo asks for. For the process that stands outside; they close with it. */
export function openDoors(demo: ChildProcess): void {
  demo.on('message', (message: DoorMessage) => {
    if (message.kind !== 'door') return;
    const { name, socket } = message;
    // The demo may have a file system of its own under /run (a user namespace): its root is seen through its process.
    const path = `/proc/${demo.pid}/root${socket}`;
    const server = createServer((client) => {
      const inside = createConnection(path);
      client.pipe(inside).pipe(client);
      client.on('error', () => inside.destroy());
      inside.on('error', () => client.destroy());
    });
    server.unref();
    listen(server, FIRST_PORT, (port) => {
      const url = port === null ? null : `https://127.0.0.1:${port}`;
      if (demo.connected) demo.send({ kind: 'doorOpen', name, url } satisfies DoorMessage);
    });
  });
}

/** On the first port that is free, or on any that the kernel has; null if on none. */
function listen(server: Server, port: number, done: (port: number | null) => void): void {
  const refused = (): void => {
    if (port === 0) done(null);
    else listen(server, port + 1 < FIRST_PORT + PORTS_TRIED ? port + 1 : 0, done);
  };
  server.once('error', refused);
  server.listen(port, '127.0.0.1', () => {
    server.off('error', refused);
    server.on('error', () => undefined);
    done((server.address() as AddressInfo).port);
  });
}
