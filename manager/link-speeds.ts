/**
 * How fast the ports of the link pairs are, as their drivers say: for the page and the metrics. Read here and not in the engine, because a driver may take
 * its time to answer. What nobody knows is left out: a port without carrier, and a virtual one whose driver says -1.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ms } from '../core/clock.ts';
import type { Status } from '../core/status.ts';

/** Bits per second, by interface. */
export type LinkSpeedsView = Readonly<Record<string, number>>;

export interface LinkSpeeds {
  /** Every status of the engine: whose speed is asked for. */
  look(status: Status): void;
  present(): LinkSpeedsView;
  stop(): void;
}

export interface SpeedPorts {
  /** Something is different. */
  readonly changed: () => void;
  readonly everyMs?: Ms;
  readonly sysfs?: string;
  /** The kernel's list of the interfaces of this network namespace, with their numbers. */
  readonly list?: string;
}

const EVERY_MS: Ms = 10_000;

export function createLinkSpeeds(ports: SpeedPorts): LinkSpeeds {
  const { changed, everyMs = EVERY_MS, sysfs = '/sys/class/net', list = '/proc/self/net/igmp' } = ports;
  let wanted: readonly string[] = [];
  let known: LinkSpeedsView = {};
  let reading = false;
  let again = false;
  const timer = setInterval(() => void read(), everyMs);
  timer.unref();

  async function read(): Promise<void> {
    if (reading) return void (again = true);
    reading = true;
    const numbers = numbersIn(await textOf(list));
    const found = await Promise.all(wanted.map(async (name) => [name, await speedOf(name, numbers)] as const));
    const next = Object.fromEntries(found.flatMap(([name, bps]) => (bps === null ? [] : [[name, bps]])));
    reading = false;
    if (JSON.stringify(next) !== JSON.stringify(known)) {
      known = next;
      changed();
    }
    if (!again) return;
    again = false;
    await read();
  }

  /** sysfs shows the network namespace that it was mounted in: a port of the same name may be another one there. */
  async function speedOf(name: string, numbers: ReadonlyMap<string, string> | null): Promise<number | null> {
    const [number, speed] = await Promise.all(['ifindex', 'speed'].map((file) => textOf(join(sysfs, name, file))));
    if (numbers !== null && numbers.get(name) !== number?.trim()) return null;
    const mbps = Number(speed?.trim() || NaN);
    return Number.isInteger(mbps) && mbps > 0 && mbps < UNKNOWN_MBPS ? mbps * 1e6 : null;
  }

  return {
    look({ links }) {
      const next = links.pairs
        .flatMap(({ outside, inside, outsideInterface, insideInterface }) => [
          ...(outside ? [outsideInterface] : []),
          ...(inside ? [insideInterface] : []),
        ])
        .filter((name) => !name.includes('/') && !name.startsWith('.'));
      if (next.join(' ') === wanted.join(' ')) return;
      wanted = next;
      void read();
    },
    present: () => known,
    stop: () => clearInterval(timer),
  };
}

/** SPEED_UNKNOWN as an unsigned number. */
const UNKNOWN_MBPS = 0xffff_ffff;

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // Gone, or a driver that does not say.
    return null;
  }
}

/** `2	eth0      :     1      V3`: every interface that is set up. Null where the kernel has no such list. */
function numbersIn(text: string | null): ReadonlyMap<string, string> | null {
  if (text === null) return null;
  return new Map([...text.matchAll(/^(\d+)\t(\S+)\s*:/gm)].map(([, number = '', name = '']) => [name, number]));
}
