/** A long-running program in a host of the lab. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { environment, inside, mayUseRealtime } from './command.ts';
import { isAlive, markOf } from './registry.ts';
import type { ProcessMark } from './registry.ts';
import { Hopeless, until } from './clock.ts';

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Real-time priority (SCHED_RR), where permitted. */
  readonly realtime?: number;
  /** File that gets stdout and stderr too. */
  readonly log?: string;
  readonly cwd?: string;
  /** Take stdout as bytes (a capture) instead of lines. */
  readonly onBytes?: (bytes: Buffer) => void;
}

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Lines kept of a program's output: enough for any test, bounded for a demo that runs all day. */
const KEPT_LINES = 5000;

/**
 * A running program, in a session (and process group) of its own, so that a Ctrl-C at the terminal does not reach it.
 * Made by `startProgram`.
 */
export class Program {
  readonly name: string;
  readonly pid: number;
  readonly mark: ProcessMark;
  /** Lines of stdout and stderr, as they came. */
  readonly output: string[] = [];
  readonly exited: Promise<Exit>;
  /** Null while it runs. */
  exit: Exit | null = null;
  readonly #child: ChildProcess;
  readonly #log: number | null;
  readonly #listeners: ((line: string) => void)[] = [];

  constructor(name: string, child: ChildProcess, options: ProgramOptions) {
    if (child.pid === undefined) throw new Error(`lab: ${name} could not be started`);
    this.name = name;
    this.pid = child.pid;
    this.mark = markOf(child.pid) ?? { pid: child.pid, start: 'gone' };
    this.#child = child;
    this.#log = options.log === undefined ? null : openSync(options.log, 'a');
    if (options.onBytes === undefined) this.#readLines(child.stdout);
    else child.stdout?.on('data', options.onBytes);
    this.#readLines(child.stderr);
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.exit = { code, signal };
        if (this.#log !== null) closeSync(this.#log);
        resolve(this.exit);
      });
    });
  }

  #readLines(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    stream?.on('end', () => {
      if (rest !== '') this.#take(rest);
    });
  }

  #take(line: string): void {
    this.output.push(line);
    if (this.output.length > KEPT_LINES) this.output.splice(0, KEPT_LINES / 2);
    if (this.#log !== null) writeSync(this.#log, `${line}\n`);
    for (const listener of this.#listeners) listener(line);
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Writes to its standard input. */
  say(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Writes to its standard input and closes it. */
  finish(text: string): void {
    this.#child.stdin?.end(text);
  }

  /** False as soon as it ended, even before Node has noticed. */
  get alive(): boolean {
    return isAlive(this.mark);
  }

  /** Sends a signal to the program alone; nothing happens if it is gone. */
  signal(signal: NodeJS.Signals): void {
    if (this.alive) process.kill(this.pid, signal);
  }

  /** Sends a signal to the program and what it started in its own process group. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.alive) process.kill(-this.pid, signal);
  }

  freeze(): void {
    this.signal('SIGSTOP');
  }

  continue(): void {
    this.signal('SIGCONT');
  }

  /** Waits for a line of output that matches (also one already there). Throws if the program ends before, with what it said. */
  async waitFor(pattern: RegExp, limitMs = 10_000): Promise<string> {
    return until(() => this.output.find((line) => pattern.test(line)) ?? this.#failIfEnded(pattern), {
      what: `${this.name} prints ${String(pattern)}; it said: ${this.output.slice(-5).join(' | ')}`,
      limitMs,
    });
  }

  #failIfEnded(pattern: RegExp): null {
    if (this.exit === null) return null;
    const { code, signal } = this.exit;
    throw new Hopeless(
      `${this.name} ended (${signal ?? code}) before it printed ${String(pattern)}: ${this.output.slice(-5).join(' | ')}`,
    );
  }

  /** Asks it to end (SIGTERM by default) and waits; after `limitMs` SIGKILL. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', limitMs = 10_000): Promise<Exit> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), limitMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Do not keep this process alive because of it. */
  unref(): void {
    this.#child.unref();
  }
}

/** Starts a program inside a network namespace. It never throws for what the program does later; that is in `output` and `exit`. */
export function startProgram(
  name: string,
  namespace: string,
  argv: readonly string[],
  options: ProgramOptions = {},
): Program {
  const realtime = options.realtime !== undefined && mayUseRealtime() ? ['chrt', '-r', String(options.realtime)] : [];
  const [program, ...rest] = [...inside(namespace), ...realtime, ...argv];
  const child = spawn(program ?? '', rest, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  child.on('error', () => {
    // Told by the pid that is missing, or by the exit.
  });
  // A program that is gone does not read any more: not our failure.
  child.stdin?.on('error', () => {});
  return new Program(name, child, options);
}
