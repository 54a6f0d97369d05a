/** Debian's net-snmp on loopback: its receiver, its agent and its command line, each with files of their own in a temporary folder. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';
import { until } from '../../lab/clock.ts';

/** SNMPv2-SMI and its like are not in Debian main; the node package brings them. Ours is loaded with them, and nothing else. */
const MIBS = join(dirname(createRequire(import.meta.url).resolve('net-snmp')), 'lib/mibs');

/** VRRPV3-MIB of RFC 6527 comes with keepalived; what it imports from here comes with nobody, and is all that it needs. */
const VRRP_MIBS = '/usr/share/snmp/mibs';
const INET_ADDRESS_MIB = `
INET-ADDRESS-MIB DEFINITIONS ::= BEGIN
IMPORTS TEXTUAL-CONVENTION FROM SNMPv2-TC;
InetAddressType ::= TEXTUAL-CONVENTION
    STATUS current DESCRIPTION "A stand-in."
    SYNTAX INTEGER { unknown(0), ipv4(1), ipv6(2), ipv4z(3), ipv6z(4), dns(16) }
InetAddress ::= TEXTUAL-CONVENTION
    STATUS current DESCRIPTION "A stand-in."
    SYNTAX OCTET STRING (SIZE (0..255))
END
`;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly string[];
}

export class SnmpTools {
  readonly folder = mkdtempSync(join(tmpdir(), 'tandem-snmp-'));
  readonly #children: Program[] = [];

  constructor() {
    // Else each of them says once that it has made this.
    mkdirSync(join(this.folder, 'cert_indexes'));
    mkdirSync(join(this.folder, 'mibs'));
    writeFileSync(join(this.folder, 'mibs', 'INET-ADDRESS-MIB.txt'), INET_ADDRESS_MIB);
  }

  /** Options with which RFC 6527's MIB is loaded beside ours. Needs keepalived. */
  get withVrrpMib(): readonly string[] {
    const folders = [MIBS, `${packageFolder}alerts/mib`, join(this.folder, 'mibs'), VRRP_MIBS];
    return ['-M', folders.join(':'), '-m', 'TANDEM-MIB:SNMPv2-MIB:VRRPV3-MIB'];
  }

  #environment(persistent: string): Readonly<Record<string, string>> {
    return {
      PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      MIBDIRS: `${MIBS}:${packageFolder}alerts/mib`,
      MIBS: 'TANDEM-MIB:SNMPv2-MIB',
      SNMP_PERSISTENT_DIR: persistent,
      SNMPCONFPATH: persistent,
    };
  }

  /** Runs one of the tools; whatever it ends with. */
  run(program: string, ...args: readonly string[]): Promise<Ran> {
    const env = this.#environment(this.folder);
    return new Promise((resolve) => {
      execFile(program, args, { env, timeout: 20_000 }, (_error, stdout, stderr) =>
        resolve({ stdout, stderr, lines: stdout.split('\n').filter((line) => line !== '') }),
      );
    });
  }

  /** How a daemon with that configuration is started; what it remembers is kept under its name, over restarts too. */
  daemon(
    name: string,
    config: readonly string[],
  ): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.conf`);
    writeFileSync(file, `${config.join('\n')}\n`);
    return { args: ['-f', '-C', '-c', file], env: this.#environment(folder) };
  }

  start(program: string, name: string, config: readonly string[], ...args: readonly string[]): Program {
    const daemon = this.daemon(name, config);
    const child = spawn(program, [...daemon.args, ...args], { env: daemon.env });
    const started = new Program(child);
    this.#children.push(started);
    return started;
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Program {
  text = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit');
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
      });
    }
  }

  get lines(): readonly string[] {
    return this.text.split('\n');
  }

  /** Waits until it has written `count` lines like that. */
  async says(pattern: RegExp, count = 1): Promise<readonly string[]> {
    const found = (): readonly string[] => this.lines.filter((line) => pattern.test(line));
    try {
      return await until(() => found().length >= count && found(), { what: `${count} lines like ${pattern}` });
    } catch (error) {
      throw new Error(`${(error as Error).message} in:\n${this.text}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await this.#ended;
  }
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
