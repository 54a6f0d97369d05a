/**
 * What a client sees when instances know each other: they check each other as peers, and share a secret. Beside them keepalived, with what its
 * user has for the same event.
 */
import { cutTogether } from '../lab/cable.ts';
import { now, sleep } from '../lab/clock.ts';
import { ask } from '../lab/control.ts';
import { VIP } from '../lab/topology.ts';
import type { Bed, Case, Row, Sample, Subject } from './case.ts';
import { AFTER, holdersOf, startClient } from './client.ts';
import type { Client } from './client.ts';
import type { Goal } from './goal.ts';
import { TandemMember } from './member.ts';
import type { Member } from './member.ts';
import { PairBed } from './pair-bed.ts';
import type { Running } from './pair-bed.ts';
import { USUAL_STACK } from './spec.ts';
import type { Spec } from './spec.ts';
import { phase } from './statistics.ts';

/** Where an act is played. */
interface Stage extends Running {
  readonly bed: PairBed;
  readonly client: Client;
  /** Share of an advert interval (0 to 1), another one in each run. */
  readonly part: number;
}

/** What happens to the active instance, and what is looked at. */
interface Act {
  readonly name: string;
  readonly text: string;
  readonly spec?: Partial<Spec>;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
  /** For both programs. */
  readonly secondsPerRound: number;
  play(stage: Stage): Promise<Sample>;
}

const SPEC: Spec = { intervalMs: 1000, routers: [{ id: 51, addresses: [`${VIP}/24`] }], stack: USUAL_STACK };

const row = (text: string, figure: string, unit: Row['unit'], goals: readonly Goal[] = []): Row => ({
  text,
  unit,
  ours: 'tandem',
  theirs: 'keepalived',
  figure,
  goals,
});

const NONE: Goal = { of: 'any', most: 0 };
/** The median reaches the goal, and no run is worse than three times it. */
const within = (ms: number): readonly Goal[] => [
  { of: 'median', most: ms },
  { of: 'any', most: 3 * ms },
];
const lost = (...goals: readonly Goal[]): Row => row('probes lost', 'lost', 'probes', goals);
const gap = (...goals: readonly Goal[]): Row => row('longest gap', 'gap', 'ms', goals);
const MOVED = row('until it is taken over', 'moved', 'ms');
const HOLDERS = row('holders of the address 1 s later', 'holders', 'count');

/** The address moves to `b` because of what `happen` does; what the client saw from then until `AFTER` the move. */
async function move({ client, bed }: Stage, happen: () => unknown): Promise<Sample> {
  const from = now();
  happen();
  const moved = await client.taken('b', from, 'the other instance takes the address over');
  await sleep(AFTER);
  return { ...(await client.loss(from, moved + AFTER)), moved: moved - from, holders: holdersOf(bed) };
}

/** Whoever is asked to hand over and is a keepalived is stopped: it knows no other way. */
function handOver(active: Member): void {
  if (!(active instanceof TandemMember)) return void active.stop();
  const { socket } = active.tandem;
  // A refusal shows as an address that nobody takes over.
  ask(socket, '/actions/switchover', { method: 'POST', body: { by: 'bench' } }).catch(() => {});
}

const switchover: Act = {
  name: 'switchover-peers',
  text: 'planned switchover',
  rows: [lost(NONE), gap(), MOVED, HOLDERS],
  notes: ['Tandem: `POST /actions/switchover`. keepalived knows no such thing: SIGTERM to the active.'],
  secondsPerRound: 13,
  play: (stage) => move(stage, () => handOver(stage.active)),
};

const stop: Act = {
  name: 'stop-peers',
  text: 'SIGTERM to the active, the standby eligible',
  rows: [lost(NONE), gap(), MOVED, HOLDERS],
  notes: [],
  secondsPerRound: 13,
  play: (stage) => move(stage, () => void stage.active.stop()),
};

