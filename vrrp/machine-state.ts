/** What a virtual router's machine remembers, what it is told and what it answers. Plain data: see machine.ts for the rules. */
import type { Instant, Ms } from '../core/clock.ts';
import { NEVER } from '../core/clock.ts';
import type { Reason } from '../core/reason.ts';
import type { RouterState } from '../core/status.ts';
import type { RouterPlan } from '../config/plan.ts';
import type { Heard } from './acceptance.ts';
import type { ChecksumStyle } from './packet.ts';

/**
 * RFC 9568 section 6.4 has Initialize, Backup and Active. Two more:
 * `releasing` = resigned, adverts stopped, addresses kept until another is heard (brain 5.6);
 * `fault` = may not take part until the fault is gone.
 */
export type MachineState = 'init' | 'backup' | 'active' | 'releasing' | 'fault';

/** As shown: letting go is nothing that the RFC knows; adverts have stopped, so for others it is a backup. */
export const SHOWN_STATE: Readonly<Record<MachineState, RouterState>> = {
  init: 'init',
  backup: 'backup',
  active: 'active',
  releasing: 'backup',
  fault: 'fault',
};

/** Where a release leads to. */
export type AfterRelease = 'init' | 'backup' | 'fault';

/** Another router that was heard. */
export interface Other {
  readonly source: Uint8Array;
  readonly priority: number;
  readonly at: Instant;
}

export interface Machine {
  readonly state: MachineState;
  readonly since: Instant;
  readonly reason: Reason;
  /** Priority in use: 1–255. */
  readonly priority: number;
  /** Interval of the active router: learnt in v3, our own otherwise. */
  readonly activeIntervalMs: Ms;
  /** The active router as last accepted; null while none is known. */
  readonly active: Other | null;
  /** A worse router whose adverts we do not obey, because we are about to preempt it. */
  readonly worse: Other | null;
  /** Who said priority 0 last, while we wait Skew_Time for it. */
  readonly resigner: Uint8Array | null;
  /** Since when nothing was accepted. */
  readonly silentSince: Instant;
  /** The down timer ran out and nothing was accepted since. */
  readonly unheard: boolean;
  /** The delay of preemption has run out: a worse one is not obeyed any more (the group's other routers may still wait). */
  readonly preemptDue: boolean;
  /** True until something was heard or the first down timer ran out. */
  readonly fresh: boolean;
  readonly style: ChecksumStyle;
  readonly afterRelease: AfterRelease;
  /** While releasing: who was heard to take over. */
  readonly taker: Heard | null;
  /** When the last losing advert was answered. */
  readonly answeredAt: Instant;
  /** Last time that lateness was allowed for (brain 3.5: once per Master_Down). */
  readonly excusedAt: Instant;

  // Timers are data: absolute due times on the monotonic clock, NEVER when not running.
  readonly downAt: Instant;
  readonly advertAt: Instant;
  /** Second burst of announcements. */
  readonly againAt: Instant;
  readonly refreshAt: Instant;
  readonly preemptAt: Instant;
  readonly letGoAt: Instant;
  /** After a pause: until then we listen and send nothing (brain 6.5). */
  readonly listenUntil: Instant;
}

/** What the machine takes from above: it decides neither Preempt nor who may claim (brain 1.2, 1.3). */
export interface Orders {
  readonly plan: RouterPlan;
  /** The address that we send from; null without one. */
  readonly source: Uint8Array | null;
  readonly preempt: boolean;
  readonly preemptDelayMs: Ms;
  /** How long addresses stay after another was heard: `lingerTime` of all that move together. */
  readonly lingerMs: Ms;
}

