/** Where and with what something is measured. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { packageFolder, version } from '../daemon/where.ts';
import { attempt, findProgram, mayUseRealtime, whyNoNamespaces } from '../lab/command.ts';

/** What is missing for measuring here, as a sentence; null = nothing. */
export function whyNotHere(): string | null {
  const why = whyNoNamespaces();
  if (why !== null) return why;
  for (const name of ['keepalived', 'tcpdump', 'nft', 'chrt']) {
    if (findProgram(name) === null) return `the program '${name}' is missing: see packages.debian for its package`;
  }
  return existsSync(join(packageFolder, 'dist/daemon/main.js')) ? null : 'not built: npm run build';
}

/** The machine and the versions, for the reader and for telling whether figures belong together. */
export function describeMachine(): Readonly<Record<string, string>> {
  const [first] = cpus();
  return {
    tandem: `${version()} (build ${buildMark()})`,
    keepalived: keepalivedVersion(),
    node: process.versions.node,
    kernel: release(),
    cpu: `${cpus().length} × ${first?.model.trim() ?? 'unknown'}`,
    realtime: mayUseRealtime() ? 'permitted' : 'not permitted',
  };
}

function keepalivedVersion(): string {
  const { stdout, stderr } = attempt(['keepalived', '--version']);
  return /Keepalived v(\S+)/.exec(stdout + stderr)?.[1] ?? 'unknown';
}

/** Changes with every change of what the daemon runs. */
function buildMark(): string {
  const hash = createHash('sha256');
  for (const folder of ['core', 'config', 'vrrp', 'monitors', 'daemon']) {
    const root = join(packageFolder, 'dist', folder);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
    for (const name of files.toSorted()) hash.update(name).update(readFileSync(join(root, name)));
  }
  return hash.digest('hex').slice(0, 8);
}
