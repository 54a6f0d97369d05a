/**
 * Ready-made topologies. Every instance has `eth0` on the client's network and `eth2` as its HA port:
 *
 *     client ──┐
 *         a.eth0 ─┤ data (10.77.0.0/24, fd77::/64)        a.eth2 ══ b.eth2   HA port (10.78.0.0/24, fd78::/64)
 *         b.eth0 ─┘
 */
import type { Cable } from './cable.ts';
import type { Host } from './host.ts';
import { createLab } from './lab.ts';
import type { Lab, LabOptions } from './lab.ts';

/** The address that moves, and its IPv6 counterpart. */
export const VIP = '10.77.0.100';
export const VIP6 = 'fd77::100';

/** An instance's place in the topology. */
export interface Place {
  readonly host: Host;
  /** `eth0` on the client's network. */
  readonly data: Cable;
  /** `eth2`, the HA port. */
  readonly ha: Cable;
  /** Addresses on eth0 and eth2. */
  readonly address: string;
  readonly address6: string;
  readonly haAddress: string;
  readonly haAddress6: string;
}

export interface Topology {
  readonly lab: Lab;
  readonly client: Host;
  readonly places: readonly Place[];
  /** The place of the instance with this name; throws if there is none. */
  place(name: string): Place;
  /** Everything as at the beginning. */
  reset(): Promise<void>;
  close(): void;
}

function build(names: readonly string[], options: LabOptions): Topology {
  const lab = createLab(options);
  const data = lab.switch('data');
  const ha = lab.switch('ha');
  const client = lab.host('client');
  lab.cable(client.port('eth0', { addresses: ['10.77.0.254/24', 'fd77::254/64'], mac: '02:77:00:00:00:fe' }), data);
  const places = names.map((name, index): Place => {
    const host = lab.host(name);
    const number = index + 1;
    const digits = number.toString(16).padStart(2, '0');
    const [address, address6, haAddress, haAddress6] = [
      `10.77.0.${number}`,
      `fd77::${number}`,
      `10.78.0.${number}`,
      `fd78::${number}`,
    ];
    return {
      host,
      data: lab.cable(
        host.port('eth0', { addresses: [`${address}/24`, `${address6}/64`], mac: `02:77:00:00:00:${digits}` }),
        data,
      ),
      ha: lab.cable(
        host.port('eth2', { addresses: [`${haAddress}/24`, `${haAddress6}/64`], mac: `02:78:00:00:00:${digits}` }),
        ha,
      ),
      address,
      address6,
      haAddress,
      haAddress6,
    };
  });
  return {
    lab,
    client,
    places,
    place(name) {
      const found = places.find(({ host }) => host.name === name);
      if (found === undefined) throw new Error(`lab: there is no instance ${name}`);
      return found;
    },
    reset: () => lab.reset(),
    close: () => lab.close(),
  };
}

/** A client, and the instances `a` and `b`. */
export function pair(options: LabOptions = {}): Topology {
  return build(['a', 'b'], options);
}

/** A client, and the instances `a`, `b` and `c`. */
export function trio(options: LabOptions = {}): Topology {
  return build(['a', 'b', 'c'], options);
}

/**
 * The configuration of an instance of `pair()` or `trio()`: one IPv4 router with adverts and address on eth0.
 * `change` is merged over it, one level deep.
 */
export function instanceConfig(name: string, change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const config: Record<string, unknown> = {
    instance: name,
    stack: 'lab',
    ha: { mode: 'active-passive', primary: name === 'a', interface: 'eth2' },
    vrrp: [{ name: 'wan', id: 51, interface: 'eth0', addresses: [`${VIP}/24`] }],
    manager: false,
  };
  for (const [key, value] of Object.entries(change)) {
    const known = config[key];
    config[key] = isPlain(known) && isPlain(value) ? { ...known, ...value } : value;
  }
  return config;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
