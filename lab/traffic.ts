/** Traffic from the outside host to the inside host, through the link pairs: a probe a millisecond, and a stream of settable rate. */
import { startOwn } from './own.ts';
import { startEcho, startProbe } from './probe.ts';
import type { Probe } from './probe.ts';
import type { Program } from './program.ts';
import { INSIDE } from './topology.ts';
import type { Topology } from './topology.ts';

/** Nobody listens there: the stream is meant to arrive, not to be answered. */
const DISCARD_PORT = 9;

/** Starts the inside host's answering program and the outside host's probes. The probes alone are 0.85 Mbps on the wire. */
export async function startTraffic(topology: Topology): Promise<Probe> {
  await startEcho(topology.inside);
  return startProbe(topology.outside, INSIDE.address);
}

/** Made by `startStream`. */
export class Stream {
  readonly #program: Program;
  /** Bits per second on the wire. */
  rate: number;

  constructor(program: Program, rate: number) {
    this.#program = program;
    this.rate = rate;
  }

  /** From now on so many bits per second; 0 = none. */
  setRate(bps: number): void {
    this.rate = bps;
    this.#program.say(`${bps}\n`);
  }

  async stop(): Promise<void> {
    await this.#program.stop('SIGTERM');
  }
}

/** Starts sending datagrams from the outside to the inside host at this rate, in bits per second. */
export async function startStream(topology: Topology, bps: number): Promise<Stream> {
  const program = startOwn(topology.outside, 'stream-sender', [INSIDE.address, String(DISCARD_PORT), String(bps)]);
  await program.waitFor(/^ready$/);
  return new Stream(program, bps);
}
