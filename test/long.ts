/**
 * `npm run test:long`: what takes too long for every change. The suites on the other supported Node.js, the demo as an ordinary user in a
 * user namespace, the rest of the unit tests, of the lab and of the page's tests, more simulation, more fuzzing.
 * usage: long.ts [node|demo|unit|lab|simulation|fuzz]…; without arguments all. Last line: `N passed, N failed, N skipped`.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../daemon/where.ts';
import { attempt, command, environment } from '../lab/command.ts';
import { endWithParent, filesOf, heading, runCommand, runSuite, summary } from './support/steps.ts';
import { add, clock, closingLine, emptyTally, exitCode, show } from './support/tally.ts';
import type { Tally } from './support/tally.ts';

const MINUTE = 60_000;
/** Hostile packets; the unit suites take fewer. */
const FUZZ_RUNS = '1000000';
/** Other ones than those of every run. */
const SCENARIOS = '2500';
const SEED = '5001';

/** Nobody: an account that owns nothing. */
const ORDINARY = 65534;

// --- the other Node.js -------------------------------------------------------------------------------------------------

/** The other supported version than the one that runs this. */
const otherMajor = Number(process.versions.node.split('.')[0]) >= 22 ? 20 : 22;

/** Its binary, from the package registry, kept in node_modules/.cache (which `npm ci` clears). */
function otherNode(): string {
  const folder = join(packageFolder, 'node_modules/.cache', `node-${otherMajor}`);
  const name = `node-linux-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin/node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const npm = process.env['npm_execpath'];
    const words = npm === undefined ? ['npm'] : [process.execPath, npm];
    const install = attempt(
      [...words, 'install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${otherMajor}`],
      '',
      5 * MINUTE,
    );
    if (install.code !== 0) throw new Error(`Node.js ${otherMajor} could not be fetched: ${install.stderr.trim()}`);
  }
  return binary;
}

async function onOtherNode(): Promise<Tally> {
  const binary = otherNode();
  const suites = ['unit', 'fuzz', 'simulation', 'lab', 'interop'].filter((suite) => filesOf(suite).length > 0);
  const { output } = await runCommand({
    name: `the suites on Node.js ${attempt([binary, '--version']).stdout.trim()}`,
    argv: [binary, '--import=tsx', 'test/run.ts', ...suites],
    limitMs: 25 * MINUTE,
    live: true,
  });
  return closing(output);
}

/** Reads the closing line of a run within this run. Without one it failed, whatever it printed. */
function closing(output: string): Tally {
  const found = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output);
  if (found === null) return { ...emptyTally(), failed: 1 };
  const [passed = 0, failed = 0, skipped = 0] = found.slice(1).map(Number);
  return { passed, failed, skipped };
}

// --- the demo as an ordinary user --------------------------------------------------------------------------------------

const WHAT_IS_COPIED = [
  'bin',
  'dist',
  'node_modules',
  'package.json',
  'package-lock.json',
  'packages.debian',
  'setup.mjs',
];
const SOURCES = [
  'core',
  'config',
  'vrrp',
  'monitors',
  'daemon',
  'cli',
  'manager',
  'webui',
  'stack',
  'fleet',
  'alerts',
  'systemd',
  'lab',
  'bench',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.client.json',
  'vite.config.ts',
];

