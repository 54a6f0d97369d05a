/** The chain of causes for people. Pure. */
import { formatSince, formatStamp, wrap } from './format.ts';
import { roleWords } from './status-text.ts';
import type { View } from './status-text.ts';

/** Body of `GET /why`. */
export interface WhyAnswer {
  readonly role: string;
  readonly since: string;
  readonly steps: readonly { readonly at: string; readonly text: string }[];
}

/** The role and since when, then what led to it, oldest first. */
export function whyText({ role, since, steps }: WhyAnswer, { now, width, paint }: View): string {
  const lines = steps.flatMap(({ at, text }) => {
    const stamp = `  ${formatStamp(at)}  `;
    const parts = wrap(text, Math.max(10, width - stamp.length));
    return parts.map((part, i) => (i === 0 ? paint('faint', stamp) : ' '.repeat(stamp.length)) + part);
  });
  return `${paint('strong', roleWords(role))} since ${formatSince(since, now)}, because\n${lines.join('\n')}\n`;
}
