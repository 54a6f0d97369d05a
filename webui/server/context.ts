/** What the routes work with: who may come in, what is kept of it, who listens. */
import { join } from 'node:path';
import type { Services } from '../../core/services.ts';
import type { ScryptCost } from '../../config/users/password.ts';
import { USERS_FILE } from '../../config/users/users.ts';
import type { Identity } from './access/identity.ts';
import { keepSessions } from './access/kept-sessions.ts';
import { createLoginLimits } from './access/login-limits.ts';
import type { LoginLimits } from './access/login-limits.ts';
import { createSessions } from './access/sessions.ts';
import type { Sessions } from './access/sessions.ts';
import { createTokens } from './access/tokens.ts';
import type { Tokens } from './access/tokens.ts';
import { createUsers } from './access/users.ts';
import type { Users } from './access/users.ts';
import { createAudit } from './audit.ts';
import type { Audit } from './audit.ts';
import type { Log } from './log.ts';
import type { Access } from './route.ts';
import { createStreams } from './streams.ts';
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

export interface ContextOptions {
  readonly stateFolder: string;
  readonly sessionLifetimeMs: number;
  readonly log: Log;
  readonly now: () => number;
  readonly cost?: ScryptCost;
}

const LOOK_AT_USERS_MS = 2000;

export function createContext(
  services: Services,
  { stateFolder, sessionLifetimeMs, log, now, cost }: ContextOptions,
): { readonly context: WebContext; stop(): void } {
  const audit = createAudit(services.journal, log, now);
  const users = createUsers({
    file: join(stateFolder, USERS_FILE),
    log,
    now,
    changed: (name) => sessions.endOf(name),
    changedOutside: (user) => void audit.did({ code: 'passwordSet', user }, { user: 'tandem passwd', from: 'local' }),
    ...(cost === undefined ? {} : { cost }),
  });
  // The logins of before need to know who the users are now.
  users.refresh();
  const kept = keepSessions(join(stateFolder, 'manager/sessions.json'), log, users.mark);
  const sessions = createSessions(services.instance, sessionLifetimeMs, now, kept);
  const lookAtUsers = setInterval(() => users.refresh(), LOOK_AT_USERS_MS);
  lookAtUsers.unref();
  const tokens = createTokens(join(stateFolder, 'manager/tokens.json'), log, now);
  const streams = createStreams(services);
  const limits = createLoginLimits(now);
  return {
    context: { services, users, tokens, sessions, limits, audit, streams, log, now },
    stop() {
      clearInterval(lookAtUsers);
      streams.stop();
      sessions.stop();
      tokens.stop();
    },
  };
}
