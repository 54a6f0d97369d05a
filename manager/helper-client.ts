/** Asks the helper over `<run>/helper.sock` (core/session-link.ts). The guardian starts it when it is needed, and lets us use its socket. */
import type { SessionAnswer, SessionRequest } from '../core/session-link.ts';
import type { GuardianClient } from './guardian-client.ts';
import { createLineClient } from './line-client.ts';
import type { LineClient } from './line-client.ts';

export type HelperClient = LineClient<SessionRequest, SessionAnswer>;

/** A quarter of a million rules take seconds. */
const LIMIT_MS = 30_000;
const LONGEST_ANSWER = 1024 * 1024;

export function createHelperClient(path: string, guardian: Pick<GuardianClient, 'ask'>): HelperClient {
  return createLineClient({
    path,
    name: 'helper',
    limitMs: LIMIT_MS,
    longest: LONGEST_ANSWER,
    keep: false,
    async before() {
      const answer = await guardian.ask({ kind: 'helper' });
      return answer.ok ? '' : answer.error.text;
    },
    lost: (text) => ({ ok: false, text }),
  });
}
