/** Who asks: from the Unix socket, a bearer token or the cookie of a session, in this order. */
import type { Socket } from 'node:net';
import type { Actor } from '../../../core/api/journal.ts';
import type { UserRole } from '../../../core/api/users.ts';
import { printable } from '../../../config/printable.ts';
import { ApiFailure } from '../errors.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

export interface Identity {
  readonly actor: Actor;
  readonly role: UserRole;
  readonly via: 'session' | 'token' | 'local';
  readonly session: Session | null;
  readonly tokenId: string | null;
  /** Wall time (ms) at which it ends by itself; null = never. */
  readonly expiresAt: number | null;
}

/** What is looked at of a request. */
export interface Asking {
  readonly socket: Socket;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly cookies: Readonly<Record<string, string | undefined>>;
}

export interface IdentityOptions {
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  /** The socket came in through the Unix socket, which the group tandem alone can open. */
  readonly isLocal: (socket: Socket) => boolean;
}

/** Address of the client; `local` over the Unix socket. */
export function addressOf(socket: Socket, isLocal: (socket: Socket) => boolean): string {
  return isLocal(socket) ? 'local' : (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Null: nobody in particular. Throws 401 where what was brought along is no good. */
export function identify(asking: Asking, { sessions, tokens, isLocal }: IdentityOptions): Identity | null {
  const { socket, headers, cookies } = asking;
  const from = addressOf(socket, isLocal);
  if (isLocal(socket)) {
    // The command line says for whom it asks, as it does on the engine's socket: whoever can open this one could say anything else too.
    const said = headers['x-tandem-user'];
    const user = typeof said === 'string' && said !== '' ? printable(said) : 'local';
    return { actor: { user, from }, role: 'admin', via: 'local', session: null, tokenId: null, expiresAt: null };
  }
  const { authorization } = headers;
  if (typeof authorization === 'string') return ofToken(authorization, from, tokens);
  const cookie = cookies[sessions.cookie];
  return cookie === undefined ? null : ofSession(cookie, from, sessions);
}

function ofToken(authorization: string, from: string, tokens: Tokens): Identity {
  const token = /^Bearer ([A-Za-z0-9_-]{1,100})$/i.exec(authorization)?.[1];
  const found = token === undefined ? 'unknown' : tokens.check(token);
  if (found === 'expired') throw new ApiFailure(401, 'tokenExpired', 'the token has expired');
  if (found === 'unknown') throw new ApiFailure(401, 'unknownToken', 'there is no such token');
  const { id, name, role, expiresAt } = found;
  return {
    actor: { user: `token:${name}`, from },
    role,
    via: 'token',
    session: null,
    tokenId: id,
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
  };
}

function ofSession(cookie: string, from: string, sessions: Sessions): Identity {
  const session = sessions.find(cookie);
  if (session === 'unknown' || session === 'expired') {
    throw new ApiFailure(401, 'sessionExpired', 'the session has ended: log in again');
  }
  const { user, role, expiresAt } = session;
  return { actor: { user, from }, role, via: 'session', session, tokenId: null, expiresAt };
}
