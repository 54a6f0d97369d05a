/** What the guardian's tests stand on: two hosts on a cable, a watcher on the other end, daemons with directories of their own. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressBytes } from '../../core/address.ts';
import { until } from '../../lab/clock.ts';
import type { Host } from '../../lab/host.ts';
import { createLab } from '../../lab/lab.ts';
import type { Lab } from '../../lab/lab.ts';
import { ownProgram } from '../../lab/own.ts';
import type { Program } from '../../lab/program.ts';
import { ethernetFrame, ipv4Packet } from '../../lab/raw.ts';
import { startWatcher } from '../../lab/watcher.ts';
import type { Watcher } from '../../lab/watcher.ts';
import { AUTH_NONE, GROUP_IPV4, encodeAdvert } from '../../vrrp/packet.ts';
import { need } from '../support/need.ts';

export const VIP = '192.0.2.10';
export const CONFIG = `
instance: a
stack: edge
ha: { mode: active-passive, primary: true, interface: eth0 }
vrrp: [{ name: wan, id: 51, interface: eth0, addresses: [${VIP}/24] }]
realtime: false
manager: false
`;

export function advertOf(vrid: number, priority: number): Buffer {
  const source = addressBytes('192.0.2.2') ?? new Uint8Array();
  const fields = {
    version: 3,
    vrid,
    priority,
    intervalMs: 1000,
    authType: AUTH_NONE,
    authData: new Uint8Array(),
  } as const;
  const addresses = [addressBytes(VIP) ?? new Uint8Array()];
  const payload = encodeAdvert(
    { ...fields, addresses },
    { family: 'ipv4', source, destination: GROUP_IPV4 },
    'rfc5798',
  );
  return ethernetFrame(ipv4Packet({ source: '192.0.2.2', payload }));
}

let started = 0;

/** A daemon with directories of its own. */
export class Daemon {
  readonly #a: Host;
  readonly folder: string;
  readonly run: string;
  readonly config: string;
  readonly program: Program;

  constructor(
    a: Host,
    fake = '',
    options: {
      readonly env?: Readonly<Record<string, string>>;
      readonly config?: string;
      readonly run?: string;
    } = {},
  ) {
    this.#a = a;
    started += 1;
    this.folder = a.folder(`daemon${started}`);
    this.run = join(this.folder, 'run');
    this.config = join(this.folder, 'tandem.yaml');
    writeFileSync(this.config, options.config ?? CONFIG);
    const argv = [
      ...ownProgram('test/lab/guardian-start'),
      this.config,
      join(this.folder, 'state'),
      options.run ?? this.run,
    ];
    this.program = a.spawn([process.execPath, ...argv], { name: 'guardian', env: { FAKE: fake, ...options.env } });
  }

  /** Another daemon on the same directories. */
  again(): Program {
    const argv = [...ownProgram('test/lab/guardian-start'), this.config, join(this.folder, 'state'), this.run];
    return this.#a.spawn([process.execPath, ...argv], { name: 'guardian' });
  }

  pid(name: string): number | null {
    const path = join(this.run, `${name}.pid`);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : null;
  }

  async ready(): Promise<number> {
    await this.program.waitFor(/^ready$/, 30_000);
    return this.pid('engine') ?? assert.fail('engine.pid is missing');
  }

  /** Messages that the fake engine got, of one kind. */
  messages(kind: string): readonly Record<string, unknown>[] {
    return this.program.output
      .filter((line) => line.startsWith('fake: {'))
      .map((line) => JSON.parse(line.slice('fake: '.length)) as Record<string, unknown>)
      .filter((message) => message['kind'] === kind);
  }

  async generation(wanted: number): Promise<Record<string, unknown>> {
    const what = `generation ${wanted} begins; it said: ${this.program.output.slice(-5).join(' | ')}`;
    return until(() => this.messages('begin').find((message) => message['generation'] === wanted), {
      what,
      limitMs: 30_000,
    });
  }
}

export interface GuardianStage {
  readonly a: Host;
  readonly b: Host;
  readonly watcher: Watcher;
  /** A daemon on `a`. */
  daemon(...options: ConstructorParameters<typeof Daemon> extends [Host, ...infer Rest] ? Rest : never): Daemon;
  /** Adverts of priority 0 that `a` has sent. */
  zeros(): number;
  resigned(): Promise<unknown>;
}

/** Call it in a `describe`: two hosts for its tests; after each, nothing may be left. */
export function guardianStage(name: string): GuardianStage {
  let lab: Lab;
  let a: Host;
  let b: Host;
  let watcher: Watcher;

  before(async function () {
    need(this, 'root', 'namespaces', 'tcpdump');
    lab = createLab({ name });
    a = lab.host('a');
    b = lab.host('b');
    lab.cable(a.port('eth0', { address: '192.0.2.1/24' }), b.port('eth0', { address: '192.0.2.2/24' }));
    watcher = await startWatcher(b, 'eth0');
  });
  after(() => lab?.close());
  afterEach(async () => {
    for (const program of a.programs) {
      await program.stop('SIGTERM');
      assert.equal(a.has(VIP), false, 'nothing is left behind');
    }
    a.ip('address flush dev eth0', 'address add 192.0.2.1/24 dev eth0');
    watcher.seen.length = 0;
  });
  const zeros = (): number => watcher.adverts({ vrid: 51, priority: 0, source: '192.0.2.1' }).length;
  return {
    get a() {
      return a;
    },
    get b() {
      return b;
    },
    get watcher() {
      return watcher;
    },
    daemon: (...options) => new Daemon(a, ...options),
    zeros,
    resigned: () => until(() => zeros() > 0, { what: 'priority 0 on the wire' }),
  };
}
