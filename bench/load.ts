/** What 255 virtual routers cost: CPU time and memory. */
import { now, sleep } from '../lab/clock.ts';
import type { Bed, Case, Row, Sample, Subject } from './case.ts';
import { TandemMember } from './member.ts';
import type { Member } from './member.ts';
import { PairBed } from './pair-bed.ts';
import type { Running } from './pair-bed.ts';
import { cpuOf, memoryOf } from './proc.ts';
import { manyRouters } from './spec.ts';
import type { Spec } from './spec.ts';

const COUNT = 255;
const SPEC = manyRouters(COUNT, 100);
const WITH_PEERS: Spec = { ...SPEC, stack: { paths: ['ha'] } };
/** From the take-over to the measuring, ms: announcements and their second burst (5 s) are over. */
const REST = 8000;

class LoadBed implements Bed {
  readonly #bed: PairBed;
  readonly #measure: (running: Running) => Promise<Sample>;

  constructor(name: string, measure: (running: Running) => Promise<Sample>) {
    this.#bed = new PairBed(name);
    this.#measure = measure;
  }

  async run(subject: Subject): Promise<Sample> {
    try {
      const running = await this.#bed.start(subject, subject === 'tandemPeers' ? WITH_PEERS : SPEC, 0);
      await sleep(REST);
      const sample = await this.#measure(running);
      // Whatever was measured was this, and not a pair that moved meanwhile.
      await this.#bed.holds('a', SPEC, 0);
      return sample;
    } finally {
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

async function cpuOver(seconds: number, { active, other }: Running): Promise<Sample> {
  const pids = [active.pids(), other.pids()];
  const [from, before] = [now(), pids.map(cpuOf)];
  await sleep(seconds * 1000);
  const [to, after] = [now(), pids.map(cpuOf)];
  const [onActive = 0, onOther = 0] = after.map((ms, at) => (100 * (ms - before[at]!)) / (to - from));
  return { active: onActive, standby: onOther };
}

const CPU_SECONDS = 20;

export const cpuCase: Case = {
  name: 'cpu',
  text: `${COUNT} virtual routers at 100ms: CPU time of all processes over ${CPU_SECONDS} s`,
  runs: 3,
  subjects: ['tandem', 'tandemPeers', 'keepalived'],
  rows: [
    row('active side, share of a core', '%', 'active', [
      { of: 'ratio', most: 0.7 },
      { of: 'ratio', most: 0.5 },
    ]),
    row('standby side, share of a core', '%', 'standby'),
    {
      ...row('active side with a peer checked every 100ms', '%', 'active', [{ of: 'ratio', most: 0.5 }]),
      ours: 'tandemPeers',
    },
    { ...row('standby side with a peer checked every 100ms', '%', 'standby'), ours: 'tandemPeers' },
  ],
  secondsPerRound: 3 * (CPU_SECONDS + 13),
  notes: [
    'utime + stime of /proc/PID/stat. Tandem: guardian, engine and helper; keepalived: parent and VRRP process.',
    'The peer is checked over the HA port.',
  ],
  parameters: `rest ${REST}, peers ${JSON.stringify(WITH_PEERS.stack)}`,
  open: () => Promise.resolve(new LoadBed('cpu', (running) => cpuOver(CPU_SECONDS, running))),
};

async function memory({ active }: Running): Promise<Sample> {
  const all = active.pids();
  const total = memoryOf(all);
  const main = memoryOf(await mainProcesses(active, all));
  const tandem = active instanceof TandemMember ? await active.tandem.status() : null;
  return {
    rssMain: main.rss,
    pssMain: main.pss,
    rss: total.rss,
    pss: total.pss,
    processes: all.length,
    ...(tandem === null ? {} : { locked: tandem.realtime.memoryLocked ? 1 : 0 }),
  };
}

/** Guardian and engine; of keepalived all it has. */
async function mainProcesses(member: Member, all: readonly number[]): Promise<readonly number[]> {
  if (!(member instanceof TandemMember)) return all;
  const { guardian, engine } = (await member.tandem.status()).processes;
  return [guardian, engine].filter((pid) => pid !== null);
}

export const memoryCase: Case = {
  name: 'memory',
  text: `${COUNT} virtual routers at 100ms, active, at rest: memory (1 MB = 10^6 bytes)`,
  runs: 3,
  subjects: ['tandem', 'keepalived'],
  rows: [
    row('RSS, guardian and engine', 'MB', 'rssMain', [{ of: 'any', most: 130 }]),
    row('PSS, guardian and engine', 'MB', 'pssMain'),
    row('RSS, all processes', 'MB', 'rss', [{ of: 'any', most: 220 }]),
    row('PSS, all processes', 'MB', 'pss', [{ of: 'any', most: 140 }]),
    { ...row('memory locked (1 = yes)', 'count', 'locked'), theirs: null },
    row('processes', 'count', 'processes'),
  ],
  secondsPerRound: 28,
  notes: ['From /proc/PID/smaps_rollup. PSS counts a page that several processes share once.'],
  parameters: `rest ${REST}`,
  open: () => Promise.resolve(new LoadBed('memory', memory)),
};
