/** What is known of one peer, what its session is told and what it answers. Plain data; the rules are in session.ts, the wire form in wire.ts. */
import type { Instant, Ms } from '../../core/clock.ts';
import type { HandoverMessage, Report } from '../../core/report.ts';
import type { PeerHealth } from '../../core/status.ts';
import type { PeerPlan } from '../../config/plan.ts';

/** The content of a datagram. Who, when and for whom is the envelope's business. */
export type PeerMessage =
  /** A check: `nonce` is to be echoed. `have`: version of the report that the sender has of the receiver, null = none. */
  | { readonly type: 'request'; readonly nonce: string; readonly have: number | null }
  /** The answer. The report itself travels only where it is not the one that the other has: checks stay small. */
  | {
      readonly type: 'reply';
      readonly nonce: string;
      readonly version: number;
      readonly report: Report | null;
      readonly direct: DirectContacts;
    }
  /** A report that has changed, unasked. */
  | { readonly type: 'push'; readonly version: number; readonly report: Report; readonly direct: DirectContacts }
  | { readonly type: 'handover'; readonly handover: HandoverMessage }
  /** The last will: this boot of the engine has ended and resigned from everything (brain 3.4, 6.3). */
  | { readonly type: 'told' };

/** How long ago the sender heard from other instances itself, ms, by name (brain 3.6). */
export type DirectContacts = Readonly<Record<string, Ms>>;

/** Everything under the HMAC. */
export interface Envelope {
  readonly stack: string;
  readonly from: string;
  readonly to: string;
  /** Boot id of the sender: 32 hex digits, drawn at every start of its engine. */
  readonly boot: string;
  /** Boot id of the receiver as the sender last learnt it; null = not yet. */
  readonly peerBoot: string | null;
  /** One counter for each sender's boot, over all paths and peers. `FINAL_COUNTER` is the last will's. */
  readonly counter: number;
  readonly message: PeerMessage;
}

/** After this nothing of that boot counts any more (brain 3.4). */
export const FINAL_COUNTER = Number.MAX_SAFE_INTEGER;

/** Why a datagram did not count. Counted by these names; shown in the status. */
export type IgnoredReason =
  | 'malformed'
  | 'wireVersion'
  | 'unknownSender'
  | 'otherStack'
  | 'otherSecret'
  | 'notForUs'
  | 'otherBoot'
  | 'replayed'
  | 'unverified'
  | 'staleNonce'
  | 'wrongPath';

export interface PathState {
  /** As in the plan. */
  readonly address: string;
  readonly health: PeerHealth;
  readonly since: Instant;
  /** Failed checks in a row while healthy or unknown; good ones in a row while unhealthy or unknown. */
  readonly failing: number;
  readonly recovering: number;
  /** The last 60 checks, newest last: `p` passed, `f` failed. */
  readonly recent: string;
  /** Smoothed round trip, ms; null before the first. */
  readonly rttMs: Ms | null;
  /** The longest one of late, ms: it sinks slowly. */
  readonly worstRttMs: Ms;
  readonly lastContact: Instant;
  /** The check that is under way; null = none. */
  readonly asked: { readonly nonce: string; readonly at: Instant; readonly deadline: Instant } | null;
  /** The check before it, judged already: a late answer to it is contact, but no good check. */
  readonly expired: { readonly nonce: string; readonly at: Instant } | null;
  /** Highest counter of a request on this path: what is not above it is a replay. */
  readonly highest: number;
  /** Requests of boots that are not verified: how many were answered since when. */
  readonly strange: { readonly since: Instant; readonly count: number };
  readonly nextAt: Instant;
  /** When the first check of the present run of failures was sent; NEVER while there is none (brain 4.3). */
  readonly firstMissAt: Instant;
}

export interface PeerSession {
  readonly plan: PeerPlan;
  /** Healthy while any path is. */
  readonly health: PeerHealth;
  readonly healthSince: Instant;
  readonly paths: readonly PathState[];
  /** Boot id of the peer; null before the first valid datagram. */
  readonly boot: string | null;
  /** Boots that ended with a last will, or were replaced: nothing of them counts. A few, newest last. */
  readonly ended: readonly string[];
  /** One nonce of ours was echoed by this boot: its pushes count (brain 3.4). */
  readonly verified: boolean;
  /** A request beside the checks, to verify a boot that asked us; null = none. */
  readonly challenge: { readonly path: number; readonly nonce: string; readonly at: Instant } | null;
  /** State is taken only from counters above it. */
  readonly highest: number;
  /** The newest report, null before the first of this boot. */
  readonly report: Report | null;
  readonly version: number | null;
  /** When the report was last confirmed: as old as that, it is fresh for 2 × detection (brain 1.4). -Infinity = never. */
  readonly reportAt: Instant;
  /** Anything valid from it, on any path. -Infinity = never. */
  readonly lastContact: Instant;
  readonly direct: DirectContacts;
  /** Amnesties for own lateness (brain 3.5), newest last. */
  readonly amnesties: readonly Instant[];
  readonly ignored: Readonly<Partial<Record<IgnoredReason, number>>>;
}

export type SessionEvent =
  /** Begin to check now. */
  | { readonly kind: 'start' }
  /** Time has passed: whatever is due happens. */
  | { readonly kind: 'time' }
  /** A datagram of this peer that passed the HMAC, the sender, stack and receiver checks (wire.ts). `path` = index of the path by its source address. */
  | { readonly kind: 'received'; readonly path: number; readonly envelope: Envelope }
  /** Something that did not count and can be laid at this peer's door by its source address. */
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason }
  /** Our own report has changed: tell it at once. */
  | { readonly kind: 'push' }
  /** A tick was late by this much (brain 3.5). */
  | { readonly kind: 'late'; readonly lateMs: Ms }
  /** We woke from a pause: ask on every path now (brain 6.5). */
  | { readonly kind: 'ask' };

export type SessionEffect =
  /** `path` null = every path. `peerBoot`: the receiver that the envelope names; null only in a request that is to learn it. */
  | {
      readonly do: 'send';
      readonly path: number | null;
      readonly message: PeerMessage;
      readonly peerBoot: string | null;
    }
  | { readonly do: 'pathHealth'; readonly path: number; readonly health: PeerHealth }
  /** The peer became healthy or unhealthy (on all paths). */
  | { readonly do: 'health'; readonly health: PeerHealth }
  /** A good answer: the report is confirmed. */
  | { readonly do: 'contact' }
  /** The report is another one than before (null before the first of a boot). */
  | { readonly do: 'report'; readonly before: Report | null }
  | { readonly do: 'handover'; readonly handover: HandoverMessage }
  /** Its engine has died and resigned from everything that `before` says. */
  | { readonly do: 'told'; readonly before: Report | null }
  /** Another boot than before: its engine was started anew. */
  | { readonly do: 'rebooted' };

/** What the session takes from above. */
export interface SessionOrders {
  readonly intervalMs: Ms;
  readonly failureThreshold: number;
  readonly recoveryThreshold: number;
  /** Our own report and its version. */
  readonly version: number;
  readonly report: Report;
  readonly direct: DirectContacts;
  /** Our own boot id. */
  readonly boot: string;
  /** A fresh random nonce: 32 hex digits. The simulator brings its own. */
  readonly nonce: () => string;
}

/** interval × threshold (brain, head). */
export function detectionMs(orders: Pick<SessionOrders, 'intervalMs' | 'failureThreshold'>): Ms {
  return orders.intervalMs * orders.failureThreshold;
}
