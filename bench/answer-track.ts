/** Who answers for each of many addresses, and for how long nobody did. Pure: times come in, changes go out. */

/** What the prober tells, one line of JSON. Times in ms on the lab's clock. */
export interface ManyBatch {
  /** Nothing that happened before this is still to come. */
  readonly upTo: number;
  /** From now on somebody else answers for this address, or the same again after a long silence: index, time, who. */
  readonly changes: readonly (readonly [number, number, number])[];
  /** Nobody answered for this address: index, from, to. */
  readonly gaps: readonly (readonly [number, number, number])[];
}

/** A silence so many times as long as those that are told makes whoever answers then a newcomer: between runs everybody is gone. */
const LONG = 10;

/** Kept by the prober: reduces tens of thousands of answers a second to what changed. */
export class AnswerTrack {
  readonly #last: { at: number; who: number }[];
  readonly #tellFrom: number;
  #changes: [number, number, number][] = [];
  #gaps: [number, number, number][] = [];

  /** @param count addresses. @param tellFrom gaps at least so long are told, ms */
  constructor(count: number, tellFrom: number) {
    this.#last = Array.from({ length: count }, () => ({ at: Number.NaN, who: -1 }));
    this.#tellFrom = tellFrom;
  }

  answer(index: number, at: number, who: number): void {
    const last = this.#last[index];
    if (last === undefined) return;
    if (who !== last.who || at - last.at >= this.#tellFrom * LONG) this.#changes.push([index, at, who]);
    if (at - last.at >= this.#tellFrom) this.#gaps.push([index, last.at, at]);
    last.at = at;
    last.who = who;
  }

  /** What is new since the last call. */
  take(upTo: number): ManyBatch {
    const batch = { upTo, changes: this.#changes, gaps: this.#gaps };
    this.#changes = [];
    this.#gaps = [];
    return batch;
  }
}

/** How many addresses moved, and what their clients saw. */
export interface Moves {
  /** Addresses for which somebody has taken over since `from`. */
  readonly moved: number;
  /** From `from` until the first and the last of these did, ms. */
  readonly first: number;
  readonly last: number;
  /** The longest silence of any address that ended after `from`, ms; 0 = shorter than what is told. */
  readonly silence: number;
}

/** What the batches say about a move that began at `from`. */
export function movesSince(batches: readonly ManyBatch[], from: number): Moves {
  const firstAnswer = new Map<number, number>();
  let silence = 0;
  for (const { changes, gaps } of batches) {
    for (const [index, at] of changes) {
      if (at >= from && !firstAnswer.has(index)) firstAnswer.set(index, at - from);
    }
    for (const [, begin, end] of gaps) if (end >= from) silence = Math.max(silence, end - begin);
  }
  const times = [...firstAnswer.values()];
  return {
    moved: times.length,
    first: times.length === 0 ? 0 : Math.min(...times),
    last: times.length === 0 ? 0 : Math.max(...times),
    silence,
  };
}
