/** Which instance of the stack engages the bypass when nobody can serve (brain 7.2). Pure. */
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
