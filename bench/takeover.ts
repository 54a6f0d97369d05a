/** 255 addresses change hands: until the last of them answers from the other instance. */
import { ownProgram } from '../lab/own.ts';
import { now, sleep, until } from '../lab/clock.ts';
import type { Host } from '../lab/host.ts';
import type { Program } from '../lab/program.ts';
import { movesSince } from './answer-track.ts';
import type { ManyBatch, Moves } from './answer-track.ts';
import type { Bed, Case, Row, Sample, Subject } from './case.ts';
import type { Goal } from './goal.ts';
import { PairBed } from './pair-bed.ts';
import { manyAddresses, manyRouters } from './spec.ts';
import type { Spec } from './spec.ts';
import { phase } from './statistics.ts';

const COUNT = 255;
const INTERVAL = 100;
/** Each address is asked once in this time, ms: the figures are no finer. */
const PERIOD = 10;
/** TTL of the answers of a and b. */
const TTL = { a: 64, b: 65 } as const;
/** After the last address answered, ms: late silences show. */
const AFTER = 500;
const LIMIT = 20_000;

/** Below VRRP's 50, as the lab's other probes. */
const PROBE_PRIORITY = 40;

class ManyProbe {
  readonly #program: Program;
  #batches: ManyBatch[] = [];

  constructor(client: Host) {
    const [first = ''] = (manyAddresses(1)[0] ?? '').split('/', 1);
    const argv = [process.execPath, ...ownProgram('bench/many-probe'), first, String(COUNT), String(PERIOD)];
    this.#program = client.spawn(argv, { name: 'many-probe', realtime: PROBE_PRIORITY });
    this.#program.onLine((line) => {
      if (!line.startsWith('{')) return;
      this.#batches.push(JSON.parse(line) as ManyBatch);
      this.#program.output.length = 0;
    });
  }

  forget(): void {
    this.#batches = [];
  }

  /** Waits until somebody has taken over every address since then. */
  async moved(from: number, what: string): Promise<Moves> {
    return until(
      () => {
        if (this.#program.exit !== null) throw new Error(`the prober ended: ${this.#program.output.join(' | ')}`);
        const moves = movesSince(this.#batches, from);
        return moves.moved === COUNT ? moves : null;
      },
      { what, limitMs: LIMIT, everyMs: 20 },
    );
  }
}

class TakeoverBed implements Bed {
  readonly #bed: PairBed;
  readonly #spec: Spec;
  readonly #fault: 'stop' | 'kill';
  readonly #probe: ManyProbe;

  constructor(name: string, spec: Spec, fault: 'stop' | 'kill') {
    this.#bed = new PairBed(name);
    this.#spec = spec;
    this.#fault = fault;
    const { topology, a, b } = this.#bed;
    for (const [place, ttl] of [
      [a, TTL.a],
      [b, TTL.b],
    ] as const) {
      place.host.command(['sh', '-c', `echo ${ttl} > /proc/sys/net/ipv4/ip_default_ttl`]);
    }
    this.#probe = new ManyProbe(topology.client);
  }

  async run(subject: Subject, index: number): Promise<Sample> {
    try {
      this.#probe.forget();
      const begin = now();
      const { active } = await this.#bed.start(subject, this.#spec, phase(index));
      await this.#probe.moved(begin, `a answers for all ${COUNT} addresses`);
      // The announcements are over, and whoever asked in vain before has stopped.
      await sleep(1000);
      this.#probe.forget();
      const from = now();
      if (this.#fault === 'stop') void active.stop();
      else active.killEngine();
      const moves = await this.#probe.moved(from, `all ${COUNT} addresses are taken over`);
      await sleep(AFTER);
      const { silence } = await this.#probe.moved(from, 'the same');
      return { last: moves.last, first: moves.first, work: moves.last - moves.first, silence };
    } finally {
      await this.#bed.tidy();
    }
  }

  close(): void {
    this.#bed.close();
  }
}

const row = (text: string, figure: string, goals: readonly Goal[] = []): Row => ({
  text,
  unit: 'ms',
  ours: 'tandem',
  theirs: 'keepalived',
  figure,
  goals,
});

const SHAPES = {
  takeover255: {
    text: `one virtual router with ${COUNT} addresses`,
    spec: { intervalMs: INTERVAL, routers: [{ id: 51, addresses: manyAddresses(COUNT) }] },
  },
  takeover255routers: { text: `${COUNT} virtual routers with one address each`, spec: manyRouters(COUNT, INTERVAL) },
} as const;

/** The case of one shape and fault. */
export function takeoverCase(shape: keyof typeof SHAPES, fault: 'stop' | 'kill'): Case {
  const { text } = SHAPES[shape];
  const spec: Spec = fault === 'stop' ? SHAPES[shape].spec : { ...SHAPES[shape].spec, stack: { paths: ['ha'] } };
  const name = `${shape}-${fault}`;
  const how =
    fault === 'stop' ? 'SIGTERM to the active' : 'SIGKILL of the process that speaks VRRP (Tandem with peers)';
  return {
    name,
    text: `${text}, adverts every ${INTERVAL}ms: ${how}`,
    runs: 10,
    subjects: ['tandem', 'keepalived'],
    rows: [
      row('until the last address is taken over', 'last', [{ of: 'ratio', most: 1 }]),
      row('from the first to the last address', 'work'),
      row('longest silence of any address', 'silence'),
    ],
    secondsPerRound: 16,
    notes: [
      `Each address is pinged every ${PERIOD} ms: figures are no finer than that, and a silence below ${1.5 * PERIOD} ms counts as 0. ` +
        'The kernel of whoever holds the address answers; its TTL tells who.',
      ...(fault === 'kill' ? ['Without Tandem peers the guardian would hold the addresses, and nothing move.'] : []),
    ],
    parameters: `period ${PERIOD}, peers ${JSON.stringify(spec.stack ?? null)}`,
    open: () => Promise.resolve(new TakeoverBed(name, spec, fault)),
  };
}
