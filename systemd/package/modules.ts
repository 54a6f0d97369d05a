/** The production node packages of a checkout, without what only a developer or another machine needs. */
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

export interface NodePackage {
  /** `node_modules/a/node_modules/b` */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** Every package that is there and that production needs. One that is missing, and not optional, is an error. */
export function productionPackages(folder: string): readonly NodePackage[] {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockEntry>>;
  };
  return Object.entries(lock.packages).flatMap(([path, entry]) => {
    if (path === '' || entry.dev === true || entry.devOptional === true) return [];
    const manifest = join(folder, path, 'package.json');
    if (!existsSync(manifest)) {
      if (entry.optional === true) return [];
      throw new Error(`${path} is missing: npm ci`);
    }
    const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly license?: string | { readonly type?: string };
    };
    const type = typeof license === 'string' ? license : (license?.type ?? entry.license ?? 'see its files');
    return [{ path, name, version, license: type }];
  });
}

/** Folders at the top of a package that no program loads. */
const FOLDERS_LEFT_OUT =
  /^(tests?|__tests__|docs?|examples?|benchmarks?|\.github|\.vscode|\.husky|\.nyc_output|coverage)$/;
const FILES_LEFT_OUT =
  /(\.d\.[mc]?ts|\.map|\.flow|\.tsbuildinfo|\.(c|cc|cpp|cxx|h|hpp|o|a|gyp|gypi|mk|ts|mts|cts|tsx|coffee|sh|yml|yaml|lock)|^\..+|^Makefile)$/i;
/** Licences stay, whatever they are called. */
const LICENCE = /^(licen[cs]e|notice|copying|copyright)/i;
const PROSE = /\.(md|markdown)$/i;

export interface Platform {
  /** As in `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
  /** `process.versions.modules` */
  readonly abi: string;
}

/** True for a file of a package (path within it) that is shipped. */
export function isShipped(path: string, machine: Platform): boolean {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const [top = ''] = parts;
  if (parts.length > 1 && FOLDERS_LEFT_OUT.test(top)) return false;
  if (LICENCE.test(name)) return true;
  const prebuilt = parts.indexOf('prebuilds');
  if (prebuilt >= 0 && parts.length > prebuilt + 2 && parts[prebuilt + 1] !== `${machine.platform}-${machine.arch}`)
    return false;
  if (name.endsWith('.node')) {
    if (name.includes('musl')) return false;
    const abi = /\babi(\d+)\b/.exec(name)?.[1];
    return abi === undefined || abi === machine.abi;
  }
  return !FILES_LEFT_OUT.test(name) && !PROSE.test(name);
}

/** The files of a package that are shipped, by their path within it. */
export function shippedFiles(folder: string, machine: Platform): readonly string[] {
  const found: string[] = [];
  const look = (below: string): void => {
    for (const name of readdirSync(join(folder, below)).toSorted()) {
      // Packages within are entries of the lock file of their own.
      if (below === '' && name === 'node_modules') continue;
      const path = below === '' ? name : `${below}/${name}`;
      const stat = lstatSync(join(folder, path));
      if (stat.isDirectory()) look(path);
      else if (stat.isFile() && isShipped(path, machine)) found.push(path);
    }
  };
  look('');
  return found;
}
