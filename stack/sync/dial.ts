/** One attempt to reach a peer: TCP, TLS, and the proof that the other end has the key too. */
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { SyncKey } from './keys.ts';
import type { RefusalReason } from './refusals.ts';
import { clientOptions, clientRefusal, isProven } from './tls.ts';

export interface DialTarget {
  readonly address: string;
  readonly port: number;
  /** Source; undefined: the kernel's choice. */
  readonly from: string | undefined;
  readonly key: SyncKey;
  /** Under which name we show the key. */
  readonly identity: string;
}

export type Dialled =
  | { readonly ok: true; readonly socket: TLSSocket }
  /** `reason` null: not reached. */
  | { readonly ok: false; readonly reason: RefusalReason | null; readonly text: string };

const LIMIT_MS = 4000;

export function dial({ address, port, from, key, identity }: DialTarget, done: (result: Dialled) => void): () => void {
  const socket = connect({
    host: address,
    port,
    ...(from === undefined ? {} : { localAddress: from }),
    ...clientOptions(key, identity),
  });
  let over = false;
  const end = (result: Dialled): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    if (!result.ok) socket.destroy();
    done(result);
  };
  const failed = (reason: RefusalReason | null, text: string): void => end({ ok: false, reason, text });
  const timer = setTimeout(() => failed(null, `no answer within ${LIMIT_MS / 1000} s`), LIMIT_MS);
  socket.on('error', (error) => failed(clientRefusal(error), error.message));
  socket.on('close', () => failed(null, 'the connection was closed at once'));
  socket.once('secureConnect', () => {
    if (isProven(socket)) end({ ok: true, socket });
    else failed('certificate', 'the handshake was not made by the key');
  });
  return () => {
    over = true;
    clearTimeout(timer);
    socket.destroy();
  };
}
