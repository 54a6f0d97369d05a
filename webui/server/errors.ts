/** Everything that a request can be answered with instead of what it asked for. */
import type { SettingsConflict } from '../../core/api/settings.ts';
import type { ConfigProblem } from '../../core/api/settings.ts';
import type { Result } from '../../core/result.ts';
import type { Refused } from '../../core/services.ts';

export interface ErrorMore {
  readonly problems?: readonly ConfigProblem[] | undefined;
  readonly conflict?: SettingsConflict | undefined;
  /** Seconds after which it makes sense to ask again. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The user that was tried, for the journal. */
  readonly user?: string;
}

/** An answer that is not what was asked for: status, one word for programs, a sentence for people. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly code: string;
  readonly more: ErrorMore;

  constructor(status: number, code: string, text: string, more: ErrorMore = {}) {
    super(text);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

/** The body of an error; a conflict stands beside the words. */
export function errorBody(code: string, text: string, more: ErrorMore = {}): unknown {
  const { problems, conflict } = more;
  return { error: { code, text }, ...(problems === undefined ? {} : { problems }), ...conflict };
}

/** The value, or the refusal as an answer. */
export function valueOf<T>(result: Result<T, Refused>): T {
  if (result.ok) return result.value;
  const { status, code, text, problems, conflict } = result.error;
  throw new ApiFailure(status, code, text, { problems, conflict });
}
