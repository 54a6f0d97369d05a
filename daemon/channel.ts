/**
 * What guardian and engine say to each other, over the IPC channel of the child process.
 * Every message carries the generation of the engine that it concerns; messages of another generation are ignored (brain 6.1).
 */
import type { ChecksumStyle } from '../vrrp/packet.ts';
import type { EnginePlan, Family } from '../config/plan.ts';
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
  /** What to let go when another is heard, or `letGoMs` later (brain 5.6). */
  readonly addresses: readonly HeldAddress[];
  readonly letGoMs: number;
  /** Names of macvlans to set down when the addresses are gone. */
  readonly macvlans: readonly string[];
}

/** The last will: everything that the guardian needs if the engine dies now. Empty while nothing is held. */
export interface Will {
  readonly routers: readonly WillRouter[];
}

/** What must survive the engine and is kept by the guardian in `<state>/guardian`. */
export interface Remembered {
  /** Style of the IPv4 v3 checksum last heard, by `<interface>/<vrid>`. */
  readonly checksumStyles: Readonly<Record<string, ChecksumStyle>>;
  /** Addresses that an earlier engine of this boot of the kernel put on interfaces. */
  readonly addresses: readonly HeldAddress[];
}

export type ToEngine =
  | {
      readonly kind: 'begin';
      readonly generation: number;
      readonly plan: EnginePlan;
      /** The run directory, absolute. */
      readonly run: string;
      readonly version: string;
      readonly remembered: Remembered;
      readonly processes: Processes;
      /** Why an engine before this one ended, null for the first (shown as event and in `why`). */
      readonly predecessor: { readonly text: string } | null;
      /** How often the engine ticks, in ms. */
      readonly tickMs: number;
      /** True where the guardian could give the engine real-time scheduling. */
      readonly realtime: boolean;
    }
  | { readonly kind: 'plan'; readonly generation: number; readonly plan: EnginePlan; readonly actionId: string | null }
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
  | { readonly kind: 'remember'; readonly generation: number; readonly remembered: Remembered }
  | { readonly kind: 'reload'; readonly generation: number; readonly actionId: string }
  | { readonly kind: 'stopped'; readonly generation: number }
  /** The engine cannot do its job (no raw socket, socket path in use…): said on stderr by the guardian, exit 1. */
  | { readonly kind: 'fatal'; readonly generation: number; readonly text: string };
