/** The rules between keys (design section 4), as data: one list for validation and for the documentation. */
import { instanceRules } from './rules/instances.ts';
import { routerRules } from './rules/routers.ts';
import { sectionRules } from './rules/sections.ts';
import { pathText, type Path, type Rule } from './rules/rule.ts';
import type { Config } from './schema.ts';

export const RULES: readonly Rule[] = [...instanceRules, ...routerRules, ...sectionRules];

export interface CrossFieldIssue {
  readonly path: Path;
  readonly message: string;
  /** The other place that the message speaks of. */
  readonly at?: Path;
}

/**
 * Everything in which keys contradict each other.
 * `damaged`: dotted keys that are wrong by themselves; rules that read one of them are not asked.
 */
export function crossFieldIssues(config: Config, damaged: readonly string[] = []): readonly CrossFieldIssue[] {
  const issues: CrossFieldIssue[] = [];
  for (const rule of RULES) {
    if (rule.reads.some((key) => damaged.some((bad) => overlaps(key, bad)))) continue;
    rule.check(config, (path, message, at) => issues.push({ path, message, ...(at === undefined ? {} : { at }) }));
  }
  return issues;
}

/** The whole message of an issue. */
export function issueText({ message, at }: CrossFieldIssue): string {
  return at === undefined ? message : `${message} at ${pathText(at)}`;
}

/** True if one key is the other or stands inside it. */
function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}
