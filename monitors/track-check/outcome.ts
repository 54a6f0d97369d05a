/** What one check of a track came to. */

export interface CheckOutcome {
  readonly good: boolean;
  /** For a person: one short line without control characters. */
  readonly detail: string;
}

const LONGEST_DETAIL = 200;

export function good(detail: string): CheckOutcome {
  return { good: true, detail: tidy(detail) };
}

export function bad(detail: string): CheckOutcome {
  return { good: false, detail: tidy(detail) };
}

/** The check ran into its timeout, which counts as a failure (vrrp.md 2.6). */
export function late(timeoutMs: number): CheckOutcome {
  return bad(`no answer within ${timeoutMs} ms`);
}

/** The sentence of an error; of one that tried several addresses in vain, its code. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

/** What a program or a server said goes into logs and onto terminals: no control characters, and not longer than a line bears. */
function tidy(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  return line.length <= LONGEST_DETAIL ? line : `${line.slice(0, LONGEST_DETAIL)}…`;
}
