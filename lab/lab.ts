/**
 * The lab: hosts and switches in network namespaces of this machine, joined by cables that can be cut.
 * The demo, the tests and the benchmarks stand on it. It removes exactly what it made, also after a crash (see `registry.ts`).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cable } from './cable.ts';
import { command, inside, ip, whyNoNamespaces } from './command.ts';
import { Host } from './host.ts';
import type { Port } from './host.ts';
import type { Program } from './program.ts';
import { clear, isAlive, markOf, record, registryFolder, sweep } from './registry.ts';
import type { ProcessMark } from './registry.ts';

/** A switch: a bridge without spanning tree and without multicast snooping. */
export interface Switch {
  readonly kind: 'switch';
  readonly name: string;
}

export interface LabOptions {
  /** Shown in messages. */
  readonly name?: string;
  /** True (default): SIGINT, SIGTERM and SIGHUP clear the lab away and end this process. */
  readonly endOnSignals?: boolean;
  /** IPv6 duplicate address detection on hosts; off by default, so that addresses are usable at once. */
  readonly duplicateDetection?: boolean;
}

let counter = 0;
const open = new Set<Lab>();
let exitHandler = false;
let signalHandlers = false;

/** Linux keeps 15 characters of an interface name. */
const NAME_MAX = 15;

/** Made by `createLab`. */
export class Lab {
  readonly name: string;
  /** Folder in memory for files of this lab; gone with it. */
  readonly folder: string;
  readonly hosts = new Map<string, Host>();
  readonly switches = new Map<string, Switch>();
  readonly cables: Cable[] = [];
  readonly #id: string;
  readonly #wires: string;
  readonly #owner: ProcessMark;
  readonly #options: LabOptions;
  readonly #namespaces: string[] = [];
  #programs: ProcessMark[] = [];
  #closed = false;

  constructor(options: LabOptions) {
    const owner = markOf(process.pid);
    if (owner === null) throw new Error('lab: /proc is not mounted');
    counter += 1;
    this.#id = `${process.pid}-${counter}`;
    this.#owner = owner;
    this.#options = options;
    this.#wires = `tdm-${this.#id}-wires`;
    this.name = options.name ?? this.#id;
    this.folder = join(registryFolder(), this.#id);
  }

  /** To be called by `createLab` alone. */
  open(): void {
    open.add(this);
    this.#write();
    mkdirSync(this.folder, { recursive: true });
    this.#namespace(this.#wires);
  }

  /** The host with this name; made if there is none yet. Names up to eight characters keep port names readable. */
  host(name: string): Host {
    const known = this.hosts.get(name);
    if (known !== undefined) return known;
    const namespace = `tdm-${this.#id}-${name}`;
    this.#namespace(namespace);
    const host = new Host(name, namespace, { folder: this.folder, started: (program) => this.#started(program) });
    ip(['link set lo up'], namespace);
    if (this.#options.duplicateDetection !== true) {
      command([...inside(namespace), 'sh', '-c', 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad']);
    }
    this.hosts.set(name, host);
    return host;
  }

  /**
   * The switch with this name; made if there is none yet. `learning` false: it sends every frame to every port, so that a station is found
   * at once by whichever way leads to it.
   */
  switch(name: string, options: { readonly learning?: boolean } = {}): Switch {
    const known = this.switches.get(name);
    if (known !== undefined) return known;
    const ageing = options.learning === false ? ' ageing_time 0' : '';
    ip(
      [`link add ${name} type bridge stp_state 0 mcast_snooping 0 forward_delay 0${ageing}`, `link set ${name} up`],
      this.#wires,
    );
    const made: Switch = { kind: 'switch', name };
    this.switches.set(name, made);
    return made;
  }

  /**
   * Plugs a port into a switch, or straight into another host. A cable between hosts is a switch with two ports inside,
   * so that pulling it takes the carrier from both ends and nothing else.
   */
  cable(port: Port, to: Switch | Port): Cable {
    const direct = !('kind' in to);
    const bridge = direct ? this.switch(`patch${this.switches.size}`) : to;
    const farEnds = [{ port: this.#plug(port, bridge) }, ...(direct ? [{ port: this.#plug(to, bridge) }] : [])];
    const name = `${port.host.name}:${port.name} to ${direct ? `${to.host.name}:${to.name}` : bridge.name}`;
    const cable = new Cable(name, port.host.name, this.#wires, farEnds);
    port.host.cables.push(cable);
    if (direct) to.host.cables.push(cable);
    this.cables.push(cable);
    return cable;
  }

  #plug(port: Port, bridge: Switch): string {
    const { host, name } = port;
    const wanted = `${host.name}-${name}`;
    const far = wanted.length <= NAME_MAX ? wanted : `p${this.cables.length}-${name}`.slice(0, NAME_MAX);
    const mac = port.mac === null ? '' : `address ${port.mac} `;
    ip([`link add ${name} ${mac}netns ${host.namespace} type veth peer name ${far} netns ${this.#wires}`]);
    ip([`link set ${far} master ${bridge.name}`, `link set ${far} up`], this.#wires);
    ip([`link set ${name} up`, ...port.addresses.map((address) => `addr add ${address} dev ${name}`)], host.namespace);
    host.ports.set(name, port);
    return far;
  }

  /** Every program stopped, every cable whole, every address as at the beginning: for tests that share a topology. */
  async reset(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.reset()));
  }

  /** Removes everything at once: programs (SIGKILL), namespaces, files. Idempotent, blocking, also called when the process exits. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clear(this.#id, this.#inventory());
    open.delete(this);
  }

  #namespace(name: string): void {
    // Written down first: if this process dies in between, there is nothing that is not in the file.
    this.#namespaces.push(name);
    this.#write();
    command(['ip', 'netns', 'add', name]);
  }

  #started(program: Program): void {
    this.#programs = [...this.#programs.filter(isAlive), program.mark];
    this.#write();
  }

  #write(): void {
    record(this.#id, this.#inventory());
  }

  #inventory(): Parameters<typeof record>[1] {
    return { owner: this.#owner, namespaces: this.#namespaces, programs: this.#programs, folder: this.folder };
  }
}

/** Makes a lab, after clearing away what labs of dead processes left. Throws with a sentence where namespaces are not to be had. */
export function createLab(options: LabOptions = {}): Lab {
  const why = whyNoNamespaces();
  if (why !== null) throw new Error(`lab: ${why}`);
  sweep();
  if (!exitHandler) process.on('exit', closeAll);
  exitHandler = true;
  if (options.endOnSignals !== false && !signalHandlers) {
    signalHandlers = true;
    for (const [signal, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
      ['SIGHUP', 1],
    ] as const) {
      process.once(signal, () => process.exit(128 + number));
    }
  }
  const lab = new Lab(options);
  try {
    lab.open();
  } catch (error) {
    lab.close();
    throw error;
  }
  return lab;
}

function closeAll(): void {
  for (const lab of open) lab.close();
}
