/**
 * Where a request that concerns the stack is answered (design section 9): here, if this instance leads; otherwise the client is sent to the leader, with
 * path and query as they were, before anybody looks at who it is. Pure.
 */
import { authorityOf } from '../../core/leader.ts';
import type { LeaderState } from '../../core/leader.ts';
import { ApiFailure } from './errors.ts';

/** What concerns the stack, by how the path begins. Everything else an instance answers for itself. */
export const OF_THE_STACK: readonly string[] = ['/api/v1/sessions', '/api/v1/policies', '/api/v1/drafts'];

/** Where a redirect may come back to where it came from, it is counted in the query. */
export const HOPS = 'tandem-hop';
/** A load balancer that takes turns finds the leader of a stack within these; browsers and curl give up later. */
const MOST_HOPS = 5;
/** A stack has a leader again within a failover. */
const RETRY_SECONDS = 1;

/** `path` is decoded: an encoded letter would find the same route. */
export function concernsStack(path: string): boolean {
  return OF_THE_STACK.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

/** Null: it is answered here. `url` is the request's target as it came, `host` its Host header. */
export function redirectionOf(url: string, host: string | undefined, state: LeaderState): ApiFailure | null {
  const { isSelf, failed, leader, address, ownAddress, text } = state;
  if (isSelf) return null;
  if (failed) return new ApiFailure(500, 'storeFailed', `the store cannot be asked who leads: ${text}`);
  if (leader === null)
    return new ApiFailure(503, 'noLeader', `the stack has no leader: ${text}`, { retryAfter: RETRY_SECONDS });
  if (address === null) return new ApiFailure(503, 'leaderNotReachable', text, { retryAfter: RETRY_SECONDS });
  const { target, hops } = splitHops(url);
  // Whoever came here by the address that leads to the leader may come here again.
  const place = authorityOf(address);
  const mayReturn =
    place === authorityOf(`${new URL(address).protocol}//${host ?? ''}`) || place === authorityOf(ownAddress);
  if (!mayReturn) return sentTo(address, target, leader);
  // On the same connection it would come to the same instance.
  if (hops < MOST_HOPS) return sentTo(address, withHops(target, hops + 1), leader, { connection: 'close' });
  return new ApiFailure(
    508,
    'redirectLoop',
    `sent to ${address} ${hops} times, and it led to a standby each time: it is the address that ${leader}, which leads, advertises, but whatever answers there (a load balancer?) ` +
      `does not lead to ${leader}. Give every instance its own manager.clusterAdvertiseAddr, or let the load balancer ask GET /v1/system/leader who leads`,
  );
}

function sentTo(
  address: string,
  target: string,
  leader: string,
  more: Readonly<Record<string, string>> = {},
): ApiFailure {
  const headers = { location: address.replace(/\/+$/, '') + target, ...more };
  return new ApiFailure(307, 'notLeader', `${leader} leads the stack: ask ${address}`, { headers });
}

/** The target without the count, and the count. */
export function splitHops(url: string): { readonly target: string; readonly hops: number } {
  const at = url.indexOf('?');
  if (at === -1) return { target: url, hops: 0 };
  const parts = url.slice(at + 1).split('&');
  const isCount = (part: string): boolean => part.startsWith(`${HOPS}=`);
  const counts = parts.filter(isCount).map((part) => Number(/^\d{1,3}$/.exec(part.slice(HOPS.length + 1))?.[0] ?? 0));
  if (counts.length === 0) return { target: url, hops: 0 };
  const rest = parts.filter((part) => !isCount(part)).join('&');
  return { target: url.slice(0, at) + (rest === '' ? '' : `?${rest}`), hops: Math.max(...counts) };
}

const withHops = (target: string, hops: number): string =>
  `${target}${target.includes('?') ? '&' : '?'}${HOPS}=${hops}`;
