import type { Config } from '../schema.ts';

export type Path = readonly (string | number)[];

/**
 * Says that the value at `path` breaks the rule. Messages are sentences of their own and never hold a secret.
 * `at` is the other place that the message speaks of, added to its end.
 */
export type Report = (path: Path, message: string, at?: Path) => void;

/** A rule between keys. */
export interface Rule {
  /** For the documentation. */
  readonly text: string;
  /**
   * What it looks at, as dotted keys. Where one of these is itself wrong in the file, the rule is not asked: it would
   * complain about a value that nobody wrote. A faulty virtual router is left out of `vrrp`; a rule that needs all of them reads `vrrp[]`.
   */
  readonly reads: readonly string[];
  check(config: Config, report: Report): void;
}

/** Reports every entry whose key was there before as `already <what> at <the first>`. */
export function reportRepeats(
  entries: readonly { readonly key: string; readonly path: Path; readonly label?: string }[],
  what: string,
  report: Report,
): void {
  const seen = new Map<string, Path>();
  for (const { key, path, label } of entries) {
    const first = seen.get(key);
    if (first === undefined) seen.set(key, path);
    else report(path, `${label ?? key} is already ${what}`, first);
  }
}

/** `vrrp[0].addresses[1]`; empty for the whole file. */
export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
