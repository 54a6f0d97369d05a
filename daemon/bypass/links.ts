/** What `ip` shows of some interfaces, asked for in one go: a program for each of them every second would be felt on a small machine. Pure. */
import type { PairPlan } from '../../config/plan.ts';
import type { Look, Sight } from './driver.ts';

/** An interface as `ip -j -d link show` prints it, as far as it matters here. */
export interface Link {
  readonly name: string;
  readonly up: boolean;
  /** Promiscuous by somebody's wish; what a bridge does to its ports is not shown here. */
  readonly promiscuous: boolean;
  /** Name of the bridge or bond that it is a port of; null = none. */
  readonly master: string | null;
  /** `bridge`, `veth`, …; null for a card. */
  readonly kind: string | null;
}

export type Links = ReadonlyMap<string, Link>;

/** Asks for these interfaces; one that does not exist is left out of the answer (and makes `ip` fail, after the others). */
export function linksLook(names: readonly string[]): Look {
  const input = names.map((name) => `link show dev ${name}\n`).join('');
  return { look: 'program', argv: ['ip', '-force', '-json', '-details', '-batch', '-'], input };
}

/** The interfaces of an answer, by name; null if it is no answer. */
export function readLinks(sight: Sight | undefined): Links | null {
  if (sight === undefined) return null;
  const links = new Map<string, Link>();
  // One JSON array for each command of the batch.
  for (const line of sight.text.split('\n')) {
    if (line.trim() === '') continue;
    const list = parse(line);
    if (!Array.isArray(list)) return null;
    for (const entry of list) {
      const link = readLink(entry);
      if (link !== null) links.set(link.name, link);
    }
  }
  // `ip` fails where one of them is missing: that is an answer. Without a single one it is more likely that `ip` itself did not work.
  return sight.ok || links.size > 0 || /Cannot find device|does not exist/.test(sight.trouble) ? links : null;
}

function readLink(entry: unknown): Link | null {
  if (!isFields(entry)) return null;
  const { ifname, flags, master, linkinfo } = entry;
  if (typeof ifname !== 'string') return null;
  const has = (flag: string): boolean => Array.isArray(flags) && flags.includes(flag);
  const kind = isFields(linkinfo) ? linkinfo['info_kind'] : null;
  return {
    name: ifname,
    up: has('UP'),
    promiscuous: has('PROMISC'),
    master: typeof master === 'string' ? master : null,
    kind: typeof kind === 'string' ? kind : null,
  };
}

/** Why the ports of this pair cannot be named to `ip` and `nft`, whose input has quotes and comments; null if they can. */
export function unusable({ outside, inside }: PairPlan): string | null {
  const odd = [outside, inside].find((name) => /["'#\\\s]|^-/.test(name));
  return odd === undefined ? null : `${odd} is a name that ip and nft cannot be given: rename the interface`;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
