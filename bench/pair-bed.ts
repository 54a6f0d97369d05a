/** The lab of every case with two instances: built once, both programs in turn, brought back to its beginning after each run. */
import { pair } from '../lab/topology.ts';
import type { Place, Topology, TopologyOptions } from '../lab/topology.ts';
import { killAll, programsIn } from '../lab/registry.ts';
import { sleep, until } from '../lab/clock.ts';
import type { Program } from '../lab/program.ts';
import type { Role } from '../core/status.ts';
import type { Subject } from './case.ts';
import { TandemMember, startMember } from './member.ts';
import type { Member } from './member.ts';
import { startNudging } from './nudge.ts';
import type { InstanceName, Spec } from './spec.ts';

/** The programs of a subject, of the active and of the other instance. */
const PROGRAMS: Readonly<Record<Subject, readonly ['tandem' | 'keepalived', 'tandem' | 'keepalived']>> = {
  tandem: ['tandem', 'tandem'],
  tandemPeers: ['tandem', 'tandem'],
  mixed: ['tandem', 'keepalived'],
  keepalived: ['keepalived', 'keepalived'],
  keepalivedAll: ['keepalived', 'keepalived'],
};

/** Networks of the virtual addresses, for taking away what a killed program left. */
const VIRTUAL = ['10.77.0.100/32', '10.80.0.0/24'];

/** Both running and settled: `active` holds the addresses, `other` has heard its adverts. */
export interface Running {
  readonly active: Member;
  readonly other: Member;
}

export class PairBed {
  readonly topology: Topology;
  readonly a: Place;
  readonly b: Place;
  /** Programs of the benchmark's own, which outlive the runs. */
  readonly #kept = new Set<number>();

  constructor(name: string, options: Pick<TopologyOptions, 'pairs' | 'backup'> = {}) {
    this.topology = pair({ ...options, name: `bench ${name}` });
    this.a = this.topology.place('a');
    this.b = this.topology.place('b');
    // Own addresses beside the virtual ones of the cases with many: answers need a way back.
    this.topology.client.ip('addr add 10.80.255.254/16 dev eth0');
    this.a.host.ip('addr add 10.80.255.1/16 dev eth0');
    this.b.host.ip('addr add 10.80.255.2/16 dev eth0');
  }

  keep(running: Program): void {
    this.#kept.add(running.pid);
  }

  /**
   * Starts both and waits until all addresses are on `a` and `b` has heard its adverts; peers know each other, then.
   * @param part of an advert interval (0 to 1) that passes on top, so that runs do not all begin at the same place of it
   */
  async start(subject: Subject, spec: Spec, part: number): Promise<Running> {
    const [first, second] = PROGRAMS[subject];
    const nudging = startNudging(this.b.host, spec);
    const active = await startMember(first, this.topology, 'a', spec);
    await this.holds('a', spec);
    if (nudging !== null) await nudging.stop('SIGKILL');
    const other = await startMember(second, this.topology, 'b', spec);
    if (spec.stack !== undefined) await Promise.all([knows(active, 'b', 'standby'), knows(other, 'a', 'active')]);
    await sleep(spec.intervalMs * (1 + part) + 50);
    return { active, other };
  }

  /** Waits until an instance has all addresses. */
  async holds(name: InstanceName, spec: Spec, limitMs = 30_000): Promise<void> {
    const wanted = spec.routers.flatMap(({ addresses }) => addresses.map((text) => text.split('/', 1)[0] ?? ''));
    const { host } = this.topology.place(name);
    await until(
      () => {
        const there = new Set(host.addresses('eth0').map(({ address }) => address));
        return wanted.every((address) => there.has(address));
      },
      { what: `${name} holds ${wanted.length} addresses`, limitMs, everyMs: 20 },
    );
  }

  /** Ends both programs for certain, restores every cable, removes every virtual address. */
  async tidy(): Promise<void> {
    const places = [this.a, this.b];
    for (let look = 0; look < 10; look += 1) {
      const left = programsIn(places.map(({ host }) => host.namespace)).filter(({ pid }) => !this.#kept.has(pid));
      if (left.length === 0) break;
      killAll(left);
      // A dying supervisor may have started a last child.
      await sleep(5);
    }
    for (const { host } of places) {
      host.restoreCables();
      for (const network of VIRTUAL) host.command(['ip', 'addr', 'flush', 'dev', 'eth0', 'to', network]);
      // A bypass is a rule, which outlives the program that made it.
      if (this.topology.hasPairs) host.command(['nft', 'flush', 'ruleset']);
    }
  }

  close(): void {
    this.topology.close();
  }
}

/** Waits until it has a fresh report of its peer with this role, and finds it healthy and eligible. What is no Tandem has no peers. */
async function knows(member: Member, peer: string, role: Role): Promise<void> {
  if (!(member instanceof TandemMember)) return;
  await member.tandem.waitStatus(
    ({ peers }) =>
      peers.some((one) => one.name === peer && one.role === role && one.health === 'healthy' && one.eligible === true),
    `${member.place.host.name} knows that ${peer} is ${role}`,
  );
}
