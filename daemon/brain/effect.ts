/** What the brain orders (brain 1.1), in the order in which a turn found it. */
import type { EventBody } from '../../core/event.ts';
import type { PlannedAddress, RouterPlan } from '../../config/plan.ts';
import type { PeerMessage } from '../../monitors/peer/state.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import type { Protection } from '../channel.ts';
import type { ProbePurpose } from './fact.ts';

export type Effect =
  /** Send an advert now, with this priority. */
  | { readonly do: 'advert'; readonly router: string; readonly priority: number; readonly style: ChecksumStyle }
  /** Put all addresses on the interface; announce each as soon as the kernel has it. `takeFirst`: before the adverts of this turn. */
  | { readonly do: 'take'; readonly router: string }
  | { readonly do: 'takeFirst'; readonly router: string }
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
  /** To a peer; `path` null = every path. `peerBoot`: the boot of the receiver that it is for; null while that is to be learnt. */
  | {
      readonly do: 'send';
      readonly peer: string;
      readonly path: number | null;
      readonly message: PeerMessage;
      readonly peerBoot: string | null;
    }
  /** Perform a check of this track. */
  | { readonly do: 'check'; readonly track: string }
  | { readonly do: 'bypass'; readonly position: 'inline' | 'bypass' }
  | { readonly do: 'watchdog'; readonly armed: boolean }
  /** Keep this, and say when it is on the disk. */
  | { readonly do: 'protect'; readonly seq: number; readonly protection: Protection }
  /** The predecessor's addresses are ours, or are let go: the guardian's adverts end. */
  | { readonly do: 'adopted' }
  /** The last will says something else now. */
  | { readonly do: 'will' }
  | { readonly do: 'event'; readonly event: EventBody }
  /** Everything is let go: the process may leave. */
  | { readonly do: 'stopped' };
