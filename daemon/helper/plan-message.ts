/**
 * What the guardian tells the helper, over the channel that it was started with and nobody else has. The socket is open to a whole group; so
 * the names of programs, files and ports come this way, and a request can only say which of them.
 */
import type { BypassPlan, PairPlan, TrackPlan } from '../../config/plan.ts';
import type { SessionGround } from '../sessions/rules.ts';

export type ToHelper =
  /** At every start of the helper, and at every reload before the engine is told. */
  | {
      readonly kind: 'plan';
      readonly instance: string;
      readonly tracks: readonly TrackPlan[];
      readonly bypass: BypassPlan;
      readonly pairs: readonly PairPlan[];
      /** Null: no manager, so nobody who has sessions. */
      readonly sessions: SessionGround | null;
    }
  /** The engine ticks, or a will is held: at least every quarter of `bypass.watchdogMs`. A card's watchdog is fed because of this alone. */
  | { readonly kind: 'alive' };

/** Said to the guardian when a plan is in effect: what an earlier one engaged on other ports is released. The engine is told its plan after that. */
export interface FromHelper {
  readonly kind: 'planned';
}

/** True for a message of the guardian. It is of the same version and root: its shape is checked, its values were when they were loaded. */
export function isToHelper(message: unknown): message is ToHelper {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  if (message.kind === 'alive') return true;
  return (
    message.kind === 'plan' && 'bypass' in message && 'pairs' in message && 'tracks' in message && 'sessions' in message
  );
}
