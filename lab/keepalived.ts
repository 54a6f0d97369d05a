/** Debian's keepalived in a host of the lab: the reference that Tandem has to get along with, and is measured against. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './command.ts';
import type { Host } from './host.ts';
import type { Program } from './program.ts';

/** One VRRP instance of keepalived. */
export interface KeepalivedRouter {
  readonly name?: string;
  readonly interface?: string;
  readonly id: number;
  readonly priority: number;
  /** Seconds; fractions with version 3. */
  readonly interval?: number;
  readonly version?: 2 | 3;
  readonly state?: 'MASTER' | 'BACKUP';
  /** As keepalived writes them: `10.77.0.100/24 dev eth0`. */
  readonly addresses: readonly string[];
  readonly excluded?: readonly string[];
  readonly unicast?: { readonly source: string; readonly peers: readonly string[] };
  readonly password?: string;
  readonly nopreempt?: boolean;
  /** Further lines, as they are. */
  readonly more?: readonly string[];
}

/** The configuration file for these routers. Nothing in it is keepalived's default that a test depends on. */
export function keepalivedConfig(routers: readonly KeepalivedRouter[], globals: readonly string[] = []): string {
  return `global_defs {\n${['router_id lab', ...globals].map((line) => `  ${line}\n`).join('')}}\n${routers.map(routerBlock).join('')}`;
}

function routerBlock(router: KeepalivedRouter, index: number): string {
  const lines = [
    `state ${router.state ?? 'BACKUP'}`,
    `interface ${router.interface ?? 'eth0'}`,
    `virtual_router_id ${router.id}`,
    `priority ${router.priority}`,
    `advert_int ${router.interval ?? 1}`,
    `version ${router.version ?? 3}`,
    ...(router.nopreempt === true ? ['nopreempt'] : []),
    ...(router.unicast === undefined
      ? []
      : [`unicast_src_ip ${router.unicast.source}`, `unicast_peer {\n${router.unicast.peers.join('\n')}\n}`]),
    ...(router.password === undefined ? [] : [`authentication {\n auth_type PASS\n auth_pass ${router.password}\n}`]),
    `virtual_ipaddress {\n${router.addresses.join('\n')}\n}`,
    ...(router.excluded === undefined ? [] : [`virtual_ipaddress_excluded {\n${router.excluded.join('\n')}\n}`]),
    ...(router.more ?? []),
  ];
  return `vrrp_instance ${router.name ?? `V${index}`} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

/** A running keepalived. */
export interface Keepalived {
  readonly program: Program;
  /** SIGKILL to the parent and its VRRP process, as if the whole of it had crashed; addresses stay behind. */
  kill(): Promise<void>;
  /** SIGTERM: it resigns and cleans up. */
  stop(): Promise<void>;
}

let started = 0;

/** Starts keepalived with this configuration (text, or routers) and waits until it has read it. */
export async function startKeepalived(host: Host, config: string | readonly KeepalivedRouter[]): Promise<Keepalived> {
  if (findProgram('keepalived') === null) throw new Error('lab: keepalived is missing: apt-get install keepalived');
  started += 1;
  const folder = host.folder(`keepalived-${started}`);
  const file = join(folder, 'keepalived.conf');
  writeFileSync(file, typeof config === 'string' ? config : keepalivedConfig(config));
  const pids = ['-p', join(folder, 'parent.pid'), '-r', join(folder, 'vrrp.pid'), '-c', join(folder, 'checkers.pid')];
  // -P: VRRP alone. -n -l -D: in the foreground, everything on stderr.
  const program = host.spawn(['keepalived', '-P', '-n', '-l', '-D', '-f', file, ...pids], {
    name: 'keepalived',
    cwd: folder,
  });
  await program.waitFor(/Entering (BACKUP|MASTER) STATE|Entering FAULT STATE|VRRP sockpool: \[|Startup complete/);
  return {
    program,
    async kill() {
      program.signalGroup('SIGKILL');
      await program.exited;
    },
    async stop() {
      await program.stop('SIGTERM');
    },
  };
}
