/** What keeps an instance out of service, in the status: faults, conditions, flaps, bypass, maintenance. Pure; `wall` prints a point in time. */
import { type Instant, type Ms, NEVER } from '../../core/clock.ts';
import { type ConditionName, describeReason, formatReason } from '../../core/reason.ts';
import type {
  BypassBy,
  BypassState,
  BypassStatus,
  ConditionStatus,
  FaultStatus,
  FlapsStatus,
  MaintenanceStatus,
  WatchdogStatus,
} from '../../core/status.ts';
import { formatDuration } from '../../core/units.ts';
import { bypassBy, bypassWantedBy } from '../brain/bypass.ts';
import { faultReason } from '../brain/faults.ts';
import { flapsInWindow } from '../brain/flap-window.ts';
import { isHolder, latchBypasses } from '../brain/holder.ts';
import type { Condition, Fault, Instance } from '../brain/state.ts';
import type { Card } from './sensors.ts';

type Wall = (at: Instant) => string;

/** One without a router is the instance's. */
export function faultStatus(fault: Fault, wall: Wall): FaultStatus {
  const { name, router, hard, since } = fault;
  const scope = router === '' ? ({ scope: 'instance' } as const) : ({ scope: 'router', router } as const);
  return { name, ...scope, hard, since: wall(since), text: describeReason(faultReason(fault)).text };
}

/** These are about a peer, or about one path of it. */
const ABOUT_PEER: ReadonlySet<ConditionName> = new Set(['pathDown', 'otherSecret', 'otherStack', 'checksBlocked']);

export function conditionStatus(
  { name, router, since, detail }: Condition,
  instance: Instance,
  wall: Wall,
): ConditionStatus {
  const text = formatReason({ code: 'conditionRaised', condition: name, router, detail });
  return { name, ...subjectOf(name, router, instance), since: wall(since), text };
}

/** A condition holds the text of its subject: a router, a peer, a peer with the address of a path, or nothing for the instance. */
function subjectOf(name: ConditionName, subject: string, instance: Instance): { router?: string; peer?: string } {
  if (subject === '') return {};
  // Neither a name nor an address has a blank in it.
  if (ABOUT_PEER.has(name)) return { peer: subject.split(' ', 1)[0]! };
  if (instance.plan.routers.some((router) => router.name === subject)) return { router: subject };
  return instance.plan.peers.some((peer) => peer.name === subject) ? { peer: subject } : { router: subject };
}

/** Latched: out of service for its flaps, in bypass or in fault, until an operator says otherwise. */
export function flapsStatus(instance: Instance, now: Instant, wall: Wall): FlapsStatus {
  const { max, windowMs } = instance.plan.flaps;
  const at = flapsInWindow(instance, now).map(wall);
  const latched = instance.latched !== null || instance.faults.some((fault) => fault.name === 'flapLimit');
  return { count: at.length, max, windowSeconds: windowMs / 1000, latched, at };
}

export function bypassStatus(instance: Instance, card: Card | null, wall: Wall): BypassStatus {
  const { plan, bypass, latched } = instance;
  const { driver } = plan.bypass;
  const fitted = driver !== 'none';
  const state: BypassState = fitted ? (bypass.read ?? 'unknown') : 'notFitted';
  const cause = fitted ? bypassCause(instance) : null;
  return {
    driver,
    state,
    latched: latched !== null && latchBypasses(instance),
    by: cause?.by ?? null,
    commanded: state === 'notFitted' ? null : bypassWantedBy(instance) === null ? 'inline' : 'bypass',
    reason: cause === null ? null : describeReason({ code: 'bypassBecause', by: cause.by, detail: cause.detail }),
    reasonSince: cause === null ? null : wall(cause.since),
    holder: isHolder(instance),
    since: fitted && bypass.read !== null ? wall(bypass.since) : null,
    detail: fitted ? bypass.detail : '',
    powerOff: card?.powerOff ?? null,
    watchdog: watchdogStatus(card?.watchdog ?? null, plan.bypass.watchdogMs, wall),
  };
}

function watchdogStatus(watchdog: Card['watchdog'], timeMs: Ms, wall: Wall): WatchdogStatus | null {
  if (watchdog === null) return null;
  const { armed, fedAt } = watchdog;
  return { armed, timeMs, fedAt: fedAt === null ? null : wall(fedAt) };
}

interface BypassCause {
  readonly by: BypassBy;
  readonly detail: string;
  readonly since: Instant;
}

/** Why it is engaged, or is to be; null while nobody wants it and it is not found so. */
function bypassCause(instance: Instance): BypassCause | null {
  const { bypass, latched, serviceDown, conditions, plan } = instance;
  const by = bypassBy(instance);
  switch (by) {
    case null:
      return null;
    case 'flaps': {
      const { max, windowMs } = plan.flaps;
      // How many they were is not kept: those of today may be of later.
      return {
        by,
        detail: `more than ${max} within ${formatDuration(windowMs)}`,
        since: latched?.since ?? bypass.since,
      };
    }
    case 'operator':
      return { by, detail: bypass.operator?.by ?? '', since: bypass.operator?.since ?? bypass.since };
    case 'serviceDown': {
      const detail = conditions.find(({ name }) => name === 'serviceDown')?.detail ?? '';
      return { by, detail, since: serviceDown.since === NEVER ? bypass.since : serviceDown.since };
    }
    case 'unknown':
      return { by, detail: bypass.detail, since: bypass.since };
  }
}

export function maintenanceStatus({ maintenance }: Instance, wall: Wall): MaintenanceStatus | null {
  if (maintenance === null) return null;
  const { by, since, until, reboot } = maintenance;
  return { by, since: wall(since), until: reboot ? 'reboot' : until === NEVER ? null : wall(until) };
}
