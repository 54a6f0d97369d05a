import { access } from 'node:fs/promises';
import { createLooks } from './looks.ts';
import type { CheckOutcome } from './outcome.ts';
import { good } from './outcome.ts';

const looks = createLooks();

/** A file must exist. */
export function checkFile(path: string, timeoutMs: number): Promise<CheckOutcome> {
  return looks.look(path, timeoutMs, async () => {
    await access(path);
    return good('exists');
  });
}
