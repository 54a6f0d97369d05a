import type { GivenAway, Takeover } from './measurements.ts';
import type { FaultName, ReasonText } from './reason.ts';

/** Roles of an instance (design section 1). */
export type Role = 'starting' | 'active' | 'standby' | 'fault' | 'maintenance' | 'bypass';

/** State of a virtual router as shown: RFC 9568 section 6.4 and our `fault`. */
export type RouterState = 'init' | 'backup' | 'active' | 'fault';

/** What a bypass driver reads back (design section 6). */
export type BypassState = 'inline' | 'bypass' | 'notFitted' | 'unknown';

/** What becomes of traffic when the machine has no power: it passes, or nothing does. */
export type PowerOff = 'bypass' | 'blocked';

/** Who or what wants the bypass. `unknown`: it was found engaged and nobody here did it. */
export type BypassBy = 'flaps' | 'serviceDown' | 'operator' | 'unknown';

export type PeerHealth = 'healthy' | 'unhealthy' | 'unknown';

/** Process ids; null = not running. */
export interface Processes {
  readonly guardian: number | null;
  readonly engine: number | null;
  readonly manager: number | null;
  readonly helper: number | null;
}

/** Counters of a virtual router, named after RFC 6527 (vrrpv3StatisticsTable) without its prefix, and ours. */
export interface RouterCounters {
  activeTransitions: number; // vrrpv3StatisticsMasterTransitions
  advertsSent: number;
  advertsReceived: number; // vrrpv3StatisticsRcvdAdvertisements: accepted ones
  advertIntervalErrors: number; // vrrpv3StatisticsAdvIntervalErrors
  ipTtlErrors: number; // vrrpv3StatisticsIpTtlErrors
  priorityZeroReceived: number; // vrrpv3StatisticsRcvdPriZeroPackets
  priorityZeroSent: number; // vrrpv3StatisticsSentPriZeroPackets
  invalidTypeReceived: number; // vrrpv3StatisticsRcvdInvalidTypePkts
  addressListErrors: number; // vrrpv3StatisticsAddressListErrors
  packetLengthErrors: number; // vrrpv3StatisticsPacketLengthErrors
  checksumErrors: number; // vrrpv3RouterChecksumErrors, kept per router
  versionErrors: number; // vrrpv3RouterVersionErrors, kept per router
  authErrors: number; // v2: wrong type or password
  unknownSource: number; // unicast: not in unicastPeers
  ownSource: number; // an advert that claims our own source address
  familyErrors: number; // not for this transport (multicast where unicast is configured, fragments)
  losingAdvertsAnswered: number;
  sendErrors: number;
  announcementsSent: number;
  addressesRestored: number;
}

export interface FaultStatus {
  readonly name: FaultName;
  readonly scope: 'instance' | 'router';
  readonly router?: string;
  readonly hard: boolean;
  readonly since: string;
  readonly text: string;
}

export interface ConditionStatus {
  readonly name: string;
  readonly router?: string;
  /** Instead of `router`: the peer that it is about. */
  readonly peer?: string;
  readonly since: string;
  readonly text: string;
}

export interface RouterStatus {
  readonly name: string;
  readonly id: number;
  readonly family: 'ipv4' | 'ipv6';
  readonly version: 2 | 3;
  readonly interface: string;
  readonly addressInterface: string;
  readonly group: string;
  readonly state: RouterState;
  readonly since: string;
  readonly reason: ReasonText;
  readonly priority: number;
  readonly addresses: readonly string[];
  readonly excludedAddresses: readonly string[];
  /** True while the addresses are on the interface here. */
  readonly holdsAddresses: boolean;
  readonly sourceAddress: string | null;
  /** Our own interval, ms. */
  readonly advertIntervalMs: number;
  /** Interval of the active router as learnt (v3), ms. */
  readonly activeAdvertIntervalMs: number;
  /** Master_Down (Active_Down_Interval) as it is now, ms. */
  readonly masterDownMs: number;
  /** Source of the active router last heard, null if none or it is this one. */
  readonly activeSource: string | null;
  readonly checksum: 'rfc9568' | 'rfc5798' | null;
  readonly counters: Readonly<RouterCounters>;
}

export interface PathStatus {
  readonly address: string;
  readonly health: PeerHealth;
  /** Round trip of the last good check, null before the first. */
  readonly rttMs: number | null;
  readonly lastContactMs: number | null;
  /** Failed checks in a row while healthy, good ones in a row while not. */
  readonly failing: number;
  readonly recovering: number;
  /** The last 60 checks of the path, newest last: `p` passed, `f` failed. Empty before the first. */
  readonly recent: string;
}

