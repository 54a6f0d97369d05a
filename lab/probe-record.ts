/** What a probe saw, and what follows from it. Pure. */

/** Bytes of a probe that come back in its answer: run (4), sequence number (4). The name of who answered follows. */
export const PROBE_HEADER = 8;

/** One line of the probe program. Times in ms on the lab's clock. */
export interface ProbeBatch {
  /** Nothing that happened before this is still to come. */
  readonly upTo: number;
  /** Sequence number of the first of `sent`; the others follow without a gap. */
  readonly first: number;
  readonly sent: readonly number[];
  /** Sequence number, time of arrival, name of who answered. */
  readonly answered: readonly (readonly [number, number, string])[];
}

/** A stretch of time in which one host answered. */
export interface Answering {
  readonly from: number;
  readonly to: number;
  readonly who: string;
}

/** What happened between `from` and `to`. */
export interface ProbeReport {
  readonly from: number;
  readonly to: number;
  /** Probes sent in that time, and how many of these were answered, ever. */
  readonly sent: number;
  readonly answered: number;
  /** sent - answered: probes that nobody answered. */
  readonly lost: number;
  /** The longest time between two answers (or between an edge of the window and an answer), ms. */
  readonly longestGapMs: number;
  /** When that gap began. */
  readonly gapFrom: number;
  /** 99 of 100 gaps between answers are not longer than this, ms. */
  readonly p99GapMs: number;
  /** Who answered, in order of time; neighbours with the same name joined. */
  readonly answering: readonly Answering[];
}

interface Answer {
  readonly at: number;
  readonly who: string;
}

/** Older ones are forgotten, ms: a demo may run all day. */
const REMEMBERED = 15 * 60_000;

/** Collects batches. Answers arrive in order of time. */
export class ProbeRecord {
  upTo = Number.NEGATIVE_INFINITY;
  #first = 0;
  #sent: number[] = [];
  #answeredBySequence = new Set<number>();
  #answers: Answer[] = [];

  add(batch: ProbeBatch): void {
    this.#sent.push(...batch.sent);
    for (const [sequence, at, who] of batch.answered) {
      this.#answeredBySequence.add(sequence);
      this.#answers.push({ at, who });
    }
    this.upTo = batch.upTo;
    const oldest = this.#sent[0];
    if (oldest !== undefined && batch.upTo - oldest > 1.2 * REMEMBERED) this.#forget(batch.upTo - REMEMBERED);
  }

  #forget(before: number): void {
    const count = firstAtOrAfter(this.#sent, before, (at) => at);
    for (let i = 0; i < count; i += 1) this.#answeredBySequence.delete(this.#first + i);
    this.#sent = this.#sent.slice(count);
    this.#first += count;
    this.#answers = this.#answers.slice(firstAtOrAfter(this.#answers, before, ({ at }) => at));
  }

  /** The newest answer, null if there was none. */
  get last(): Answer | null {
    return this.#answers.at(-1) ?? null;
  }

  report(from: number, to: number): ProbeReport {
    const begin = firstAtOrAfter(this.#sent, from, (at) => at);
    const end = firstAtOrAfter(this.#sent, to, (at) => at);
    let answered = 0;
    for (let i = begin; i < end; i += 1) if (this.#answeredBySequence.has(this.#first + i)) answered += 1;
    const time = ({ at }: Answer): number => at;
    const answers = this.#answers.slice(
      firstAtOrAfter(this.#answers, from, time),
      firstAtOrAfter(this.#answers, to, time),
    );
    const times = [from, ...answers.map(time), to];
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at));
    const longest = gaps.reduce((best, gap, i) => (gap > (gaps[best] ?? 0) ? i : best), 0);
    const sorted = gaps.toSorted((a, b) => a - b);
    return {
      from,
      to,
      sent: end - begin,
      answered,
      lost: end - begin - answered,
      longestGapMs: gaps[longest] ?? 0,
      gapFrom: times[longest] ?? from,
      p99GapMs: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      answering: joined(answers),
    };
  }
}

function joined(answers: readonly Answer[]): readonly Answering[] {
  const stretches: { from: number; to: number; who: string }[] = [];
  for (const { at, who } of answers) {
    const last = stretches.at(-1);
    if (last?.who === who) last.to = at;
    else stretches.push({ from: at, to: at, who });
  }
  return stretches;
}

/** Index of the first element whose time is not before `time` (binary search). */
function firstAtOrAfter<T>(list: readonly T[], time: number, of: (element: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (of(list[middle]!) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
