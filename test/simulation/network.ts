/**
 * The simulated networks: `data` carries the addresses, `ha` the first path of the checks (and the adverts of routers that have an interface of
 * their own for them), `backup` the second path.
 */
import type { Random } from './random.ts';

export type Net = 'data' | 'ha' | 'backup';
export const NETS: readonly Net[] = ['data', 'ha', 'backup'];

/** The network of each path of a peer, by its index. */
export const PATHS: readonly Net[] = ['ha', 'backup'];

/** What the network needs to know of a machine. */
export interface Port {
  readonly name: string;
  readonly up: Readonly<Record<Net, boolean>>;
}

export interface Network {
  /** Loss of every packet, 0–1. */
  loss: number;
  readonly delay: { readonly min: number; max: number };
  /** Nothing gets from `from` to `to` any more, on that network. */
  cut(net: Net, from: Port, to: Port): void;
  /** A firewall: no check gets from `from` to `to`, on any path; adverts do. */
  filter(from: Port, to: Port): void;
  mend(): void;
  /** Would a packet get there, if it is not lost? */
  reaches(net: Net, from: Port, to: Port): boolean;
  /** And a datagram of a check? */
  passes(net: Net, from: Port, to: Port): boolean;
  /** Both ways. */
  joined(net: Net, a: Port, b: Port): boolean;
  /** How long a packet takes, or null if it is lost on the way. */
  travel(random: Random): number | null;
}

export function createNetwork(): Network {
  const cuts = new Set<string>();
  const filters = new Set<string>();
  const network: Network = {
    loss: 0,
    delay: { min: 0.05, max: 1 },
    cut: (net, from, to) => void cuts.add(`${net} ${from.name}>${to.name}`),
    filter: (from, to) => void filters.add(`${from.name}>${to.name}`),
    mend: () => {
      cuts.clear();
      filters.clear();
    },
    reaches: (net, from, to) =>
      from.up[net] && to.up[net] && (cuts.size === 0 || !cuts.has(`${net} ${from.name}>${to.name}`)),
    passes: (net, from, to) =>
      (filters.size === 0 || !filters.has(`${from.name}>${to.name}`)) && network.reaches(net, from, to),
    joined: (net, a, b) => network.reaches(net, a, b) && network.reaches(net, b, a),
    travel(random) {
      if (random.chance(network.loss)) return null;
      return network.delay.min + random.next() * (network.delay.max - network.delay.min);
    },
  };
  return network;
}
