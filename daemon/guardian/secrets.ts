/**
 * The keys of the stack, from `ha.secretFile`: read by the guardian alone, handed to the engine over its channel, never in a plan and never in a
 * line of log.
 */
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { EnginePlan } from '../../config/plan.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { readSecrets } from '../../core/secret.ts';
import type { Secrets } from '../channel.ts';

/** A rotation needs two lines; nothing needs a hundred. */
const MOST_BYTES = 4096;

/** The keys that a plan needs, newest first: none without peers. Never rejects; an error is one sentence that names file and remedy. */
export async function loadSecrets(plan: Pick<EnginePlan, 'secretFile' | 'peers'>): Promise<Result<Secrets, string>> {
  const { secretFile: path, peers } = plan;
  if (path === null || peers.length === 0) return ok([]);
  const remedy = `make one with tandem keygen ${path}, and copy it to the other instances`;
  const text = await readFile(path);
  if (!text.ok) return fail(`the secret ${path} ${text.error}: ${remedy}`);
  const secrets = readSecrets(text.value);
  return secrets.ok ? secrets : fail(`the secret ${path}: ${secrets.error}: ${remedy}`);
}

/** Its text, or why not. */
async function readFile(path: string): Promise<Result<string, string>> {
  try {
    // Not waiting for a writer, should it be a pipe.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const refused = judge(await file.stat(), path);
      if (refused !== null) return fail(refused);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST_BYTES + 1), 0, MOST_BYTES + 1, 0);
      if (bytesRead > MOST_BYTES) return fail(`is longer than ${MOST_BYTES} bytes`);
      return ok(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    return fail(`cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** A key that somebody else could read or replace is none. */
function judge(found: Stats, path: string): string | null {
  if (!found.isFile()) return 'is no regular file';
  if (found.uid !== 0 && found.uid !== process.geteuid?.())
    return `belongs to another user (${found.uid}): chown root ${path}, or if that one could read it`;
  if ((found.mode & 0o077) === 0) return null;
  const mode = (found.mode & 0o777).toString(8);
  return `is open to others (mode ${mode}): chmod 600 ${path}, or if others could read it`;
}
