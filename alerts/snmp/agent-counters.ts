/** What became of packets: the snmp group of SNMPv2-MIB (RFC 3418), usmStats (RFC 3414), and how the engine is called (RFC 3411). */
import type { Oid } from '../mib/oid.ts';
import { counter32, integer, octets } from '../mib/value.ts';
import { scalars } from '../mib/view.ts';
import type { Column } from '../mib/view.ts';
import type { EngineMoment } from './engine.ts';
import { USM_STATS } from './inform.ts';
import { LARGEST_MESSAGE } from './message.ts';

export interface AgentCounters {
  received: number;
  answered: number;
  badVersions: number;
  badCommunities: number;
  malformed: number;
  /** Beyond the rate, or no request at all. */
  dropped: number;
  /** By the number of the report, 1 to 6. */
  readonly usm: number[];
}

export function createCounters(): AgentCounters {
  const usm = [0, 0, 0, 0, 0, 0, 0];
  return { received: 0, answered: 0, badVersions: 0, badCommunities: 0, malformed: 0, dropped: 0, usm };
}

export function refused({ badVersions, badCommunities, malformed, dropped, usm }: AgentCounters): number {
  return badVersions + badCommunities + malformed + dropped + usm.reduce((a, b) => a + b, 0);
}

const SNMP: Oid = [1, 3, 6, 1, 2, 1, 11];
const SNMP_ENGINE: Oid = [1, 3, 6, 1, 6, 3, 10, 2, 1];

export function counterColumns(counters: AgentCounters, engine: (() => EngineMoment) | null): readonly Column[] {
  const numbered: readonly (readonly [number, string, () => number])[] = [
    [1, 'snmpInPkts', () => counters.received],
    [3, 'snmpInBadVersions', () => counters.badVersions],
    [4, 'snmpInBadCommunityNames', () => counters.badCommunities],
    [6, 'snmpInASNParseErrs', () => counters.malformed],
    [31, 'snmpSilentDrops', () => counters.dropped],
  ];
  return [
    ...numbered.map(([number, name, value]): Column => ({
      name,
      oid: [...SNMP, number],
      instances: [[0]],
      value: () => counter32(value()),
    })),
    ...(engine === null ? [] : v3Columns(counters, engine)),
  ];
}

function v3Columns({ usm }: AgentCounters, engine: () => EngineMoment): readonly Column[] {
  return [
    ...scalars(SNMP_ENGINE, [
      ['snmpEngineID', () => octets(engine().id)],
      ['snmpEngineBoots', () => integer(engine().boots)],
      ['snmpEngineTime', () => integer(engine().time)],
      ['snmpEngineMaxMessageSize', () => integer(LARGEST_MESSAGE)],
    ]),
    ...scalars(
      USM_STATS,
      [
        ...(['usmStatsUnsupportedSecLevels', 'usmStatsNotInTimeWindows', 'usmStatsUnknownUserNames'] as const),
        ...(['usmStatsUnknownEngineIDs', 'usmStatsWrongDigests', 'usmStatsDecryptionErrors'] as const),
      ].map((name, i) => [name, () => counter32(usm[i + 1]!)]),
    ),
  ];
}
