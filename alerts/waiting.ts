/**
 * What waits for one receiver: numbers of entries of the journal, oldest first. Nothing is copied: the journal is the queue on disk, and the receiver's
 * place in it is a number.
 */
export interface Waiting {
  /** Every entry up to here was looked at, in order. */
  readonly scanned: number;
  readonly count: number;
  /** The oldest that waits; null = none. */
  readonly oldest: number | null;
  /** Up to here everything is done: where to begin after a restart. */
  readonly cursor: number;
  /** An entry after `scanned`. Returns how many of the oldest had to go because of it. */
  see(seq: number, wanted: boolean): number;
  /** The oldest `count` are done. */
  done(count: number): void;
  /** Everything before this number is gone from the journal. Returns how many of those waited. */
  lost(before: number): number;
  /** These are to be done once more. */
  again(seqs: readonly number[]): void;
  has(seq: number): boolean;
}

/** `most`: that many wait; beyond it the oldest are dropped. */
export function createWaiting(cursor: number, most: number): Waiting {
  let scanned = cursor;
  let seqs: number[] = [];
  return {
    get scanned() {
      return scanned;
    },
    get count() {
      return seqs.length;
    },
    get oldest() {
      return seqs[0] ?? null;
    },
    get cursor() {
      return seqs.length === 0 ? scanned : seqs[0]! - 1;
    },
    see(seq, wanted) {
      scanned = seq;
      if (!wanted) return 0;
      seqs.push(seq);
      if (seqs.length <= most) return 0;
      seqs.shift();
      return 1;
    },
    done(count) {
      seqs = seqs.slice(count);
    },
    lost(before) {
      const kept = seqs.filter((seq) => seq >= before);
      const gone = seqs.length - kept.length;
      seqs = kept;
      scanned = Math.max(scanned, before - 1);
      return gone;
    },
    again(more) {
      seqs = [...new Set([...more, ...seqs])].sort((a, b) => a - b);
    },
    has: (seq) => seqs.includes(seq),
  };
}
