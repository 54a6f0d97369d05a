/** What the brain knows. Plain data; the rules are beside it, a file a rule family; what it is told is in fact.ts, what it orders in effect.ts. */
import type { Hold } from '../../core/action.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import type { EventKind } from '../../core/event.ts';
import type { ConditionName, FaultName, Reason } from '../../core/reason.ts';
import type { HandoverPurpose, Report } from '../../core/report.ts';
import type { BypassState, Role } from '../../core/status.ts';
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import type { Bandwidth } from '../../monitors/bandwidth.ts';
import type { Pairs } from '../../monitors/pairs.ts';
import type { PeerSession } from '../../monitors/peer/state.ts';
import type { Tracks } from '../../monitors/tracks.ts';
import type { Machine } from '../../vrrp/machine-state.ts';
import type { HeldAddress } from '../channel.ts';

/** What the kernel says about the interfaces of one router. */
export interface Transport {
  /** The interface for adverts is up. */
  readonly advertUp: boolean;
  /** The interface that carries the addresses is up. */
  readonly addressUp: boolean;
  /** Where adverts are sent from; never one of the virtual addresses. */
  readonly source: Uint8Array | null;
  /** In words, for the fault: `eth0 does not exist`. */
  readonly detail: string;
}

export interface RouterEntry {
  readonly plan: RouterPlan;
  readonly machine: Machine;
  readonly transport: Transport;
  /** Since when sending has failed without a success, and how; null = it works. */
  readonly failing: { readonly since: Instant; readonly error: string } | null;
  /** While `cannotSend`: when to try again with an advert that no one obeys. */
  readonly trialAt: Instant;
  /** Newest advert with priority > 0 of somebody who is not known to be a mere standby (brain 4.3, 7.1). */
  readonly heardAt: Instant;
}

export interface Fault {
  readonly name: FaultName;
  /** Empty = the instance. */
  readonly router: string;
  /** Name of the track; empty for every other fault. */
  readonly subject: string;
  readonly hard: boolean;
  readonly since: Instant;
  readonly detail: string;
  /** Its cause is gone; it clears then, if the cause stays gone. NEVER while the cause lasts. */
  readonly clearsAt: Instant;
  /** For faults that a probe clears: when to ask again. */
  readonly probeAt: Instant;
}

export interface Condition {
  readonly name: ConditionName;
  /** What it is about: a router, or a peer; empty = the instance. */
  readonly router: string;
  readonly since: Instant;
  readonly detail: string;
}

/** How it wants to become active (brain 4). `group`: a router joins its active group. */
export type Trigger = 'timer' | 'owner' | 'group' | 'told' | 'fast' | 'handover' | 'adopt';

/** What speaks for the claim. */
export interface Evidence {
  /** Three probes for every address stayed unanswered just now (brain 2.4, 10). */
  readonly nobodyAnswered: boolean;
  /** Told and fast: an advert heard since then shows an active. */
  readonly since?: Instant;
  /** The peer that gave up or fell silent. */
  readonly lost?: string;
}

/** The state of one election (brain 1.2). */
export interface Group {
  readonly name: string;
  readonly claimedAt: Instant;
  /** How often it had to yield right after a claim, and until when it may not claim again (brain 4.1). */
  readonly yields: number;
  readonly notBefore: Instant;
  /** The cause of a claim that waits for `notBefore` or for a probe. */
  readonly waiting: Reason | null;
  readonly retryAt: Instant;
  /** How it wanted to become active when it had to ask the network first; that counts when the answers are there. */
  readonly asking: { readonly trigger: Trigger; readonly evidence: Evidence } | null;
  /** Routers whose probe is awaited; null when none runs. */
  readonly probing: readonly string[] | null;
  /** Mode off: nothing is claimed before the next start (brain 10). */
  readonly barred: boolean;
  /** Gave up while active, and nobody was seen active since: peers read it as *told* (brain 4.2). */
  readonly resigned: boolean;
  /** The newest report of an active: for the down timer it is an advert (brain 1.4). Null again when that peer says otherwise. */
  readonly reported: { readonly peer: string; readonly at: Instant; readonly intervalMs: Ms } | null;
  /** A claim without waiting for the timer: told or fast. */
  readonly attempt: Attempt | null;
  readonly handover: Handover | null;
  /** Priority 254 since a handover (brain 5.2). */
  readonly elevated: Elevation | null;
  /** When to ask the active peer for the role (brain 4.4), and how long the next wait is. */
  readonly wantAt: Instant;
  readonly wantWaitMs: Ms;
  /** The last asking has no answer yet: it goes over every path, and so does the answer. */
  readonly wantOpen: boolean;
}

