/** Asks the guardian over `<run>/guardian.sock` (core/guardian-link.ts). */
import { LONGEST_LINK_LINE } from '../core/guardian-link.ts';
import type { GuardianAnswer, GuardianRequest } from '../core/guardian-link.ts';
import { createLineClient } from './line-client.ts';
import type { LineClient } from './line-client.ts';

/** Waits for a guardian that is being started; 20 s at most, as a check of the configuration takes a while. */
export type GuardianClient = LineClient<GuardianRequest, GuardianAnswer>;

const LIMIT_MS = 20_000;

export function createGuardianClient(path: string): GuardianClient {
  return createLineClient({
    path,
    name: 'guardian',
    limitMs: LIMIT_MS,
    longest: LONGEST_LINK_LINE,
    keep: true,
    lost: (text) => ({ ok: false, error: { code: 'failed', text } }),
  });
}
