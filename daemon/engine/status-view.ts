/** The status as everybody sees it (design section 7, contract), made from the brain's state and the shells' counters. */
import { type Clock, type Instant, NEVER } from '../../core/clock.ts';
import { describeReason } from '../../core/reason.ts';
import type { Processes, RouterCounters, Status } from '../../core/status.ts';
import { bandwidthStatus } from '../../monitors/bandwidth.ts';
import { linksStatus } from '../../monitors/pairs.ts';
import { tracksStatus } from '../../monitors/tracks.ts';
import { eligible } from '../brain/faults.ts';
import type { Instance } from '../brain/state.ts';
import type { Card } from './sensors.ts';
import { peerStatus } from './status-peers.ts';
import { bypassStatus, conditionStatus, faultStatus, flapsStatus, maintenanceStatus } from './status-protection.ts';
import { routerStatus } from './status-routers.ts';

export interface StatusInputs {
  readonly instance: Instance;
  readonly clock: Clock;
  readonly version: string;
  readonly processes: Processes;
  readonly countersOf: (router: string) => Readonly<RouterCounters>;
  readonly lateness: Status['lateness'];
  readonly card: Card | null;
  readonly lastTakeover: Status['lastTakeover'];
  readonly lastHandover: Status['lastHandover'];
  readonly realtime: Status['realtime'];
  readonly loadedAt: number;
  /** As the manager says; null = it never did, or not for a while. */
  readonly leader: boolean | null;
}

export function makeStatus(inputs: StatusInputs): Status {
  const { instance, clock } = inputs;
  const { plan } = instance;
  const now = clock.now();
  const wall = wallTimes(clock);
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
    faults: instance.faults.map((fault) => faultStatus(fault, wall)),
    conditions: instance.conditions.map((condition) => conditionStatus(condition, instance, wall)),
    preemptionHeldUntil: heldUntil(instance, wall),
    leader: inputs.leader,
    routers: instance.routers.map((entry) => routerStatus(entry, instance, now, inputs.countersOf, wall)),
    peers: instance.peers.map((peer) => peerStatus(peer, instance, now, wall)),
    links: linksStatus(instance.pairs, plan.links, wall),
    bandwidth: bandwidthStatus(instance.bandwidth, instance.bandwidthDisarmed?.by ?? null),
    flaps: flapsStatus(instance, now, wall),
    bypass: bypassStatus(instance, inputs.card, wall),
    tracks: tracksStatus(instance.tracks),
    maintenance: maintenanceStatus(instance, wall),
    configuration: { hash: plan.hash, loadedAt: new Date(inputs.loadedAt).toISOString(), warnings: plan.warnings },
    realtime: inputs.realtime,
    lastTakeover: inputs.lastTakeover,
    lastHandover: inputs.lastHandover,
    lateness: inputs.lateness,
    at: new Date(clock.wall()).toISOString(),
  };
}

function heldUntil(instance: Instance, wall: (at: Instant) => string): Status['preemptionHeldUntil'] {
  if (instance.heldUntil === Number.NEGATIVE_INFINITY) return null;
  return instance.heldUntil === NEVER ? 'released' : wall(instance.heldUntil);
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