export interface Attempt {
  readonly trigger: 'told' | 'fast';
  readonly at: Instant;
  /** An advert heard since then forbids it. */
  readonly since: Instant;
  readonly peer: string;
  readonly cause: Reason;
}

export interface Elevation {
  readonly purpose: HandoverPurpose;
  /** Who gave, for whose `released` it waits; null = released, it lasts until the hold ends. */
  readonly until: { readonly giver: string } | null;
  /** Released, and not held: it ends then. NEVER otherwise. */
  readonly endsAt: Instant;
}

/** A handover of one group under way (brain 5.1). */
export interface Handover {
  readonly side: 'giver' | 'target';
  readonly id: string;
  readonly peer: string;
  readonly purpose: HandoverPurpose;
  readonly stage: 'asking' | 'going' | 'released' | 'prepared' | 'claimed';
  readonly since: Instant;
  /** When the stage began. */
  readonly stageAt: Instant;
  readonly repeatAt: Instant;
  readonly holdMs: Ms | null;
  readonly reason: Reason;
}

/** Groups that active peers are asked for, by order of an operator. */
export interface Taking {
  /** Of the messages: every asking has its own. */
  readonly id: string;
  readonly groups: readonly { readonly group: string; readonly peer: string }[];
  readonly repeatAt: Instant;
}

/** An operator's action that lasts: switchover, from here or (`taking`) to here, or maintenance that first gives the role away. */
export interface Undertaking {
  readonly kind: 'switchover' | 'taking' | 'maintenance' | 'stop';
  readonly actionId: string | null;
  readonly by: string;
  readonly startedAt: Instant;
  readonly hold: Hold;
  /** Nobody can take over by agreement: it resigns, and sees whether anybody does (brain 5.6). */
  readonly byResigning: boolean;
  /** What is to be in effect when the role is given away; its time begins then. */
  readonly maintenance: { readonly forMs: Ms | null; readonly reboot: boolean } | null;
  readonly taking: Taking | null;
}

/** An action that is in effect, and told as done when `protect` number `seq` is on the disk; by `until` at the latest it is told that it is not. */
export interface Unsaved {
  /** What it changed: a later change of the same undoes it. */
  readonly of: 'maintenance' | 'bypass' | 'flaps';
  readonly seq: number;
  readonly until: Instant;
  readonly kind: EventKind;
  readonly reason: Reason;
  readonly actionId: string;
}

export interface Maintenance {
  readonly by: string;
  /** When it took effect, not when it was asked for: until then this instance serves (brain 12). */
  readonly since: Instant;
  /** NEVER = until left. */
  readonly until: Instant;
  readonly reboot: boolean;
}

export interface PeerEntry {
  readonly session: PeerSession;
  /** When *fast* was last fired at this peer, by group (brain 4.3). */
  readonly firedAt: Readonly<Record<string, Instant>>;
}

/** The bypass as read, and what is done about it. */
export interface Bypass {
  /** Null until the first reading. */
  readonly read: BypassState | null;
  readonly detail: string;
  readonly since: Instant;
  /** Readings `unknown` in a row. */
  readonly unknowns: number;
  /** What the driver was last told, and when to look whether it did. */
  readonly commanded: 'inline' | 'bypass' | null;
  readonly checkAt: Instant;
  readonly attempts: number;
  readonly operator: { readonly by: string; readonly since: Instant } | null;
  /** Links are not judged until then (brain 7.3). */
  readonly settleUntil: Instant;
  /** The watchdog, as it was last told; null while it is not known what an engine before told it. */
  readonly armed: boolean | null;
  /** What an operator waits for: that it reads so. */
  readonly action: {
    readonly actionId: string;
    readonly by: string;
    readonly position: 'inline' | 'bypass';
    readonly until: Instant;
  } | null;
}

