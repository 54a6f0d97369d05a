/** Peers that check each other every 10 ms while every core is busy: who is called dead that is not? */
import { now, sleep } from '../lab/clock.ts';
import type { Host } from '../lab/host.ts';
import type { Program } from '../lab/program.ts';
import { VIP } from '../lab/topology.ts';
import { takeovers } from './adverts.ts';
import { busyLoops, startBusyLoops } from './busy-loops.ts';
import { startCapture } from './capture.ts';
import type { Bed, Case, Row, Sample, Subject } from './case.ts';
import { TandemMember } from './member.ts';
import type { Member } from './member.ts';
import { PairBed } from './pair-bed.ts';
import type { Spec } from './spec.ts';
import { phase } from './statistics.ts';

const VRID = 51;
const CHECK = 10;
/** The loops have run so long before the watching begins, ms. */
const LEAD = 1000;
/** tcpdump hands over what it has at the latest after so long, ms. */
const DRAIN = 1500;

const ROUTERS = [{ id: VRID, addresses: [`${VIP}/24`] }];
/** Adverts so rare that no advert excuses a missed check; one path, so that no other excuses it either. */
const CHECKED: Spec = { intervalMs: 1000, routers: ROUTERS, stack: { paths: ['ha'], checkMs: CHECK } };
/** keepalived has no checks: it finds out as soon with adverts as frequent. */
const ADVERTISED: Spec = { intervalMs: CHECK, routers: ROUTERS, realtime: true };

class BusyPeersBed implements Bed {
  readonly #bed = new PairBed('busy-peers');
  readonly #outsider: Host;
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#outsider = this.#bed.topology.lab.host('other');
  }

  async run(subject: Subject, index: number): Promise<Sample> {
    const { a, b } = this.#bed;
    const started: Program[] = [];
    try {
      const { active, other } = await this.#bed.start(
        subject,
        subject === 'keepalived' ? ADVERTISED : CHECKED,
        phase(index),
      );
      const capture = await startCapture(b.host, 'eth2', VRID);
      started.push(capture.program, ...startBusyLoops(this.#outsider));
      await sleep(LEAD);
      const from = now();
      const before = await Promise.all([active, other].map(told));
      await sleep(this.#seconds * 1000);
      const to = now();
      const after = await Promise.all([active, other].map(told));
      await Promise.all(started.slice(1).map((program) => program.stop('SIGKILL')));
      await sleep(DRAIN);
      const adverts = capture.adverts.filter(({ at }) => at >= from && at <= to);
      if (adverts.length === 0) throw new Error('no advert was captured');
      const begun = takeovers(adverts, a.haAddress);
      const since = (figure: keyof Told): number =>
        after.reduce((sum, one, at) => sum + one[figure] - (before[at]?.[figure] ?? 0), 0);
      if (subject === 'keepalived') return { takeovers: begun };
      return {
        takeovers: since('claims'),
        called: begun,
        unhealthy: since('unhealthy'),
        late: Math.max(...after.map(({ late }) => late)),
      };
    } finally {
      await Promise.all(started.map((program) => program.stop('SIGKILL')));
      await this.#bed.tidy();
    }
  }

  close(): void {
    this.#bed.close();
  }
}

/** What an instance tells of itself. */
interface Told {
  /** How often it became active. */
  readonly claims: number;
  /** How often it found its peer unhealthy. */
  readonly unhealthy: number;
  /** The worst lateness of its own timers in the last minute, ms. */
  readonly late: number;
}

async function told(member: Member): Promise<Told> {
  if (!(member instanceof TandemMember)) return { claims: 0, unhealthy: 0, late: 0 };
  const [status, events] = await Promise.all([member.tandem.status(), member.tandem.events()]);
  return {
    claims: status.routers.reduce((sum, { counters }) => sum + counters.activeTransitions, 0),
    unhealthy: events.filter(({ reason }) => reason.code === 'peerUnhealthy').length,
    late: status.lateness.worst,
  };
}

const row = (
  text: string,
  unit: Row['unit'],
  figure: string,
  theirs: Row['theirs'],
  goals: Row['goals'] = [],
): Row => ({
  text,
  unit,
  ours: 'tandem',
  theirs,
  figure,
  goals,
});

/** 10 ms checks while every core is busy. */
export function busyPeersCase(seconds: number): Case {
  return {
    name: 'busy-peers',
    text: `peers: checks every ${CHECK}ms × 3 for ${seconds} s while two busy loops a core run`,
    runs: 1,
    subjects: ['tandem', 'keepalived'],
    rows: [
      row('false failovers', 'count', 'takeovers', 'keepalived', [{ of: 'any', most: 0 }]),
      row('a live peer found unhealthy', 'count', 'unhealthy', null),
      row('adverts of the standby', 'count', 'called', null),
      row('engine’s timers late, worst in the last minute', 'ms', 'late', null),
    ],
    secondsPerRound: 2 * (seconds + 6),
    notes: [
      'Tandem with `realtime` as by default, adverts every 1s so that the checks alone decide. keepalived has no checks: beside it stand adverts every ' +
        `${CHECK}ms, which find a dead instance as soon, with \`vrrp_rt_priority 50\`.`,
      'A standby that misses its peer sends an advert first, which a live active one answers: that is no failover.',
    ],
    parameters: `seconds ${seconds}, loops ${busyLoops()}`,
    open: () => Promise.resolve(new BusyPeersBed(seconds)),
  };
}
