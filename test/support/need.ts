import { existsSync } from 'node:fs';
import { findProgram, mayUseRealtime, whyNoNamespaces } from '../../lab/command.ts';
import { packageFolder } from '../../daemon/where.ts';
import { packageOf } from './packages.ts';

/** Needs that are not programs, and what is missing if they are not met (null = nothing). */
const SPECIAL: Readonly<Record<string, () => string | null>> = {
  namespaces: whyNoNamespaces,
  root: () => (process.getuid?.() === 0 ? null : 'this needs root'),
  realtime: () => (mayUseRealtime() ? null : 'real-time scheduling is not permitted here'),
  build: () => (existsSync(`${packageFolder}dist/daemon`) ? null : 'not built: npm run build'),
};

/**
 * Call it first in a `before` or a test that needs programs (`keepalived`), or `namespaces`, `root`, `realtime`, `build`.
 * If one is missing, the tests are skipped after saying what to install; with CI=true they fail instead.
 */
export function need(context: Mocha.Context, ...needs: readonly string[]): void {
  const missing = needs.map(whatIsMissing).filter((text) => text !== null);
  if (missing.length === 0) return;
  const text = missing.join('; ');
  if (process.env['CI'] === 'true') throw new Error(`with CI=true nothing may be skipped: ${text}`);
  process.stderr.write(`      skipped: ${text}\n`);
  context.skip();
}

function whatIsMissing(name: string): string | null {
  const special = SPECIAL[name];
  if (special !== undefined) return special();
  return findProgram(name) === null ? `the program '${name}' is missing: apt-get install ${packageOf(name)}` : null;
}
