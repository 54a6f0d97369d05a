/** `tandem doctor` and `tandem support-bundle`, run as short programs of their own: whatever they come upon, this process goes on. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorCheck } from '../core/api/host.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import type { Refused } from '../core/services.ts';
import { packageFolder } from '../daemon/where.ts';

export interface Diagnosis {
  doctor(): Promise<Result<readonly DoctorCheck[], Refused>>;
  supportBundle(): Promise<Result<string, Refused>>;
}

export interface DiagnosisOptions {
  readonly run: string;
  /** The configuration file, by the guardian's word; null = not known. */
  readonly config: () => string | null;
  /** A folder in which this process may write. */
  readonly folder: string;
}

const LIMIT_MS = 30_000;
const MOST_BYTES = 16 * 1024 * 1024;

export function createDiagnosis({ run, config, folder }: DiagnosisOptions): Diagnosis {
  /** One at a time: they are not for free. */
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };
  const options = (): readonly string[] => {
    const file = config();
    return file === null ? [] : ['--config', file];
  };

  return {
    doctor: () =>
      inTurn(async () => {
        const { text, trouble } = await tandem(['--run', run, '--json', 'doctor', ...options()]);
        try {
          // It ends with 1 where a check fails: what it says counts.
          const { checks } = JSON.parse(text) as { readonly checks?: readonly DoctorCheck[] };
          if (Array.isArray(checks)) return ok(checks as readonly DoctorCheck[]);
        } catch {
          // Falls through.
        }
        return fail(failed('doctor', trouble));
      }),
    supportBundle: () =>
      inTurn(async () => {
        const place = await mkdtemp(join(folder, 'bundle-'));
        try {
          const file = join(place, 'bundle.json');
          const { trouble } = await tandem(['--run', run, 'support-bundle', '--output', file, ...options()]);
          return await readFile(file, 'utf8').then(
            (text) => ok(text),
            () => fail(failed('support-bundle', trouble)),
          );
        } finally {
          await rm(place, { recursive: true, force: true });
        }
      }),
  };
}

const failed = (what: string, trouble: string): Refused => ({
  status: 500,
  code: 'programFailed',
  text: `tandem ${what} gave no answer: ${trouble}`,
});

function tandem(argv: readonly string[]): Promise<{ readonly text: string; readonly trouble: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageFolder, 'bin/tandem'), ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
    });
    const out: Buffer[] = [];
    let size = 0;
    let said = '';
    let trouble: string | null = null;
    const end = (why: string): void => {
      trouble ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end(`it did not end within ${LIMIT_MS / 1000} s`), LIMIT_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) end(`it said more than ${MOST_BYTES} bytes`);
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(0, 1000)));
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ text: '', trouble: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const text = Buffer.concat(out).toString('utf8');
      resolve({ text, trouble: trouble ?? (said.trim() || `exit code ${code}`) });
    });
  });
}