export type MachineEvent =
  /** From init, or from fault when it is gone. */
  | { readonly kind: 'startup'; readonly reason: Reason }
  | { readonly kind: 'heard'; readonly heard: Heard }
  /** Time has passed: whatever is due happens. */
  | { readonly kind: 'time' }
  /** `addressesFirst`: a handover, where the other still answers: addresses and announcements before the advert (brain 5.3). */
  | { readonly kind: 'claim'; readonly reason: Reason; readonly addressesFirst?: boolean }
  /** A handover: another has taken over by agreement. Adverts stop without priority 0, the addresses go in a moment. */
  | { readonly kind: 'giveOver'; readonly reason: Reason; readonly heard: Heard }
  /** Give the role to a better one that was heard (here or on another router of the group). */
  | { readonly kind: 'yield'; readonly reason: Reason; readonly heard: Heard | null }
  /** `keepMs`: how long the addresses are kept for somebody to be heard; otherwise one interval and the largest skew (brain 5.6). */
  | {
      readonly kind: 'resign';
      readonly reason: Reason;
      readonly next: AfterRelease;
      readonly keep: boolean;
      readonly keepMs?: Ms | null;
    }
  /** While releasing: let the addresses go now. */
  | { readonly kind: 'letGo'; readonly heard: Heard | null }
  /** While releasing: nobody took over, go on as before. */
  | { readonly kind: 'reclaim'; readonly reason: Reason }
  | { readonly kind: 'fault'; readonly reason: Reason }
  | { readonly kind: 'stop'; readonly reason: Reason }
  | { readonly kind: 'priority'; readonly priority: number }
  /** The process was late: do not hold it against the other (brain 3.5). */
  | { readonly kind: 'late'; readonly lateMs: Ms }
  /** The process stood still for longer than others wait: listen before asserting (brain 6.5). */
  | { readonly kind: 'woke'; readonly gapMs: Ms; readonly listenMs?: Ms };

/** What the machine says to the election above it. */
export type Tell =
  | { readonly kind: 'unheard'; readonly cause: Reason; readonly again: boolean }
  | { readonly kind: 'betterHeard'; readonly heard: Heard; readonly reason: Reason }
  | { readonly kind: 'anotherHeard'; readonly heard: Heard }
  | { readonly kind: 'letGoDue' };

export type MachineEffect =
  /** Send an advert with this priority (0 = resign). */
  | { readonly do: 'advert'; readonly priority: number }
  /** Put the addresses on the interface and announce each as soon as it is there. */
  | { readonly do: 'take' }
  /** The same, before the advert of this turn. */
  | { readonly do: 'takeFirst' }
  | { readonly do: 'drop'; readonly heard: Uint8Array | null }
  /** Announce all addresses (gratuitous ARP, unsolicited NA). */
  | { readonly do: 'announce' }
  /** Announce our own source address, so that the active router's neighbour entry for us is fresh (vrrp.md 2.5, unicast). */
  | { readonly do: 'announceSelf' }
  | { readonly do: 'changed'; readonly from: MachineState; readonly to: MachineState; readonly reason: Reason }
  | { readonly do: 'style'; readonly source: Uint8Array; readonly style: ChecksumStyle }
  | { readonly do: 'announcedAgain'; readonly source: Uint8Array }
  | { readonly do: 'tell'; readonly tell: Tell };

/** A machine before its start. `style` is what was remembered from an earlier run, for `checksum: auto`. */
export function newMachine(plan: RouterPlan, now: Instant, style: ChecksumStyle | null): Machine {
  return {
    state: 'init',
    since: now,
    reason: { code: 'starting' },
    priority: plan.priority,
    activeIntervalMs: plan.advertIntervalMs,
    active: null,
    worse: null,
    resigner: null,
    silentSince: now,
    unheard: false,
    preemptDue: false,
    fresh: true,
    style: plan.checksum === 'auto' ? (style ?? 'rfc5798') : plan.checksum,
    afterRelease: 'init',
    taker: null,
    answeredAt: Number.NEGATIVE_INFINITY as Instant,
    excusedAt: Number.NEGATIVE_INFINITY as Instant,
    downAt: NEVER,
    advertAt: NEVER,
    againAt: NEVER,
    refreshAt: NEVER,
    preemptAt: NEVER,
    letGoAt: NEVER,
    listenUntil: NEVER,
  };
}

/** When the machine next wants to be told the time. */
export function dueAt(machine: Machine): Instant {
  switch (machine.state) {
    case 'backup':
      return earlier(machine.downAt, machine.preemptAt);
    case 'active':
      return earlier(earlier(machine.advertAt, machine.againAt), earlier(machine.refreshAt, machine.listenUntil));
    case 'releasing':
      return machine.letGoAt;
    case 'init':
    case 'fault':
      return NEVER;
  }
}

function earlier(a: Instant, b: Instant): Instant {
  return b < a ? b : a;
}
