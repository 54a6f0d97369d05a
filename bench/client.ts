/** What a client of the address sees: the address is asked every millisecond. */
import { VIP } from '../lab/topology.ts';
import { now, until } from '../lab/clock.ts';
import { startEcho, startProbe } from '../lab/probe.ts';
import type { Probe } from '../lab/probe.ts';
import type { PairBed } from './pair-bed.ts';
import type { InstanceName } from './spec.ts';

/** How long the address is watched after a move: the way back of a repaired one falls into it at short intervals. ms */
export const AFTER = 1000;
/** Nobody took over: the run has failed. */
const LIMIT = 20_000;
/** A silence so long that whoever answers then has taken the address (again), ms. */
const SILENCE = 100;
/** Whoever answered so shortly ago answers now, ms. The prober tells every 20 ms what it heard. */
const FRESH = 60;

export interface Loss {
  /** Probes that nobody answered. */
  readonly lost: number;
  /** The longest time between two answers, and how long after the beginning it began, ms. */
  readonly gap: number;
  readonly gapAt: number;
}

/** Made by `startClient`. */
export class Client {
  readonly #probe: Probe;

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  /** Waits until this instance answers, and not only did. */
  async answeredBy(name: InstanceName): Promise<void> {
    await this.#probe.answered({ by: name, after: now() - 20 });
  }

  /**
   * Waits until the address was first taken over since then, and gives the time: that instance answers, or the other does again after a silence
   * (the process that keepalived's parent starts anew may be faster than the other's timer).
   */
  async taken(by: InstanceName, from: number, what: string): Promise<number> {
    return until(() => this.takenSoFar(by, from), { what, limitMs: LIMIT, everyMs: 20 });
  }

  /** As `taken`, but null if that has not happened yet. */
  takenSoFar(by: InstanceName, from: number): number | null {
    const { record } = this.#probe;
    const { answering, gapFrom, longestGapMs } = record.report(from, now());
    const first = answering.find(({ who }) => who === by)?.from ?? Number.POSITIVE_INFINITY;
    const gapEnd = gapFrom + longestGapMs;
    const again = longestGapMs >= SILENCE && (record.last?.at ?? 0) >= gapEnd ? gapEnd : Number.POSITIVE_INFINITY;
    const at = Math.min(first, again);
    return Number.isFinite(at) ? at : null;
  }

  /** Waits until somebody answers, whoever it is: at once where nothing happened. Gives the time. */
  async answered(what: string): Promise<number> {
    return until(() => ((this.#probe.record.last?.at ?? 0) >= now() - FRESH ? now() : null), {
      what,
      limitMs: LIMIT,
      everyMs: 20,
    });
  }

  /** What was lost in a time that is over, or nearly. */
  async loss(from: number, to: number): Promise<Loss> {
    const { lost, longestGapMs, gapFrom } = await this.#probe.report(from, to);
    return { lost, gap: longestGapMs, gapAt: gapFrom - from };
  }
}

/** Starts the answering programs of both instances, and the client's probe, for all runs of a bed. */
export async function startClient(bed: PairBed): Promise<Client> {
  const echoes = await Promise.all([bed.a, bed.b].map(({ host }) => startEcho(host)));
  for (const echo of echoes) bed.keep(echo);
  return new Client(startProbe(bed.topology.client, VIP));
}

/** Instances that have the address on an interface. */
export function holdersOf({ a, b }: PairBed): number {
  return [a, b].filter(({ host }) => host.has(VIP)).length;
}
