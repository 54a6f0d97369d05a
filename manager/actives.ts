/** Who is active and who could be, as the status of this instance says it: what headline and problems start from. Pure. */
import type { EngineContact } from '../core/api/stack.ts';
import type { Ms } from '../core/clock.ts';
import type { PeerStatus, Status } from '../core/status.ts';

export interface HeadlineInput {
  readonly status: Status | null;
  readonly engine: EngineContact;
  /** How old the status is. */
  readonly ageMs: Ms;
  /** The file that cannot be used; null = it can. */
  readonly fileError: string | null;
}

/** Names of the instances that say that they are active, this one first. */
export function activesOf(status: Status): readonly string[] {
  const others = status.peers.filter(({ role }) => role === 'active').map(({ name }) => name);
  return status.role === 'active' ? [status.instance, ...others] : others;
}

export const canTakeOver = (peer: PeerStatus): boolean => peer.health === 'healthy' && peer.standing === 'eligible';

/** An active that is no Tandem instance: it is known by its adverts alone. */
export const foreignActive = (status: Status): string | null =>
  status.routers.find(({ state, activeSource }) => state !== 'active' && activeSource !== null)?.activeSource ?? null;

export const seconds = (ms: Ms): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);