export interface PeerStatus {
  readonly name: string;
  readonly health: PeerHealth;
  readonly since: string;
  /** As last reported; `unknown` without a fresh report. */
  readonly role: Role | 'unknown';
  /** Why it has that role, as it says. */
  readonly reason: ReasonText | null;
  readonly eligible: boolean | null;
  /** What it is in other instances' eyes (brain 3.1). */
  readonly standing: 'eligible' | 'ineligible' | 'gone' | 'uncertain';
  /** Since anything valid came from it, null if never. */
  readonly lastContactMs: number | null;
  /** How often it is asked on every path. */
  readonly checkIntervalMs: number;
  /** Of the path that is best: failed checks in a row, of `failureThreshold`. */
  readonly failing: number;
  readonly recovering: number;
  readonly failureThreshold: number;
  readonly recoveryThreshold: number;
  readonly primary: boolean | null;
  readonly version: string | null;
  readonly configurationHash: string | null;
  readonly faults: readonly string[];
  readonly links: { readonly active: number; readonly minimum: number } | null;
  readonly bypass: BypassState | null;
  /** Groups of virtual routers for which it is active, as it says; null without a fresh report. */
  readonly activeGroups: readonly string[] | null;
  /** Its priority for each group, as it says; null without a fresh report. */
  readonly priorities: Readonly<Record<string, number>> | null;
  readonly paths: readonly PathStatus[];
  /** Datagrams that did not count, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

export type PairState = 'up' | 'half' | 'down' | 'notMeasured';

export interface LinksStatus {
  readonly active: number;
  readonly minimum: number;
  /** How often the ports are looked at, beside the kernel's own reports. */
  readonly intervalMs: number;
  readonly pairs: readonly {
    readonly name: string;
    readonly state: PairState;
    readonly outside: boolean;
    readonly inside: boolean;
    readonly outsideInterface: string;
    readonly insideInterface: string;
    /** Since when each port has, or has not, carrier. */
    readonly outsideSince: string;
    readonly insideSince: string;
    readonly since: string;
  }[];
}

export type BandwidthState = 'ok' | 'low' | 'off' | 'measuring';

export interface BandwidthStatus {
  readonly enabled: boolean;
  /** Received over the last second, bits per second; null where nothing is measured. */
  readonly bps: number | null;
  /** Average over the window. */
  readonly averageBps: number | null;
  readonly minimum: number;
  readonly windowSeconds: number;
  readonly state: BandwidthState;
  /** The trigger is disarmed since this instance's handover, null while armed. */
  readonly disarmedBy: string | null;
}

export interface FlapsStatus {
  readonly count: number;
  readonly max: number;
  readonly windowSeconds: number;
  readonly latched: boolean;
  /** Newest last. */
  readonly at: readonly string[];
}

export interface WatchdogStatus {
  /** The card counts: it engages by itself when it is not fed. */
  readonly armed: boolean;
  readonly timeMs: number;
  /** Last; null while it is not armed, and before the first time. */
  readonly fedAt: string | null;
}

export interface BypassStatus {
  readonly driver: string;
  readonly state: BypassState;
  readonly latched: boolean;
  readonly by: BypassBy | null;
  /** What it is to be; null where nothing can be told to it. */
  readonly commanded: 'inline' | 'bypass' | null;
  /** Why it is engaged or is to be, and since when that holds; null with `by`. */
  readonly reason: ReasonText | null;
  readonly reasonSince: string | null;
  /** This instance is the one that engages on service down (brain 7.2). */
  readonly holder: boolean;
  readonly since: string | null;
  /** What is wrong with it, empty if nothing. */
  readonly detail: string;
  /** As the card is set, or as software cannot but be; null where the driver does not know. */
  readonly powerOff: PowerOff | null;
  /** The card's own; null where the driver has none. */
  readonly watchdog: WatchdogStatus | null;
}

export interface TrackStatus {
  readonly name: string;
  readonly type: string;
  /** null until the first result. */
  readonly up: boolean | null;
  readonly failing: number;
  readonly rising: number;
  readonly weight: number;
  readonly routers: readonly string[];
  readonly detail: string;
}

export interface MaintenanceStatus {
  readonly by: string;
  readonly since: string;
  /** Wall time, `reboot`, or null = until left. */
  readonly until: string | null;
}

/** Body of `GET /status` and `tandem --json status` (design section 7, contract). Null = this version lacks it. */
export interface Status {
  readonly instance: string;
  readonly stack: string;
  readonly mode: string;
  readonly primary: boolean;
  readonly version: string;
  readonly role: Role;
  readonly since: string;
  readonly reason: ReasonText;
  readonly processes: Processes;
  readonly eligible: boolean;
  readonly faults: readonly FaultStatus[];
  readonly conditions: readonly ConditionStatus[];
  readonly preemptionHeldUntil: string | 'released' | null;
  readonly leader: boolean | null;
  readonly routers: readonly RouterStatus[];
  readonly peers: readonly PeerStatus[];
  readonly links: LinksStatus;
  readonly bandwidth: BandwidthStatus;
  readonly flaps: FlapsStatus;
  readonly bypass: BypassStatus;
  readonly tracks: readonly TrackStatus[];
  readonly maintenance: MaintenanceStatus | null;
  readonly configuration: { readonly hash: string; readonly loadedAt: string; readonly warnings: readonly string[] };
  readonly realtime: { readonly scheduling: boolean; readonly memoryLocked: boolean };
  /** The last of each since the engine was started, null if none. */
  readonly lastTakeover: Takeover | null;
  readonly lastHandover: GivenAway | null;
  /** Lateness of adverts and of the event loop, ms: p50, p99, worst, over the last minute. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly worst: number };
  /** Wall time at which this answer was made. */
  readonly at: string;
}
