/** TANDEM-MIB as columns, made of a status. */
import type { Status } from '../../core/status.ts';
import { TANDEM_OBJECTS } from './oid.ts';
import { peerTables } from './tandem-peers.ts';
import { routerTables } from './tandem-routers.ts';
import { faultTables } from './tandem-faults.ts';
import { equipmentTables } from './tandem-equipment.ts';
import { answer, counter64, dateAndTime, gauge, integer, text, ticks, truth } from './value.ts';
import { scalars } from './view.ts';
import type { Column } from './view.ts';
import { BANDWIDTH, BYPASS, BYPASS_BY, ROLE } from './words.ts';

/** `now`: wall time, ms. Without a status nothing is served: what is not known is not made up. */
export function tandemColumns(status: Status | null, now: () => number): readonly Column[] {
  if (status === null) return [];
  return [
    ...instance(status, now),
    ...totals(status),
    ...equipment(status),
    ...faultTables(status),
    ...routerTables(status),
    ...peerTables(status),
    ...equipmentTables(status),
  ];
}

function instance(status: Status, now: () => number): Column[] {
  const { maintenance, preemptionHeldUntil } = status;
  return scalars(
    [...TANDEM_OBJECTS, 1],
    [
      ['tandemInstanceName', () => text(status.instance)],
      ['tandemStackName', () => text(status.stack)],
      ['tandemMode', () => text(status.mode)],
      ['tandemVersion', () => text(status.version)],
      ['tandemPrimary', () => truth(status.primary)],
      ['tandemRole', () => integer(ROLE[status.role])],
      ['tandemRoleSince', () => dateAndTime(status.since)],
      ['tandemReasonCode', () => text(status.reason.code)],
      ['tandemReasonText', () => text(status.reason.text)],
      ['tandemEligible', () => truth(status.eligible)],
      ['tandemLeader', () => answer(status.leader)],
      ['tandemMaintenanceBy', () => text(maintenance?.by ?? null)],
      ['tandemMaintenanceUntil', () => text(maintenance?.until ?? null)],
      ['tandemPreemptionHeldUntil', () => text(preemptionHeldUntil)],
      ['tandemConfigurationHash', () => text(status.configuration.hash)],
      ['tandemStatusAge', () => ticks(now() - Date.parse(status.at))],
    ],
  );
}

function totals({ routers, peers, faults, conditions, lateness }: Status): Column[] {
  const sum = (of: (router: Status['routers'][number]) => number): number =>
    routers.reduce((total, router) => total + of(router), 0);
  const microseconds = (ms: number) => gauge(ms * 1000);
  return scalars(
    [...TANDEM_OBJECTS, 2],
    [
      ['tandemRouters', () => gauge(routers.length)],
      ['tandemRoutersActive', () => gauge(routers.filter(({ state }) => state === 'active').length)],
      ['tandemPeers', () => gauge(peers.length)],
      ['tandemPeersHealthy', () => gauge(peers.filter(({ health }) => health === 'healthy').length)],
      ['tandemFaults', () => gauge(faults.length)],
      ['tandemConditions', () => gauge(conditions.length)],
      ['tandemActiveTransitions', () => counter64(sum(({ counters }) => counters.activeTransitions))],
      ['tandemAdvertsSent', () => counter64(sum(({ counters }) => counters.advertsSent))],
      ['tandemAdvertsReceived', () => counter64(sum(({ counters }) => counters.advertsReceived))],
      ['tandemAdvertsIgnored', () => counter64(sum(ignored))],
      ['tandemSendErrors', () => counter64(sum(({ counters }) => counters.sendErrors))],
      ['tandemLatenessMedian', () => microseconds(lateness.p50)],
      ['tandemLateness99', () => microseconds(lateness.p99)],
      ['tandemLatenessWorst', () => microseconds(lateness.worst)],
    ],
  );
}

/** Every reason for which an advert does not count. Another address list and, in version 3, another interval are told and counted, but accepted. */
function ignored({ counters: c, version }: Status['routers'][number]): number {
  const refused = [c.ipTtlErrors, c.invalidTypeReceived, c.packetLengthErrors, c.checksumErrors, c.versionErrors];
  const foreign = [c.authErrors, c.unknownSource, c.ownSource, c.familyErrors];
  return [...refused, ...foreign, version === 2 ? c.advertIntervalErrors : 0].reduce((a, b) => a + b, 0);
}

function equipment({ links, bandwidth, flaps, bypass }: Status): Column[] {
  const kbps = (bps: number | null) => (bps === null ? null : gauge(bps / 1000));
  return [
    ...scalars(
      [...TANDEM_OBJECTS, 3],
      [
        ['tandemPairsActive', () => gauge(links.active)],
        ['tandemPairsMinimum', () => gauge(links.minimum)],
      ],
    ),
    ...scalars(
      [...TANDEM_OBJECTS, 4],
      [
        ['tandemBandwidthEnabled', () => truth(bandwidth.enabled)],
        ['tandemBandwidthState', () => integer(BANDWIDTH[bandwidth.state])],
        ['tandemBandwidthNow', () => kbps(bandwidth.bps)],
        ['tandemBandwidthAverage', () => kbps(bandwidth.averageBps)],
        ['tandemBandwidthMinimum', () => kbps(bandwidth.minimum)],
        ['tandemBandwidthWindow', () => gauge(bandwidth.windowSeconds)],
        ['tandemBandwidthDisarmedBy', () => text(bandwidth.disarmedBy)],
      ],
    ),
    ...scalars(
      [...TANDEM_OBJECTS, 5],
      [
        ['tandemFlapCount', () => gauge(flaps.count)],
        ['tandemFlapMaximum', () => gauge(flaps.max)],
        ['tandemFlapWindow', () => gauge(flaps.windowSeconds)],
        ['tandemFlapLatched', () => truth(flaps.latched)],
        ['tandemFlapLast', () => dateAndTime(flaps.at.at(-1) ?? null)],
      ],
    ),
    ...scalars(
      [...TANDEM_OBJECTS, 6],
      [
        ['tandemBypassDriver', () => text(bypass.driver)],
        ['tandemBypassState', () => integer(BYPASS[bypass.state])],
        ['tandemBypassLatched', () => truth(bypass.latched)],
        ['tandemBypassBy', () => integer(bypass.by === null ? 0 : BYPASS_BY[bypass.by])],
        ['tandemBypassHolder', () => truth(bypass.holder)],
        ['tandemBypassSince', () => dateAndTime(bypass.since)],
        ['tandemBypassDetail', () => text(bypass.detail)],
      ],
    ),
  ];
}
