/** The instance's role: a query on its groups (design section 1), never stored decisions. */
import { addressText } from '../../core/address.ts';
import type { Instant } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import type { Role } from '../../core/status.ts';
import { inline, maintenanceReason, settling } from './faults.ts';
import { reportedActive } from './peer-queries.ts';
import type { Instance } from './state.ts';

/** Active if for at least one group; in fault if every group is; starting until something was heard or the first wait is over. */
export function roleOf(instance: Instance): Role {
  const states = instance.routers.map((r) => r.machine.state);
  if (states.includes('active')) return 'active';
  if (instance.maintenance !== null) return 'maintenance';
  if (instance.bypass.read === 'bypass') return 'bypass';
  const stands = instance.faults.length > 0 || instance.bypass.read === 'unknown';
  if (stands && states.every((s) => s === 'fault' || s === 'init' || s === 'releasing')) return 'fault';
  if (instance.phase === 'new') return 'starting';
  // The bypass has not been read yet, or was left just now.
  if (instance.phase === 'running' && !stands && (!inline(instance) || settling(instance))) return 'starting';
  // A report is an advert (brain 1.4): who is known of by it was heard.
  const known = new Set(instance.groups.flatMap((group) => (group.reported === null ? [] : [group.name])));
  const waiting = instance.routers.some(
    ({ plan, machine }) =>
      machine.state === 'init' || (machine.state === 'backup' && machine.fresh && !known.has(plan.group)),
  );
  return waiting && instance.phase === 'running' ? 'starting' : 'standby';
}

/** Why it has that role, where no act of this turn says it: by what is heard. */
export function reasonFor(instance: Instance, role: Role, now: Instant): Reason {
  if (role === 'starting') return { code: 'starting' };
  const { maintenance, bypass } = instance;
  if (role === 'maintenance' && maintenance !== null) {
    return maintenanceReason(maintenance.by, maintenance.until === Number.POSITIVE_INFINITY, maintenance.reboot);
  }
  if (role === 'bypass') return { code: 'bypassRead', state: 'bypass', detail: bypass.detail };
  for (const { plan, machine } of instance.routers) {
    const other = machine.active ?? machine.worse;
    if (other !== null) {
      const { source, priority } = other;
      return { code: 'activeHeard', router: plan.name, source: addressText(source), priority };
    }
    const [reported] = reportedActive(instance, plan.group, now);
    if (reported !== undefined) {
      return { code: 'peerActive', peer: reported.peer, router: plan.name, priority: reported.report.priority };
    }
  }
  return instance.routers[0]?.machine.reason ?? { code: 'started', priority: 0 };
}
