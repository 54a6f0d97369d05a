/**
 * What holds where several instances wrote the same key without knowing of each other. Every instance comes to the same answer, whatever the order in
 * which it learnt of them and whatever the clocks say. Pure.
 */
import type { Json } from './store.ts';

/** One writing of a key, by one instance. */
export interface Version {
  /** Unique for ever: `<instance>~<which of its stores>:<stamp>`. */
  readonly id: string;
  readonly by: string;
  /** Counts up over all that the writer had seen. */
  readonly stamp: number;
  /** Wall time of the writer, ms: of two that are otherwise equal, a person expects the later. */
  readonly at: number;
  readonly deleted: boolean;
  /** Null where it is a deletion. */
  readonly value: Json;
  readonly ttlMs: number | null;
}

export interface MergeRule {
  readonly prefix: string;
  /** The higher one holds. */
  readonly rank: (version: Version) => number;
  /** Where a writing that does not hold is kept; null = it is of no use any more. */
  readonly draft: ((key: string, loser: Version) => { readonly key: string; readonly value: Json } | null) | null;
}

/** A deletion beats an edit, a later edit an earlier one. */
const USUAL: MergeRule = { prefix: '', rank: ({ deleted }) => (deleted ? 1 : 0), draft: null };

export interface Judged {
  readonly winner: Version;
  readonly losers: readonly Version[];
}

export function ruleFor(key: string, rules: readonly MergeRule[]): MergeRule {
  return rules.find(({ prefix }) => key.startsWith(prefix)) ?? USUAL;
}

/** `versions` is not empty; its order does not matter. */
export function judge(versions: readonly Version[], rule: MergeRule): Judged {
  const [winner, ...losers] = [...versions].sort((a, b) => compare(b, a, rule));
  if (winner === undefined) throw new Error('nothing to judge');
  return { winner, losers };
}

function compare(a: Version, b: Version, rule: MergeRule): number {
  return rule.rank(a) - rule.rank(b) || a.at - b.at || a.stamp - b.stamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export interface Draft {
  readonly key: string;
  readonly value: Json;
}

/** What of the losers is worth keeping: what says something else than the winner. */
export function draftsOf(key: string, { winner, losers }: Judged, rule: MergeRule): readonly Draft[] {
  const { draft } = rule;
  if (draft === null) return [];
  const said = new Set(winner.deleted ? [] : [JSON.stringify(winner.value)]);
  return losers.flatMap((loser) => {
    const text = JSON.stringify(loser.value);
    if (loser.deleted || said.has(text)) return [];
    said.add(text);
    const kept = draft(key, loser);
    return kept === null ? [] : [kept];
  });
}
