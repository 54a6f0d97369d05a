/** One of the two instances, whichever program it runs. */
import { stackConfig } from '../lab/stack-config.ts';
import { startTandem } from '../lab/tandem.ts';
import type { Tandem } from '../lab/tandem.ts';
import type { Program } from '../lab/program.ts';
import type { Place, Topology } from '../lab/topology.ts';
import { programsIn } from '../lab/registry.ts';
import { startKeepalived } from './keepalived.ts';
import { childrenOf } from './proc.ts';
import { keepalivedText, stackChange, tandemConfig } from './spec.ts';
import type { InstanceName, Spec } from './spec.ts';

export interface Member {
  readonly place: Place;
  /** Numbers of all its processes, the supervising one first. */
  pids(): readonly number[];
  /** SIGKILL to the process that speaks VRRP; the one that supervises it lives on. */
  killEngine(): void;
  /** SIGKILL to all its processes. */
  killAll(): void;
  /** SIGTERM. Resolves when it is gone. */
  stop(): Promise<unknown>;
}

export class TandemMember implements Member {
  readonly place: Place;
  readonly tandem: Tandem;

  constructor(place: Place, tandem: Tandem) {
    this.place = place;
    this.tandem = tandem;
  }

  pids(): readonly number[] {
    return pidsIn(this.place, this.tandem.program.pid);
  }

  killEngine(): void {
    this.tandem.kill('engine');
  }

  killAll(): void {
    for (const pid of this.pids()) process.kill(pid, 'SIGKILL');
  }

  stop(): Promise<unknown> {
    return this.tandem.program.stop('SIGTERM');
  }
}

class KeepalivedMember implements Member {
  readonly place: Place;
  readonly #program: Program;

  constructor(place: Place, program: Program) {
    this.place = place;
    this.#program = program;
  }

  pids(): readonly number[] {
    return pidsIn(this.place, this.#program.pid);
  }

  killEngine(): void {
    const [parent = 0, ...others] = this.pids();
    const [engine] = childrenOf(parent, others);
    if (engine === undefined) throw new Error(`bench: keepalived on ${this.place.host.name} has no VRRP process`);
    process.kill(engine, 'SIGKILL');
  }

  killAll(): void {
    this.#program.signalGroup('SIGKILL');
  }

  stop(): Promise<unknown> {
    return this.#program.stop('SIGTERM');
  }
}

/** With 255 routers on a busy machine it takes its time, ms. */
const START_LIMIT = 30_000;

/** A program and everything that descends from it in its host. */
function pidsIn(place: Place, root: number): readonly number[] {
  const all = programsIn([place.host.namespace]).map(({ pid }) => pid);
  const found = [root];
  for (const pid of found) found.push(...childrenOf(pid, all));
  return found;
}

/** Starts the program in a place of the topology; returns when it has read its configuration (keepalived) or knows its role (Tandem). */
export async function startMember(
  program: 'tandem' | 'keepalived',
  topology: Topology,
  name: InstanceName,
  spec: Spec,
): Promise<Member> {
  const place = topology.place(name);
  if (program === 'keepalived')
    return new KeepalivedMember(place, await startKeepalived(place.host, keepalivedText(name, spec), START_LIMIT));
  const { stack } = spec;
  const config =
    stack === undefined ? tandemConfig(name, spec) : stackConfig(topology, name, stackChange(name, spec, stack));
  return new TandemMember(place, await startTandem(place.host, config, { limitMs: START_LIMIT }));
}
