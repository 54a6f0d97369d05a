/** Looks at the machine for `doctor`: bounded in time, changes nothing, and what cannot be read is left out. */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Status } from '../core/status.ts';
import { USERS_FILE, readUsers } from '../config/users/users.ts';
import type { FileFacts, InterfaceFacts, MachineFacts } from './doctor-machine.ts';
import type { LoadedPlans } from './doctor-findings.ts';
import { readText } from './read-text.ts';

/** A clock that is not told within this time is not judged (ms). */
const CLOCK_MS = 1500;
const OWN_CERTIFICATE = 'manager/tls.crt';

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

export async function lookAtMachine(
  status: Status | null,
  plans: LoadedPlans | null,
  state: string,
  now: () => number,
): Promise<MachineFacts> {
  const plan: Fields = plans?.plan ?? {};
  const manager: Fields | null = plans?.manager ?? null;
  const ha = haOf(plan);
  const routers = (status?.routers ?? []).map(({ name, id, family, interface: where, addresses, counters }) => ({
    name,
    id,
    family,
    interface: where,
    advertised: addresses.length,
    strange: counters.versionErrors + counters.authErrors + counters.addressListErrors,
  }));
  const names = [
    ...new Set([
      ...(status?.routers ?? []).flatMap((r) => [r.interface, r.addressInterface]),
      ...(ha.interface === null ? [] : [ha.interface]),
    ]),
  ];
  const certFile = certificateFile(manager, state);
  return {
    interfaces: names.map(interfaceFacts),
    routers,
    secrets: secretFiles(plan, manager, state),
    port: ha.peers.length === 0 ? null : { number: ha.port, foreign: foreignSockets(ha.port, status) },
    skews: await clockSkews(ha.peers, managerPort(manager), now),
    logins: manager === null ? null : loginsOf(join(state, USERS_FILE)),
    certificate: certFile === null ? null : certificateOf(certFile),
    now: now(),
  };
}

interface Ha {
  readonly interface: string | null;
  readonly port: number;
  readonly peers: readonly { readonly name: string; readonly paths: readonly string[] }[];
}

function haOf(plan: Fields): Ha {
  const { haInterface, haPort, port, peers } = plan;
  const number = typeof haPort === 'number' ? haPort : typeof port === 'number' ? port : 11211;
  const list = Array.isArray(peers) ? (peers as Ha['peers']) : [];
  return { interface: typeof haInterface === 'string' ? haInterface : null, port: number, peers: list };
}

function interfaceFacts(name: string): InterfaceFacts {
  const number = (file: string): number | null => {
    const text = readText(`/sys/class/net/${name}/${file}`)?.trim();
    return text === undefined || text === '' ? null : Number(text);
  };
  const index = number('ifindex');
  const networkManager =
    index !== null && /^managed=true$/m.test(readText(`/run/NetworkManager/devices/${index}`) ?? '');
  return {
    name,
    mtu: number('mtu'),
    networkd: index === null ? null : networkdOf(index),
    networkManager,
    deafBridge: deafBridge(name),
  };
}

