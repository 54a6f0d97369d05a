/** What the brain is told (brain 1.1): one fact a turn. */
import type { Hold } from '../../core/action.ts';
import type { Ms } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import type { BypassState } from '../../core/status.ts';
import type { EnginePlan } from '../../config/plan.ts';
import type { Envelope, IgnoredReason } from '../../monitors/peer/state.ts';
import type { TrafficReading } from '../../monitors/traffic-reader.ts';
import type { Heard } from '../../vrrp/acceptance.ts';
import type { AdoptionToken, Protection } from '../channel.ts';
import type { Transport } from './state.ts';

/** Why a probe was sent. `claim`: mode off or mute, before a claim. `fault`: has what raised the fault gone? `source`: is our own source address unique? */
export type ProbePurpose = 'claim' | 'fault' | 'source';

export type Fact =
  | {
      readonly kind: 'start';
      readonly transports: Readonly<Record<string, Transport>>;
      readonly reason: Reason;
      readonly adopt?: AdoptionToken | null;
      readonly resigned?: boolean;
      readonly protection?: Protection;
      /** Carrier of the ports of link pairs, by interface. */
      readonly ports?: Readonly<Record<string, boolean>>;
    }
  /** `sessions` false: without the peer checks, whose answers may still wait in a socket (brain 3.5). */
  | { readonly kind: 'time'; readonly sessions?: boolean }
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
  /** A datagram of a peer that is authentic. */
  | { readonly kind: 'datagram'; readonly peer: string; readonly path: number; readonly envelope: Envelope }
  /** One that is not; `peer` null if nobody of ours can be behind it. */
  | { readonly kind: 'ignored'; readonly peer: string | null; readonly reason: IgnoredReason; readonly detail: string }
  /** Carrier of a port of a link pair. */
  | { readonly kind: 'port'; readonly interface: string; readonly up: boolean }
  /** Bytes received so far on the measured interfaces. */
  | { readonly kind: 'traffic'; readonly reading: TrafficReading }
  /** `good` null: the check could not be done at all. */
  | { readonly kind: 'tracked'; readonly track: string; readonly good: boolean | null; readonly detail: string }
  | { readonly kind: 'bypassRead'; readonly state: BypassState; readonly detail: string }
  /** The newest `protect` of this number, and all before, are on the disk. */
  | { readonly kind: 'protected'; readonly seq: number }
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
      readonly to: string | null;
      readonly hold: Hold;
      readonly force: boolean;
    }
  | { readonly kind: 'releaseHold'; readonly actionId: string; readonly by: string }
  | {
      readonly kind: 'maintenance';
      readonly actionId: string;
      readonly by: string;
      readonly on: boolean;
      readonly forMs: Ms | null;
      readonly untilReboot: boolean;
      readonly force: boolean;
    }
  | { readonly kind: 'bypass'; readonly actionId: string; readonly by: string; readonly engage: boolean }
  | { readonly kind: 'flapsReset'; readonly actionId: string; readonly by: string }
  | { readonly kind: 'stop'; readonly by: string };
