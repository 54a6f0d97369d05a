/** What an instance says about who leads: out of who was chosen, and of what the store holds about them. Pure. */
import type { LeaderState } from '../../core/leader.ts';
import type { Records } from './records.ts';

export interface StateFrom {
  readonly instance: string;
  readonly haEnabled: boolean;
  /** Who leads by the status; null = nobody is known to. */
  readonly leader: string | null;
  /** The engine has said what it knows. */
  readonly hasStatus: boolean;
  /** The store was read, and is this stack's. */
  readonly verified: boolean;
  /** What is wrong with the store; null = nothing. */
  readonly trouble: string | null;
  readonly records: Records;
  /** The term that this instance has claimed. */
  readonly claimed: number | null;
  readonly others: ReadonlyMap<string, string | null>;
  readonly ownAddress: string | null;
}

export function stateOf(from: StateFrom): LeaderState {
  const { instance, haEnabled, leader, records, ownAddress, trouble } = from;
  const none = { haEnabled, leader: null, isSelf: false, address: null, term: null, ownAddress, failed: false };
  // A store that was never read may be another stack's: nobody leads by it.
  if (!from.verified) return { ...none, failed: true, text: trouble ?? 'the store has not been read yet' };
  if (leader === null) {
    const text = from.hasStatus
      ? 'every instance is starting'
      : `the engine of ${instance} does not answer, so it is not known who leads`;
    return { ...none, text };
  }
  const { record } = records;
  if (leader === instance) {
    // What is loaded goes on, whatever becomes of the store.
    const isOurs = record !== null && record.instance === instance && record.term === from.claimed;
    return {
      ...none,
      leader,
      isSelf: true,
      address: ownAddress,
      term: isOurs ? record.term : null,
      text: trouble ?? '',
    };
  }
  if (trouble !== null) return { ...none, leader, failed: true, text: trouble };
  const written = record?.instance === leader ? record : null;
  const address = records.addresses.get(leader) ?? written?.address ?? from.others.get(leader) ?? null;
  const text =
    address === null
      ? `${leader} leads, and under which address its manager is reached is not known: is it running, and has manager.clusterAdvertiseAddr?`
      : '';
  return { ...none, leader, address, term: written?.term ?? null, text };
}
