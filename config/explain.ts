/** What Zod found, in our words: one message for each mistake, with what was found and, where it can be guessed, what was meant. */
import type * as z from 'zod';
import { printable } from './printable.ts';
import type { Path } from './rules/rule.ts';
import { suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** Unknown keys of one mapping that are explained: a guess for each of a hundred thousand takes its time. */
const MOST_KEYS = 500;

export interface Explained {
  readonly path: Path;
  /** True if the key itself is meant, not its value. */
  readonly atKey: boolean;
  readonly message: string;
  readonly hint?: string;
}

/** The mistakes behind Zod's issues, at most `most` of them. `data` is what was parsed. */
export function explain(issues: readonly Issue[], data: unknown, most: number): readonly Explained[] {
  const mistakes = new Map<string, Explained>();
  for (const issue of issues) {
    if (mistakes.size >= most) break;
    for (const mistake of explainOne(issue, [], data))
      mistakes.set(JSON.stringify([mistake.path, mistake.message]), mistake);
  }
  return [...mistakes.values()].slice(0, most);
}

function explainOne(issue: Issue, parent: Path, data: unknown): readonly Explained[] {
  const path = [...parent, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_KEYS).map((key) => unknownKey([...path, key], key, issue.message));
  }
  if (issue.code === 'invalid_key') {
    return [{ path, atKey: true, message: issue.issues[0]?.message ?? issue.message }];
  }
  if (issue.code === 'invalid_union') {
    // The alternative whose kind of value this is tells more than the list of alternatives.
    const near = issue.errors.filter((branch) => !branch.some((i) => i.path.length === 0 && isOtherKind(i)));
    if (near.length === 1) return near[0]!.flatMap((inner) => explainOne(inner, path, data));
  }
  return [wrongValue(path, issue, valueAt(data, path))];
}

function isOtherKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function unknownKey(path: Path, key: string, expected: string): Explained {
  const meant = suggest(key, listed(expected));
  // Below `authentication` a stray word may be the password itself.
  const shown = isSecret(path.slice(0, -1)) ? path.slice(0, -1) : path;
  const message = meant === null ? `unknown key: ${expected}` : 'unknown key';
  return { path: shown, atKey: shown === path, message, ...(meant === null ? {} : { hint: `did you mean ${meant}?` }) };
}

function wrongValue(path: Path, issue: Issue, value: unknown): Explained {
  if (value === undefined) return { path, atKey: false, message: `required key is missing: ${issue.message}` };
  if (!issue.message.startsWith('expected')) return { path, atKey: false, message: issue.message };
  const hint = hintFor(issue, value);
  return {
    path,
    atKey: false,
    message: `${issue.message}, found ${found(value, path)}`,
    ...(hint === null || isSecret(path) ? {} : { hint }),
  };
}

function hintFor(issue: Issue, value: unknown): string | null {
  if (value === null) return 'remove the key, or give it a value';
  if (typeof value === 'string') {
    const meant = suggest(value, listed(issue.message));
    if (meant !== null && meant === value) return 'without quotes';
    if (meant !== null) return `did you mean ${meant}?`;
    const wantsNumber = issue.code === 'invalid_type' && ['number', 'int'].includes(issue.expected);
    return wantsNumber && /^-?\d+$/.test(value) ? 'without quotes' : null;
  }
  if (typeof value === 'number' && issue.message.startsWith('expected a duration'))
    return `a unit is missing: ${value}ms or ${value}s?`;
  const wantsText = issue.code === 'invalid_type' && issue.expected === 'string';
  return wantsText && ['number', 'boolean'].includes(typeof value) ? 'put it in quotes' : null;
}

/** The words of `expected one of a, b, c`. */
function listed(message: string): readonly string[] {
  return /^expected one of (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
}

/** True where the value is a secret, or may be one that was put in the wrong place (a key instead of its file). */
function isSecret(path: Path): boolean {
  return path.some(
    (part) =>
      typeof part === 'string' && /^(authentication|password|(secret|token|community|auth|priv|key)File)$/.test(part),
  );
}

/** A value as it is named in a message. */
function found(value: unknown, path: Path): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (isSecret(path)) return typeof value === 'string' ? 'other text' : `a ${typeof value}`;
  if (typeof value !== 'string') return String(value);
  // A URL may carry a password.
  return `"${printable(value.replace(/\/\/[^/]*@/, '//…@'))}"`;
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
