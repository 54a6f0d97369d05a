/** The web server on a port of 127.0.0.1 with sample services behind it, and a client that takes what it is told. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEntry } from '../../../../core/api/journal.ts';
import type { SessionView, UserRole } from '../../../../core/api/users.ts';
import { USER_ROLES } from '../../../../core/api/users.ts';
import { hashPassword } from '../../../../config/users/password.ts';
import { replacePrivateFile } from '../../../../config/private-file.ts';
import { USERS_FILE, usersText } from '../../../../config/users/users.ts';
import { startWebServer } from '../../../../webui/server/server.ts';
import type { WebOptions, WebServer } from '../../../../webui/server/server.ts';
import { createSampleServices } from '../../../support/sample-services.ts';
import type { SampleServices } from '../../../support/sample-services.ts';

/** As cheap as scrypt gets: the tests are not about how dear it is. */
export const QUICK = { ln: 4, r: 8, p: 1 };

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
  /** The code of the error. */
  readonly code: string | undefined;
}

export interface Ask {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly raw?: string;
  readonly as?: Login;
  readonly socketPath?: string;
}

export interface Login {
  readonly cookie: string;
  readonly view: SessionView;
}

export interface WebRig {
  readonly services: SampleServices;
  readonly server: WebServer;
  readonly folder: string;
  readonly port: number;
  readonly socketPath: string;
  readonly lines: readonly string[];
  /** Wall time of the server goes on by so much. */
  later(ms: number): void;
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  login(role: UserRole): Promise<Login>;
  /** Entries of the journal that the server made. */
  audit(code: string): readonly JournalEntry[];
  stop(): Promise<void>;
}

export const passwordOf = (role: UserRole): string => `correct-horse-${role}`;

export async function startRig(change: Partial<WebOptions> = {}): Promise<WebRig> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-web-'));
  mkdirSync(join(folder, 'manager'));
  const at = new Date().toISOString();
  const users = await Promise.all(
    USER_ROLES.map(async (role) => {
      const hash = await hashPassword(passwordOf(role), QUICK);
      return { name: role, role, hash, createdAt: at, passwordChangedAt: at };
    }),
  );
  replacePrivateFile(join(folder, USERS_FILE), usersText(users));
  let offset = 0;
  const now = (): number => Date.now() + offset;
  const services = createSampleServices('protected', now);
  const lines: string[] = [];
  const socketPath = join(folder, 'm.sock');
  const server = await startWebServer(services, {
    listen: ['127.0.0.1:0'],
    tls: { certFile: null, keyFile: null },
    sessionLifetimeMs: 3_600_000,
    stateFolder: folder,
    socketPath,
    log: { info: (text) => lines.push(text), warn: (text) => lines.push(text), error: (text) => lines.push(text) },
    cost: QUICK,
    now,
    pageFolder: join(folder, 'page'),
    ...change,
  });
  const port = Number(new URL(server.urls[0] ?? '').port);
  const ask = (method: string, path: string, asked: Ask = {}): Promise<Answer> => send(port, method, path, asked);
  return {
    services,
    server,
    folder,
    port,
    socketPath,
    lines,
    later: (ms) => void (offset += ms),
    ask,
    async login(role) {
      const answer = await ask('POST', '/api/v1/login', { body: { user: role, password: passwordOf(role) } });
      if (answer.status !== 200) throw new Error(`login of ${role}: ${answer.status} ${answer.text}`);
      const cookie = (answer.headers['set-cookie']?.[0] ?? '').split(';', 1)[0] ?? '';
      return { cookie, view: answer.json() as SessionView };
    },
    audit: (code) => services.journal.entries.filter(({ reason }) => reason.code === code),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function send(port: number, method: string, path: string, asked: Ask): Promise<Answer> {
  const { body, raw, as, socketPath } = asked;
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers: OutgoingHttpHeaders = {
    ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(as === undefined ? {} : { cookie: as.cookie, 'x-csrf-token': as.view.csrf }),
    ...asked.headers,
  };
  return new Promise((resolve, reject) => {
    const made =
      socketPath === undefined
        ? request({ host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false, agent: false })
        : plainRequest({ socketPath, method, path, headers, agent: false });
    made.on('error', reject);
    made.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        const json = (): unknown => JSON.parse(answer);
        let code: string | undefined;
        try {
          code = (json() as { error?: { code?: string } }).error?.code;
        } catch {
          // No JSON, no code.
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, json, code });
      });
    });
    made.end(text);
  });
}

/** Waits for a condition, for as long as a busy machine may need. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    if (condition()) return;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
  throw new Error(`not seen: ${what}`);
}

export const readText = (path: string): string => readFileSync(path, 'utf8');
