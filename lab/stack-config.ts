/**
 * Configurations of instances that know each other: peers with their paths and a shared secret, the link pair, and what is measured.
 * They follow the topology: what it was built without does not stand in them.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { PAIR, VIP, instanceConfig } from './topology.ts';
import type { Place, Topology } from './topology.ts';

export type Settings = Readonly<Record<string, unknown>>;

/** What differs from the usual stack. Sections are merged over it, one level deep. */
export interface StackChange {
  readonly ha?: Settings;
  readonly peerCheck?: Settings;
  /** The ways on which peers are checked; by default every one that the topology has. */
  readonly paths?: readonly ('ha' | 'backup')[];
  /** Over the one router `wan`: VRID 51, adverts on the HA port, `VIP` on eth0. */
  readonly router?: Settings;
  /** In its place: routers, each over the same defaults. */
  readonly routers?: readonly Settings[];
  /** Over `minimumActive: 1` and the pair `wan1`, where the topology has it. */
  readonly links?: Settings;
  /** Over `driver: nft`, where the topology has pairs. */
  readonly bypass?: Settings;
  readonly bandwidth?: Settings;
  readonly flaps?: Settings;
  readonly tracks?: readonly Settings[];
  /** Other sections. */
  readonly more?: Settings;
}

/** The configuration of an instance of the topology, with all its other instances as peers. */
export function stackConfig(topology: Topology, name: string, change: StackChange = {}): Record<string, unknown> {
  const { paths = topology.hasBackup ? ['ha', 'backup'] : ['ha'] } = change;
  const peers = topology.places
    .filter(({ host }) => host.name !== name)
    .map((place) => ({
      name: place.host.name,
      paths: paths.map((path) => (path === 'ha' ? place.haAddress : place.backupAddress)),
    }));
  const section = (key: 'bandwidth' | 'flaps' | 'tracks'): Settings =>
    change[key] === undefined ? {} : { [key]: change[key] };
  return instanceConfig(name, {
    ha: {
      secretFile: writeKeys(topology.place(name), [stackKey(topology.lab)]),
      peers,
      ...(change.peerCheck === undefined ? {} : { peerCheck: change.peerCheck }),
      ...change.ha,
    },
    vrrp: (change.routers ?? [change.router ?? {}]).map((router) => ({
      name: 'wan',
      id: 51,
      interface: 'eth2',
      addressInterface: 'eth0',
      addresses: [`${VIP}/24`],
      ...router,
    })),
    ...(topology.hasPairs
      ? { links: { minimumActive: 1, pairs: [PAIR], ...change.links }, bypass: { driver: 'nft', ...change.bypass } }
      : {}),
    ...section('bandwidth'),
    ...section('flaps'),
    ...section('tracks'),
    ...change.more,
  });
}

const keys = new WeakMap<Lab, string>();

/** The secret that all instances of a lab share: made once, 32 random bytes in base64. */
export function stackKey(lab: Lab): string {
  const known = keys.get(lab) ?? newKey();
  keys.set(lab, known);
  return known;
}

/** A key as `tandem keygen` makes it. */
export function newKey(): string {
  return randomBytes(32).toString('base64');
}

/** Writes the keys of one instance, one a line, the first signing. Returns the path of the file, which nobody else may read. */
export function writeKeys({ host }: Place, lines: readonly string[]): string {
  const file = join(host.folder('keys'), 'stack.key');
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  // The mode above is only for a file that was not there yet.
  chmodSync(file, 0o600);
  return file;
}
