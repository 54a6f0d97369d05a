/** The rules of what stands in the store of a stack (design section 9). Pure. */
import { RECORD_KEY, termOf } from '../leader/records.ts';
import type { MergeRule } from './merge.ts';
import type { Json } from './store.ts';

export const POLICIES = 'policies/';
export const DRAFTS = 'drafts/';
export const SESSIONS = 'sessions/';

export const MERGE_RULES: readonly MergeRule[] = [
  {
    // Of two edits both stay; what somebody wrote into a policy that another one deleted stays too.
    prefix: POLICIES,
    rank: ({ deleted }) => (deleted ? 1 : 0),
    draft(key, loser) {
      const policy = key.slice(POLICIES.length);
      const value = {
        policy,
        cause: 'conflict',
        by: loser.by,
        at: new Date(loser.at).toISOString(),
        lost: loser.value,
      };
      return { key: `${DRAFTS}${policy}/${loser.id.replace(':', '-')}`, value };
    },
  },
  {
    // An end beats whatever else was written of a session: what was killed stays dead.
    prefix: SESSIONS,
    rank: ({ deleted, value }) => (deleted ? 2 : hasEnded(value) ? 1 : 0),
    draft: null,
  },
  // Each half of a stack had a leader: the record with the higher term is the one that all others are measured against.
  { prefix: RECORD_KEY, rank: ({ deleted, value }) => (deleted ? 0 : termOf(value)), draft: null },
];

function hasEnded(value: Json): boolean {
  return typeof value === 'object' && value !== null && 'ended' in value && value.ended !== null;
}
