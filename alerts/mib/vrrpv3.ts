/**
 * VRRPV3-MIB (RFC 6527) as columns, for the virtual routers of version 3. Read-only (vrrpv3ReadOnlyCompliance). Not served: vrrpv3RouterVrIdErrors,
 * because adverts of other VRIDs are dropped in the kernel and never counted.
 */
import { addressBytes, virtualMac } from '../../core/address.ts';
import type { RouterCounters, RouterStatus, Status } from '../../core/status.ts';
import { bytesIndex, VRRPV3_OBJECTS } from './oid.ts';
import type { Oid } from './oid.ts';
import { counter32, counter64, gauge, integer, octets, ticks, truth } from './value.ts';
import type { MibValue } from './value.ts';
import { scalars, table } from './view.ts';
import type { Column } from './view.ts';
import { FAMILY } from './words.ts';

export const OPERATIONS_ENTRY: Oid = [...VRRPV3_OBJECTS, 1, 1, 1];
export const STATISTICS_ENTRY: Oid = [...VRRPV3_OBJECTS, 2, 5, 1];
const ADDRESS_ENTRY: Oid = [...VRRPV3_OBJECTS, 1, 2, 1];

/** What a status does not say, and the MIB asks for. */
export interface VrrpFacts {
  /** The kernel's number of an interface; null = there is none of that name. Such a router cannot be shown: its index would be wrong. */
  ifIndex(name: string): number | null;
  readonly preempt: boolean;
  accept(router: string): boolean;
  /** vrrpv3StatisticsNewMasterReason and vrrpv3StatisticsProtoErrReason, as far as this process has seen. */
  newMasterReason(router: string): number;
  protoErrReason(router: string): number;
  /** Since when it has been neither initialize nor in fault (wall time, ms); null = it is, or not known. */
  upSince(router: string): number | null;
  /** sysUpTime (ms) at which the counters last began anew; 0 = they did not. */
  readonly discontinuityMs: number;
  /** Wall time, ms. */
  now(): number;
}

interface Row {
  readonly router: RouterStatus;
  readonly index: Oid;
}

/** ifIndex, VRID, type of address: the index of both tables; null without an interface. */
export function routerIndex(router: RouterStatus, ifIndex: (name: string) => number | null): Oid | null {
  const number = ifIndex(router.interface);
  return number === null ? null : [number, router.id, FAMILY[router.family]];
}

export function vrrpv3Columns(status: Status | null, facts: VrrpFacts): readonly Column[] {
  if (status === null) return [];
  const rows = status.routers.flatMap((router): Row[] => {
    const index = router.version === 3 ? routerIndex(router, facts.ifIndex) : null;
    return index === null ? [] : [{ router, index }];
  });
  return [...operations(rows, facts), ...associated(rows), ...totals(rows, facts), ...statistics(rows, facts)];
}

/** InetAddress of the router's family. What is not known is the unspecified address: a row must not lack a column. */
export function inetAddress(family: RouterStatus['family'], text: string | null): MibValue {
  const bytes = text === null ? null : addressBytes(text);
  return octets(bytes ?? new Uint8Array(family === 'ipv4' ? 4 : 16));
}

/** The source of whoever is active: ours, or the one last heard. */
export const activeAddress = (router: RouterStatus): string | null =>
  router.state === 'active' ? router.sourceAddress : router.activeSource;

/** initialize(1), backup(2), master(3). A router in fault takes part no more than one that waits. */
const statusOf = ({ state }: RouterStatus): number => (state === 'active' ? 3 : state === 'backup' ? 2 : 1);

function upMs(router: RouterStatus, facts: VrrpFacts): number {
  if (statusOf(router) === 1) return 0;
  return facts.now() - (facts.upSince(router.name) ?? Date.parse(router.since));
}

