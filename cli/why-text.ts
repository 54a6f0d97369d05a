/** The chain of causes for people. Pure. */
import { formatSince, formatStamp, formatTime, wrap } from './format.ts';
import { type View, roleWords } from './view.ts';

/** Body of `GET /why`. */
export interface WhyAnswer {
  readonly role: string;
  readonly since: string;
  readonly reason: { readonly text: string };
  readonly steps: readonly { readonly at: string; readonly text: string }[];
  readonly next: readonly { readonly text: string; readonly until: string | null; readonly endedBy: string | null }[];
}

/** The role, since when and why; then what led to it, oldest first; then what would change it. */
export function whyText({ role, since, reason, steps, next }: WhyAnswer, { now, width, paint }: View): string {
  const head = `${roleWords(role)} since ${formatSince(since, now)} because ${reason.text}`;
  const [first = '', ...more] = wrap(head, width);
  const painted = first.startsWith(roleWords(role))
    ? `${paint('strong', roleWords(role))}${first.slice(roleWords(role).length)}`
    : first;
  const causes = steps.flatMap(({ at, text }) => {
    const stamp = `  ${formatStamp(at)}  `;
    const parts = wrap(text, Math.max(10, width - stamp.length));
    return parts.map((part, i) => (i === 0 ? paint('faint', stamp) : ' '.repeat(stamp.length)) + part);
  });
  const changes = next.flatMap(({ text, until, endedBy }) => {
    const end = until === null ? '' : ` until ${formatTime(until, now)}`;
    const by = endedBy === null ? '' : ` (${endedBy} ends it)`;
    return wrap(`${text}${end}${by}`, Math.max(10, width - 2)).map((line) => `  ${line}`);
  });
  const below = changes.length === 0 ? [] : ['', paint('faint', 'what would change it'), ...changes];
  return `${[painted, ...more, ...causes, ...below].join('\n')}\n`;
}
