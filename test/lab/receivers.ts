/**
 * Receivers of alerts on the client of the lab: Debian's rsyslogd over TCP and net-snmp's snmptrapd with our MIB and RFC 6527's. They keep what they
 * take in files, over their own restarts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/clock.ts';
import { findProgram } from '../../lab/command.ts';
import type { Host } from '../../lab/host.ts';
import type { Program } from '../../lab/program.ts';
import { TAKEN_TEMPLATE, readTaken } from '../interop/rsyslog.ts';
import type { Taken } from '../interop/rsyslog.ts';
import { SnmpTools } from '../interop/snmp-tools.ts';

/** The client on the data network. */
const ADDRESS = '10.77.0.254';
const SYSLOG_PORT = 514;
const TRAP_PORT = 162;
const COMMUNITY = 'sesame';
const USER = { name: 'tandem', auth: 'correct horse', priv: 'battery staple' } as const;

/** A notification as snmptrapd wrote it: `name.index` of each variable, without its module, and its value, without its type. */
export interface Notification {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

export type Transport = 'traps' | 'informs';

let made = 0;

export class Receivers {
  readonly #host: Host;
  readonly #folder: string;
  readonly #tools = new SnmpTools();
  #programs: Program[] = [];

  constructor(host: Host) {
    this.#host = host;
    made += 1;
    this.#folder = host.folder(`receivers${made}`);
  }

  /** Section `alerts` of an instance that tells them everything: traps of v2c, or informs of v3. */
  alerts(transport: Transport): Readonly<Record<string, unknown>> {
    const target = { host: ADDRESS, port: TRAP_PORT, inform: transport === 'informs' };
    const secret = (name: string, text: string): string => {
      const file = join(this.#folder, name);
      writeFileSync(file, `${text}\n`, { mode: 0o600 });
      return file;
    };
    const trap =
      transport === 'traps'
        ? { ...target, version: '2c', communityFile: secret('community', COMMUNITY) }
        : {
            ...target,
            version: 3,
            user: USER.name,
            level: 'authPriv',
            authFile: secret('auth', USER.auth),
            privFile: secret('priv', USER.priv),
          };
    return {
      syslog: [{ host: ADDRESS, port: SYSLOG_PORT, transport: 'tcp', facility: 'local0' }],
      snmp: { traps: [trap] },
    };
  }

  /** Starts both, and waits until they listen. */
  async start(): Promise<void> {
    this.#programs = [this.#startRsyslog(), this.#startTrapd()];
    const [rsyslog, trapd] = this.#programs;
    await listening(rsyslog!, 'tcp', SYSLOG_PORT);
    await listening(trapd!, 'udp', TRAP_PORT);
  }

  #startRsyslog(): Program {
    const file = join(this.#folder, 'rsyslog.conf');
    writeFileSync(
      file,
      `
global(workDirectory="${this.#folder}" maxMessageSize="8k")
module(load="imptcp")
${TAKEN_TEMPLATE}
ruleset(name="keep") { action(type="omfile" file="${this.#syslogFile}" template="line") }
input(type="imptcp" address="${ADDRESS}" port="${SYSLOG_PORT}" ruleset="keep")
`,
    );
    const argv = [findProgram('rsyslogd') ?? 'rsyslogd', '-n', '-f', file, '-i', join(this.#folder, 'pid')];
    return this.#host.spawn(argv, { name: 'rsyslogd' });
  }

  #startTrapd(): Program {
    const { args, env } = this.#tools.daemon('snmptrapd', [
      `authCommunity log ${COMMUNITY}`,
      `createUser ${USER.name} SHA-256 "${USER.auth}" AES "${USER.priv}"`,
      `authUser log ${USER.name} priv`,
      'format2 %V|%v\\n',
    ]);
    // -A: a start does not empty the file.
    const how = ['-A', '-Lf', this.#trapFile, '-n', ...this.#tools.withVrrpMib, `udp:${ADDRESS}:${TRAP_PORT}`];
    return this.#host.spawn([findProgram('snmptrapd') ?? 'snmptrapd', ...args, ...how], { name: 'snmptrapd', env });
  }

  /** Ends both in order: nobody listens any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map((program) => program.stop()));
  }

  /** Call it in an `afterEach`; what still runs ends with the lab's other programs. */
  close(): Promise<void> {
    return this.#tools.close();
  }

  get #syslogFile(): string {
    return join(this.#folder, 'messages');
  }

  get #trapFile(): string {
    return join(this.#folder, 'notifications');
  }

  /** Messages in the order in which rsyslogd wrote them. */
  messages(): readonly Taken[] {
    return readTaken(this.#syslogFile);
  }

  /** Notifications in the order in which snmptrapd wrote them. */
  notifications(): readonly Notification[] {
    if (!existsSync(this.#trapFile)) return [];
    const lines = readFileSync(this.#trapFile, 'utf8').split('\n').slice(0, -1);
    return lines.filter((line) => line.includes('snmpTrapOID')).map(readNotification);
  }
}

/** A parameter of the structured data of one of our messages; empty if it has none. */
export function parameter({ data }: Taken, name: string): string {
  return new RegExp(`[ ]${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(data)?.[1] ?? '';
}

function readNotification(line: string): Notification {
  const values = new Map(
    line.split('|').flatMap((part): [string, string][] => {
      const found = /^(?:[\w-]+::)?(\S+) = (?:[\w-]+: )?(.*)$/.exec(part);
      return found === null ? [] : [[found[1]!, found[2]!]];
    }),
  );
  return { name: values.get('snmpTrapOID.0')?.replace(/^[\w-]+::/, '') ?? '', values };
}

/** Its own network namespace shows who listens in it. */
function listening(program: Program, protocol: 'tcp' | 'udp', port: number): Promise<true> {
  const state = protocol === 'tcp' ? '0A' : '07';
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const socket = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:0000 ${state} `, 'm');
  return until(
    () => {
      if (program.exit !== null) throw new Error(`it ended: ${program.output.slice(-5).join(' | ')}`);
      return socket.test(readFileSync(`/proc/${program.pid}/net/${protocol}`, 'latin1')) ? true : null;
    },
    { what: `${program.name} listens on ${protocol} ${port}`, limitMs: 20_000, everyMs: 20 },
  );
}
