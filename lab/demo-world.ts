/** The demo's little world: a client, and two instances of Tandem that share an address. Things in it can be broken and mended. */
import type { TandemEvent } from '../core/event.ts';
import type { Status } from '../core/status.ts';
import { cutTogether } from './cable.ts';
import { until } from './clock.ts';
import { follow } from './control.ts';
import type { Step, Target } from './demo-script.ts';
import { OutageLedger } from './outages.ts';
import { startEcho, startProbe } from './probe.ts';
import type { ProcessName, Tandem } from './tandem.ts';
import { launchTandem, startTandem } from './tandem.ts';
import { VIP, instanceConfig, pair } from './topology.ts';
import type { Place, Topology } from './topology.ts';

export type InstanceName = 'a' | 'b';
export const NAMES: readonly InstanceName[] = ['a', 'b'];

/** Everything that runs of an instance; frozen together, as a paused virtual machine would be. */
const PROCESSES: readonly ProcessName[] = ['guardian', 'engine', 'helper'];

/** One instance as the demo sees it. */
export interface InstanceView {
  readonly name: InstanceName;
  /** Null while its control socket does not answer. */
  readonly status: Status | null;
  /** Its daemon: running, stopped by the user, frozen by the user. */
  readonly daemon: 'running' | 'stopped' | 'frozen';
  /** The address is on its interface, says its kernel. */
  readonly holdsVip: boolean;
  readonly dataCut: boolean;
  readonly haCut: boolean;
}

/** A line of the story. */
export interface Entry {
  /** Wall time, ms since 1970. */
  readonly at: number;
  readonly kind: 'you' | 'role' | 'client' | 'event';
  readonly text: string;
}

interface Instance {
  readonly place: Place;
  tandem: Tandem;
  status: Status | null;
  frozen: boolean;
  holdsVip: boolean;
  unfollow: (() => void) | null;
  readonly known: Set<string>;
}

/** The configuration of an instance: adverts on the HA port, the address on the data link, five seconds before the primary takes it back. */
export function demoConfig(name: InstanceName): Record<string, unknown> {
  return instanceConfig(name, {
    stack: 'demo',
    ha: { preemptDelay: '5s' },
    vrrp: [{ name: 'wan', id: 51, addressInterface: 'eth0', addresses: [`${VIP}/24`] }],
  });
}

export class DemoWorld {
  readonly ledger = new OutageLedger();
  readonly story: Entry[] = [];
  #topology: Topology | null = null;
  readonly #instances = new Map<InstanceName, Instance>();
  readonly #listeners: ((entry: Entry) => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #toldMoves = 0;
  #toldOutages = 0;

