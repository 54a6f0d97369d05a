/**
 * Ready-made topologies. Every instance has `eth0` on the client's network and `eth2` as its HA port, and where asked for also `eth1`, the
 * backup path over the management network, and a link pair between an outside and an inside host:
 *
 *     client ──┐
 *         a.eth0 ─┤ data (10.77.0.0/24, fd77::/64)      a.eth2 ══ b.eth2   HA port (10.78.0.0/24, fd78::/64)
 *         b.eth0 ─┘                                     a.eth1 ══ b.eth1   management (10.76.0.0/24, fd76::/64)
 *
 *                 ┌─ a.wan0 ▒ a.lan0 ─┐
 *     outside ────┤                   ├──── inside      the pair `wan1` (10.79.0.0/24, fd79::/64)
 *                 └─ b.wan0 ▒ b.lan0 ─┘
 */
import type { Cable } from './cable.ts';
import { attempt, inside } from './command.ts';
import type { Host } from './host.ts';
import { createLab } from './lab.ts';
import type { Lab, LabOptions, Switch } from './lab.ts';

/** The address that moves, and its IPv6 counterpart. */
export const VIP = '10.77.0.100';
export const VIP6 = 'fd77::100';

/** The link pair of every instance, as its configuration names it. */
export const PAIR = { name: 'wan1', outside: 'wan0', inside: 'lan0' } as const;

/** The stations at the ends of the link pairs. */
export const OUTSIDE = { address: '10.79.0.253', mac: '02:79:00:00:00:fd' } as const;
export const INSIDE = { address: '10.79.0.254', mac: '02:79:00:00:00:fe' } as const;

export interface TopologyOptions extends LabOptions {
  /** Names of the instances, `a` and `b` by default. */
  readonly instances?: readonly string[];
  /** Outside and inside host, and a link pair between them in every instance. Needs nft. */
  readonly pairs?: boolean;
  /** `eth1` over a network of its own. */
  readonly backup?: boolean;
}

/** An instance's place in the topology. Reading a part that the topology was built without throws. */
export interface Place {
  readonly host: Host;
  /** `eth0` on the client's network. */
  readonly data: Cable;
  /** `eth2`, the HA port. */
  readonly ha: Cable;
  /** `eth1`, the backup path. */
  readonly backup: Cable;
  /** `wan0` and `lan0`, the ports of the link pair. */
  readonly wan: Cable;
  readonly lan: Cable;
  /** Addresses on eth0, eth2 and eth1. */
  readonly address: string;
  readonly address6: string;
  readonly haAddress: string;
  readonly haAddress6: string;
  readonly backupAddress: string;
}

export interface Topology {
  readonly lab: Lab;
  readonly client: Host;
  readonly places: readonly Place[];
  readonly hasPairs: boolean;
  readonly hasBackup: boolean;
  /** The hosts at the ends of the link pairs; throw if there are no pairs. */
  readonly outside: Host;
  readonly inside: Host;
  /** The place of the instance with this name; throws if there is none. */
  place(name: string): Place;
  /** Everything as at the beginning. */
  reset(): Promise<void>;
  close(): void;
}

/** Networks of the topology: their number stands in the addresses and MACs of their ports. */
const NETWORK = { eth0: 77, eth1: 76, eth2: 78 } as const;

/** A client and instances, joined as the options say. */
export function buildLab(options: TopologyOptions = {}): Topology {
  const { instances = ['a', 'b'], pairs = false, backup = false } = options;
  const lab = createLab(options);
  const switches = {
    eth0: lab.switch('data'),
    eth2: lab.switch('ha'),
    eth1: backup ? lab.switch('backup') : null,
  };
  const client = lab.host('client');
  lab.cable(
    client.port('eth0', { addresses: ['10.77.0.254/24', 'fd77::254/64'], mac: '02:77:00:00:00:fe' }),
    switches.eth0,
  );
  const ends = pairs ? segmentEnds(lab) : null;
  const places = instances.map((name, index) => place(lab, lab.host(name), index + 1, switches, ends));
  return {
    lab,
    client,
    places,
    hasPairs: pairs,
    hasBackup: backup,
    get outside() {
      return present(ends, 'link pairs').outside.host;
    },
    get inside() {
      return present(ends, 'link pairs').inside.host;
    },
    place(name) {
      return present(places.find(({ host }) => host.name === name) ?? null, `instance ${name}`);
    },
    async reset() {
      await lab.reset();
      if (pairs) for (const { host } of places) unwire(host);
    },
    close: () => lab.close(),
  };
}

