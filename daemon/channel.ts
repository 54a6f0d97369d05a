/**
 * What guardian and engine say to each other, over the IPC channel of the child process.
 * Every message carries the generation of the engine that it concerns; messages of another generation are ignored (brain 6.1).
 */
import type { ChecksumStyle } from '../vrrp/packet.ts';
import type { EnginePlan, Family } from '../config/plan.ts';
import type { Ms } from '../core/clock.ts';
import type { BandwidthMove } from '../core/report.ts';
import type { Processes } from '../core/status.ts';

/** An address on an interface that Tandem put there. */
export interface HeldAddress {
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
  /** Name of the interface that really carries it (the macvlan, with a virtual MAC). */
  readonly interface: string;
}

/** A ready-made packet: the whole IP packet with its header, so that sending needs no decision. */
export interface ReadyPacket {
  readonly family: Family;
  /** Interface that it leaves by. */
  readonly interface: string;
  /** Destination address (text). */
  readonly destination: string;
  /** The IP packet, base64. */
  readonly bytes: string;
}

/** What the guardian does for one router of a dead engine. */
export interface WillRouter {
  readonly name: string;
  readonly id: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Interface on which the other's advert is awaited. */
  readonly interface: string;
  readonly password: string | null;
  /** Canonical addresses from which an advert counts; empty = any (multicast). */
  readonly unicastPeers: readonly string[];
  /** Our own source addresses: an advert from one of these is not another's. */
  readonly sources: readonly string[];
  /** The priority 0 adverts. */
  readonly resign: readonly ReadyPacket[];
  /** The advert as an active says it, repeated every `advertIntervalMs` while a will is held. */
  readonly adverts: readonly ReadyPacket[];
  readonly advertIntervalMs: number;
  /** The group was active: its resignation is a flap (brain 8.2). False while it only lets go. */
  readonly active: boolean;
  /** What to let go when another is heard, or `letGoMs` later (brain 5.6). */
  readonly addresses: readonly HeldAddress[];
  readonly letGoMs: number;
  /** Names of macvlans to set down when the addresses are gone. */
  readonly macvlans: readonly string[];
}

/** A ready-made UDP datagram for a path of a peer. */
export interface ReadyDatagram {
  /** Interface that it has to leave by; null = as the routing table says. */
  readonly interface: string | null;
  readonly destination: string;
  readonly port: number;
  /** The datagram, base64. */
  readonly bytes: string;
}

/** The last will: everything that the guardian needs if the engine dies now. Empty while nothing is held. */
export interface Will {
  /**
   * `resign`: some peer is healthy and eligible, so it may take over. `hold`: nobody is known to: keep the addresses and say so until an
   * engine is back, for at most 5 s or three failed starts (brain 6.3). Mode off holds without adverts.
   */
  readonly kind: 'resign' | 'hold';
  readonly routers: readonly WillRouter[];
  /** `told` for every path of every peer: this instance gave up. Signed with the reserved final counter (brain 3.4). */
  readonly told: readonly ReadyDatagram[];
  /** When a hold ends in vain, the helper is asked to engage the bypass (brain 6.3). */
  readonly bypass: boolean;
}

/** What must survive the engine and is kept by the guardian in `<state>/guardian`. */
export interface Remembered {
  /** Style of the IPv4 v3 checksum last heard, by `<interface>/<vrid>`. */
  readonly checksumStyles: Readonly<Record<string, ChecksumStyle>>;
  /** Addresses that an earlier engine of this boot of the kernel put on interfaces. */
  readonly addresses: readonly HeldAddress[];
  readonly protection: Protection;
}