const kill: Act = {
  name: 'kill-peers',
  text: 'SIGKILL of the process that speaks VRRP',
  rows: [lost({ of: 'median', most: 0 }), gap({ of: 'any', most: 10 }), MOVED, HOLDERS],
  notes: ['Tandem: SIGKILL of the engine. keepalived: SIGKILL of its VRRP process. What supervises them lives.'],
  secondsPerRound: 17,
  play: (stage) => move(stage, () => stage.active.killEngine()),
};

/** At least so long after the kill the address is watched, ms: the engine has been started again and has adopted it. */
const ALONE = 2000;

const killAlone: Act = {
  name: 'kill-alone',
  text: 'SIGKILL of the process that speaks VRRP, the other instance stopped before',
  rows: [lost(NONE), gap()],
  notes: [
    'Nobody can take over: Tandem’s guardian holds the address and its next engine adopts it; keepalived’s parent starts its VRRP process anew.',
    `Watched for at least ${ALONE / 1000} s, and for 1 s after the address is answered again.`,
  ],
  secondsPerRound: 17,
  async play({ active, other, client, part }) {
    await other.stop();
    await seesNobody(active);
    await sleep(SPEC.intervalMs * part);
    const from = now();
    active.killEngine();
    await sleep(ALONE);
    const again = await client.answered('somebody answers after the kill');
    await sleep(AFTER);
    return { ...(await client.loss(from, again + AFTER)) };
  },
};

/** Waits until it finds no peer healthy. What is no Tandem has none. */
async function seesNobody(member: Member): Promise<void> {
  if (!(member instanceof TandemMember)) return;
  await member.tandem.waitStatus(
    ({ peers }) => peers.every(({ health }) => health === 'unhealthy'),
    `${member.place.host.name} misses its peer`,
  );
}

const link: Act = {
  name: 'link-peers',
  text: 'carrier of the active’s data link lost, HA port alive',
  rows: [lost(), gap(...within(10)), MOVED, HOLDERS],
  notes: ['keepalived with `track_interface`.'],
  secondsPerRound: 13,
  play: (stage) => move(stage, () => stage.active.place.data.cut()),
};

const instance: Act = {
  name: 'instance-peers',
  text: 'all links of the active cut, peer check every 10ms × 3',
  spec: { stack: { ...USUAL_STACK, checkMs: 10 } },
  rows: [lost(), gap(...within(40)), MOVED],
  notes: ['Both hold the address afterwards: the one that is cut off does not know. keepalived has its adverts alone.'],
  secondsPerRound: 17,
  // The HA port first: with the data link gone before it, a farewell could still leave.
  play: (stage) =>
    move(stage, () => {
      const { ha, backup, data } = stage.active.place;
      cutTogether([ha, backup, data]);
    }),
};

const linkPair: Act = {
  name: 'pair-peers',
  text: 'minimum active links: a port of the active’s link pair loses carrier, and gets it back',
  spec: { pairs: true },
  rows: [
    row('pair down: probes lost', 'lost', 'probes'),
    row('pair down: longest gap', 'gap', 'ms', within(10)),
    row('pair down: until it is taken over', 'moved', 'ms'),
    row('pair back: probes lost', 'backLost', 'probes', [NONE]),
    row('pair back: longest gap', 'backGap', 'ms'),
    row('pair back: until it is taken back', 'back', 'ms'),
  ],
  notes: [
    'Tandem with `links.minimumActive: 1`, keepalived with `track_interface` on both ports. Once the pair is back, both preempt: Tandem after a second of ' +
      'unbroken carrier, by handover.',
  ],
  secondsPerRound: 20,
  async play(stage) {
    const { active, client } = stage;
    const down = await move(stage, () => active.place.wan.cut());
    const from = now();
    active.place.wan.restore();
    const back = await client.taken('a', from, 'the repaired instance takes the address back');
    await sleep(AFTER);
    const after = await client.loss(from, back + AFTER);
    return { ...down, backLost: after.lost, backGap: after.gap, back: back - from };
  },
};

