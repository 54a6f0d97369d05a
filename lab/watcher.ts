/** Watches a wire: who advertises what, who announces which address, and when. Stands on tcpdump. */
import { findProgram } from './command.ts';
import { until, wallToLab } from './clock.ts';
import { readFrame } from './frame.ts';
import type { Seen, SeenAdvert, SeenAnnouncement } from './frame.ts';
import type { Host } from './host.ts';
import type { Program } from './program.ts';

/** Something seen, with its time in ms on the lab's clock (stamped by the kernel). */
export type At<T> = T & { readonly at: number };

const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
const FILTER = 'arp or ip proto 112 or ip6 proto 112 or (icmp6 and (ip6[40] == 135 or ip6[40] == 136))';

/** Made by `startWatcher`. */
export class Watcher {
  readonly seen: At<Seen>[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #headerRead = false;
  readonly #offset = wallToLab();
  #program: Program | null = null;

  async start(host: Host, interfaceName: string): Promise<void> {
    if (findProgram('tcpdump') === null)
      throw new Error('lab: watching the wire needs tcpdump: apt-get install tcpdump');
    const argv = [
      'tcpdump',
      '-i',
      interfaceName,
      '-n',
      '-p',
      '-U',
      '--immediate-mode',
      '-Z',
      'root',
      '-s',
      '512',
      '-w',
      '-',
      FILTER,
    ];
    this.#program = host.spawn(argv, { name: `tcpdump ${interfaceName}`, onBytes: (bytes) => this.#take(bytes) });
    await this.#program.waitFor(/listening on/);
  }

  #take(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (!this.#headerRead) {
      if (this.#rest.length < PCAP_HEADER) return;
      this.#rest = this.#rest.subarray(PCAP_HEADER);
      this.#headerRead = true;
    }
    while (this.#rest.length >= RECORD_HEADER) {
      // tcpdump writes in the byte order of the machine; Node runs on little-endian ones.
      const length = this.#rest.readUInt32LE(8);
      if (this.#rest.length < RECORD_HEADER + length) return;
      const wall = this.#rest.readUInt32LE(0) * 1000 + this.#rest.readUInt32LE(4) / 1000;
      const seen = readFrame(this.#rest.subarray(RECORD_HEADER, RECORD_HEADER + length));
      if (seen !== null) this.seen.push({ ...seen, at: wall + this.#offset });
      this.#rest = this.#rest.subarray(RECORD_HEADER + length);
    }
  }

  /** Adverts so far; with a filter only those that have these values. */
  adverts(
    filter: Partial<Pick<SeenAdvert, 'vrid' | 'source' | 'priority' | 'version'>> & { readonly after?: number } = {},
  ): At<SeenAdvert>[] {
    const { after = Number.NEGATIVE_INFINITY, ...fields } = filter;
    const wanted = Object.entries(fields);
    return this.seen.filter(
      (entry): entry is At<SeenAdvert> =>
        entry.kind === 'advert' &&
        entry.at > after &&
        wanted.every(([key, value]) => entry[key as keyof SeenAdvert] === value),
    );
  }

  /** Gratuitous ARPs and unsolicited neighbour advertisements so far. */
  announcements(
    filter: { readonly address?: string; readonly mac?: string; readonly after?: number } = {},
  ): At<SeenAnnouncement>[] {
    const { after = Number.NEGATIVE_INFINITY, address, mac } = filter;
    return this.seen.filter(
      (entry): entry is At<SeenAnnouncement> =>
        entry.kind === 'announcement' &&
        entry.at > after &&
        (address === undefined || entry.address === address) &&
        (mac === undefined || entry.mac === mac),
    );
  }

  /** Waits for the first thing seen that fits, from now on or already there. */
  waitFor<T extends At<Seen>>(what: string, fits: (entry: At<Seen>) => entry is T, limitMs?: number): Promise<T>;
  waitFor(what: string, fits: (entry: At<Seen>) => boolean, limitMs?: number): Promise<At<Seen>>;
  async waitFor(what: string, fits: (entry: At<Seen>) => boolean, limitMs = 10_000): Promise<At<Seen>> {
    return until(() => this.seen.find(fits), { what: `on the wire: ${what}`, limitMs });
  }

  async stop(): Promise<void> {
    await this.#program?.stop('SIGINT');
    this.#program = null;
  }
}

/** Watches from a port of a host: what leaves it and what reaches it. */
export async function startWatcher(host: Host, interfaceName: string): Promise<Watcher> {
  const watcher = new Watcher();
  await watcher.start(host, interfaceName);
  return watcher;
}
