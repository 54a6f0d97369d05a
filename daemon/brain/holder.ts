/** Which instance of the stack engages the bypass when nobody can serve (brain 7.2). Pure. */
import { fitted } from './faults.ts';
import type { Instance } from './state.ts';

/**
 * The primary; in active-active and cluster without one, the owner of the first router; in `off` the instance itself. A second wire beside the
 * holder's would be a loop.
 */
export function isHolder({ plan, peers }: Instance): boolean {
  if (plan.mode === 'off' || plan.primary) return true;
  if (plan.mode === 'active-passive') return false;
  return plan.ownsFirst && !peers.some(({ session }) => session.report?.primary === true);
}

/** What too many flaps lead to: bypass on the holder, if it has one and that is the action; otherwise a fault (brain 8.3). */
export function latchBypasses(instance: Instance): boolean {
  return instance.plan.flaps.action === 'bypass' && isHolder(instance) && fitted(instance);
}
