/** Runs a program as argv, never through a shell, in a process group of its own, with a deadline. Never rejects. */
import { spawn } from 'node:child_process';

export interface Limits {
  /** After this time the group gets SIGTERM, ms. */
  readonly deadlineMs: number;
  /** And after this much more SIGKILL, ms. */
  readonly graceMs: number;
  /** Output that is kept, of each stream, bytes. */
  readonly outputBytes: number;
}

export const LIMITS: Limits = { deadlineMs: 5_000, graceMs: 1_000, outputBytes: 4_096 };

/** Programs of the system alone, whatever the daemon was started with. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export interface Ran {
  /** It ended by itself, in time, with 0. */
  readonly ok: boolean;
  readonly stdout: string;
  /** Empty, or what went wrong: the command line, why, and what it said. */
  readonly text: string;
}

/** Whom it runs as and what it is told, where that is not what this process is. */
export interface RunAs {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

export function runProgram(
  argv: readonly string[],
  input: string | null,
  limits: Limits = LIMITS,
  { env = {}, ...as }: RunAs = {},
): Promise<Ran> {
  const [name = '', ...rest] = argv;
  return new Promise((resolve) => {
    const child = spawn(name, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...ENVIRONMENT, ...env },
      cwd: '/',
      ...as,
    });
    let stdout = '';
    let output = '';
    let late = false;
    const kept = (text: string, more: string): string => (text + more).slice(0, limits.outputBytes);
    const signal = (which: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, which);
      } catch {
        // The group is gone.
      }
    };
    let hard: NodeJS.Timeout | undefined;
    const soft = setTimeout(() => {
      late = true;
      signal('SIGTERM');
      hard = setTimeout(() => {
        signal('SIGKILL');
        // A grandchild in another group may hold the pipes: the answer does not wait for it.
        child.stdout.destroy();
        child.stderr.destroy();
      }, limits.graceMs);
    }, limits.deadlineMs);
    const end = (ok: boolean, why: string): void => {
      clearTimeout(soft);
      clearTimeout(hard);
      const said = output.trim().replaceAll(/\s*\n\s*/g, '; ');
      resolve({ ok, stdout, text: ok ? '' : `${argv.join(' ')}: ${said === '' ? why : `${why}: ${said}`}` });
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout = kept(stdout, chunk);
      output = kept(output, chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output = kept(output, chunk)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.on('error', (error) => end(false, error.message));
    child.on('close', (code, by) => {
      if (late) end(false, `did not end within ${limits.deadlineMs} ms`);
      else if (code === 0) end(true, '');
      else end(false, code === null ? `ended by ${by}` : `exit code ${code}`);
    });
  });
}
