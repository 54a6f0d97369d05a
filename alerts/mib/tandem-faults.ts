/** TANDEM-MIB: the tables of faults and conditions. */
import type { Status } from '../../core/status.ts';
import { nameIndex, TANDEM_OBJECTS } from './oid.ts';
import { dateAndTime, text, truth } from './value.ts';
import { table } from './view.ts';
import type { Column } from './view.ts';

export function faultTables({ faults, conditions }: Status): Column[] {
  return [
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 1, 1],
      first: 3,
      rows: faults,
      index: ({ name, router }) => [...nameIndex(name), ...nameIndex(router ?? '')],
      columns: [
        ['tandemFaultHard', ({ hard }) => truth(hard)],
        ['tandemFaultSince', ({ since }) => dateAndTime(since)],
        ['tandemFaultText', (fault) => text(fault.text)],
      ],
    }),
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 2, 1],
      first: 3,
      rows: conditions,
      index: ({ name, router, peer }) => [...nameIndex(name), ...nameIndex(router ?? peer ?? '')],
      columns: [
        ['tandemConditionSince', ({ since }) => dateAndTime(since)],
        ['tandemConditionText', (condition) => text(condition.text)],
      ],
    }),
  ];
}
