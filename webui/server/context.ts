/** What the routes work with. Made in server.ts. */
import type { Services } from '../../core/services.ts';
import type { Identity } from './access/identity.ts';
import type { LoginLimits } from './access/login-limits.ts';
import type { Sessions } from './access/sessions.ts';
import type { Tokens } from './access/tokens.ts';
import type { Users } from './access/users.ts';
import type { Audit } from './audit.ts';
import type { Log } from './log.ts';
import type { Access } from './route.ts';
import type { Streams } from './streams.ts';

export interface WebContext {
  readonly services: Services;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly limits: LoginLimits;
  readonly audit: Audit;
  readonly streams: Streams;
  readonly log: Log;
  readonly now: () => number;
}

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}
