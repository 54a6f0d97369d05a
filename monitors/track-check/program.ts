/**
 * Runs the program of a check: argv, never a shell line, in a session and process group of its own, with a deadline for the whole group
 * (vrrp.md 2.6: SIGTERM, 2 s later SIGKILL). Never rejects.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { messageOf } from './outcome.ts';

export interface ProgramEnd {
  /** null if it did not end by itself, or could not be started. */
  readonly code: number | null;
  /** The deadline passed before it ended. */
  readonly late: boolean;
  /** Why it is no success; empty with exit code 0. */
  readonly why: string;
  /** The last line that it wrote to its standard error; empty if none. */
  readonly said: string;
}

const KILL_AFTER_MS = 2000;

/** From SIGKILL until a program counts as one that cannot be ended. */
const STUCK_AFTER_MS = 200;

/** After its end, for what it wrote last. A child that it left behind may hold the pipe for ever. */
const DRAIN_MS = 100;

const KEPT_CHARACTERS = 1024;

/** The helper's own environment (its channel to the guardian) is nobody's business. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/** Process groups whose first process has not ended. */
const groups = new Set<number>();

/** Programs, by their argv, that hang in the kernel: not even SIGKILL has ended them yet. */
const stuck = new Set<string>();

/**
 * Runs it and tells how it ended, at the latest about two seconds after `timeoutMs`. One that cannot be ended is not started a second time:
 * there would be one more of them after every check.
 */
export function runProgram(argv: readonly string[], timeoutMs: number): Promise<ProgramEnd> {
  if (stuck.has(JSON.stringify(argv))) return Promise.resolve(notRun('the run before cannot be ended'));
  return new Promise((resolve) => {
    try {
      start(argv, timeoutMs, resolve);
    } catch (error) {
      // An argument with a zero byte, or more arguments than the system takes.
      resolve(notRun(messageOf(error)));
    }
  });
}

/** Ends every program that is under way (the helper leaves). */
export function stopPrograms(): void {
  for (const group of groups) signal(group, 'SIGTERM');
}

function start(argv: readonly string[], timeoutMs: number, resolve: (end: ProgramEnd) => void): void {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: ENVIRONMENT,
    cwd: '/',
  });
  child.on('error', (error) => resolve(notRun(messageOf(error))));
  const { pid } = child;
  // Not started: the error follows. Without file descriptors there is not even a pipe.
  if (pid === undefined) return;
  groups.add(pid);

  let tail = '';
  const errors: Readable = child.stderr;
  errors.setEncoding('utf8');
  errors.on('data', (text: string) => {
    tail = (tail + text).slice(-KEPT_CHARACTERS);
  });
  errors.on('error', () => undefined);

  let late = false;
  let killer: NodeJS.Timeout | undefined;
  const answer = (code: number | null, why: string): void =>
    resolve({ code, late, why: late ? `did not end within ${timeoutMs} ms` : why, said: lastLine(tail) });

  const giveUp = (): void => {
    if (!groups.has(pid)) return;
    stuck.add(JSON.stringify(argv));
    answer(null, '');
  };
  const deadline = setTimeout(() => {
    late = true;
    signal(pid, 'SIGTERM');
    killer = setTimeout(() => {
      signal(pid, 'SIGKILL');
      setTimeout(giveUp, STUCK_AFTER_MS);
    }, KILL_AFTER_MS);
  }, timeoutMs);

  child.on('exit', () => {
    clearTimeout(deadline);
    stuck.delete(JSON.stringify(argv));
    groups.delete(pid);
    // The group may outlive its first process: then the rest of it is still killed.
    if (!signal(pid, 0)) clearTimeout(killer);
    setTimeout(() => errors.destroy(), DRAIN_MS);
  });
  child.on('close', (code, by) => {
    if (late) answer(null, '');
    else if (code === 0) answer(code, '');
    else answer(code, code === null ? `ended by ${by}` : `exit code ${code}`);
  });
}

/** Sends a signal to a process group; false if there is none any more. */
function signal(group: number, which: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, which);
  } catch {
    return false;
  }
}

function notRun(why: string): ProgramEnd {
  return { code: null, late: false, why, said: '' };
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}
