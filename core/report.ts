/**
 * What an instance tells its peers about itself (brain 3.6): the body of every answer to a peer check. "A report is an advert on another
 * wire" (brain 1.4). Plain data; the wire form and its checks are in monitors/peer/.
 */
import type { Ms } from './clock.ts';
import type { ReasonText } from './reason.ts';
import type { BypassState, Role } from './status.ts';

/**
 * How an instance stands in one election. `active`: it advertises (or would, if it is mute). `claiming`: the target of a handover, between `go` and its
 * claim. `resigned`: it was active and gave up, and nobody has been seen active since: others may take over at once (brain 4.2).
 */
export type Standing = 'init' | 'backup' | 'claiming' | 'active' | 'resigned' | 'fault';

export interface GroupReport {
  readonly name: string;
  readonly standing: Standing;
  /** Priority in use, 0–255: the highest of the group's routers. */
  readonly priority: number;
  /** Source address of its adverts (text), null without one. Ties are broken by it, then by name (brain 4.5). */
  readonly source: string | null;
  /** Its advert interval, ms. */
  readonly intervalMs: Ms;
  /** No fault of its own, not in maintenance: it may become active for this group. */
  readonly eligible: boolean;
}

export interface Report {
  readonly instance: string;
  readonly version: string;
  readonly role: Role;
  readonly reason: ReasonText;
  /** Eligible for at least one group (brain 2.1). */
  readonly eligible: boolean;
  /** Names of the faults that stand, in words for a person. */
  readonly faults: readonly string[];
  readonly maintenance: boolean;
  readonly primary: boolean;
  readonly mode: string;
  /** `EnginePlan.hash`: equal where the same settings run. */
  readonly hash: string;
  readonly groups: readonly GroupReport[];
  readonly links: { readonly active: number; readonly minimum: number };
  readonly flaps: { readonly count: number; readonly max: number; readonly latched: boolean };
  readonly bypass: { readonly driver: string; readonly state: BypassState };
  /** Who made a bandwidth handover and when, as age; null while the trigger is armed (brain 9.2). */
  readonly bandwidthMove: BandwidthMove | null;
  /** Groups that other instances report active to this one, by instance (brain 3.6). */
  readonly others: Readonly<Record<string, readonly string[]>>;
}

/** The bandwidth trigger is disarmed on the whole stack. */
export interface BandwidthMove {
  readonly by: string;
  /** How long ago, ms. */
  readonly ageMs: Ms;
  /** Some active has measured the minimum over a full window since. */
  readonly recovered: boolean;
}

/** The messages of a handover (brain 5.1), each repeated until the next one answers it. */
export type HandoverKind = 'want' | 'ask' | 'prepared' | 'go' | 'claimed' | 'released' | 'refused' | 'cancel';

export interface HandoverMessage {
  readonly kind: HandoverKind;
  /** Of the handover: chosen by whoever asks. */
  readonly id: string;
  readonly group: string;
  /** Why, in words: what both sides show. Of `refused`: why not. */
  readonly reason: ReasonText;
  /** Of `ask`: what it is for, which decides how long the target keeps priority 254 (brain 5.2). */
  readonly purpose: HandoverPurpose;
  /** Of `ask` for a switchover: how long preemption is held; null = until released. */
  readonly holdMs: Ms | null;
}

export type HandoverPurpose = 'switchover' | 'preemption' | 'maintenance' | 'stop' | 'bandwidth';
