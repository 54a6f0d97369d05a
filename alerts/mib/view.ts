/**
 * What can be read: columns of objects in order, looked up by binary search. Nothing is copied out of the status for it: a walk over hundreds of
 * virtual routers computes each value when its turn comes.
 */
import { compareOids, isUnder } from './oid.ts';
import type { Oid } from './oid.ts';
import type { MibValue } from './value.ts';

/** One object with its instances: a column of a table, or a scalar, whose only instance is 0. */
export interface Column {
  readonly name: string;
  readonly oid: Oid;
  /** Indexes of its instances, in order. */
  readonly instances: readonly Oid[];
  /** Value of the instance at that position; null where it has none (then there is no such instance). */
  value(at: number): MibValue | null;
}

export interface Found {
  readonly oid: Oid;
  readonly value: MibValue;
}

export interface MibView {
  get(oid: Oid): MibValue | 'noSuchObject' | 'noSuchInstance';
  /** The first after `oid` (or at it, if `included`); null at the end. */
  next(oid: Oid, included?: boolean): Found | null;
}

const SCALAR: readonly Oid[] = [[0]];

/** Scalars below `base`, numbered from 1 in the order given. */
export function scalars(
  base: Oid,
  objects: readonly (readonly [name: string, value: () => MibValue | null])[],
): Column[] {
  return objects.map(([name, value], i) => ({ name, oid: [...base, i + 1], instances: SCALAR, value }));
}

/** A table: its columns are numbered from `first` in the order given. */
export function table<Row>(options: {
  readonly entry: Oid;
  readonly first: number;
  readonly columns: readonly (readonly [name: string, value: (row: Row) => MibValue | null])[];
  readonly rows: readonly Row[];
  readonly index: (row: Row, at: number) => Oid;
}): Column[] {
  const rows = options.rows
    .map((row, at) => ({ row, index: options.index(row, at) }))
    .sort((a, b) => compareOids(a.index, b.index))
    // Two rows of the same index would make a walk go in circles.
    .filter(({ index }, at, all) => at === 0 || compareOids(all[at - 1]!.index, index) !== 0);
  const instances = rows.map(({ index }) => index);
  return options.columns.map(([name, value], i) => ({
    name,
    oid: [...options.entry, options.first + i],
    instances,
    value: (at) => value(rows[at]!.row),
  }));
}

/** Columns may be given in any order, but none may lie below another. */
export function createView(unordered: readonly Column[]): MibView {
  const columns = unordered.toSorted((a, b) => compareOids(a.oid, b.oid));

  return {
    get(oid) {
      const column = columns[firstAfter(columns.length, (i) => compareOids(columns[i]!.oid, oid) > 0) - 1];
      if (column === undefined || !isUnder(oid, column.oid)) return 'noSuchObject';
      const instance = oid.slice(column.oid.length);
      const at = firstAfter(column.instances.length, (i) => compareOids(column.instances[i]!, instance) >= 0);
      const found = column.instances[at];
      if (found === undefined || compareOids(found, instance) !== 0) return 'noSuchInstance';
      return column.value(at) ?? 'noSuchInstance';
    },
    next(oid, included = false) {
      const later = firstAfter(columns.length, (i) => compareOids(columns[i]!.oid, oid) > 0);
      // The column before may hold instances that are still to come.
      for (let c = Math.max(later - 1, 0); c < columns.length; c++) {
        const column = columns[c]!;
        const from = isUnder(oid, column.oid) ? oid.slice(column.oid.length) : null;
        if (from === null && compareOids(column.oid, oid) < 0) continue;
        const begin =
          from === null ? 0 : firstAfter(column.instances.length, (i) => past(column.instances[i]!, from, included));
        for (let i = begin; i < column.instances.length; i++) {
          const value = column.value(i);
          if (value !== null) return { oid: [...column.oid, ...column.instances[i]!], value };
        }
      }
      return null;
    },
  };
}

function past(instance: Oid, from: Oid, included: boolean): boolean {
  const order = compareOids(instance, from);
  return order > 0 || (included && order === 0);
}

/** The first of `count` positions for which `holds` is true, where it stays true from then on. */
function firstAfter(count: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
