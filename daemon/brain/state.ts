/** What the brain knows, what it is told (facts) and what it orders (effects). Plain data; the rules are beside it, a file a rule family. */
import type { Hold } from '../../core/action.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import type { EventBody } from '../../core/event.ts';
import type { ConditionName, FaultName, Reason } from '../../core/reason.ts';
import type { Role } from '../../core/status.ts';
import type { EnginePlan, PlannedAddress, RouterPlan } from '../../config/plan.ts';
import type { Heard } from '../../vrrp/acceptance.ts';
import type { Machine } from '../../vrrp/machine-state.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';

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
}

export interface Fault {
  readonly name: FaultName;
  readonly router: string;
  readonly since: Instant;
  readonly detail: string;
  /** Its cause is gone; it clears then, if the cause stays gone. NEVER while the cause lasts. */
  readonly clearsAt: Instant;
  /** For faults that a probe clears: when to ask again. */
  readonly probeAt: Instant;
}

export interface Condition {
  readonly name: ConditionName;
  readonly router: string;
  readonly since: Instant;
  readonly detail: string;
}

/** Why a probe was sent. `claim`: mode off or mute, before a claim. `fault`: has what raised the fault gone? `source`: is our own source address unique? */
export type ProbePurpose = 'claim' | 'fault' | 'source';

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
  /** Routers whose probe is awaited; null when none runs. */
  readonly probing: readonly string[] | null;
  /** Mode off: nothing is claimed before the next start (brain 10). */
  readonly barred: boolean;
}

/** A switchover in progress. */
export interface Switchover {
  readonly actionId: string;
  readonly by: string;
  readonly startedAt: Instant;
  readonly hold: Hold;
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
  /** Preemption is held until then; NEVER = until released; -Infinity = not held. */
  readonly heldUntil: Instant;
  /** Mode off was left just now: until then answers to its questions may still come. */
  readonly staleAnswersUntil: Instant;
  readonly switchover: Switchover | null;
  readonly phase: 'new' | 'running' | 'stopping' | 'stopped';
}

export type Fact =
  | { readonly kind: 'start'; readonly transports: Readonly<Record<string, Transport>>; readonly reason: Reason }
  | { readonly kind: 'time' }
  | { readonly kind: 'heard'; readonly router: string; readonly heard: Heard }
  /** An advert that claims to come from our own source address. */
  | { readonly kind: 'ownSource'; readonly router: string }
  /** v2: somebody advertises this router at another interval, so its adverts are dropped (RFC 3768 7.1). */
  | { readonly kind: 'intervalMismatch'; readonly router: string; readonly detail: string }
  | { readonly kind: 'transport'; readonly router: string; readonly transport: Transport }
  | { readonly kind: 'sent'; readonly router: string; readonly error: string | null }
  | {
      readonly kind: 'probed';
      readonly router: string;
      readonly purpose: ProbePurpose;
      readonly foreign: { readonly address: string; readonly mac: string } | null;
    }
  /** A tick that came late, by this much. */
  | { readonly kind: 'late'; readonly lateMs: Ms }
  | {
      readonly kind: 'plan';
      readonly plan: EnginePlan;
      readonly transports: Readonly<Record<string, Transport>>;
      readonly actionId: string | null;
    }
  | {
      readonly kind: 'switchover';
      readonly actionId: string;
      readonly by: string;
      readonly hold: Hold;
      readonly force: boolean;
    }
  | { readonly kind: 'releaseHold'; readonly actionId: string; readonly by: string }
  | { readonly kind: 'stop'; readonly by: string };

export type Effect =
  /** Send an advert now, with this priority. */
  | { readonly do: 'advert'; readonly router: string; readonly priority: number; readonly style: ChecksumStyle }
  /** Put all addresses on the interface; announce each as soon as the kernel has it. */
  | { readonly do: 'take'; readonly router: string }
  | { readonly do: 'drop'; readonly router: string }
  /** Reload: only these, of a router that holds its addresses. */
  | { readonly do: 'takeSome'; readonly router: string; readonly addresses: readonly PlannedAddress[] }
  | { readonly do: 'dropSome'; readonly router: string; readonly addresses: readonly PlannedAddress[] }
  | { readonly do: 'announce'; readonly router: string }
  | { readonly do: 'announceSelf'; readonly router: string }
  | { readonly do: 'probe'; readonly router: string; readonly purpose: ProbePurpose }
  | { readonly do: 'rememberStyle'; readonly router: string; readonly style: ChecksumStyle }
  /**
   * Reload: this one is not in the file any more. It says priority 0 in this style, unless that is null, and its addresses go.
   * Told by its plan: another router may have its name by now.
   */
  | {
      readonly do: 'remove';
      readonly plan: RouterPlan;
      readonly resigns: ChecksumStyle | null;
      readonly holds: boolean;
    }
  | { readonly do: 'event'; readonly event: EventBody }
  /** Everything is let go: the process may leave. */
  | { readonly do: 'stopped' };

/** True while the addresses of this router are on the interface here. */
export function holdsAddresses(entry: RouterEntry): boolean {
  return entry.machine.state === 'active' || entry.machine.state === 'releasing';
}
