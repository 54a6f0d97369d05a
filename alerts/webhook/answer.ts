/** What a receiver's answer means. Pure. */
import { GivenUp, TryLater } from '../sink.ts';

/** Null = taken. */
export function verdictOf(status: number, retryAfter: string | undefined, now: number): Error | null {
  if (status >= 200 && status < 300) return null;
  const text = `status ${status}`;
  if (status >= 300 && status < 400) return new GivenUp(`${text}: redirections are not followed`);
  const again = status === 408 || status === 425 || status === 429 || status >= 500;
  if (!again) return new GivenUp(text);
  const after = retryAfterMs(retryAfter, now);
  return after === null ? new Error(text) : new TryLater(text, after);
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
