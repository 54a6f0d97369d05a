/** A real API on a real socket with an engine behind it that the test makes up, and a terminal that remembers what was printed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionAnswer, ActionRequest } from '../../../core/action.ts';
import type { Clock, Instant } from '../../../core/clock.ts';
import type { EventBody } from '../../../core/event.ts';
import type { Status } from '../../../core/status.ts';
import { main } from '../../../cli/main.ts';
import type { Io } from '../../../cli/terminal.ts';
import { createApi } from '../../../daemon/engine/api.ts';
import type { Api } from '../../../daemon/engine/api.ts';
import { systemClock } from '../../../core/clock.ts';
import { createMeter } from '../../../daemon/engine/measurements.ts';
import { createEventLog } from '../../../daemon/engine/event-log.ts';
import type { EventLog } from '../../../daemon/engine/event-log.ts';
import { sampleStatus } from '../daemon/sample-status.ts';

/** When the tests take place. */
export const NOW = Date.parse('2026-11-21T01:04:10.000Z');

const clock: Clock = { now: () => 0 as Instant, wall: () => NOW };

export class FakeEngine {
  readonly run = mkdtempSync(join(tmpdir(), 'tandem-cli-'));
  status: Status = sampleStatus();
  log: EventLog = createEventLog({ instance: 'a', clock });
  asked: ActionRequest[] = [];
  answer: ActionAnswer = { actionId: 'act-1' };
  /** What the engine says after an action was accepted. */
  says: EventBody[] = [];
  levels: string[] = [];
  private api: Api | null = null;

  async start(): Promise<void> {
    this.api = createApi({
      socketPath: join(this.run, 'engine.sock'),
      group: 'no-such-group',
      view: { status: () => this.status },
      events: this.log,
      act: (request) => {
        this.asked.push(request);
        setImmediate(() => this.says.forEach((body) => this.log.append(body)));
        return this.answer;
      },
      measurements: createMeter(systemClock).read,
      setLogLevel: (level) => this.levels.push(level) > 0,
      setLeader: () => undefined,
    });
    await this.api.start();
  }

  /** The engine ends; another one may start. */
  async stop(): Promise<void> {
    await this.api?.stop();
    this.api = null;
  }

  /** As `start` of a new process: numbers begin at 1 again. */
  async restart(): Promise<void> {
    await this.stop();
    this.log = createEventLog({ instance: 'a', clock });
    await this.start();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.run, { recursive: true });
  }

  /** `tandem …` against this engine. */
  tandem(...argv: string[]): Promise<Outcome> {
    return tandem(['--run', this.run, ...argv]);
  }
}

export interface Outcome {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** What was printed for programs, parsed. */
  json(): unknown;
}

/** Run a command line and wait for its end. */
export async function tandem(argv: readonly string[], change: Partial<Io> = {}): Promise<Outcome> {
  const io = fakeIo(change);
  const exit = await main(argv, io);
  return { exit, out: io.printed(), err: io.complained(), json: () => JSON.parse(io.printed()) as unknown };
}

/** A terminal, or none (default). */
export function fakeIo(change: Partial<Io> = {}): Io & { printed(): string; complained(): string } {
  let out = '';
  let err = '';
  return {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    env: { SUDO_USER: 'ann' },
    tty: false,
    size: () => ({ columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY }),
    now: () => NOW,
    sleep: () => new Promise((resolve) => void setTimeout(resolve, 5)),
    secret: () => Promise.resolve(null),
    typed: () => false,
    printed: () => out,
    complained: () => err,
    ...change,
  };
}
