/** Our own report: what peers are told about this instance (brain 3.6). Made anew when something changed; pushed when it is another one. */
import type { Instant } from '../../core/clock.ts';
import { describeReason } from '../../core/reason.ts';
import type { GroupReport, Report, Standing } from '../../core/report.ts';
import { activeCount } from '../../monitors/pairs.ts';
import { type Turn, routersOf } from './draft.ts';
import { eligible, faultReason, groupEligible } from './faults.ts';
import { flapCount } from './flap-window.ts';
import { freshReport, ownClaim } from './peer-queries.ts';
import type { Group, Instance } from './state.ts';

export function makeReport(instance: Instance, now: Instant): Report {
  const { plan } = instance;
  const move = instance.bandwidthDisarmed;
  return {
    instance: plan.instance,
    version: instance.identity.version,
    role: instance.role,
    reason: describeReason(instance.roleReason),
    eligible: takesPart(instance) && eligible(instance),
    faults: instance.faults.map((fault) => describeReason(faultReason(fault)).text),
    maintenance: instance.maintenance !== null,
    primary: plan.primary,
    mode: plan.mode,
    hash: plan.hash,
    groups: instance.groups.map((group) => groupReport(instance, group)),
    links: { active: activeCount(instance.pairs), minimum: plan.links.minimumActive },
    flaps: { count: flapCount(instance, now), max: plan.flaps.max, latched: instance.latched !== null },
    bypass: {
      driver: plan.bypass.driver,
      state: plan.bypass.driver === 'none' ? 'notFitted' : (instance.bypass.read ?? 'unknown'),
    },
    bandwidthMove: move === null ? null : { by: move.by, ageMs: now - move.at, recovered: move.recovered },
    others: othersOf(instance, now),
  };
}

const takesPart = (instance: Instance): boolean => instance.phase === 'running';

function groupReport(instance: Instance, group: Group): GroupReport {
  const routers = routersOf(instance, group);
  const { priority, source } = ownClaim(instance, group);
  return {
    name: group.name,
    standing: standingOf(instance, group),
    priority,
    source,
    intervalMs: routers[0]?.plan.advertIntervalMs ?? 0,
    eligible: takesPart(instance) && groupEligible(instance, group),
  };
}

function standingOf(instance: Instance, group: Group): Standing {
  const states = new Set(routersOf(instance, group).map((r) => r.machine.state));
  if (states.has('active')) return 'active';
  if (group.handover?.side === 'target' && group.handover.stage === 'prepared') return 'claiming';
  if (group.resigned) return 'resigned';
  if (states.has('fault')) return 'fault';
  return states.has('backup') || states.has('releasing') ? 'backup' : 'init';
}

/** Who else is active for what, as they themselves say (brain 3.6). */
function othersOf(instance: Instance, now: Instant): Report['others'] {
  return Object.fromEntries(
    instance.peers.flatMap((peer) => {
      const active = freshReport(instance, peer, now)?.groups.filter((g) => g.standing === 'active') ?? [];
      return active.length === 0 ? [] : [[peer.session.plan.name, active.map((g) => g.name)]];
    }),
  );
}

/** Look whether the report is another one than peers were told. Ages alone do not make it one. */
export function renewReport(turn: Turn): boolean {
  if (!turn.dirty || turn.draft.peers.length === 0) return false;
  const report = makeReport(turn.draft, turn.now);
  if (textOf(report) === textOf(turn.draft.report)) return false;
  turn.draft.report = report;
  turn.draft.version += 1;
  return true;
}

const textOf = (report: Report): string =>
  JSON.stringify(report, (key, value: unknown) => (key === 'ageMs' ? 0 : value));