/** Brain 7.1, 7.3. */
export interface ServiceDown {
  /** Since when nobody is eligible; NEVER = somebody is. */
  readonly since: Instant;
  readonly declared: boolean;
  readonly engaged: boolean;
  /** While engaged: when to try inline again; NEVER = not planned. */
  readonly tryAt: Instant;
  readonly backOffMs: Ms;
  /** When it last tried. */
  readonly triedAt: Instant;
  /** When somebody may have been silent for too long: to be judged again then. */
  readonly lookAt: Instant;
}

/** A bandwidth handover disarmed the trigger on the whole stack (brain 9.2). */
export interface BandwidthDisarmed {
  readonly by: string;
  readonly at: Instant;
  readonly recovered: boolean;
  /** When it is armed again; NEVER before traffic is back. */
  readonly armsAt: Instant;
}

/** Of this run of the engine. */
export interface Identity {
  /** Drawn at every start: 32 hex digits (brain 3.4). */
  readonly boot: string;
  /** Where nonces come from; the simulator brings its own. */
  readonly nonce: () => string;
  /** Of the software. */
  readonly version: string;
}

export interface Instance {
  readonly plan: EnginePlan;
  readonly routers: readonly RouterEntry[];
  readonly groups: readonly Group[];
  readonly faults: readonly Fault[];
  readonly conditions: readonly Condition[];
  readonly role: Role;
  readonly roleSince: Instant;
  readonly roleReason: Reason;
  readonly startedAt: Instant;
  /** Preemption is held until then; NEVER = until released; -Infinity = not held. */
  readonly heldUntil: Instant;
  /** Mode off was left just now: until then answers to its questions may still come. */
  readonly staleAnswersUntil: Instant;
  readonly undertaking: Undertaking | null;
  /** `leaving`: asked to stop, still handing over. */
  readonly phase: 'new' | 'running' | 'leaving' | 'stopping' | 'stopped';

  readonly identity: Identity;
  readonly peers: readonly PeerEntry[];
  /** Our own report and its version; what peers have been told. */
  readonly report: Report;
  readonly version: number;
  readonly nextId: number;

  readonly pairs: Pairs;
  readonly bandwidth: Bandwidth;
  readonly tracks: Tracks;
  readonly flaps: readonly Instant[];
  readonly latched: { readonly since: Instant; readonly saved: boolean } | null;
  readonly maintenance: Maintenance | null;
  readonly bypass: Bypass;
  readonly serviceDown: ServiceDown;
  readonly bandwidthDisarmed: BandwidthDisarmed | null;
  /** Number of the newest `protect`, and of the newest that is known to be on the disk. */
  readonly protectSeq: number;
  readonly savedSeq: number;
  /** Actions that are done when the disk has what they changed. */
  readonly unsaved: readonly Unsaved[];
  /** A predecessor's addresses are held for us: to be adopted, or let go, by then (brain 6.4). */
  readonly adoption: {
    readonly routers: readonly string[];
    readonly addresses: readonly HeldAddress[];
    readonly at: Instant;
    readonly end: Instant;
  } | null;
  /** Own lateness of the last minute, and the failures that a peer is judged by because of it; null = those of the plan (brain 3.5). */
  readonly lateness: {
    readonly recent: readonly { readonly at: Instant; readonly lateMs: Ms }[];
    readonly failureThreshold: number | null;
  };
  /** What the last will would be. */
  readonly willKind: 'resign' | 'hold';
}

/** True while the addresses of this router are on the interface here. */
export function holdsAddresses(entry: RouterEntry): boolean {
  return entry.machine.state === 'active' || entry.machine.state === 'releasing';
}
