/** The manager's web server: API and page over TLS, the API alone on the Unix socket. Knows neither engine nor guardian, only `Services`. */
import type { Socket } from 'node:net';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagerReason } from '../../core/manager-reason.ts';
import { managerReasonText } from '../../core/manager-reason.ts';
import type { Services } from '../../core/services.ts';
import type { ScryptCost } from '../../config/users/password.ts';
import { packageFolder } from '../../daemon/where.ts';
import { addressOf } from './access/identity.ts';
import { createApp } from './app.ts';
import { createContext } from './context.ts';
import { listenTls, listenUnix } from './listeners.ts';
import type { ListenOptions, Listener, Refusal } from './listeners.ts';
import type { Log } from './log.ts';
import { createCertificate } from './tls/certificate.ts';
import type { Certificate, TlsFiles } from './tls/certificate.ts';
import type { Pair } from './tls/own-certificate.ts';

export type { Log } from './log.ts';

export interface WebPlan {
  /** As in `manager.listen`. */
  readonly listen: readonly string[];
  readonly tls: TlsFiles;
  readonly sessionLifetimeMs: number;
}

export interface WebOptions extends WebPlan {
  /** The state directory; `manager/` in it is ours. */
  readonly stateFolder: string;
  /** `<run>/manager.sock`. */
  readonly socketPath: string;
  readonly log: Log;
  /** For tests. */
  readonly now?: () => number;
  readonly cost?: ScryptCost;
  readonly pageFolder?: string;
  readonly certificateEvery?: number;
  readonly limits?: ListenOptions['limits'];
}

export interface WebServer {
  /** Where it listens, `https://0.0.0.0:8443`. */
  readonly urls: readonly string[];
  /** Another configuration: what did not change goes on, logins too. */
  apply(plan: WebPlan): Promise<void>;
  stop(): Promise<void>;
}

const LONGEST_SOCKET_PATH = 107;
const LISTEN_AGAIN_MS = 5000;

export async function startWebServer(services: Services, options: WebOptions): Promise<WebServer> {
  const { stateFolder, socketPath, log, now = Date.now } = options;
  if (Buffer.byteLength(socketPath) > LONGEST_SOCKET_PATH) {
    throw new Error(`the socket path ${socketPath} is longer than ${LONGEST_SOCKET_PATH} bytes`);
  }
  mkdirSync(join(stateFolder, 'manager'), { recursive: true, mode: 0o700 });

  const local = new WeakSet<Socket>();
  const isLocal = (socket: Socket): boolean => local.has(socket);
  const { context, stop: stopContext } = createContext(services, { ...options, now });
  const { audit, sessions, users } = context;
  const pageFolder = options.pageFolder ?? join(packageFolder, 'dist/page');
  const { handler } = await createApp({ context, isLocal, pageFolder });

  const refused = ({ status, why, socket }: Refusal): void => {
    const actor = { user: '-', from: addressOf(socket, isLocal) };
    audit.refused({ code: 'requestRefused', request: 'a request', status, why }, actor);
  };
  const listen: ListenOptions = {
    handler,
    refused,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  };

  const tell = (reason: ManagerReason, severity: 'info' | 'warning' | 'critical'): void => {
    const text = managerReasonText(reason);
    (severity === 'info' ? log.info : log.warn)(text);
    services.journal
      .append({ kind: 'manager', severity, reason: { code: reason.code, text }, incident: null })
      .catch((error: unknown) => log.error(`not in the journal: ${text} (${String(error)})`));
  };

  const open = new Map<string, Listener>();
  let certificate: Certificate | null = null;
  let pair: Pair | null = null;
  let plan: WebPlan = options;
  let again: NodeJS.Timeout | null = null;
  let stopped = false;

  async function useCertificate(files: TlsFiles): Promise<void> {
    certificate?.stop();
    const every = options.certificateEvery;
    certificate = createCertificate({ files, stateFolder, now, tell, ...(every === undefined ? {} : { every }) });
    pair = await certificate.start();
    certificate.onChange((next) => {
      pair = next;
      for (const listener of open.values()) listener.setPair(next);
    });
    for (const listener of open.values()) listener.setPair(pair);
  }

  /** Opens what is missing. An address may come later (a VIP, an interface that is not up yet): it is tried again. */
  async function openAll(): Promise<void> {
    let failed = false;
    for (const address of plan.listen) {
      if (open.has(address) || pair === null || stopped) continue;
      try {
        open.set(address, await listenTls(address, pair, listen));
      } catch (error) {
        failed = true;
        log.warn(
          `cannot listen on ${address}: ${error instanceof Error ? error.message : String(error)}; trying again`,
        );
      }
    }
    if (!failed || stopped) return;
    again = setTimeout(() => void openAll(), LISTEN_AGAIN_MS);
    again.unref();
  }

  await useCertificate(plan.tls);
  await openAll();
  const unix = await listenUnix(socketPath, { ...listen, accepted: (socket) => void local.add(socket) });
  if (users.list().length === 0) {
    log.info("nobody can log in yet: set the admin's password with 'tandem passwd admin', as root on this machine");
  }

  return {
    get urls() {
      return [...open.values()].map(({ url }) => url);
    },
    async apply(next) {
      const before = plan;
      plan = next;
      sessions.setLifetime(next.sessionLifetimeMs);
      const { certFile, keyFile } = next.tls;
      if (certFile !== before.tls.certFile || keyFile !== before.tls.keyFile) await useCertificate(next.tls);
      for (const [address, listener] of open) {
        if (next.listen.includes(address)) continue;
        open.delete(address);
        await listener.close();
      }
      if (again !== null) clearTimeout(again);
      await openAll();
    },
    async stop() {
      stopped = true;
      if (again !== null) clearTimeout(again);
      certificate?.stop();
      stopContext();
      await Promise.all([...open.values(), unix].map((listener) => listener.close()));
    },
  };
}
