/** TANDEM-MIB: the tables of link pairs and of further checks. */
import type { Status } from '../../core/status.ts';
import { nameIndex, TANDEM_OBJECTS } from './oid.ts';
import { answer, dateAndTime, gauge, integer, text, truth } from './value.ts';
import { table } from './view.ts';
import type { Column } from './view.ts';
import { PAIR } from './words.ts';

export function equipmentTables({ links, tracks }: Status): Column[] {
  return [
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 7, 1],
      first: 2,
      rows: links.pairs,
      index: ({ name }) => nameIndex(name),
      columns: [
        ['tandemPairState', (pair) => integer(PAIR[pair.state])],
        ['tandemPairOutsideInterface', (pair) => text(pair.outsideInterface)],
        ['tandemPairOutsideUp', (pair) => truth(pair.outside)],
        ['tandemPairInsideInterface', (pair) => text(pair.insideInterface)],
        ['tandemPairInsideUp', (pair) => truth(pair.inside)],
        ['tandemPairSince', (pair) => dateAndTime(pair.since)],
      ],
    }),
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 8, 1],
      first: 2,
      rows: tracks,
      index: ({ name }) => nameIndex(name),
      columns: [
        ['tandemTrackType', (track) => text(track.type)],
        ['tandemTrackUp', (track) => answer(track.up)],
        ['tandemTrackFailing', (track) => gauge(track.failing)],
        ['tandemTrackRising', (track) => gauge(track.rising)],
        ['tandemTrackWeight', (track) => integer(track.weight)],
        ['tandemTrackDetail', (track) => text(track.detail)],
      ],
    }),
  ];
}
