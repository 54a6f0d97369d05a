/** Watches a wire: who advertises what, who announces which address, and when. */
import { CaptureReader } from './capture-record.ts';
import { until } from './clock.ts';
import { readFrame } from './frame.ts';
import type { Seen, SeenAdvert, SeenAnnouncement } from './frame.ts';
import type { Host } from './host.ts';
import { startOwn } from './own.ts';
import type { Program } from './program.ts';

/** Something seen, with its time in ms on the lab's clock . */
export type At<T> = T & { readonly at: number };

/** Above the probes, below VRRP: the times should be right, and nothing disturbed. Only where permitted. */
const CAPTURE_PRIORITY = 45;

/** Made by `startWatcher`. */
export class Watcher {
  readonly seen: At<Seen>[] = [];
  readonly #reader = new CaptureReader();
  #program: Program | null = null;

  async start(host: Host, interfaceName: string): Promise<void> {
    this.#program = startOwn(host, 'capture', [interfaceName], {
      realtime: CAPTURE_PRIORITY,
      onBytes: (bytes) => this.#take(bytes),
    });
    await this.#program.waitFor(/^ready$/);
  }

  #take(bytes: Buffer): void {
    for (const { at, frame } of this.#reader.take(bytes)) {
      const seen = readFrame(frame);
      if (seen !== null) this.seen.push({ ...seen, at });
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
    await this.#program?.stop('SIGTERM');
    this.#program = null;
  }
}

/** Watches from a port of a host: what leaves it and what reaches it. */
export async function startWatcher(host: Host, interfaceName: string): Promise<Watcher> {
  const watcher = new Watcher();
  await watcher.start(host, interfaceName);
  return watcher;
}