  /** Builds it and waits until the client gets answers. `say` is told what is being done. */
  async start(say: (text: string) => void): Promise<void> {
    say('building the network: a client, a switch, instances a and b');
    const topology = pair({ name: 'demo', endOnSignals: false });
    this.#topology = topology;
    say('starting Tandem on a and b');
    for (const name of NAMES) {
      const place = topology.place(name);
      const tandem = launchTandem(place.host, demoConfig(name));
      this.#instances.set(name, {
        place,
        tandem,
        status: null,
        frozen: false,
        holdsVip: false,
        unfollow: null,
        known: new Set(),
      });
    }
    await Promise.all([...this.#instances.values()].map(({ tandem }) => ready(tandem)));
    await Promise.all(topology.places.map(({ host }) => startEcho(host)));
    this.#timer = setInterval(() => void this.#look(), 200);
    say('waiting until one of them has the address');
    const probe = startProbe(topology.client, VIP);
    probe.onBatch((batch) => {
      this.ledger.add(batch);
      this.#tellClient();
    });
    await until(() => this.ledger.who !== null && this.active() !== null, {
      what: `an instance answers on ${VIP}`,
      limitMs: 30_000,
    });
  }

  onEntry(listener: (entry: Entry) => void): void {
    this.#listeners.push(listener);
  }

  tell(kind: Entry['kind'], text: string): void {
    const entry: Entry = { at: Date.now(), kind, text };
    this.story.push(entry);
    if (this.story.length > 200) this.story.splice(0, 100);
    for (const listener of this.#listeners) listener(entry);
  }

  /** The instance that is active by its own word and has the address; failing that, the one that answers the client. */
  active(): InstanceName | null {
    const own = NAMES.find((name) => this.#instances.get(name)?.status?.role === 'active');
    return own ?? NAMES.find((name) => name === this.ledger.who) ?? null;
  }

  view(): readonly InstanceView[] {
    return NAMES.flatMap((name) => {
      const instance = this.#instances.get(name);
      if (instance === undefined) return [];
      const { place, tandem, frozen, holdsVip, status } = instance;
      const daemon = tandem.program.exit !== null ? 'stopped' : frozen ? 'frozen' : 'running';
      return [{ name, status, daemon, holdsVip, dataCut: place.data.isCut, haCut: place.ha.isCut }];
    });
  }

  /** Why the instance is what it is, in the words of `tandem why`. */
  async why(name: InstanceName): Promise<string> {
    const tandem = this.#instances.get(name)?.tandem;
    if (tandem === undefined) return '';
    const { stdout, stderr } = await tandem.cli('why');
    return (stdout.trim() === '' ? stderr : stdout).trim();
  }

  /** Does one thing. Never throws: what did not work is told instead. */
  async take(step: Exclude<Step, { verb: 'wait' }>): Promise<void> {
    try {
      await this.#take(step);
    } catch (error) {
      this.tell('you', `that did not work: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #take(step: Exclude<Step, { verb: 'wait' }>): Promise<void> {
    if (step.verb === 'restore') return this.#restore();
    if (step.verb === 'switchover') {
      const { tandem } = this.#instance('active');
      this.tell('you', `switchover, asked of ${tandem.host.name}`);
      const { code, stdout, stderr } = await tandem.cli('switchover');
      if (code !== 0) this.tell('you', `switchover: ${(stderr || stdout).trim()}`);
      return;
    }
    const instance = this.#instance(step.target);
    const { name } = instance.place.host;
    switch (step.verb) {
      case 'kill':
        this.tell('you', `engine of ${name} killed (SIGKILL)`);
        return instance.tandem.kill('engine');
      case 'stop':
        this.tell('you', `${name} stopped (SIGTERM)`);
        return instance.tandem.stop();
      case 'freeze':
        this.tell('you', `${name} frozen: all of its processes stand still`);
        for (const process of PROCESSES) if (instance.tandem.pid(process) !== null) instance.tandem.freeze(process);
        instance.frozen = true;
        return;
      case 'cut':
        this.tell('you', `${step.what === 'link' ? 'data link' : 'HA port'} of ${name} cut`);
        return cutTogether([step.what === 'link' ? instance.place.data : instance.place.ha]);
    }
  }

  async #restore(): Promise<void> {
    this.tell('you', 'everything restored');
    for (const instance of this.#instances.values()) {
      const { place, tandem } = instance;
      place.host.restoreCables();
      if (instance.frozen) for (const process of PROCESSES) if (tandem.pid(process) !== null) tandem.continue(process);
      instance.frozen = false;
      if (tandem.program.exit === null) continue;
      const name: InstanceName = place.host.name === 'a' ? 'a' : 'b';
      instance.tandem = await startTandem(place.host, demoConfig(name), { again: tandem });
      instance.known.clear();
    }
  }

  #instance(target: Target): Instance {
    const name = target === 'active' ? this.active() : target;
    const instance = name === null ? undefined : this.#instances.get(name);
    if (instance === undefined) throw new Error('no instance is active at this moment');
    return instance;
  }

  /** Reads what the instances and their kernels say; the story is written from their event streams. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    await Promise.all(
      [...this.#instances.values()].map(async (instance) => {
        const { tandem, place } = instance;
        instance.holdsVip = place.host.has(VIP);
        if (tandem.program.exit !== null || instance.frozen) {
          instance.status = null;
          return;
        }
        instance.status = await tandem.status().catch(() => null);
        if (instance.status !== null && instance.unfollow === null) this.#follow(instance);
      }),
    ).catch(() => {
      // The namespaces are going away: the demo ends.
    });
    this.#looking = false;
  }

  #follow(instance: Instance): void {
    const ended = (): void => {
      instance.unfollow = null;
    };
    instance.unfollow = follow(
      instance.tandem.socket,
      0,
      (event) => this.#event(instance, event as TandemEvent),
      ended,
    );
  }

  #event(instance: Instance, event: TandemEvent): void {
    if (typeof event.id !== 'string' || instance.known.has(event.id)) return;
    instance.known.add(event.id);
    // A fault is an event, and so is the change of role that it causes: told once.
    const text = `${event.instance}: ${event.reason.text}`;
    if (this.story.some((entry) => entry.text === text && Date.now() - entry.at < 1000)) return;
    if (event.kind === 'role') this.tell('role', text);
    else if (event.severity !== 'info') this.tell('event', text);
  }

  #tellClient(): void {
    for (; this.#toldMoves < this.ledger.moves.length; this.#toldMoves += 1) {
      const { from, to, gapMs, lost } = this.ledger.moves[this.#toldMoves]!;
      const probes = `${lost} ${lost === 1 ? 'probe' : 'probes'} lost`;
      const price = lost === 0 ? 'not one probe lost' : `${milliseconds(gapMs)} without an answer, ${probes}`;
      this.tell('client', `answered by ${to} instead of ${from}: ${price}`);
    }
    if (this.ledger.count === this.#toldOutages) return;
    this.#toldOutages = this.ledger.count;
    const { last } = this.ledger;
    if (last !== null && last.before === last.after)
      this.tell('client', `no answer for ${milliseconds(last.ms)}, ${last.lost} probes lost`);
  }

  /** Ends everything and removes it. Idempotent. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const { unfollow } of this.#instances.values()) unfollow?.();
    this.#topology?.close();
    this.#topology = null;
  }
}

async function ready(tandem: Tandem): Promise<void> {
  await tandem.waitStatus((status) => status.role !== 'starting', `tandemd on ${tandem.host.name} is ready`, 30_000);
}

/** `6 ms`, `2.91 s`. */
export function milliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