/** What protects the stack from this instance, or the other way round, and outlives both. Times as ages, since clocks do not outlive a boot. */
export interface Protection {
  /** How long ago this instance flapped, ms, oldest first (brain 8). */
  readonly flapAges: readonly Ms[];
  /** The flap limit was exceeded; only an operator opens it. */
  readonly latched: { readonly ageMs: Ms } | null;
  /** `leftMs`: for so long still; null = until left. `reboot`: gone after a boot. */
  readonly maintenance: {
    readonly by: string;
    readonly ageMs: Ms;
    readonly leftMs: Ms | null;
    readonly reboot: boolean;
  } | null;
  /** Engaged by hand; does not outlive a boot (brain 7.7). */
  readonly operatorBypass: { readonly by: string; readonly ageMs: Ms } | null;
  readonly bandwidthMove: BandwidthMove | null;
}

export const NO_PROTECTION: Protection = {
  flapAges: [],
  latched: null,
  maintenance: null,
  operatorBypass: null,
  bandwidthMove: null,
};

/** With this an engine may keep the addresses that its predecessor's will held (brain 6.4). */
export interface AdoptionToken {
  readonly addresses: readonly HeldAddress[];
  /** Names of the routers that were active. */
  readonly routers: readonly string[];
  /** The guardian gives up then, ms from now. */
  readonly leftMs: Ms;
}

/** Keys of the stack, newest first, 32 bytes each in base64: the first signs, all verify. Never logged, never in a plan. */
export type Secrets = readonly string[];

export type ToEngine =
  | {
      readonly kind: 'begin';
      readonly generation: number;
      readonly plan: EnginePlan;
      /** The run directory, absolute. */
      readonly run: string;
      readonly version: string;
      readonly remembered: Remembered;
      readonly secrets: Secrets;
      /** The predecessor's will is held: adopt, or let the guardian give up. Null for every other start. */
      readonly adopt: AdoptionToken | null;
      /** The predecessor's will was executed as a resignation: the first down timer is Skew_Time if peers are configured (brain 6.4). */
      readonly resigned: boolean;
      readonly processes: Processes;
      /** Why an engine before this one ended, null for the first (shown as event and in `why`). */
      readonly predecessor: { readonly text: string } | null;
      /** How often the engine ticks, in ms. */
      readonly tickMs: number;
      /** True where the guardian could give the engine real-time scheduling. */
      readonly realtime: boolean;
    }
  | {
      readonly kind: 'plan';
      readonly generation: number;
      readonly plan: EnginePlan;
      readonly secrets: Secrets;
      readonly actionId: string | null;
    }
  /** What `protect` asked for is on the disk (brain 8.3: the latch before the driver). */
  | { readonly kind: 'protected'; readonly generation: number; readonly seq: number }
  | {
      readonly kind: 'planRefused';
      readonly generation: number;
      readonly errors: readonly string[];
      readonly actionId: string | null;
    }
  | { readonly kind: 'willTaken'; readonly generation: number; readonly seq: number }
  | { readonly kind: 'processes'; readonly generation: number; readonly processes: Processes }
  /** Resign, clean up, answer `stopped` and leave. */
  | { readonly kind: 'stop'; readonly generation: number };

export type ToGuardian =
  | { readonly kind: 'tick'; readonly generation: number }
  | { readonly kind: 'ready'; readonly generation: number }
  /** Written before the change that it describes takes effect; at most one unanswered (brain 6.2). */
  | { readonly kind: 'will'; readonly generation: number; readonly seq: number; readonly will: Will }
  /** Keep this; answered by `protected` when it is on the disk. */
  | { readonly kind: 'protect'; readonly generation: number; readonly seq: number; readonly protection: Protection }
  /** The held addresses are the engine's now, or are given up: the guardian's adverts end. */
  | { readonly kind: 'adopted'; readonly generation: number }
  | { readonly kind: 'remember'; readonly generation: number; readonly remembered: Omit<Remembered, 'protection'> }
  | { readonly kind: 'reload'; readonly generation: number; readonly actionId: string }
  | { readonly kind: 'stopped'; readonly generation: number }
  /** The engine cannot do its job (no raw socket, socket path in use…): said on stderr by the guardian, exit 1. */
  | { readonly kind: 'fatal'; readonly generation: number; readonly text: string };
