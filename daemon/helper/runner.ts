/** Runs one step: a program as argv in a process group of its own with a deadline, or the writing of a kernel setting. Never rejects. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { HelperAnswer } from './protocol.ts';
import type { Work } from './work.ts';

export interface Limits {
  /** After this time the group gets SIGTERM, ms. */
  readonly deadlineMs: number;
  /** And after this much more SIGKILL, ms. */
  readonly graceMs: number;
  /** Output that is kept for the answer, bytes. */
  readonly outputBytes: number;
}

export const LIMITS: Limits = { deadlineMs: 5_000, graceMs: 1_000, outputBytes: 4_096 };

/** Programs of the system alone, whatever the daemon was started with. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export async function runWork(work: readonly Work[], limits: Limits = LIMITS): Promise<HelperAnswer> {
  for (const step of work) {
    const answer = step.kind === 'setting' ? await writeSetting(step.file, step.value) : await runProgram(step, limits);
    if (!answer.ok && !(step.kind === 'program' && step.mayFail)) return answer;
  }
  return { ok: true, text: '' };
}

async function writeSetting(file: string, value: string): Promise<HelperAnswer> {
  try {
    await writeFile(file, value, { flag: 'r+' });
    return { ok: true, text: '' };
  } catch (error) {
    // A kernel without the feature (IPv6 off) has no such file; then there is nothing to set.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { ok: true, text: '' };
    return { ok: false, text: `cannot set ${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function runProgram(step: Extract<Work, { kind: 'program' }>, limits: Limits): Promise<HelperAnswer> {
  const [name = '', ...rest] = step.argv;
  return new Promise((resolve) => {
    const child = spawn(name, rest, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: ENVIRONMENT, cwd: '/' });
    let output = '';
    let late = false;
    const collect = (chunk: Buffer): void => {
      if (output.length < limits.outputBytes)
        output += chunk.toString('utf8').slice(0, limits.outputBytes - output.length);
    };
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
      resolve(ok ? { ok, text: '' } : { ok, text: `${step.argv.join(' ')}: ${said === '' ? why : `${why}: ${said}`}` });
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.stdin.on('error', () => undefined);
    child.stdin.end(step.input ?? '');
    child.on('error', (error) => end(false, error.message));
    child.on('close', (code, by) => {
      if (late) end(false, `did not end within ${limits.deadlineMs} ms`);
      else if (code === 0) end(true, '');
      else end(false, code === null ? `ended by ${by}` : `exit code ${code}`);
    });
  });
}
