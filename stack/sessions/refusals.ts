/** Why sessions and policies are not changed, as the API says it. */
import type { Refused } from '../../core/services.ts';
import type { StoreError } from '../store/store.ts';

export const refused = (status: Refused['status'], code: string, text: string): Refused => ({ status, code, text });
export const bad = (text: string): Refused => refused(400, 'badRequest', text);

export const NOT_LEADER = refused(
  503,
  'notLeader',
  'this instance does not lead the stack: sessions and policies are changed on the leader',
);

/** What the store says. */
export function ofStore(error: StoreError): Refused {
  if (error.code === 'conflict') return refused(409, 'conflict', error.text);
  if (error.code === 'badRequest') return bad(error.text);
  return refused(503, 'storeUnavailable', `the store takes no changes: ${error.text}`);
}