async function demoAsUser(): Promise<Tally> {
  const asUser =
    process.getuid?.() === 0 ? ['setpriv', `--reuid=${ORDINARY}`, `--regid=${ORDINARY}`, '--clear-groups', '--'] : [];
  if (attempt([...asUser, 'unshare', '--user', '--map-root-user', '--net', '--mount', 'true']).code !== 0) {
    show(
      { kind: 'skip', file: '', title: 'the demo as an ordinary user: this kernel allows no user namespaces', ms: 0 },
      packageFolder,
      true,
    );
    return { ...emptyTally(), skipped: 1 };
  }
  const folder = mkdtempSync(join(tmpdir(), 'tandem-demo-'));
  try {
    for (const name of [...WHAT_IS_COPIED, ...SOURCES]) {
      const from = join(packageFolder, name);
      if (existsSync(from))
        cpSync(from, join(folder, name), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    }
    command(['chown', '-R', `${ORDINARY}:${ORDINARY}`, folder]);
    const script = 'kill active; wait 8s; cut link; wait 3s; restore; wait 3s; stop active; wait 2s; restore';
    const demo = await runCommand({
      name: 'the demo as an ordinary user, in a user namespace',
      argv: [...asUser, process.execPath, 'setup.mjs', 'start', '--for', '25s', '--script', script],
      cwd: folder,
      env: { HOME: folder, XDG_RUNTIME_DIR: '' },
      limitMs: 3 * MINUTE,
      live: true,
    });
    const left = runningFrom(folder).join('\n');
    const clean = left === '';
    show(
      { kind: clean ? 'pass' : 'fail', file: '', title: 'and it leaves no process behind', ms: 0, text: left },
      packageFolder,
      true,
    );
    return { passed: demo.passed + Number(clean), failed: demo.failed + Number(!clean), skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Command lines of the processes that run a program of this folder. */
function runningFrom(folder: string): readonly string[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
      return words.some((word) => word.startsWith(`${folder}/`)) ? [words.join(' ')] : [];
    } catch {
      return [];
    }
  });
}

// --- more of the same --------------------------------------------------------------------------------------------------

const longSimulation = (): Promise<Tally> =>
  runCommand({
    name: `${SCENARIOS} simulated scenarios`,
    argv: [process.execPath, '--import=tsx', 'test/simulation/main.ts', '--scenarios', SCENARIOS, '--seed', SEED],
    limitMs: 15 * MINUTE,
    live: true,
  });

/** Every file that uses fast-check takes the number of runs from the environment. */
const longFuzz = (): Promise<Tally> => {
  const files = filesOf('fuzz');
  return files.length === 0
    ? Promise.resolve(emptyTally())
    : runSuite({ files, every: true, limitMs: 15 * MINUTE, env: { TANDEM_FUZZ_RUNS: FUZZ_RUNS } });
};

/** Files `*.long.test.ts`, and tests marked `@long`: what does not fit into every run. */
async function leftOut(...suites: readonly string[]): Promise<Tally> {
  const tally = emptyTally();
  for (const suite of suites) {
    const whole = filesOf(suite, true);
    if (whole.length > 0) add(tally, await runSuite({ files: whole, every: true, limitMs: 25 * MINUTE }));
    const marked = filesOf(suite).filter((file) => readFileSync(file, 'utf8').includes('@long'));
    if (marked.length > 0)
      add(tally, await runSuite({ files: marked, only: 'long', every: true, limitMs: 25 * MINUTE }));
  }
  return tally;
}

const PARTS: Readonly<Record<string, () => Promise<Tally>>> = {
  demo: demoAsUser,
  unit: () => leftOut('unit'),
  lab: () => leftOut('lab', 'interop', 'e2e'),
  simulation: longSimulation,
  fuzz: longFuzz,
  node: onOtherNode,
};

endWithParent();
Object.assign(process.env, environment());
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => PARTS[name] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`'${unknown}' is none of: ${Object.keys(PARTS).join(', ')}\n`);
  process.exit(2);
}
const total = emptyTally();
const lines: string[] = [];
for (const [name, run] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  heading(name);
  const began = performance.now();
  const tally = await run().catch((error: unknown) => {
    show({ kind: 'fail', file: '', title: name, ms: 0, text: String(error) }, packageFolder, true);
    return { ...emptyTally(), failed: 1 };
  });
  add(total, tally);
  lines.push(`  ${name.padEnd(20)} ${clock(performance.now() - began)}  ${summary(tally)}`);
}
heading('long tests');
process.stdout.write(`${lines.join('\n')}\n\n${closingLine(total)}\n`);
process.exit(exitCode(total));
