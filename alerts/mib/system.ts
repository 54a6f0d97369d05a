/** The system group of SNMPv2-MIB (RFC 3418), for the agent that stands alone: a manager looks there first. */
import { ENTERPRISE, TANDEM_MIB } from './oid.ts';
import type { Oid } from './oid.ts';
import { integer, text, ticks } from './value.ts';
import { scalars } from './view.ts';
import type { Column } from './view.ts';

export const SYSTEM: Oid = [1, 3, 6, 1, 2, 1, 1];

export function systemColumns(options: {
  readonly instance: string;
  readonly stack: string;
  readonly version: string;
  readonly upMs: () => number;
}): readonly Column[] {
  const { instance, stack, version } = options;
  return scalars(SYSTEM, [
    ['sysDescr', () => text(`Tandem ${version}, instance ${instance} of stack ${stack}`)],
    ['sysObjectID', () => ({ type: 'oid', value: TANDEM_MIB })],
    ['sysUpTime', () => ticks(options.upMs())],
    ['sysContact', () => text('')],
    ['sysName', () => text(instance)],
    ['sysLocation', () => text('')],
    // Layers 3 and 7: it moves addresses, and it is an application.
    ['sysServices', () => integer(4 + 64)],
  ]);
}

/** The engine ID of RFC 3411 section 5 begins with the enterprise number; format 5 is one that the maker chose. */
export const ENGINE_ID_PREFIX: Uint8Array = Uint8Array.of(0x80, 0, ENTERPRISE >> 8, ENTERPRISE & 0xff, 5);
