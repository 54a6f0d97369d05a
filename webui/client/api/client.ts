/** Asks the manager. What goes wrong is a `Problem`, never an exception: a page has to show it. */
import type { ApiError } from '../../../core/api/rest.ts';
import type { ConfigProblem, SettingsConflict } from '../../../core/api/settings.ts';
import { goToLeader } from './leader.ts';

export interface Problem {
  /** HTTP status; 0 = no answer at all. */
  readonly status: number;
  readonly code: string;
  readonly text: string;
  readonly problems: readonly ConfigProblem[];
  readonly conflict: SettingsConflict | null;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly etag: string | null }
  | { readonly ok: false; readonly problem: Problem };

interface Asking {
  readonly body?: unknown;
  readonly ifMatch?: string;
  /** No answer for so long is none. */
  readonly limitMs?: number;
}

const LIMIT_MS = 30_000;

let csrf = '';
let onExpired: () => void = () => undefined;

/** The token that every write carries, from the session. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Told when a request was refused for want of a session. */
export function whenExpired(listener: () => void): void {
  onExpired = listener;
}

export async function ask<T>(method: string, path: string, asking: Asking = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (asking.body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET') headers['x-csrf-token'] = csrf;
  if (asking.ifMatch !== undefined) headers['if-match'] = `"${asking.ifMatch}"`;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      // Where a redirect leads, this page may read nothing.
      redirect: 'manual',
      signal: AbortSignal.timeout(asking.limitMs ?? LIMIT_MS),
      ...(asking.body === undefined ? {} : { body: JSON.stringify(asking.body) }),
    });
  } catch {
    return failed(0, 'unreachable', 'the manager does not answer: is the network up, is the daemon running?');
  }
  if (response.type === 'opaqueredirect') return failed(307, 'notLeader', await goToLeader(method));
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, value: body as T, etag: response.headers.get('etag') };
  if (response.status === 401 && path !== '/login') onExpired();
  const known = (body ?? {}) as Partial<ApiError> & Partial<SettingsConflict>;
  const { code = 'failed', text = `the manager answered ${response.status}` } = known.error ?? {};
  return {
    ok: false,
    problem: {
      status: response.status,
      code,
      text,
      problems: known.problems ?? [],
      conflict: response.status === 412 && known.theirs !== undefined ? (known as SettingsConflict) : null,
    },
  };
}

function failed(status: number, code: string, text: string): Answer<never> {
  return { ok: false, problem: { status, code, text, problems: [], conflict: null } };
}

/** For react-query, which wants exceptions. */
export class Failure extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.text);
    this.problem = problem;
  }
}

export async function read<T>(path: string): Promise<T> {
  const answer = await ask<T>('GET', path);
  if (!answer.ok) throw new Failure(answer.problem);
  return answer.value;
}
