/**
 * All errors at once: when some keys are wrong by themselves, the rules between keys are still asked about the rest.
 * What is wrong is left out, and with it every rule that reads it.
 */
import { crossFieldIssues, type CrossFieldIssue } from './rules.ts';
import type { Path } from './rules/rule.ts';
import { structure } from './schema.ts';

/** A mistake at `path`; `unknownKey` if the last part of it is a key that nobody knows. */
export interface Mistake {
  readonly path: Path;
  readonly unknownKey: boolean;
}

type Mapping = Record<string, unknown>;

/** The rules between keys, asked about what is left of `data` without the mistakes. */
export function issuesBeside(mistakes: readonly Mistake[], data: unknown): readonly CrossFieldIssue[] {
  if (!isMapping(data) || mistakes.some(({ path }) => path.length === 0)) return [];
  const damaged = new Set<string>();
  const routers = new Set<number>();
  const rest: Mapping = { ...data };
  if (isMapping(rest['ha'])) rest['ha'] = { ...rest['ha'] };
  for (const { path, unknownKey } of mistakes) {
    const [section, key] = path as [string, string | number | undefined];
    if (unknownKey && path.length === 1) delete rest[section];
    else if (section === 'vrrp' && typeof key === 'number') {
      routers.add(key);
      damaged.add('vrrp[]');
    } else if (section === 'ha' && typeof key === 'string' && isMapping(rest['ha'])) {
      delete rest['ha'][key];
      damaged.add(`ha.${key}`);
    } else {
      delete rest[section];
      damaged.add(section);
      if (section === 'vrrp') damaged.add('vrrp[]');
    }
  }
  rest['instance'] ??= 'x';
  rest['stack'] ??= 'x';
  const kept: number[] = [];
  if (Array.isArray(rest['vrrp'])) {
    rest['vrrp'] = rest['vrrp'].filter((_, i) => !routers.has(i) && kept.push(i));
  }
  const parsed = structure.safeParse(rest);
  if (!parsed.success) return [];
  // Routers that were left out moved the others up: back to where they stand in the file.
  const inFile = (path: Path): Path =>
    path[0] === 'vrrp' && typeof path[1] === 'number' ? ['vrrp', kept[path[1]]!, ...path.slice(2)] : path;
  return crossFieldIssues(parsed.data, [...damaged]).map(({ path, message, at }) => ({
    path: inFile(path),
    message,
    ...(at === undefined ? {} : { at: inFile(at) }),
  }));
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
