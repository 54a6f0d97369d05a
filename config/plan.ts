/**
 * The configuration as the engine gets it: plain, validated, every default filled in, durations in milliseconds.
 * Made by `config/resolve.ts` outside the engine, which has neither YAML nor Zod in it (design section 2).
 */

export type Mode = 'off' | 'active-passive' | 'active-active' | 'cluster';
export type Family = 'ipv4' | 'ipv6';
export type ChecksumSetting = 'auto' | 'rfc9568' | 'rfc5798';

/** One virtual address and where it lives. */
export interface PlannedAddress {
  /** Canonical text of the address, without prefix. */
  readonly address: string;
  /** Prefix length. */
  readonly prefix: number;
  readonly family: Family;
  /** Name of the configured interface; with `virtualMac` the macvlan on it carries the address. */
  readonly interface: string;
}

/** One virtual router: VRID + family + interface, with the addresses that it moves. */
export interface RouterPlan {
  readonly name: string;
  /** VRID, 1–255. */
  readonly id: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Where adverts are sent and heard. */
  readonly interface: string;
  /** Where the addresses live; its loss is a fault. */
  readonly addressInterface: string;
  /** Sent in the advert, in the order of the file (`first IPv6 address link-local` is the file's business). */
  readonly addresses: readonly PlannedAddress[];
  /** Moved, not sent. */
  readonly excludedAddresses: readonly PlannedAddress[];
  readonly advertIntervalMs: number;
  /** Base priority, 1–255; 255 = address owner (RFC 9568 section 5.2.4). */
  readonly priority: number;
  /** Canonical addresses; empty = multicast. */
  readonly unicastPeers: readonly string[];
  readonly sourceAddress: string | null;
  readonly virtualMac: boolean;
  readonly accept: boolean;
  readonly checksum: ChecksumSetting;
  /** v2 only. */
  readonly password: string | null;
  readonly announce: { readonly repeat: number; readonly againMs: number; readonly refreshMs: number };
  /** Name of the election group: `stack` for all routers of active-passive, otherwise the router's own name (brain 1.2). */
  readonly group: string;
}

/** Another instance of the stack that runs Tandem. */
export interface PeerPlan {
  readonly name: string;
  /** Canonical addresses, the HA port first; a link-local one with its zone (`fe80::2%eth2`). At least one. */
  readonly paths: readonly string[];
}

export interface PeerCheckPlan {
  readonly intervalMs: number;
  /** Failed checks in a row until a path is unhealthy. */
  readonly failureThreshold: number;
  /** Good checks in a row until it is healthy again. */
  readonly recoveryThreshold: number;
}

/** The outside and inside port of one inline segment. */
export interface PairPlan {
  readonly name: string;
  readonly outside: string;
  readonly inside: string;
}

export interface LinksPlan {
  readonly intervalMs: number;
  /** Active pairs below which this instance marks itself down; 0 = never. */
  readonly minimumActive: number;
  readonly pairs: readonly PairPlan[];
}

export interface BandwidthPlan {
  readonly enabled: boolean;
  /** Bits per second, received on all interfaces together. */
  readonly minimum: number;
  readonly windowMs: number;
  /** Never empty where `enabled`. */
  readonly interfaces: readonly string[];
  readonly cooldownMs: number;
}

export interface FlapsPlan {
  /** Allowed in the window; 0 = no limit. */
  readonly max: number;
  readonly windowMs: number;
  readonly action: 'bypass' | 'fault';
}

export interface BypassPlan {
  readonly driver: 'none' | 'bridge' | 'nft' | 'silicom' | 'sysfs' | 'command';
  readonly onServiceDown: boolean;
  readonly settleMs: number;
  readonly watchdogMs: number;
  /** Driver `command`: programs with their arguments; null with another one. */
  readonly command: {
    readonly engage: readonly string[];
    readonly release: readonly string[];
    readonly status: readonly string[];
  } | null;
  /** Driver `sysfs`: the control file of each pair by its name, and what is written for each position. */
  readonly sysfs: {
    readonly file: Readonly<Record<string, string>>;
    readonly inline: string;
    readonly bypass: string;
  } | null;
  /** Driver `silicom`: name or path of its control program. */
  readonly silicom: string;
}

/** A further check. How it is done is the helper's business (`target`); what it means is the brain's. */
export interface TrackPlan {
  readonly name: string;
  readonly target: TrackTarget;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failed checks in a row until it is down. */
  readonly fall: number;
  /** Good checks in a row until it is up again. */
  readonly rise: number;
  /** 0 = down is a fault; otherwise ±1…253 on the priority. */
  readonly weight: number;
  /** Names of the routers that it concerns; empty = the instance. */
  readonly routers: readonly string[];
}

export type TrackTarget =
  | { readonly type: 'ping' | 'process' | 'file'; readonly target: string }
  /** `host:port`. */
  | { readonly type: 'tcp'; readonly target: string }
  /** Full URL. */
  | { readonly type: 'http'; readonly target: string }
  | { readonly type: 'script'; readonly command: readonly string[] }
  | {
      readonly type: 'resource';
      readonly target: 'cpu' | 'memory' | 'disk';
      readonly path: string;
      /** Percent: above `high` until below `low`. */
      readonly high: number;
      readonly low: number;
    };

/** A feature of sessions that the appliance's own software adds; run by the helper. */
export interface CommandPlan {
  readonly name: string;
  readonly ha: boolean;
  readonly start: readonly string[];
  readonly resume: readonly string[] | null;
  readonly stop: readonly string[];
  readonly user: string;
}

/** What the engine works from. */
export interface EnginePlan {
  readonly instance: string;
  readonly stack: string;
  readonly mode: Mode;
  readonly primary: boolean;
  /** It comes first in the order of the first router: the bypass holder of an active-active or cluster stack without a primary (brain 7.2). */
  readonly ownsFirst: boolean;
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  /** The HA port: interface and UDP port; the interface is null without peers, if the file names none. */
  readonly haInterface: string | null;
  readonly haPort: number;
  /** Path of the stack's secret; null without peers. The secret itself is never part of a plan. */
  readonly secretFile: string | null;
  readonly splitBrainGuard: boolean;
  readonly fastTakeover: boolean;
  /** Empty: the others are plain VRRP speakers. */
  readonly peers: readonly PeerPlan[];
  readonly peerCheck: PeerCheckPlan;
  readonly links: LinksPlan;
  readonly bandwidth: BandwidthPlan;
  readonly flaps: FlapsPlan;
  readonly bypass: BypassPlan;
  readonly tracks: readonly TrackPlan[];
  /** The helper's business alone. */
  readonly commands: readonly CommandPlan[];
  /** Whether there is a manager that tells when sessions and store are ready (brain 4.4). */
  readonly manager: boolean;
  readonly routers: readonly RouterPlan[];
  readonly realtime: { readonly priority: number; readonly lockMemory: boolean } | false;
  /**
   * First 16 hex digits of the SHA-256 of the canonical plan without what differs between the instances of a stack (instance, primary, peers,
   * priorities, source addresses, addresses of unicast peers) and without warnings: equal on two instances that run the same settings.
   */
  readonly hash: string;
  /** Things to tell the administrator once: sections that are not in effect in this version, doubtful settings. */
  readonly warnings: readonly string[];
}
