/** The probe: what a client of the virtual address sees, once a millisecond. */
import { now, until } from './clock.ts';
import type { Host } from './host.ts';
import { startOwn } from './own.ts';
import { ProbeRecord } from './probe-record.ts';
import type { ProbeBatch, ProbeReport } from './probe-record.ts';
import type { Program } from './program.ts';

/** UDP port of the echo programs. */
export const ECHO_PORT = 7007;

/** Below VRRP's 50, above everything else: the measuring must disturb neither. Only where permitted. */
const PROBE_PRIORITY = 40;

/** How long after the end of a window answers are still awaited, ms. */
const GRACE = 250;

/** Starts the answering program in a host; it answers on every address that the host has or gets. */
export async function startEcho(host: Host): Promise<Program> {
  const echo = startOwn(host, 'echo', [String(ECHO_PORT), host.name], { realtime: PROBE_PRIORITY });
  await echo.waitFor(/^ready$/);
  return echo;
}

/** Sends probes until stopped. Made by `startProbe`. */
export class Probe {
  readonly record = new ProbeRecord();
  readonly #program: Program;
  readonly #listeners: ((batch: ProbeBatch) => void)[] = [];

  constructor(running: Program) {
    this.#program = running;
    running.onLine((line) => {
      if (!line.startsWith('{')) return;
      const batch = JSON.parse(line) as ProbeBatch;
      running.output.length = 0;
      this.record.add(batch);
      for (const listener of this.#listeners) listener(batch);
    });
  }

  onBatch(listener: (batch: ProbeBatch) => void): void {
    this.#listeners.push(listener);
  }

  /** Waits until somebody (or the named host) answers, and for `steadyMs` nobody else did. */
  async answered(
    options: { readonly by?: string; readonly limitMs?: number; readonly after?: number } = {},
  ): Promise<void> {
    const { by, after = Number.NEGATIVE_INFINITY } = options;
    await until(
      () => {
        this.#failIfEnded();
        const last = this.record.last;
        return last !== null && last.at > after && (by === undefined || last.who === by) && now() - last.at < 500;
      },
      { what: `${by ?? 'somebody'} answers the probe`, limitMs: options.limitMs ?? 15_000 },
    );
  }

  /** What happened from `from` to `to` (default: until now). Waits until every answer of that time must have arrived. */
  async report(from: number, to = now()): Promise<ProbeReport> {
    await until(
      () => {
        this.#failIfEnded();
        return this.record.upTo > to + GRACE;
      },
      { what: 'the probe tells what it saw', limitMs: to - now() + GRACE + 10_000 },
    );
    return this.record.report(from, to);
  }

  #failIfEnded(): void {
    if (this.#program.exit !== null) throw new Error(`the probe ended: ${this.#program.output.slice(-5).join(' | ')}`);
  }

  async stop(): Promise<void> {
    await this.#program.stop('SIGTERM');
  }
}

/** Sends a probe from a host to an address every `intervalMs` (default 1). */
export function startProbe(client: Host, address: string, options: { readonly intervalMs?: number } = {}): Probe {
  return new Probe(
    startOwn(client, 'probe-client', [address, String(ECHO_PORT), String(options.intervalMs ?? 1)], {
      realtime: PROBE_PRIORITY,
    }),
  );
}