/** What systemd-networkd says of a link that it manages, and whether its settings keep foreign addresses. */
function networkdOf(index: number): InterfaceFacts['networkd'] {
  const link = readText(`/run/systemd/netif/links/${index}`) ?? '';
  const file = /^NETWORK_FILE=(.+)$/m.exec(link)?.[1];
  if (file === undefined) return null;
  const base = file.slice(file.lastIndexOf('/') + 1);
  const dropIns = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].flatMap((root) => {
    const folder = `${root}/systemd/network/${base}.d`;
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.conf'))
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
  const texts = [file, ...dropIns].map((path) => readText(path) ?? '');
  return { file, keeps: texts.some((text) => /^\s*KeepConfiguration\s*=\s*(yes|true|1|on|static)\s*$/im.test(text)) };
}

function deafBridge(name: string): string | null {
  let bridge = name;
  try {
    bridge = readlinkSync(`/sys/class/net/${name}/master`).split('/').at(-1) ?? name;
  } catch {
    // No port of a bridge.
  }
  const setting = (key: string): string | undefined => readText(`/sys/class/net/${bridge}/bridge/${key}`)?.trim();
  return setting('multicast_snooping') === '1' && setting('multicast_querier') === '0' ? bridge : null;
}

function secretFiles(plan: Fields, manager: Fields | null, state: string): readonly FileFacts[] {
  const own: readonly (readonly [unknown, string])[] = [
    [plan['secretFile'], 'the secret of the stack'],
    ...(manager === null
      ? []
      : ([
          [join(state, USERS_FILE), 'the list of users'],
          [join(state, 'manager/tls.key'), 'the key of the certificate'],
        ] as const)),
    ...(Array.isArray(manager?.['files']) ? manager['files'] : [])
      .filter((path) => typeof path === 'string' && !/\.(crt|cer|pem)$|cert|\bca\b/i.test(path))
      .map((path) => [path, 'a file with a secret'] as const),
  ];
  return own.flatMap(([path, what]) => {
    if (typeof path !== 'string') return [];
    try {
      return [{ path, what, mode: statSync(path).mode & 0o777 }];
    } catch {
      return [];
    }
  });
}

/** Sockets on the port that no process of ours has: of the same network namespace, seen by root alone. */
function foreignSockets(port: number, status: Status | null): readonly string[] {
  const ours = new Set(Object.values(status?.processes ?? {}).flatMap((pid) => (pid === null ? [] : socketsOf(pid))));
  // Without seeing what is ours nothing can be called foreign.
  if (status !== null && ours.size === 0) return [];
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const taken = (table: string, listening: string | null): boolean =>
    (readText(`/proc/self/net/${table}`) ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .some(
        ([, local = '', , state, , , , , , inode = '']) =>
          local.endsWith(`:${hex}`) && (listening === null || state === listening) && !ours.has(inode),
      );
  return [
    ...(['udp', 'udp6'].some((table) => taken(table, null)) ? [`UDP ${port}`] : []),
    // 0A: LISTEN.
    ...(['tcp', 'tcp6'].some((table) => taken(table, '0A')) ? [`TCP ${port}`] : []),
  ];
}

function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        return inode === undefined ? [] : [inode];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function managerPort(manager: Fields | null): number | null {
  const settings = manager?.['manager'];
  const listen = isFields(settings) && Array.isArray(settings['listen']) ? String(settings['listen'][0] ?? '') : '';
  const port = Number(/:(\d+)$/.exec(listen)?.[1]);
  return Number.isInteger(port) ? port : null;
}

/** By the `Date` of the other managers' answers. Nothing is told to them, so it does not matter who they are. */
async function clockSkews(
  peers: Ha['peers'],
  port: number | null,
  now: () => number,
): Promise<Readonly<Record<string, number>>> {
  if (port === null) return {};
  const found = await Promise.all(
    peers.map(async ({ name, paths }) => {
      const answers = await Promise.all(
        paths.filter((path) => !path.includes('%')).map((path) => skewOf(path, port, now)),
      );
      return [name, answers.find((answer) => answer !== null) ?? null] as const;
    }),
  );
  return Object.fromEntries(found.flatMap(([name, skew]) => (skew === null ? [] : [[name, skew]])));
}

function skewOf(host: string, port: number, now: () => number): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = request({ host, port, method: 'HEAD', path: '/healthz', rejectUnauthorized: false, agent: false });
    const timer = setTimeout(() => asked.destroy(), CLOCK_MS);
    const done = (answer: number | null): void => {
      clearTimeout(timer);
      asked.destroy();
      resolve(answer);
    };
    asked.on('response', ({ headers }) => {
      const date = Date.parse(headers.date ?? '');
      // The header is cut to whole seconds: in the middle it is half a second behind.
      done(Number.isFinite(date) ? (date + 500 - now()) / 1000 : null);
    });
    asked.on('error', () => done(null));
    asked.on('close', () => done(null));
    asked.end();
  });
}

function loginsOf(file: string): MachineFacts['logins'] {
  try {
    statSync(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? { users: 0, admins: 0 } : null;
  }
  const text = readText(file);
  const users = text === null ? null : readUsers(text);
  if (users === null || !users.ok) return null;
  return { users: users.value.length, admins: users.value.filter(({ role }) => role === 'admin').length };
}

function certificateFile(manager: Fields | null, state: string): string | null {
  const settings = manager?.['manager'];
  if (!isFields(settings)) return null;
  const { tls } = settings;
  return isFields(tls) && typeof tls['certFile'] === 'string' ? tls['certFile'] : join(state, OWN_CERTIFICATE);
}

function certificateOf(file: string): MachineFacts['certificate'] {
  const text = readText(file);
  // Its own one is made at the first start; one that may not be read is root's to judge.
  if (text === null) return null;
  try {
    return { file, until: Date.parse(new X509Certificate(text).validTo) };
  } catch (error) {
    return { file, error: error instanceof Error ? error.message : String(error) };
  }
}
