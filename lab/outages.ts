/** What a client lost, as it goes along: stretches of time in which probes stayed unanswered. Pure. */
import type { ProbeBatch } from './probe-record.ts';

/** Shorter gaps are not called outages, ms. Nor are longer ones without a lost probe: then the machine was busy, and all were answered late. */
export const NOISE = 10;

export interface Outage {
  /** Time of the last answer before it, ms on the lab's clock. */
  readonly from: number;
  readonly ms: number;
  /** Probes in that time that nobody answered. */
  readonly lost: number;
  /** Who answered before and after. */
  readonly before: string;
  readonly after: string;
}

/** A move of the address from one host to another, as the client saw it. */
export interface Move {
  readonly at: number;
  /** Time between the last answer of the one and the first of the other, ms. */
  readonly gapMs: number;
  readonly lost: number;
  readonly from: string;
  readonly to: string;
}

/** Takes batches of a probe in order. */
export class OutageLedger {
  last: Outage | null = null;
  longest: Outage | null = null;
  totalMs = 0;
  count = 0;
  /** Since the first answer; before it nobody had the address yet. */
  sent = 0;
  lost = 0;
  readonly moves: Move[] = [];
  #newest: { readonly at: number; readonly who: string; readonly sequence: number } | null = null;
  #upTo = 0;

  add(batch: ProbeBatch): void {
    this.#upTo = batch.upTo;
    if (this.#newest !== null) this.sent += batch.sent.length;
    for (const [sequence, at, who] of batch.answered) this.#answer(sequence, at, who);
  }

  #answer(sequence: number, at: number, who: string): void {
    const before = this.#newest;
    this.#newest = { at, who, sequence };
    if (before === null) return;
    // On a path without reordering, a number that is left out is a probe that nobody answered.
    const lost = Math.max(0, sequence - before.sequence - 1);
    this.lost += lost;
    if (before.who !== who) this.moves.push({ at, gapMs: at - before.at, lost, from: before.who, to: who });
    if (lost === 0 || at - before.at < NOISE) return;
    const outage: Outage = { from: before.at, ms: at - before.at, lost, before: before.who, after: who };
    this.last = outage;
    if (this.longest === null || outage.ms > this.longest.ms) this.longest = outage;
    this.totalMs += outage.ms;
    this.count += 1;
  }

  /** Who answers now; null while nobody does. */
  get who(): string | null {
    return this.#newest === null || this.silentMs >= NOISE * 5 ? null : this.#newest.who;
  }

  /** How long nobody has answered, ms, as of the last batch; 0 before the first answer. */
  get silentMs(): number {
    return this.#newest === null ? 0 : Math.max(0, this.#upTo - this.#newest.at);
  }
}
