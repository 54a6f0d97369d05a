import type { FaultName, ReasonText } from './reason.ts';

/** Roles of an instance (design section 1). `maintenance` and `bypass` come with the brain's later rows. */
export type Role = 'starting' | 'active' | 'standby' | 'fault' | 'maintenance' | 'bypass';

/** State of a virtual router as shown: RFC 9568 section 6.4 and our `fault`. */
export type RouterState = 'init' | 'backup' | 'active' | 'fault';

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
  readonly peers: null;
  readonly links: null;
  readonly bandwidth: null;
  readonly flaps: null;
  readonly bypass: null;
  readonly configuration: { readonly hash: string; readonly loadedAt: string; readonly warnings: readonly string[] };
  readonly realtime: { readonly scheduling: boolean; readonly memoryLocked: boolean };
  /** Lateness of adverts and of the event loop, ms: p50, p99, worst, over the last minute. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly worst: number };
  /** Wall time at which this answer was made. */
  readonly at: string;
}
