/** A virtual router in the status. Pure. */
import { addressText } from '../../core/address.ts';
import type { Instant } from '../../core/clock.ts';
import { type Reason, describeReason } from '../../core/reason.ts';
import type { RouterCounters, RouterStatus } from '../../core/status.ts';
import type { PlannedAddress } from '../../config/plan.ts';
import { SHOWN_STATE } from '../../vrrp/machine-state.ts';
import { masterDown } from '../../vrrp/timers.ts';
import { reportedActive } from '../brain/peer-queries.ts';
import { type Instance, type RouterEntry, holdsAddresses } from '../brain/state.ts';

/** `wall` prints a point in time. */
export function routerStatus(
  entry: RouterEntry,
  instance: Instance,
  now: Instant,
  countersOf: (router: string) => Readonly<RouterCounters>,
  wall: (at: Instant) => string,
): RouterStatus {
  const { plan, machine, transport } = entry;
  const text = (a: PlannedAddress): string => `${a.address}/${a.prefix}`;
  const hasStyle = plan.version === 3 && plan.family === 'ipv4';
  return {
    name: plan.name,
    id: plan.id,
    family: plan.family,
    version: plan.version,
    interface: plan.interface,
    addressInterface: plan.addressInterface,
    group: plan.group,
    state: SHOWN_STATE[machine.state],
    since: wall(machine.since),
    reason: describeReason(reasonOf(entry, instance, now)),
    priority: machine.priority,
    addresses: plan.addresses.map(text),
    excludedAddresses: plan.excludedAddresses.map(text),
    holdsAddresses: holdsAddresses(entry),
    sourceAddress: transport.source === null ? null : addressText(transport.source),
    advertIntervalMs: plan.advertIntervalMs,
    activeAdvertIntervalMs: machine.activeIntervalMs,
    masterDownMs: masterDown(plan.version, machine.priority, machine.activeIntervalMs),
    activeSource: machine.active === null ? null : addressText(machine.active.source),
    checksum: hasStyle ? machine.style : null,
    counters: countersOf(plan.name),
  };
}

/** A backup that hears or is told of an active says so: that is why it is one. */
function reasonOf({ plan, machine }: RouterEntry, instance: Instance, now: Instant): Reason {
  if (machine.state !== 'backup') return machine.reason;
  if (machine.reason.code !== 'started' && machine.reason.code !== 'recovered') return machine.reason;
  if (machine.active !== null) {
    const { source, priority } = machine.active;
    return { code: 'activeHeard', router: plan.name, source: addressText(source), priority };
  }
  const [told] = reportedActive(instance, plan.group, now);
  if (told === undefined) return machine.reason;
  return { code: 'peerActive', peer: told.peer, router: plan.name, priority: told.report.priority };
}
