/** One instance of the demo: its place in the network, its daemon, the stand-in for its appliance's software, and what is known of it. */
import type { Status } from '../core/status.ts';
import { VIP } from './topology.ts';
import type { Place, Topology } from './topology.ts';
import { PAGE_PORT } from './demo-page.ts';
import { stackConfig } from './stack-config.ts';
import type { Inline } from './inline.ts';
import type { ProcessName, Tandem } from './tandem.ts';

export type InstanceName = 'a' | 'b';
export const NAMES: readonly InstanceName[] = ['a', 'b'];

/** Allowed in the demo before the primary goes into bypass: few, so that it does not take long. */
export const MAX_FLAPS = 3;
/** Below this the active instance hands over; the stream is well above it, the probes alone are well below. */
export const MINIMUM_BPS = 4_000_000;
export const STREAM_BPS = 10_000_000;

/** Everything that runs of an instance; frozen together, as a paused virtual machine would be. */
const PROCESSES: readonly ProcessName[] = ['guardian', 'engine', 'helper'];

/** Sections that an engine of another version may lack. */
type Sections = 'peers' | 'links' | 'bandwidth' | 'flaps' | 'bypass';
export type SeenStatus = Omit<Status, Sections> & { readonly [S in Sections]?: Status[S] | null };

/** One instance as the demo shows it. */
export interface InstanceView {
  readonly name: InstanceName;
  /** Null while its control socket does not answer. */
  readonly status: SeenStatus | null;
  /** Its daemon: running, stopped by the user, frozen by the user. */
  readonly daemon: 'running' | 'stopped' | 'frozen';
  /** The address is on its interface, says its kernel. */
  readonly holdsVip: boolean;
  /** The appliance's own software lets traffic through the link pair. */
  readonly forwards: boolean;
  readonly cut: { readonly data: boolean; readonly ha: boolean; readonly backup: boolean; readonly pair: boolean };
}

export interface Instance {
  readonly name: InstanceName;
  readonly place: Place;
  readonly inline: Inline;
  tandem: Tandem;
  status: SeenStatus | null;
  frozen: boolean;
  holdsVip: boolean;
  unfollow: (() => void) | null;
  /** Ids of the events that were told. */
  readonly known: Set<string>;
}

/**
 * The configuration of an instance: peers over the HA port and the backup path, adverts on the HA port, the address on the data link, five seconds
 * before the primary takes it back, and short times where the usual ones would bore.
 */
export function demoConfig(topology: Topology, name: InstanceName): Record<string, unknown> {
  return stackConfig(topology, name, {
    ha: { preemptDelay: '5s' },
    bandwidth: { enabled: true, minimum: MINIMUM_BPS, window: '5s', cooldown: '30s' },
    flaps: { max: MAX_FLAPS },
    more: { stack: 'demo', manager: { listen: [`127.0.0.1:${PAGE_PORT}`] } },
  });
}

export function viewOf({ name, place, tandem, status, frozen, holdsVip, inline }: Instance): InstanceView {
  return {
    name,
    status,
    daemon: tandem.program.exit !== null ? 'stopped' : frozen ? 'frozen' : 'running',
    holdsVip,
    forwards: inline.forwards,
    cut: {
      data: place.data.isCut,
      ha: place.ha.isCut,
      backup: place.backup.isCut,
      pair: place.wan.isCut || place.lan.isCut,
    },
  };
}

/** Asks its kernel who has the address, and its engine for everything else. */
export async function look(instance: Instance): Promise<void> {
  const { tandem, place } = instance;
  instance.holdsVip = place.host.has(VIP);
  instance.status = tandem.program.exit !== null || instance.frozen ? null : await tandem.status().catch(() => null);
}

export function freeze(instance: Instance): void {
  for (const name of PROCESSES) if (instance.tandem.pid(name) !== null) instance.tandem.freeze(name);
  instance.frozen = true;
}

export function thaw(instance: Instance): void {
  if (!instance.frozen) return;
  for (const name of PROCESSES) if (instance.tandem.pid(name) !== null) instance.tandem.continue(name);
  instance.frozen = false;
}
