/** Cases that watch the adverts of the active instance for a time: while every core is busy, and while the link is flooded. */
import { VIP } from '../lab/topology.ts';
import { now, sleep } from '../lab/clock.ts';
import type { Host } from '../lab/host.ts';
import type { Program } from '../lab/program.ts';
import { startSending } from '../lab/raw.ts';
import { regularity, takeovers } from './adverts.ts';
import { busyLoops, startBusyLoops } from './busy-loops.ts';
import { startCapture } from './capture.ts';
import type { Bed, Case, Row, Sample, Subject } from './case.ts';
import { advertFrames } from './nudge.ts';
import { PairBed } from './pair-bed.ts';
import { cpuOf } from './proc.ts';
import type { Spec } from './spec.ts';
import { phase } from './statistics.ts';

const VRID = 51;
const INTERVAL = 10;
/** What disturbs has run so long before the watching begins, ms. */
const LEAD = 1000;
/** tcpdump hands over what it has at the latest after so long, ms. */
const DRAIN = 1500;

/** Starts what disturbs, in a host that is no instance. */
type Disturb = (host: Host, spec: Spec) => readonly Program[];

class RegularBed implements Bed {
  readonly #bed: PairBed;
  readonly #outsider: Host;
  readonly #spec: Spec;
  readonly #seconds: number;
  readonly #disturb: Disturb;

  constructor(name: string, spec: Spec, seconds: number, disturb: Disturb) {
    this.#bed = new PairBed(name);
    this.#spec = spec;
    this.#seconds = seconds;
    this.#disturb = disturb;
    const { lab } = this.#bed.topology;
    this.#outsider = lab.host('other');
    lab.cable(this.#outsider.port('eth2', { address: '10.78.0.99/24' }), lab.switch('ha'));
  }

  async run(subject: Subject, index: number): Promise<Sample> {
    const { a, b } = this.#bed;
    const started: Program[] = [];
    try {
      const { active } = await this.#bed.start(subject, this.#spec, phase(index));
      const capture = await startCapture(b.host, 'eth2', VRID);
      started.push(capture.program, ...this.#disturb(this.#outsider, this.#spec));
      await sleep(LEAD);
      const pids = active.pids();
      const [from, cpuBefore] = [now(), cpuOf(pids)];
      await sleep(this.#seconds * 1000);
      const [to, cpuAfter] = [now(), cpuOf(pids)];
      await Promise.all(started.slice(1).map((program) => program.stop('SIGKILL')));
      await sleep(DRAIN);
      const adverts = capture.adverts.filter(({ at }) => at >= from && at <= to);
      const found = regularity(adverts, a.haAddress, INTERVAL);
      if (found.count === 0) throw new Error(`no advert of ${a.haAddress} was captured`);
      const cpu = (100 * (cpuAfter - cpuBefore)) / (to - from);
      return { ...found, takeovers: takeovers(adverts, a.haAddress), cpu };
    } finally {
      await Promise.all(started.map((program) => program.stop('SIGKILL')));
      await this.#bed.tidy();
    }
  }

  close(): void {
    this.#bed.close();
  }
}

const row = (text: string, unit: Row['unit'], figure: string, goals: Row['goals'] = []): Row => ({
  text,
  unit,
  ours: 'tandem',
  theirs: 'keepalived',
  figure,
  goals,
});

const SPEC: Spec = { intervalMs: INTERVAL, routers: [{ id: VRID, addresses: [`${VIP}/24`] }], realtime: true };

const WIRE =
  'Lateness is read off the wire, on the standby’s HA port with the kernel’s time stamps: what a gap between two adverts exceeds the interval by.';

/** 10 ms adverts while every core is busy. */
export function busyCase(seconds: number): Case {
  return {
    name: 'busy',
    text: `10ms adverts for ${seconds} s while two busy loops a core run`,
    runs: 1,
    subjects: ['tandem', 'keepalived'],
    rows: [
      row('false failovers', 'count', 'takeovers', [{ of: 'any', most: 0 }]),
      row('advert lateness p50', 'ms', 'p50'),
      row('advert lateness p99', 'ms', 'p99', [{ of: 'median', most: 5 }]),
      row('advert lateness worst', 'ms', 'worst'),
      row('adverts missed', 'adverts', 'missed'),
    ],
    secondsPerRound: 2 * (seconds + 6),
    notes: [WIRE, 'Tandem with `realtime` as by default, keepalived with `vrrp_rt_priority 50`.'],
    parameters: `seconds ${seconds}, loops ${busyLoops()}`,
    open: () => Promise.resolve(new RegularBed('busy', SPEC, seconds, startBusyLoops)),
  };
}

const RATE = 10_000;
/** Foreign virtual routers that take turns. */
const FOREIGN = Array.from({ length: 200 }, (_, at) => at + 52);

/** 10 ms adverts while others flood the link with theirs. */
export function floodCase(seconds: number): Case {
  const disturb: Disturb = (host) => {
    const routers = FOREIGN.map((id) => ({ id, addresses: [`10.77.2.${id}/24`] }));
    const frames = advertFrames({ intervalMs: 1000, routers }, 150);
    return [startSending(host, 'eth2', frames, { rate: RATE, count: 0 })];
  };
  return {
    name: 'flood',
    text: `10ms adverts for ${seconds} s, ${RATE} foreign adverts a second on the link`,
    runs: 3,
    subjects: ['tandem', 'keepalived'],
    rows: [
      row('own adverts missed', 'adverts', 'missed', [{ of: 'any', most: 0 }]),
      row('false failovers', 'count', 'takeovers', [{ of: 'any', most: 0 }]),
      row('advert jitter p99', 'ms', 'p99'),
      row('advert jitter worst', 'ms', 'worst'),
      row('CPU of the active', '%', 'cpu'),
    ],
    secondsPerRound: 2 * (seconds + 6),
    notes: [
      WIRE,
      `The foreign adverts are valid ones of ${FOREIGN.length} other virtual routers. Both programs real-time, as in \`busy\`.`,
    ],
    parameters: `seconds ${seconds}`,
    open: () => Promise.resolve(new RegularBed('flood', SPEC, seconds, disturb)),
  };
}
