/** The sync port: TCP on the number of the HA port. Whoever has no business here costs an accepted connection and nothing more. */
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { plainAddress } from './admission.ts';
import type { Admission } from './admission.ts';
import { readIdentity } from './keys.ts';
import type { Identity, SyncKey } from './keys.ts';
import type { RefusalReason } from './refusals.ts';
import { isProven, serverOptions, serverRefusal } from './tls.ts';

export interface Listener {
  /** At every address, unless one is given. Null, or why not. */
  start(port: number, host?: string): Promise<string | null>;
  stop(): void;
}

export interface ListenerPorts {
  readonly stack: string;
  readonly admission: Admission;
  readonly keys: () => readonly SyncKey[];
  /** Somebody who has the key, from the address of this peer. */
  readonly accepted: (
    socket: TLSSocket,
    by: { readonly peer: string; readonly address: string; readonly keyId: string },
  ) => void;
  readonly refused: (reason: RefusalReason, from: string, detail: string) => void;
}

/** What the kernel keeps for us while we are busy. */
const BACKLOG = 256;

export function createListener({ stack, admission, keys, accepted, refused }: ListenerPorts): Listener {
  const shown = new WeakMap<TLSSocket, Identity>();
  /** Why the name that was shown is none of ours. */
  const doubts = new WeakMap<TLSSocket, { readonly reason: RefusalReason; readonly detail: string }>();
  const sockets = new Set<Socket>();

  const tls = createTlsServer(
    serverOptions((text, socket) => {
      const identity = readIdentity(text);
      const key = keys().find(({ id }) => id === identity?.keyId);
      if (identity === null) doubts.set(socket, { reason: 'garbage', detail: 'a name that is none' });
      else if (identity.stack !== stack)
        doubts.set(socket, { reason: 'otherStack', detail: `it belongs to the stack ${identity.stack}` });
      else if (key === undefined)
        doubts.set(socket, { reason: 'noKey', detail: `${identity.instance} has the key ${identity.keyId}, not here` });
      else {
        shown.set(socket, identity);
        return key.key;
      }
      return null;
    }),
  );
  tls.on('tlsClientError', (error, socket) => {
    const from = addressOf(socket);
    const doubt = doubts.get(socket);
    const reason = serverRefusal(error);
    socket.destroy();
    if (doubt !== undefined) refused(doubt.reason, from, doubt.detail);
    else if (reason !== null) refused(reason, from, error.message);
  });
  tls.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    const address = addressOf(socket);
    const peer = admission.peerAt(address);
    const identity = shown.get(socket);
    const turn = (reason: RefusalReason, detail: string): void => {
      socket.destroy();
      refused(reason, address, detail);
    };
    if (peer === null) return turn('stranger', 'its address is no longer that of a peer');
    if (identity === undefined || !isProven(socket))
      return turn('certificate', 'the handshake was not made by the key');
    if (identity.instance !== peer)
      return turn('unknownSender', `it calls itself ${identity.instance}, its address is that of ${peer}`);
    accepted(socket, { peer, address, keyId: identity.keyId });
  });

  const server = createServer((socket) => {
    const admitted = admission.enter(socket.remoteAddress ?? '');
    socket.on('error', () => undefined);
    if (!admitted.ok) {
      socket.resetAndDestroy();
      return refused(admitted.reason, admitted.address, '');
    }
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      admission.left(admitted.address);
    });
    tls.emit('connection', socket);
  });
  server.on('error', () => undefined);

  return {
    start(port, host) {
      return new Promise((resolve) => {
        const failed = (error: Error): void => resolve(error.message);
        server.once('error', failed);
        server.listen({ port, host, backlog: BACKLOG }, () => {
          server.off('error', failed);
          resolve(null);
        });
      });
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const addressOf = ({ remoteAddress }: TLSSocket): string =>
  remoteAddress === undefined ? 'an address that is gone' : plainAddress(remoteAddress);
