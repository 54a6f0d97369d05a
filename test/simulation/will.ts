/** What the guardian of a simulated machine knows: the last will of its engine, and what it does because of it. */
import type { RouterPlan } from '../../config/plan.ts';

export interface WillRouter {
  readonly identity: string;
  readonly plan: RouterPlan;
  readonly priority: number;
  readonly active: boolean;
  readonly letGoMs: number;
  /** Mode off: nothing is said. */
  readonly silent: boolean;
}

export interface Will {
  readonly kind: 'resign' | 'hold';
  readonly boot: string;
  readonly routers: readonly WillRouter[];
  readonly told: readonly { readonly peer: string; readonly peerBoot: string }[];
  readonly bypass: boolean;
}

export interface Guardian {
  mode: 'idle' | 'holding' | 'resigning';
  /** Of the engine that lives, and of one that was started while another's is held. */
  will: Will;
  successor: Will;
  /** Routers for which adverts go on, by identity; when the last one was said. */
  readonly voices: Map<string, { readonly router: WillRouter; saidAt: number }>;
  /** Addresses that are kept: until then; somebody was heard. */
  readonly kept: Map<string, { deadline: number; heard: boolean }>;
  holdUntil: number;
  failed: number;
  /** Somebody was heard since the engine died. */
  taken: boolean;
  inVain: boolean;
  vacated: boolean;
  /** An engine is being started. */
  spawning: boolean;
  epoch: number;
}

export const NO_WILL: Will = { kind: 'resign', boot: '', routers: [], told: [], bypass: false };
export function newGuardian(): Guardian {
  return {
    mode: 'idle',
    will: NO_WILL,
    successor: NO_WILL,
    voices: new Map(),
    kept: new Map(),
    holdUntil: 0,
    failed: 0,
    taken: false,
    inVain: false,
    vacated: false,
    spawning: false,
    epoch: 0,
  };
}