function operations(rows: readonly Row[], facts: VrrpFacts): Column[] {
  return table({
    entry: OPERATIONS_ENTRY,
    first: 3,
    rows,
    index: ({ index }) => index,
    columns: [
      ['vrrpv3OperationsMasterIpAddr', ({ router }) => inetAddress(router.family, activeAddress(router))],
      ['vrrpv3OperationsPrimaryIpAddr', ({ router }) => inetAddress(router.family, router.sourceAddress)],
      ['vrrpv3OperationsVirtualMacAddr', ({ router }) => octets(virtualMac(router.family, router.id))],
      ['vrrpv3OperationsStatus', ({ router }) => integer(statusOf(router))],
      ['vrrpv3OperationsPriority', ({ router }) => gauge(router.priority)],
      ['vrrpv3OperationsAddrCount', ({ router }) => integer(router.addresses.length)],
      ['vrrpv3OperationsAdvInterval', ({ router }) => integer(router.advertIntervalMs / 10)],
      ['vrrpv3OperationsPreemptMode', () => truth(facts.preempt)],
      ['vrrpv3OperationsAcceptMode', ({ router }) => truth(facts.accept(router.name))],
      ['vrrpv3OperationsUpTime', ({ router }) => ticks(upMs(router, facts))],
      ['vrrpv3OperationsRowStatus', () => integer(1)],
    ],
  });
}

function associated(rows: readonly Row[]): Column[] {
  const addresses = rows.flatMap(({ router, index }) =>
    router.addresses.flatMap((address) => {
      const bytes = addressBytes(address.split('/', 1)[0]!);
      return bytes === null ? [] : [[...index, ...bytesIndex(bytes)]];
    }),
  );
  return table({
    entry: ADDRESS_ENTRY,
    first: 2,
    rows: addresses,
    index: (index) => index,
    columns: [['vrrpv3AssociatedIpAddrRowStatus', () => integer(1)]],
  });
}

function totals(rows: readonly Row[], facts: VrrpFacts): Column[] {
  const sum = (key: keyof RouterCounters) => counter64(rows.reduce((all, { router }) => all + router.counters[key], 0));
  const counters = scalars(
    [...VRRPV3_OBJECTS, 2],
    [
      ['vrrpv3RouterChecksumErrors', () => sum('checksumErrors')],
      ['vrrpv3RouterVersionErrors', () => sum('versionErrors')],
      ['vrrpv3RouterVrIdErrors', () => null],
      ['vrrpv3GlobalStatisticsDiscontinuityTime', () => ticks(facts.discontinuityMs)],
    ],
  );
  return counters.filter(({ name }) => name !== 'vrrpv3RouterVrIdErrors');
}

function statistics(rows: readonly Row[], facts: VrrpFacts): Column[] {
  const counter = (key: keyof RouterCounters) => (row: Row) => counter64(row.router.counters[key]);
  return table({
    entry: STATISTICS_ENTRY,
    first: 1,
    rows,
    index: ({ index }) => index,
    columns: [
      ['vrrpv3StatisticsMasterTransitions', ({ router }) => counter32(router.counters.activeTransitions)],
      ['vrrpv3StatisticsNewMasterReason', ({ router }) => integer(facts.newMasterReason(router.name))],
      ['vrrpv3StatisticsRcvdAdvertisements', counter('advertsReceived')],
      ['vrrpv3StatisticsAdvIntervalErrors', counter('advertIntervalErrors')],
      ['vrrpv3StatisticsIpTtlErrors', counter('ipTtlErrors')],
      ['vrrpv3StatisticsProtoErrReason', ({ router }) => integer(facts.protoErrReason(router.name))],
      ['vrrpv3StatisticsRcvdPriZeroPackets', counter('priorityZeroReceived')],
      ['vrrpv3StatisticsSentPriZeroPackets', counter('priorityZeroSent')],
      ['vrrpv3StatisticsRcvdInvalidTypePackets', counter('invalidTypeReceived')],
      ['vrrpv3StatisticsAddressListErrors', counter('addressListErrors')],
      ['vrrpv3StatisticsPacketLengthErrors', counter('packetLengthErrors')],
      ['vrrpv3StatisticsRowDiscontinuityTime', () => ticks(facts.discontinuityMs)],
      ['vrrpv3StatisticsRefreshRate', () => gauge(1000)],
    ],
  });
}
