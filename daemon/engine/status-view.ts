/** The status as everybody sees it (design section 7, contract), made from the brain's state and the shells' counters. */
import { addressText } from '../../core/address.ts';
import type { Clock, Instant } from '../../core/clock.ts';
import { describeReason, formatReason, type Reason } from '../../core/reason.ts';
import type { Processes, RouterCounters, RouterStatus, Status } from '../../core/status.ts';
import type { PlannedAddress } from '../../config/plan.ts';
import { SHOWN_STATE } from '../../vrrp/machine-state.ts';
import { masterDown } from '../../vrrp/timers.ts';
import { FAULTS, eligible } from '../brain/faults.ts';
import { type Instance, type RouterEntry, holdsAddresses } from '../brain/state.ts';

export interface StatusInputs {
  readonly instance: Instance;
  readonly clock: Clock;
  readonly version: string;
  readonly processes: Processes;
  readonly countersOf: (router: string) => Readonly<RouterCounters>;
  readonly lateness: Status['lateness'];
  readonly realtime: Status['realtime'];
  readonly loadedAt: number;
}

export function makeStatus(inputs: StatusInputs): Status {
  const { instance, clock } = inputs;
  const { plan } = instance;
  const wall = wallTimes(clock);
  const scopeOf = (name: keyof typeof FAULTS): 'instance' | 'router' => FAULTS[name].scope;
  return {
    instance: plan.instance,
    stack: plan.stack,
    mode: plan.mode,
    primary: plan.primary,
    version: inputs.version,
    role: instance.role,
    since: wall(instance.roleSince),
    reason: describeReason(instance.roleReason),
    processes: inputs.processes,
    eligible: eligible(instance),
    faults: instance.faults.map(({ name, router, since, detail }) => ({
      name,
      scope: scopeOf(name),
      router,
      hard: FAULTS[name].hard,
      since: wall(since),
      text: formatReason({ code: 'faulted', fault: name, router, detail }),
    })),
    conditions: instance.conditions.map(({ name, router, since, detail }) => ({
      name,
      router,
      since: wall(since),
      text: formatReason({ code: 'conditionRaised', condition: name, router, detail }),
    })),
    preemptionHeldUntil: heldUntil(instance, wall),
    leader: null,
    routers: instance.routers.map((entry) => routerStatus(entry, inputs, wall)),
    peers: null,
    links: null,
    bandwidth: null,
    flaps: null,
    bypass: null,
    configuration: { hash: plan.hash, loadedAt: new Date(inputs.loadedAt).toISOString(), warnings: plan.warnings },
    realtime: inputs.realtime,
    lateness: inputs.lateness,
    at: new Date(clock.wall()).toISOString(),
  };
}

function routerStatus(entry: RouterEntry, inputs: StatusInputs, wall: (at: Instant) => string): RouterStatus {
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
    reason: describeReason(reasonOf(entry)),
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
    counters: inputs.countersOf(plan.name),
  };
}

/** A backup that hears an active says so: that is why it is one. */
function reasonOf({ plan, machine }: RouterEntry): Reason {
  if (machine.state !== 'backup' || machine.active === null) return machine.reason;
  if (machine.reason.code !== 'started' && machine.reason.code !== 'recovered') return machine.reason;
  const { source, priority } = machine.active;
  return { code: 'activeHeard', router: plan.name, source: addressText(source), priority };
}

function heldUntil(instance: Instance, wall: (at: Instant) => string): Status['preemptionHeldUntil'] {
  if (instance.heldUntil === Number.NEGATIVE_INFINITY) return null;
  return Number.isFinite(instance.heldUntil) ? wall(instance.heldUntil) : 'released';
}

/** A wall clock that was set is followed; what it differs by from one reading to the next, because it counts whole milliseconds, is not. */
const JITTER_MS = 50;
const offsets = new WeakMap<Clock, number>();

/** Points on the monotonic clock as wall time, ISO 8601 in UTC: the same text for the same point, whenever it is asked for. */
function wallTimes(clock: Clock): (at: Instant) => string {
  const measured = clock.wall() - clock.now();
  const known = offsets.get(clock);
  const offset = known !== undefined && Math.abs(measured - known) < JITTER_MS ? known : measured;
  offsets.set(clock, offset);
  return (at) => new Date(at + offset).toISOString();
}
