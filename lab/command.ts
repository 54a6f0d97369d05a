/** Short commands of the lab's own (`ip`, `nft`): run to their end at once, and loud when they fail. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where administrators' programs are, even if an ordinary user's PATH lacks them. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/bin',
  '/bin',
];

/** Full path of a program, or null if it is not installed. */
export function findProgram(name: string): string | null {
  for (const folder of FOLDERS) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Environment for programs of the lab: English messages, and the folders above in PATH. */
export function environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [key, value] of Object.entries(process.env)) if (value !== undefined) own[key] = value;
  return { ...own, LC_ALL: 'C', PATH: FOLDERS.filter((folder) => folder !== '').join(delimiter), ...extra };
}

/** What a command said. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, blocking (a few milliseconds for `ip`). Code -1: it could not be started, or took too long. */
export function attempt(argv: readonly string[], input = '', limitMs = 10_000): Outcome {
  const [program, ...rest] = argv;
  const result = spawnSync(program ?? '', rest, { encoding: 'utf8', input, env: environment(), timeout: limitMs });
  if (result.error !== undefined) return { code: -1, stdout: '', stderr: result.error.message };
  return { code: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/** As `attempt`, but throws if the command failed. Returns what it printed. */
export function command(argv: readonly string[], input = ''): string {
  const { code, stdout, stderr } = attempt(argv, input);
  if (code !== 0) throw new Error(`lab: \`${argv.join(' ')}\` failed (${code}): ${(stderr || stdout).trim()}`);
  return stdout;
}

/** Several `ip` commands in one go, in the network namespace if one is named. */
export function ip(lines: readonly string[], namespace?: string): void {
  if (lines.length === 0) return;
  command(['ip', ...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'], `${lines.join('\n')}\n`);
}

/** The beginning of a command line that runs the rest inside a network namespace, in the same process. */
export function inside(namespace: string): readonly string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`, '--'];
}

/**
 * A command line that runs another one, in the same process, with the interfaces of its own network namespace under /sys, as `ip netns exec` does: a
 * mounted /sys shows those of the namespace that it was mounted in. Where mounting is not permitted /sys stays as it is.
 */
export function withOwnSysfs(argv: readonly string[]): readonly string[] {
  return ['unshare', '--mount', '--', 'sh', '-c', 'mount -t sysfs sysfs /sys 2>/dev/null; exec "$@"', 'sh', ...argv];
}

let fifo: boolean | null = null;

/** True if this process may give programs a real-time class. */
export function mayUseRealtime(): boolean {
  fifo ??= attempt(['chrt', '-r', '1', 'true']).code === 0;
  return fifo;
}

let namespaces: string | null | undefined;

/** Null if network namespaces can be made here, otherwise a sentence that says what is missing and what to do. */
export function whyNoNamespaces(): string | null {
  namespaces ??= checkNamespaces();
  return namespaces;
}

function checkNamespaces(): string | null {
  for (const name of ['ip', 'nsenter']) {
    if (findProgram(name) === null) return `the program '${name}' is missing: apt-get install iproute2 util-linux`;
  }
  if (process.getuid?.() !== 0)
    return 'network namespaces need root: run as root, or through `npm start` / `npm test`, which use a user namespace';
  const { code, stderr } = attempt(['unshare', '--net', 'true']);
  return code === 0 ? null : `this kernel or container allows no network namespaces (${stderr.trim()})`;
}
