/** The simulated networks: `data` carries the addresses, `ha` the adverts of routers that have an interface of their own for them. */
import type { Random } from './random.ts';

export type Net = 'data' | 'ha';
export const NETS: readonly Net[] = ['data', 'ha'];

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
  mend(): void;
  /** Would a packet get there, if it is not lost? */
  reaches(net: Net, from: Port, to: Port): boolean;
  /** Both ways. */
  joined(net: Net, a: Port, b: Port): boolean;
  /** How long a packet takes, or null if it is lost on the way. */
  travel(random: Random): number | null;
}

export function createNetwork(): Network {
  const cuts = new Set<string>();
  const network: Network = {
    loss: 0,
    delay: { min: 0.05, max: 1 },
    cut: (net, from, to) => void cuts.add(`${net} ${from.name}>${to.name}`),
    mend: () => cuts.clear(),
    reaches: (net, from, to) =>
      from.up[net] && to.up[net] && (cuts.size === 0 || !cuts.has(`${net} ${from.name}>${to.name}`)),
    joined: (net, a, b) => network.reaches(net, a, b) && network.reaches(net, b, a),
    travel(random) {
      if (random.chance(network.loss)) return null;
      return network.delay.min + random.next() * (network.delay.max - network.delay.min);
    },
  };
  return network;
}