/** So long the cable is out, ms: longer than the standby's Master_Down, 3.61 s at priority 100. */
const OUT = 4500;

const haCable: Act = {
  name: 'ha-cable',
  text: 'the cable between the HA ports pulled, and plugged in again; no backup path',
  spec: { pairs: true, stack: { paths: ['ha'] } },
  rows: [
    lost(NONE),
    gap(),
    { ...row('bypasses engaged', 'bypasses', 'count', [NONE]), theirs: null },
    row('most holders of the address', 'holders', 'count', [{ of: 'any', most: 1 }]),
  ],
  notes: [
    `Out for ${OUT / 1000} s, longer than the standby waits for adverts. Both ends lose the carrier, with which keepalived lets go of everything (its ` +
      '`dont_track_primary` would make both active instead).',
  ],
  secondsPerRound: 24,
  async play({ bed, active, other, client, part }) {
    const cables = [bed.a.ha, bed.b.ha];
    await sleep(SPEC.intervalMs * part);
    const from = now();
    cutTogether(cables);
    await sleep(OUT);
    const out = [holdersOf(bed), await bypasses(active), await bypasses(other)];
    for (const cable of cables) cable.restore();
    const again = await client.answered('somebody answers once the cable is back');
    await sleep(AFTER);
    const [holders = 0, ...engaged] = out;
    return {
      ...(await client.loss(from, again + AFTER)),
      holders: Math.max(holders, holdersOf(bed)),
      bypasses: engaged.reduce((sum, count) => sum + count, 0),
    };
  },
};

/** How often it asked for the bypass since its start, and one more if it is in it. */
async function bypasses(member: Member): Promise<number> {
  if (!(member instanceof TandemMember)) return 0;
  const [events, status] = await Promise.all([member.tandem.events(), member.tandem.status()]);
  const wanted = events.filter(({ reason }) => reason.code === 'bypassWanted' && / bypass wanted/.test(reason.text));
  return wanted.length + (status.bypass.state === 'bypass' ? 1 : 0);
}

class PeerBed implements Bed {
  readonly #bed: PairBed;
  readonly #client: Client;
  readonly #act: Act;
  readonly #spec: Spec;

  constructor(bed: PairBed, client: Client, act: Act, spec: Spec) {
    this.#bed = bed;
    this.#client = client;
    this.#act = act;
    this.#spec = spec;
  }

  async run(subject: Subject, index: number): Promise<Sample> {
    try {
      const part = phase(index);
      const running = await this.#bed.start(subject, this.#spec, part);
      await this.#client.answeredBy('a');
      return await this.#act.play({ ...running, bed: this.#bed, client: this.#client, part });
    } finally {
      await this.#bed.tidy();
    }
  }

  close(): void {
    this.#bed.close();
  }
}

function peerCase(act: Act): Case {
  const spec: Spec = { ...SPEC, ...act.spec };
  return {
    name: act.name,
    text: `peers: ${act.text}, adverts every ${spec.intervalMs / 1000}s`,
    runs: 20,
    subjects: ['tandem', 'keepalived'],
    rows: act.rows,
    secondsPerRound: act.secondsPerRound,
    notes: act.notes,
    parameters: `${JSON.stringify(spec)}, after ${AFTER}, alone ${ALONE}, out ${OUT}`,
    async open() {
      const backup = spec.stack?.paths.includes('backup') === true;
      const bed = new PairBed(act.name, { backup, pairs: spec.pairs === true });
      return new PeerBed(bed, await startClient(bed), act, spec);
    },
  };
}

/** The cases in which instances know each other, what matters most first. */
export const peerCases: readonly Case[] = [switchover, stop, kill, killAlone, link, instance, linkPair, haCable].map(
  peerCase,
);
