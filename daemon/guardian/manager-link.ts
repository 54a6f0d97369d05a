/** `<run>/guardian.sock`: what the manager may ask of the guardian (core/guardian-link.ts). Bounded in every way: the guardian has a better thing to do. */
import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { ManagerPlan } from '../../config/manager-plan.ts';
import { LONGEST_LINK_LINE } from '../../core/guardian-link.ts';
import type { GuardianAnswer, GuardianError, GuardianRequest, GuardianValue } from '../../core/guardian-link.ts';
import type { Processes } from '../../core/status.ts';
import type { Secrets } from '../channel.ts';
import { createLines } from '../lines.ts';
import type { ConfigStore } from './config-store.ts';
import { deriveSyncKeys } from './sync-keys.ts';

export interface ManagerLink {
  /** Null, or why the socket could not be opened: failover goes on without it. */
  start(): Promise<string | null>;
  stop(): void;
}

export interface LinkPorts {
  readonly path: string;
  readonly config: string;
  readonly store: ConfigStore;
  readonly plan: () => ManagerPlan | null;
  readonly processes: () => Processes;
  readonly secrets: () => Secrets;
  /** Starts the helper, if it does not run. Null when it serves and the manager may ask it, or a sentence. */
  readonly helper: () => Promise<string | null>;
  /** A manager in a unit of its own says which process it is; null when its connection closes. */
  readonly managerIs: (pid: number | null) => void;
  /** Gives the socket to those who may use it. */
  readonly share: (path: string, plan: ManagerPlan | null) => void;
}

const MOST_CONNECTIONS = 8;
const MOST_WAITING = 16;
/** A certificate chain; pass phrases are shorter. */
const LARGEST_FILE = 256 * 1024;

export function createManagerLink(ports: LinkPorts): ManagerLink {
  const connections = new Set<Socket>();
  const server = createServer(serve);
  server.maxConnections = MOST_CONNECTIONS;

  function serve(socket: Socket): void {
    connections.add(socket);
    let waiting = 0;
    let greeted = false;
    const one = async (line: string): Promise<void> => {
      const request = readRequest(line);
      if (request === null) return void socket.destroy();
      if (request.what.kind === 'hello') {
        greeted = true;
        ports.managerIs(request.what.pid);
      }
      const answer = await perform(ports, request.what).catch((error: unknown) => no('failed', String(error)));
      if (!socket.destroyed) socket.write(`${JSON.stringify({ id: request.id, ...answer })}\n`);
    };
    const lines = createLines(LONGEST_LINK_LINE, (line) => {
      waiting += 1;
      if (waiting > MOST_WAITING) return void socket.destroy();
      void one(line).finally(() => (waiting -= 1));
    });
    socket.on('data', (chunk: Buffer) => {
      if (!lines(chunk)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      connections.delete(socket);
      if (greeted) ports.managerIs(null);
    });
  }

  return {
    start() {
      return new Promise((resolve) => {
        // The run directory is locked: what lies there is a dead guardian's.
        rmSync(ports.path, { force: true });
        server.once('error', (error) => resolve(`cannot open ${ports.path}: ${error.message}`));
        const before = process.umask(0o117);
        server.listen(ports.path, () => {
          ports.share(ports.path, ports.plan());
          resolve(null);
        });
        process.umask(before);
      });
    },
    stop() {
      server.close();
      for (const socket of connections) socket.destroy();
      rmSync(ports.path, { force: true });
    },
  };
}

const yes = (value: GuardianValue): GuardianAnswer => ({ ok: true, value });
const no = (code: GuardianError['code'], text: string): GuardianAnswer => ({ ok: false, error: { code, text } });

async function perform(ports: LinkPorts, request: GuardianRequest): Promise<GuardianAnswer> {
  const { store } = ports;
  switch (request.kind) {
    case 'hello':
    case 'plan':
      return yes({ plan: ports.plan(), processes: ports.processes(), file: ports.config });
    case 'processes':
      return yes({ processes: ports.processes() });
    case 'syncKeys':
      return yes({ syncKeys: deriveSyncKeys(ports.secrets()) });
    case 'helper': {
      const failed = await ports.helper();
      return failed === null ? yes({}) : no('failed', failed);
    }
    case 'read': {
      const read = await store.read();
      return read.ok ? yes({ ...read.value, file: ports.config }) : no('failed', read.error);
    }
    case 'write': {
      const written = await store.write(request.text, request.revision, request.by);
      if (written.ok) return yes({ revision: written.value.revision });
      return { ok: false, error: written.error };
    }
    case 'versions':
      return yes({ versions: await store.versions() });
    case 'version': {
      const text = await store.version(request.id);
      return text === null ? no('notFound', `there is no version ${request.id}`) : yes({ text });
    }
    case 'file':
      return readNamed(ports, request.path);
  }
}

/** Only what the valid configuration names: the socket is no way to read the rest of the machine. */
async function readNamed(ports: LinkPorts, path: string): Promise<GuardianAnswer> {
  if (ports.plan()?.files.includes(path) !== true) return no('notFound', `the configuration names no file ${path}`);
  try {
    const file = await open(path, 'r');
    try {
      const found = await file.stat();
      if (!found.isFile() || found.size > LARGEST_FILE)
        return no('failed', `${path} is no file of at most ${LARGEST_FILE} bytes`);
      return yes({ text: await file.readFile('utf8') });
    } finally {
      await file.close();
    }
  } catch (error) {
    return no('failed', `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What each kind needs besides its name. */
const SHAPES: Readonly<Record<GuardianRequest['kind'], Readonly<Record<string, string>>>> = {
  hello: { pid: 'number' },
  plan: {},
  processes: {},
  syncKeys: {},
  helper: {},
  read: {},
  write: { text: 'string', by: 'string' },
  versions: {},
  version: { id: 'string' },
  file: { path: 'string' },
};

function readRequest(line: string): { readonly id: number; readonly what: GuardianRequest } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const { id, kind } = fields;
  if (typeof id !== 'number' || typeof kind !== 'string' || !Object.hasOwn(SHAPES, kind)) return null;
  const shape = SHAPES[kind as GuardianRequest['kind']];
  if (Object.entries(shape).some(([name, type]) => typeof fields[name] !== type)) return null;
  if (kind === 'write' && fields['revision'] !== null && typeof fields['revision'] !== 'string') return null;
  return { id, what: value as GuardianRequest };
}
