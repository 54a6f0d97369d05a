/**
 * The demo's little world: a client of the shared address, two instances of Tandem, and hosts outside and inside whose traffic passes through
 * them. Things in it can be broken and mended.
 */
import type { TandemEvent } from '../core/event.ts';
import { until } from './clock.ts';
import { follow } from './control.ts';
import { act } from './demo-acts.ts';
import type { Act } from './demo-acts.ts';
import { NAMES, STREAM_BPS, demoConfig, look, viewOf } from './demo-instance.ts';
import type { Instance, InstanceName, InstanceView } from './demo-instance.ts';
import { newLogin, openPage, setLogin } from './demo-page.ts';
import type { Login, Page } from './demo-page.ts';
import type { Target } from './demo-script.ts';
import { milliseconds } from './demo-style.ts';
import { startInline } from './inline.ts';
import { OutageLedger } from './outages.ts';
import { startEcho, startProbe } from './probe.ts';
import { launchTandem } from './tandem.ts';
import type { Tandem } from './tandem.ts';
import { VIP, buildLab } from './topology.ts';
import type { Topology } from './topology.ts';
import { startStream, startTraffic } from './traffic.ts';
import type { Stream } from './traffic.ts';

/** A line of the story. */
export interface Entry {
  /** Wall time, ms since 1970. */
  readonly at: number;
  readonly kind: 'you' | 'role' | 'client' | 'event';
  readonly text: string;
}

export class DemoWorld {
  /** What the client of the address saw. */
  readonly ledger = new OutageLedger();
  /** What the traffic from outside to inside saw. */
  readonly traffic = new OutageLedger();
  readonly story: Entry[] = [];
  /** Where a browser finds the pages of the instances; empty where nobody outside can open them. */
  readonly pages: Page[] = [];
  readonly login: Login = newLogin();
  #topology: Topology | null = null;
  #stream: Stream | null = null;
  readonly #instances: Instance[] = [];
  readonly #listeners: ((entry: Entry) => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #toldMoves = 0;
  #toldOutages = 0;
  #toldTraffic = 0;

  /** Builds it and waits until the client gets answers. `say` is told what is being done. */
  async start(say: (text: string) => void): Promise<void> {
    say('building the network: a client, instances a and b, hosts outside and inside');
    const topology = buildLab({ name: 'demo', endOnSignals: false, pairs: true, backup: true });
    this.#topology = topology;
    // Before the instances: the bandwidth is measured from the first moment.
    this.#stream = await startStream(topology, STREAM_BPS);
    say('starting Tandem on a and b');
    for (const name of NAMES) {
      const place = topology.place(name);
      const tandem = launchTandem(place.host, demoConfig(topology, name), { manager: true });
      this.#instances.push({
        name,
        place,
        tandem,
        inline: await startInline(place.host, tandem.socket),
        status: null,
        frozen: false,
        holdsVip: false,
        unfollow: null,
        known: new Set(),
      });
    }
    await Promise.all(this.#instances.map(({ tandem }) => ready(tandem)));
    await Promise.all(topology.places.map(({ host }) => startEcho(host)));
    await Promise.all(this.#instances.map(({ tandem }) => setLogin(tandem, this.login)));
    // One after the other: the first has the first port.
    for (const { tandem } of this.#instances) {
      const page = await openPage(tandem);
      if (page !== null) this.pages.push(page);
    }
    this.#timer = setInterval(() => void this.#look(), 200);
    say('waiting until one of them has the address and lets traffic through');
    // Probes that were sent before would count as lost.
    await until(() => this.#instances.some(({ holdsVip }) => holdsVip), {
      what: `an instance has ${VIP}`,
      limitMs: 30_000,
    });
    startProbe(topology.client, VIP).onBatch((batch) => {
      this.ledger.add(batch);
      this.#tellClient();
    });
    (await startTraffic(topology)).onBatch((batch) => {
      this.traffic.add(batch);
      this.#tellTraffic();
    });
    await until(() => this.ledger.who !== null && this.traffic.who !== null && this.active() !== null, {
      what: `an instance answers on ${VIP} and lets traffic through`,
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

  /** The instance that is active by its own word; failing that, the one that answers the client. */
  active(): InstanceName | null {
    const own = this.#instances.find(({ status }) => status?.role === 'active');
    return own?.name ?? NAMES.find((name) => name === this.ledger.who) ?? null;
  }

  view(): readonly InstanceView[] {
    return this.#instances.map(viewOf);
  }

  /** Bits per second of the stream through the link pair. */
  get rate(): number {
    return this.#stream?.rate ?? 0;
  }

  /** Why the instance is what it is, in the words of `tandem why`. */
  async why(name: InstanceName): Promise<string> {
    const { stdout, stderr } = await this.#instance(name).tandem.cli('why');
    return (stdout.trim() === '' ? stderr : stdout).trim();
  }

  /** Does one thing. Never throws: what did not work is told instead. */
  async take(step: Act): Promise<void> {
    try {
      if (this.#topology === null || this.#stream === null) throw new Error('the network is not built yet');
      await act(step, {
        topology: this.#topology,
        stream: this.#stream,
        instances: this.#instances,
        instance: (target) => this.#instance(target),
        say: (text) => this.tell('you', text),
      });
    } catch (error) {
      this.tell('you', `that did not work: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #instance(target: Target): Instance {
    const name = target === 'active' ? this.active() : target;
    const instance = this.#instances.find((one) => one.name === name);
    if (instance === undefined) throw new Error('no instance is active at this moment');
    return instance;
  }

  /** Reads what the instances and their kernels say; the story is written from their event streams. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    await Promise.all(
      this.#instances.map(async (instance) => {
        await look(instance);
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
      const price =
        lost === 0 ? 'not one probe lost' : `${milliseconds(gapMs)} without an answer, ${probes(lost)} lost`;
      this.tell('client', `answered by ${to} instead of ${from}: ${price}`);
    }
    if (this.ledger.count === this.#toldOutages) return;
    this.#toldOutages = this.ledger.count;
    const { last } = this.ledger;
    if (last !== null && last.before === last.after)
      this.tell('client', `no answer for ${milliseconds(last.ms)}, ${probes(last.lost)} lost`);
  }

  #tellTraffic(): void {
    const { count, last } = this.traffic;
    if (count === this.#toldTraffic || last === null) return;
    this.#toldTraffic = count;
    this.tell('client', `nothing came through the link pairs for ${milliseconds(last.ms)}, ${probes(last.lost)} lost`);
  }

  /** Ends everything and removes it. Idempotent. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const { unfollow } of this.#instances) unfollow?.();
    this.#topology?.close();
    this.#topology = null;
  }
}

async function ready(tandem: Tandem): Promise<void> {
  await tandem.waitStatus((status) => status.role !== 'starting', `tandemd on ${tandem.host.name} is ready`, 30_000);
}

const probes = (count: number): string => `${count} ${count === 1 ? 'probe' : 'probes'}`;
