/** A host of the lab: a network namespace with ports, in which programs run. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, command, environment, inside, ip } from './command.ts';
import type { Outcome } from './command.ts';
import { cutTogether } from './cable.ts';
import type { Cable } from './cable.ts';
import { startProgram } from './program.ts';
import type { Program, ProgramOptions } from './program.ts';

/** A port of a host, ready for a cable. */
export interface Port {
  readonly host: Host;
  readonly name: string;
  /** With prefix length: `10.77.0.1/24`, `fd77::1/64`. */
  readonly addresses: readonly string[];
  readonly mac: string | null;
}

/** An address as the kernel shows it. */
export interface HostAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
  readonly scope: string;
  readonly tentative: boolean;
}

/** What a host needs from its lab: that what it starts is written down before anything else happens. */
export interface HostKeeper {
  readonly folder: string;
  started(program: Program): void;
}

/** Made by `Lab.host`. */
export class Host {
  readonly name: string;
  readonly namespace: string;
  readonly programs = new Set<Program>();
  readonly cables: Cable[] = [];
  readonly ports = new Map<string, Port>();
  readonly #keeper: HostKeeper;

  constructor(name: string, namespace: string, keeper: HostKeeper) {
    this.name = name;
    this.namespace = namespace;
    this.#keeper = keeper;
  }

  /** A folder of this host alone, on a file system in memory; gone with the lab. */
  folder(name: string): string {
    const path = join(this.#keeper.folder, this.name, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Describes a port; `Lab.cable` makes it. */
  port(
    name: string,
    options: { readonly address?: string; readonly addresses?: readonly string[]; readonly mac?: string } = {},
  ): Port {
    const addresses = [...(options.address === undefined ? [] : [options.address]), ...(options.addresses ?? [])];
    return { host: this, name, addresses, mac: options.mac ?? null };
  }

  /** Starts a long-running program here. */
  spawn(argv: readonly string[], options: ProgramOptions & { readonly name?: string } = {}): Program {
    const program = startProgram(`${options.name ?? argv[0] ?? ''} on ${this.name}`, this.namespace, argv, options);
    this.programs.add(program);
    this.#keeper.started(program);
    void program.exited.then(() => this.programs.delete(program));
    return program;
  }

  /** Runs a command here to its end, without blocking; killed after `limitMs` (default 30 s). A failure is a code, not an exception. */
  run(argv: readonly string[], options: { readonly input?: string; readonly limitMs?: number } = {}): Promise<Outcome> {
    const [program, ...rest] = [...inside(this.namespace), ...argv];
    return new Promise((resolve) => {
      const child = spawn(program ?? '', rest, {
        env: environment(),
        timeout: options.limitMs ?? 30_000,
        killSignal: 'SIGKILL',
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.stdin.on('error', () => {});
      child.stdin.end(options.input ?? '');
      child.once('error', (error) => resolve({ code: -1, stdout, stderr: error.message }));
      child.once('close', (code, signal) =>
        resolve({ code: code ?? -1, stdout, stderr: signal === null ? stderr : `${stderr}(${signal})` }),
      );
    });
  }

  /** Runs a short command here, blocking. Throws if it fails; returns what it printed. */
  command(argv: readonly string[], input = ''): string {
    return command([...inside(this.namespace), ...argv], input);
  }

  /** `ip` commands in this host, in one go: `link set eth0 down`. */
  ip(...lines: readonly string[]): void {
    ip(lines, this.namespace);
  }

  /** Every address of this host, loopback left out. */
  addresses(interfaceName?: string): readonly HostAddress[] {
    const { code, stdout, stderr } = attempt(['ip', '-n', this.namespace, '-j', 'addr', 'show']);
    if (code !== 0) throw new Error(`lab: addresses of ${this.name}: ${stderr.trim()}`);
    return readAddresses(stdout).filter(
      (address) => address.interface !== 'lo' && (interfaceName === undefined || address.interface === interfaceName),
    );
  }

  /** True if this address (without prefix) is on one of its interfaces. */
  has(address: string): boolean {
    return this.addresses().some((entry) => entry.address === address);
  }

  /**
   * Pulls every cable of this host at the same moment: the whole instance is lost, its programs run on. The one that was plugged last goes first,
   * by some milliseconds, so that it cannot tell anybody over its HA port that it has lost the others.
   */
  isolate(): void {
    cutTogether(this.cables.toReversed());
  }

  restoreCables(): void {
    for (const cable of this.cables) cable.restore();
  }

  /** Stops every program here, restores the cables, and removes addresses and interfaces that are not of its ports. */
  async reset(): Promise<void> {
    await Promise.all([...this.programs].map((program) => program.stop('SIGKILL')));
    this.restoreCables();
    const wanted = new Set(
      [...this.ports.values()].flatMap((port) => port.addresses.map((text) => `${port.name} ${text}`)),
    );
    for (const { interface: name, address, prefix, scope } of this.addresses()) {
      if (!this.ports.has(name)) attempt(['ip', '-n', this.namespace, 'link', 'del', name]);
      else if (scope === 'global' && !wanted.has(`${name} ${address}/${prefix}`)) {
        attempt(['ip', '-n', this.namespace, 'addr', 'del', `${address}/${prefix}`, 'dev', name]);
      }
    }
    for (const port of this.ports.values()) {
      const lines = port.addresses.map((address) => `addr replace ${address} dev ${port.name} nodad`);
      this.ip(`link set ${port.name} up`, ...lines);
    }
    this.ip('neigh flush all');
  }
}

interface IpAddress {
  readonly ifname?: string;
  readonly addr_info?: readonly {
    family?: string;
    local?: string;
    prefixlen?: number;
    scope?: string;
    tentative?: boolean;
  }[];
}

function readAddresses(json: string): readonly HostAddress[] {
  const links = JSON.parse(json) as readonly IpAddress[];
  return links.flatMap((link) =>
    (link.addr_info ?? []).map((info) => ({
      interface: link.ifname ?? '',
      address: info.local ?? '',
      prefix: info.prefixlen ?? 0,
      family: info.family === 'inet6' ? ('ipv6' as const) : ('ipv4' as const),
      scope: info.scope ?? '',
      tentative: info.tentative === true,
    })),
  );
}
