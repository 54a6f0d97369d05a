/**
 * The configuration file as the guardian keeps it: read, written only after `tandemd check` has accepted it, and the last ten versions kept
 * (design section 2). All of it away from the guardian's own work: asynchronous, and in a short process.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ConfigProblem, ConfigVersion } from '../../core/api/settings.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Program } from '../where.ts';
import { replaceFile } from './file-writer.ts';

/** Why a write was not done. */
export type WriteRefused =
  | { readonly code: 'conflict'; readonly text: string; readonly current: Stored }
  | { readonly code: 'invalid'; readonly text: string; readonly problems: readonly ConfigProblem[] }
  | { readonly code: 'failed'; readonly text: string };

export interface Stored {
  readonly text: string;
  /** First 16 hex digits of the SHA-256 of the text. */
  readonly revision: string;
}

export interface ConfigStore {
  read(): Promise<Result<Stored, string>>;
  /** Only if the file is still the one of `revision`; null = whatever it is. */
  write(text: string, revision: string | null, by: string): Promise<Result<Stored, WriteRefused>>;
  versions(): Promise<readonly ConfigVersion[]>;
  /** The text of a kept version; null if there is none of that id. */
  version(id: string): Promise<string | null>;
}

const KEPT = 10;
const MOST_BYTES = 1024 * 1024;
const CHECK_MS = 20_000;

export const revisionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** `folder`: where versions are kept, made when the first is. */
export function createConfigStore(file: string, folder: string, check: Program, wall: () => Date): ConfigStore {
  let queue: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Result<Stored, string>> {
    try {
      const text = await readFile(file, 'utf8');
      if (Buffer.byteLength(text) > MOST_BYTES) return fail(`${file} is larger than ${MOST_BYTES} bytes`);
      return ok({ text, revision: revisionOf(text) });
    } catch (error) {
      return fail(`${file} cannot be read: ${messageOf(error)}`);
    }
  }

  async function write(text: string, revision: string | null, by: string): Promise<Result<Stored, WriteRefused>> {
    if (Buffer.byteLength(text) > MOST_BYTES)
      return fail({ code: 'failed', text: `more than ${MOST_BYTES} bytes: no configuration is so large` });
    const before = await read();
    if (!before.ok) return fail({ code: 'failed', text: before.error });
    if (revision !== null && before.value.revision !== revision)
      return fail({ code: 'conflict', text: 'the file was changed meanwhile', current: before.value });
    const candidate = `${file}.candidate`;
    try {
      await rm(candidate, { force: true });
      await replaceFile(candidate, text);
      const problems = await checkFile(check, candidate, file);
      if (!problems.ok) return fail({ code: 'failed', text: problems.error });
      if (problems.value.length > 0)
        return fail({
          code: 'invalid',
          text: 'this is no valid configuration: nothing was changed',
          problems: problems.value,
        });
      await keep(before.value, by);
      const { uid, gid, mode } = await stat(file);
      await chmod(candidate, mode & 0o777);
      await chown(candidate, uid, gid);
      await rename(candidate, file);
      await syncFolder(dirname(file));
      return ok({ text, revision: revisionOf(text) });
    } catch (error) {
      return fail({ code: 'failed', text: `${file} cannot be written: ${messageOf(error)}` });
    } finally {
      await rm(candidate, { force: true }).catch(() => undefined);
    }
  }

  /** The text that is replaced, and who replaces it. */
  async function keep({ text, revision }: Stored, by: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const at = wall().toISOString();
    const id = `${at.replaceAll(/[-:.]/g, '')}-${revision.slice(0, 8)}`;
    await writeFile(`${folder}/${id}.yaml`, text, { mode: 0o600 });
    const about: ConfigVersion = { id, at, revision, by, bytes: Buffer.byteLength(text) };
    await replaceFile(`${folder}/${id}.json`, JSON.stringify(about));
    const ids = (await versions()).map((version) => version.id);
    for (const old of ids.slice(KEPT))
      for (const ending of ['json', 'yaml']) await rm(`${folder}/${old}.${ending}`, { force: true });
  }

  /** Newest first. */
  async function versions(): Promise<readonly ConfigVersion[]> {
    const names = await readdir(folder).catch(() => []);
    const found: ConfigVersion[] = [];
    for (const name of names
      .filter((entry) => /^[\w-]+\.json$/.test(entry))
      .toSorted()
      .toReversed()) {
      try {
        found.push(JSON.parse(await readFile(`${folder}/${name}`, 'utf8')) as ConfigVersion);
      } catch {
        // Half a version, left by a crash: it is none.
      }
    }
    return found;
  }

  return {
    read,
    // One after the other: a write looks at what the one before it has left.
    write(text, revision, by) {
      const done = queue.then(() => write(text, revision, by));
      queue = done.catch(() => undefined);
      return done;
    },
    versions,
    async version(id) {
      if (!/^[\w-]{1,64}$/.test(id)) return null;
      return readFile(`${folder}/${id}.yaml`, 'utf8').catch(() => null);
    },
  };
}

/** What `tandemd check` finds wrong in a candidate, told by the name of the real file. An error: it could not be checked. */
function checkFile(check: Program, candidate: string, file: string): Promise<Result<readonly ConfigProblem[], string>> {
  return new Promise((resolve) => {
    const argv = [...check.nodeOptions, check.script, 'check', '--config', candidate, '--problems', file];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    const out: Buffer[] = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), CHECK_MS);
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.on('error', (error) => resolve(fail(`the check cannot be started: ${error.message}`)));
    child.on('close', (code) => {
      clearTimeout(timer);
      try {
        const parsed: unknown = JSON.parse(Buffer.concat(out).toString());
        if (Array.isArray(parsed)) return resolve(ok(parsed as readonly ConfigProblem[]));
      } catch {
        // Falls through.
      }
      resolve(fail(`the check of the new configuration ended with ${code ?? 'a signal'} and gave no answer`));
    });
  });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