/** A client, and the instances `a` and `b`. */
export function pair(options: Omit<TopologyOptions, 'instances'> = {}): Topology {
  return buildLab({ ...options, instances: ['a', 'b'] });
}

interface End {
  readonly host: Host;
  readonly network: Switch;
}

interface Ends {
  readonly outside: End;
  readonly inside: End;
}

/** The hosts outside and inside, each on a switch of its own that learns nothing: it takes what way there is. */
function segmentEnds(lab: Lab): Ends {
  const end = (name: string, { address, mac }: { readonly address: string; readonly mac: string }): End => {
    const network = lab.switch(name, { learning: false });
    const host = lab.host(name);
    lab.cable(host.port('eth0', { addresses: [`${address}/24`, `fd79::${address.split('.')[3]}/64`], mac }), network);
    return { host, network };
  };
  const ends = { outside: end('outside', OUTSIDE), inside: end('inside', INSIDE) };
  // They know each other for good: with nobody to carry a question, senders would stop, and begin again a second late.
  ends.outside.host.ip(`neigh replace ${INSIDE.address} lladdr ${INSIDE.mac} dev eth0 nud permanent`);
  ends.inside.host.ip(`neigh replace ${OUTSIDE.address} lladdr ${OUTSIDE.mac} dev eth0 nud permanent`);
  return ends;
}

function place(
  lab: Lab,
  host: Host,
  number: number,
  switches: Readonly<Record<keyof typeof NETWORK, Switch | null>>,
  ends: Ends | null,
): Place {
  const four = (port: keyof typeof NETWORK): string => `10.${NETWORK[port]}.0.${number}`;
  const six = (port: keyof typeof NETWORK): string => `fd${NETWORK[port]}::${number}`;
  const plug = (name: keyof typeof NETWORK): Cable | null => {
    const to = switches[name];
    const mac = `02:${NETWORK[name]}:00:00:00:${number.toString(16).padStart(2, '0')}`;
    return to === null
      ? null
      : lab.cable(host.port(name, { addresses: [`${four(name)}/24`, `${six(name)}/64`], mac }), to);
  };
  const data = plug('eth0');
  const segment = ends === null ? null : plugPair(lab, host, ends);
  // After everything else: see `Host.isolate`.
  const [backup, ha] = [plug('eth1'), plug('eth2')];
  return {
    host,
    data: present(data, 'data network'),
    ha: present(ha, 'HA port'),
    get backup() {
      return present(backup, 'backup path');
    },
    get wan() {
      return present(segment, 'link pairs').wan;
    },
    get lan() {
      return present(segment, 'link pairs').lan;
    },
    address: four('eth0'),
    address6: six('eth0'),
    haAddress: four('eth2'),
    haAddress6: six('eth2'),
    backupAddress: four('eth1'),
  };
}

/**
 * The ports of the link pair. They have no addresses, as wires have none. Out of an instance the outside switch takes only what the inside
 * host sent and the other way round: two instances that let traffic through at the same time make copies, never a loop that drowns the machine.
 */
function plugPair(lab: Lab, host: Host, ends: Ends): { readonly wan: Cable; readonly lan: Cable } {
  const wan = lab.cable(host.port(PAIR.outside), ends.outside.network);
  const lan = lab.cable(host.port(PAIR.inside), ends.inside.network);
  for (const name of [PAIR.outside, PAIR.inside])
    host.command(['sh', '-c', `echo 1 > /proc/sys/net/ipv6/conf/${name}/disable_ipv6`]);
  wan.guard(INSIDE.mac);
  lan.guard(OUTSIDE.mac);
  return { wan, lan };
}

/** Removes what lets frames through: a bypass and the inline forwarder are rules and bridges, which outlive the programs that made them. */
function unwire(host: Host): void {
  attempt([...inside(host.namespace), 'nft', 'flush', 'ruleset']);
  const { stdout } = attempt(['ip', '-n', host.namespace, '-j', 'link', 'show', 'type', 'bridge']);
  const bridges = JSON.parse(stdout.trim() === '' ? '[]' : stdout) as readonly { readonly ifname?: string }[];
  for (const { ifname } of bridges)
    if (ifname !== undefined) attempt(['ip', '-n', host.namespace, 'link', 'del', ifname]);
}

function present<T>(part: T | null, what: string): T {
  if (part === null) throw new Error(`lab: there is no ${what} in this topology`);
  return part;
}

/**
 * The configuration of an instance of any of these: one IPv4 router with adverts and address on eth0, no peers.
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
