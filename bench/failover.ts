/** What a client sees when the active instance fails: one address, asked every millisecond. */
import { cutTogether } from '../lab/cable.ts';
import { VIP } from '../lab/topology.ts';
import { now, sleep } from '../lab/clock.ts';
import type { Bed, Case, Row, Sample, Subject } from './case.ts';
import { AFTER, holdersOf, startClient } from './client.ts';
import type { Client } from './client.ts';
import type { Goal } from './goal.ts';
import { PairBed } from './pair-bed.ts';
import type { Running } from './pair-bed.ts';
import type { Spec } from './spec.ts';
import { phase } from './statistics.ts';

export type Fault = 'kill' | 'stop' | 'link' | 'instance';

const TEXTS: Readonly<Record<Fault, string>> = {
  kill: 'SIGKILL of the process that speaks VRRP',
  stop: 'SIGTERM to the active',
  link: 'carrier of the active’s data link lost, HA port alive',
  instance: 'all links of the active cut',
};

/** An address that is held is watched so long after the kill, ms: the next engine has adopted it. */
const HELD = 2000;

class FailoverBed implements Bed {
  readonly #bed: PairBed;
  readonly #fault: Fault;
  readonly #spec: Spec;
  readonly #client: Client;

  constructor(bed: PairBed, client: Client, fault: Fault, spec: Spec) {
    this.#bed = bed;
    this.#client = client;
    this.#fault = fault;
    this.#spec = spec;
  }

  async run(subject: Subject, index: number): Promise<Sample> {
    try {
      const running = await this.#bed.start(subject, this.#spec, phase(index));
      await this.#client.answeredBy('a');
      const from = now();
      this.#hurt(subject, running);
      const end = this.#isHeld(subject) ? await this.#watch(from) : await this.#watchMove(from);
      const loss = await this.#client.loss(from, end);
      const moved = this.#client.takenSoFar('b', from);
      return { ...loss, ...(moved === null ? {} : { moved: moved - from }), holders: holdersOf(this.#bed) };
    } finally {
      await this.#bed.tidy();
    }
  }

  /** The guardian holds the address for an engine that died, unless a Tandem peer can take over: here is none. */
  #isHeld(subject: Subject): boolean {
    return this.#fault === 'kill' && (subject === 'tandem' || subject === 'mixed');
  }

  async #watch(from: number): Promise<number> {
    await sleep(HELD);
    return Math.max(from + HELD, await this.#client.answered(`somebody answers after ${this.#fault}`));
  }

  async #watchMove(from: number): Promise<number> {
    const moved = await this.#client.taken('b', from, `somebody takes the address over after ${this.#fault}`);
    await sleep(AFTER);
    return moved + AFTER;
  }

  #hurt(subject: Subject, { active }: Running): void {
    switch (this.#fault) {
      case 'kill':
        return subject === 'keepalivedAll' ? active.killAll() : active.killEngine();
      case 'stop':
        return void active.stop();
      case 'link':
        return active.place.data.cut();
      case 'instance':
        // The HA port first: with the data link gone before it, a priority 0 could still leave.
        return cutTogether([active.place.ha, active.place.data]);
    }
  }

  close(): void {
    this.#bed.close();
  }
}

interface Aims {
  readonly lost?: readonly Goal[];
  readonly gap?: readonly Goal[];
}

/** Goals that stand for a fault at an interval, for two Tandems and with keepalived as the other. */
function aims(fault: Fault, intervalMs: number, subject: Subject): Aims {
  if (intervalMs === 1000 && fault === 'kill') {
    return { lost: [{ of: 'median', most: 0 }], gap: [{ of: 'any', most: 10 }] };
  }
  if (intervalMs === 1000 && fault === 'stop' && subject === 'mixed') {
    return { lost: [{ of: 'median', most: 0 }], gap: [{ of: 'any', most: 20 }] };
  }
  if (intervalMs === 10 && fault === 'instance') return { gap: [{ of: 'ratio', most: 1.05 }] };
  return {};
}

function rowsOf(fault: Fault, intervalMs: number): readonly Row[] {
  const rows = (ours: 'tandem' | 'mixed', theirs: 'keepalived' | 'keepalivedAll', words: string): readonly Row[] => {
    const goals = theirs === 'keepalived' ? aims(fault, intervalMs, ours) : {};
    return [
      { text: `probes lost${words}`, unit: 'probes', ours, theirs, figure: 'lost', goals: goals.lost ?? [] },
      { text: `longest gap${words}`, unit: 'ms', ours, theirs, figure: 'gap', goals: goals.gap ?? [] },
    ];
  };
  const more = (text: string, figure: string, theirs: Subject): Row => ({
    text,
    unit: figure === 'moved' ? 'ms' : 'count',
    ours: 'tandem',
    theirs,
    figure,
  });
  const found = [...rows('tandem', 'keepalived', ''), more('until it is taken over', 'moved', 'keepalived')];
  if (fault === 'kill' || fault === 'stop') found.push(...rows('mixed', 'keepalived', ', keepalived is the other'));
  if (fault === 'kill') {
    found.push(
      ...rows('tandem', 'keepalivedAll', ', all of keepalived killed'),
      more('holders of the address 1 s later', 'holders', 'keepalivedAll'),
    );
  }
  return found;
}

function subjectsOf(fault: Fault): readonly Subject[] {
  if (fault === 'kill') return ['tandem', 'keepalived', 'mixed', 'keepalivedAll'];
  return fault === 'stop' ? ['tandem', 'keepalived', 'mixed'] : ['tandem', 'keepalived'];
}

const NOTES: Readonly<Record<Fault, readonly string[]>> = {
  kill: [
    'Tandem: SIGKILL of the engine. keepalived: SIGKILL of its VRRP process; as with Tandem, the parent lives and starts it again.',
    'Without Tandem peers nobody takes over from Tandem: its guardian holds the address and its next engine adopts it. Watched for 2 s.',
    'All of keepalived killed (parent and VRRP process): the address stays on the dead instance, whose kernel goes on answering, and afterwards both hold it.',
  ],
  stop: [],
  link: [],
  instance: [],
};

/** About how long a run takes beside the waiting for adverts, and how many intervals that is for all subjects of a fault, s. */
const RUN = 3.2;
const INTERVALS: Readonly<Record<Fault, number>> = { kill: 12, stop: 7, link: 4, instance: 9 };

/** The case of a fault at an advert interval. */
export function failoverCase(fault: Fault, intervalMs: number): Case {
  const interval = intervalMs >= 1000 ? `${intervalMs / 1000}s` : `${intervalMs}ms`;
  const spec: Spec = { intervalMs, routers: [{ id: 51, addresses: [`${VIP}/24`] }] };
  return {
    name: `${fault}-${interval}`,
    text: `${TEXTS[fault]}, adverts every ${interval}`,
    runs: 20,
    subjects: subjectsOf(fault),
    rows: rowsOf(fault, intervalMs),
    secondsPerRound: subjectsOf(fault).length * RUN + (INTERVALS[fault] * intervalMs) / 1000,
    notes: NOTES[fault],
    parameters: `after ${AFTER}, held ${HELD}`,
    async open() {
      const bed = new PairBed(fault);
      return new FailoverBed(bed, await startClient(bed), fault, spec);
    },
  };
}
