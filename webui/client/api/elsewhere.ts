/**
 * What concerns the stack is its leader's to answer (docs/leader.md), and a page may not read another instance's answers: it goes there, as a whole, and says on
 * arrival where it is. The other instance asks for a login of its own.
 */

/** Where somebody came from who was sent here, in the query of the page's address. */
const SENT_FROM = 'sent-from';
/** Two instances that each take the other for the leader must not pass a page to and fro. */
const SETTLE_MS = 10_000;

interface Place {
  readonly host: string;
  readonly pathname: string;
  readonly search: string;
}

/** The same page of the instance at `address`. */
export function pageAt(address: string, { host, pathname, search }: Place): string {
  const query = new URLSearchParams(search);
  query.set(SENT_FROM, host);
  return `${address.replace(/\/+$/, '')}${pathname}?${query.toString()}`;
}

export interface Arrival {
  /** Where the page was before; null = nowhere else. */
  readonly from: string | null;
  /** The query without that. */
  readonly search: string;
}

export function arrivalOf(search: string): Arrival {
  const query = new URLSearchParams(search);
  const from = query.get(SENT_FROM);
  if (from === null) return { from: null, search };
  query.delete(SENT_FROM);
  const rest = query.toString();
  return { from: /^[\w.:[\]-]{1,260}$/.test(from) ? from : null, search: rest === '' ? '' : `?${rest}` };
}

/** `GET /v1/system/leader`, as far as it can be used; null = no answer. */
export type LeaderAnswer = { readonly IsSelf?: unknown; readonly LeaderClusterAddress?: unknown } | null;

export interface Elsewhere {
  readonly method: string;
  readonly answer: LeaderAnswer;
  readonly here: Place;
  /** How long ago the page was sent here itself, ms; null = it was not. */
  readonly arrivedMs: number | null;
}

/** A request was answered by a redirect: where the page goes (null = nowhere), and a text for the person. */
export function leaving({ method, answer, here, arrivedMs }: Elsewhere): {
  readonly to: string | null;
  readonly text: string;
} {
  const address = answer?.IsSelf === false ? answer.LeaderClusterAddress : null;
  const stay = (text: string): { readonly to: null; readonly text: string } => ({ to: null, text });
  if (typeof address !== 'string' || !/^https?:\/\//.test(address))
    return stay('the leader of the stack is just changing: try again');
  if (method !== 'GET') return stay(`another instance leads the stack, and nothing was changed: do it at ${address}`);
  if (arrivedMs !== null && arrivedMs < SETTLE_MS)
    return stay(`this instance does not lead the stack either: the leader is at ${address}`);
  return { to: pageAt(address, here), text: `another instance leads the stack: going to ${address}` };
}
