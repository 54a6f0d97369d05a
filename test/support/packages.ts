/** packages.debian, read. `setup.mjs` reads the same file with the same words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';

export interface DebianPackage {
  readonly name: string;
  readonly uses: readonly string[];
  readonly programs: readonly string[];
}

/** Every line of packages.debian that names a package. */
export function debianPackages(
  text = readFileSync(join(packageFolder, 'packages.debian'), 'utf8'),
): readonly DebianPackage[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(\S+)\s+#\s*([^[:]+?)\s*(?:\[([^\]]*)\])?:/.exec(line);
    if (found === null || line.startsWith('#')) return [];
    const [, name = '', uses = '', programs = ''] = found;
    return [{ name, uses: uses.split(/,\s*/), programs: programs.split(' ').filter((word) => word !== '') }];
  });
}

/** The package that brings a program; the program's own name if no line says. */
export function packageOf(program: string): string {
  return debianPackages().find(({ programs }) => programs.includes(program))?.name ?? program;
}
