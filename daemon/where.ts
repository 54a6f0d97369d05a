/**
 * Where the package's files are. The one module that knows: sources lie one level higher than what `tsc` makes of them in `dist/`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);
const fromSources = here.endsWith('.ts');

/** The package's folder: the one with package.json in it. */
export const packageFolder: string = fileURLToPath(new URL(fromSources ? '..' : '../..', import.meta.url));

/** A program of this package: what follows `node` on its command line, up to its own arguments. */
export interface Program {
  /** Options for node itself, before the script. */
  readonly nodeOptions: readonly string[];
  /** Absolute path of the script. */
  readonly script: string;
}

/**
 * The program made from a source file, `daemon/engine/main` for daemon/engine/main.ts.
 * Run from the sources (tests), it needs the TypeScript loader that runs this process.
 */
export function program(source: string): Program {
  return fromSources
    ? { nodeOptions: ['--import', import.meta.resolve('tsx')], script: `${packageFolder}${source}.ts` }
    : { nodeOptions: [], script: `${packageFolder}dist/${source}.js` };
}

let known: string | null = null;

/** The version in package.json; `unknown` if that cannot be read (nothing may fail because of it). */
export function version(): string {
  known ??= readVersion();
  return known;
}

function readVersion(): string {
  try {
    const parsed: unknown = JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string') {
      return parsed.version;
    }
  } catch {
    // Falls through: a damaged installation still has to carry traffic.
  }
  return 'unknown';
}
