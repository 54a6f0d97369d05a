/** A running Tandem in a host of the lab: the real programs of `bin/`, with directories of their own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TandemEvent } from '../core/event.ts';
import type { Role, Status } from '../core/status.ts';
import { packageFolder } from '../daemon/where.ts';
import { Hopeless, now, sleep, until } from './clock.ts';
import { withOwnSysfs } from './command.ts';
import type { Outcome } from './command.ts';
import { ask, follow } from './control.ts';
import type { Host } from './host.ts';
import type { Program } from './program.ts';

/** A configuration: YAML text, or an object that is written as JSON (which is YAML too). */
export type TandemConfig = string | Readonly<Record<string, unknown>>;

/** Processes of Tandem that leave their number in the run directory. */
export type ProcessName = 'guardian' | 'engine' | 'manager' | 'helper';

export interface TandemOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** File that gets what the daemon says. */
  readonly log?: string;
  readonly limitMs?: number;
  /** With the manager; its configuration has to name one. */
  readonly manager?: boolean;
  /** Directories of an earlier Tandem on this host, to start again with what it left. */
  readonly again?: Tandem;
}

let started = 0;

/** Made by `startTandem`. */
export class Tandem {
  readonly host: Host;
  readonly folder: string;
  readonly config: string;
  readonly state: string;
  readonly run: string;
  readonly program: Program;
  readonly socket: string;

  constructor(host: Host, folder: string, program: Program) {
    this.host = host;
    this.folder = folder;
    this.config = join(folder, 'tandem.yaml');
    this.state = join(folder, 'state');
    this.run = join(folder, 'run');
    this.socket = join(this.run, 'engine.sock');
    this.program = program;
  }

  /** `GET /status`. */
  async status(): Promise<Status> {
    return (await ask(this.socket, '/status')) as Status;
  }

  /** Every event that the engine still has, oldest first (its own gap and snapshot lines left out). */
  async events(): Promise<readonly TandemEvent[]> {
    const found: TandemEvent[] = [];
    // The stream has no end: what is there comes at once, so a short silence means that this was all.
    let heard = now();
    const stop = follow(this.socket, 0, (event) => {
      heard = now();
      if (isEvent(event)) found.push(event);
    });
    try {
      await sleep(100);
      while (now() - heard < 50) await sleep(10);
    } finally {
      stop();
    }
    return found;
  }

  /** Number of one of its processes, from `<run>/NAME.pid`; null if there is none. */
  pid(name: ProcessName): number | null {
    try {
      const pid = Number(readFileSync(join(this.run, `${name}.pid`), 'utf8'));
      return Number.isInteger(pid) && pid > 0 ? pid : null;
    } catch {
      return null;
    }
  }

  /** Sends a signal to one of its processes (SIGKILL unless said otherwise). Throws if it does not run. */
  kill(name: ProcessName, signal: NodeJS.Signals = 'SIGKILL'): void {
    const pid = this.pid(name);
    if (pid === null) throw new Error(`lab: ${this.host.name} has no ${name} process`);
    process.kill(pid, signal);
  }

  freeze(name: ProcessName): void {
    this.kill(name, 'SIGSTOP');
  }

  continue(name: ProcessName): void {
    this.kill(name, 'SIGCONT');
  }

  /** Orderly end (SIGTERM to the guardian). */
  async stop(limitMs = 10_000): Promise<void> {
    await this.program.stop('SIGTERM', limitMs);
  }

  /** Writes a new configuration and has it read with `tandem reload`. */
  async reload(config: TandemConfig): Promise<Outcome> {
    this.write(config);
    return this.cli('reload');
  }

  write(config: TandemConfig): void {
    writeFileSync(this.config, configText(config));
  }

  /** Waits until its role is this one. */
  async waitRole(role: Role, limitMs = 15_000): Promise<Status> {
    return this.waitStatus((status) => status.role === role, `role ${role} on ${this.host.name}`, limitMs);
  }

  /** Waits for a status that fits. */
  async waitStatus(fits: (status: Status) => boolean, what: string, limitMs = 15_000): Promise<Status> {
    let last = '';
    return until(
      async () => {
        this.failIfEnded();
        const status = await this.status();
        last = `${status.role}: ${status.reason.text}`;
        return fits(status) ? status : null;
      },
      { what, limitMs, everyMs: 20 },
    ).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}; it is ${last || 'silent'}`, {
        cause: error,
      });
    });
  }

  failIfEnded(): void {
    const { exit } = this.program;
    if (exit !== null)
      throw new Hopeless(
        `tandemd on ${this.host.name} ended (${exit.signal ?? exit.code}): ${this.program.output.slice(-8).join(' | ')}`,
      );
  }

  /** Runs `bin/tandem` against it. */
  cli(...args: readonly string[]): Promise<Outcome> {
    return this.host.run([process.execPath, join(packageFolder, 'bin/tandem'), '--run', this.run, ...args]);
  }

  /** `tandem switchover`, to the named instance or to the best. */
  switchover(to: string | null = null, hold: string | null = null): Promise<Outcome> {
    return this.cli('switchover', ...(to === null ? [] : ['--to', to]), ...(hold === null ? [] : ['--hold', hold]));
  }

  /** `tandem maintenance on|off`, with further options. */
  maintenance(on: boolean, ...options: readonly string[]): Promise<Outcome> {
    return this.cli('maintenance', on ? 'on' : 'off', ...options);
  }

  /** `tandem bypass engage|release`. */
  bypass(verb: 'engage' | 'release'): Promise<Outcome> {
    return this.cli('bypass', verb);
  }

  /** `tandem flaps reset`. */
  flapsReset(): Promise<Outcome> {
    return this.cli('flaps', 'reset');
  }

  /** `tandem --json peers`. */
  peers(): Promise<Outcome> {
    return this.cli('--json', 'peers');
  }

  /** `tandem --json links`. */
  links(): Promise<Outcome> {
    return this.cli('--json', 'links');
  }
}

function isEvent(value: unknown): value is TandemEvent {
  return typeof value === 'object' && value !== null && 'seq' in value && 'kind' in value && 'reason' in value;
}

function configText(config: TandemConfig): string {
  return typeof config === 'string' ? config : `${JSON.stringify(config, null, 2)}\n`;
}

/** Starts `tandemd run` without waiting for anything: for starts that are meant to fail. */
export function launchTandem(host: Host, config: TandemConfig, options: TandemOptions = {}): Tandem {
  started += 1;
  const folder = options.again?.folder ?? host.folder(`t${started}`);
  writeFileSync(join(folder, 'tandem.yaml'), configText(config));
  const directories = [
    '--config',
    join(folder, 'tandem.yaml'),
    '--state',
    join(folder, 'state'),
    '--run',
    join(folder, 'run'),
  ];
  const argv = [process.execPath, join(packageFolder, 'bin/tandemd'), 'run', ...directories];
  // The manager alone reads of interfaces there.
  const whole = options.manager === true ? withOwnSysfs(argv) : [...argv, '--without-manager'];
  const program = host.spawn(whole, {
    name: 'tandemd',
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  return new Tandem(host, folder, program);
}

/** Starts `tandemd run` and waits until it is ready and answers. */
export async function startTandem(host: Host, config: TandemConfig, options: TandemOptions = {}): Promise<Tandem> {
  const tandem = launchTandem(host, config, options);
  await tandem.waitStatus((status) => status.role !== 'starting', `tandemd on ${host.name} is ready`, options.limitMs);
  return tandem;
}
