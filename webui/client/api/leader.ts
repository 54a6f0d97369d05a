/** The way to the leader, as the browser goes it. */
import { arrivalOf, leaving } from './elsewhere.ts';
import type { LeaderAnswer } from './elsewhere.ts';

const LIMIT_MS = 10_000;

let arrived: { readonly from: string; readonly at: number } | null = null;

/** Called once, before the page is drawn. The address bar does not keep it: whoever loads the page again was not sent. */
export function arrive(): void {
  const { from, search } = arrivalOf(location.search);
  if (search !== location.search) history.replaceState(null, '', location.pathname + search);
  if (from !== null) arrived = { from, at: Date.now() };
}

/** Host and port of where the page was sent from; null = it was not. */
export const sentFrom = (): string | null => arrived?.from ?? null;

/** What becomes of a request that was answered by a redirect: a text for the person. */
export async function goToLeader(method: string): Promise<string> {
  const answer = await whoLeads();
  const arrivedMs = arrived === null ? null : Date.now() - arrived.at;
  const { to, text } = leaving({ method, answer, here: location, arrivedMs });
  if (to !== null) location.assign(to);
  return text;
}

async function whoLeads(): Promise<LeaderAnswer> {
  try {
    const response = await fetch('/v1/system/leader', { cache: 'no-store', signal: AbortSignal.timeout(LIMIT_MS) });
    return response.ok ? ((await response.json()) as LeaderAnswer) : null;
  } catch {
    return null;
  }
}
