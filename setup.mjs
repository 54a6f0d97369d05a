/**
 * What `npm start` and `npm test` need on a fresh machine, and then the thing itself. Plain JavaScript without dependencies: it runs before
 * anything is installed.
 * usage: node setup.mjs start|test|test:long|bench|package [arguments for it]
 *        node setup.mjs build      compile, whether or not it seems needed (`npm run build`)
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** What each command runs, which lines of packages.debian it needs, and whether it needs what `npm run build` makes. */
const COMMANDS = {
  start: { argv: ['dist/lab/demo.js'], use: 'demo', build: true },
  test: { argv: ['--import=tsx', 'test/run.ts'], use: 'test', build: false },
  'test:long': { argv: ['--import=tsx', 'test/long.ts'], use: 'test', build: true },
  bench: { argv: ['--import=tsx', 'bench/main.ts'], use: 'bench', build: true },
  package: { argv: ['--import=tsx', 'systemd/package/main.ts'], use: 'package', build: true },
};

const say = (text) => process.stderr.write(`tandem: ${text}\n`);

function giveUp(text) {
  say(text);
  process.exit(1);
}

const root = process.getuid?.() === 0;

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(
      `Node.js ${process.versions.node} is too old: 20.19 or newer is needed, 22 recommended (https://nodejs.org)`,
    );
  }
  if (process.platform !== 'linux')
    giveUp('Tandem runs on Linux only: it needs its network namespaces and raw sockets');
}

// --- node packages ---------------------------------------------------------------------------------------------------

/** True if node_modules holds the versions that package-lock.json names. */
function modulesAreFresh() {
  const wanted = readLock(join(here, 'package-lock.json'));
  const found = readLock(join(here, 'node_modules/.package-lock.json'));
  if (wanted === null || found === null) return wanted === null;
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    // Optional ones are for other processors and operating systems, but for this machine's.
    if (path !== '' && optional !== true && found[path]?.version !== version) return false;
  }
  return Object.entries(found).every(([path, { version }]) => wanted[path]?.version === version);
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

function installModules() {
  if (modulesAreFresh()) return;
  say('node packages are missing or out of date: npm ci');
  const npm = process.env.npm_execpath;
  const argv = npm === undefined || !/\.[cm]?js$/.test(npm) ? ['npm'] : [process.execPath, npm];
  run([...argv, 'ci', '--include=dev', '--no-audit', '--no-fund'], 'npm ci failed: is the package registry reachable?');
}

// --- Debian packages -------------------------------------------------------------------------------------------------

const FOLDERS = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/bin',
  '/bin',
];

function isInstalled(program) {
  return FOLDERS.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** The packages of packages.debian for this use, of which a program is missing. */
function missingPackages(use) {
  const lines = readFileSync(join(here, 'packages.debian'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const found = /^([^#\s]+)\s+#\s*([^[:]+?)\s*(?:\[([^\]]*)\])?:/.exec(line);
    if (found === null) return [];
    const [, name, uses, programs = ''] = found;
    const missing = programs.split(' ').filter((program) => program !== '' && !isInstalled(program));
    return uses.split(/,\s*/).includes(use) && missing.length > 0 ? [name] : [];
  });
}

function installPackages(use) {
  const missing = missingPackages(use);
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!isInstalled('apt-get')) return say(`please install with your system's package manager: ${missing.join(' ')}`);
  if (!root) return say(`system packages are missing; as root: ${install}`);
  say(`system packages are missing: ${install}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const attempt = () => spawnSync('sh', ['-c', install], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  // A fresh machine has no package lists yet, one that was left alone has old ones.
  if (attempt()) return;
  run(['apt-get', 'update'], 'apt-get update failed: are the package sources reachable?', 'ignore');
  if (!attempt()) giveUp(`this failed: ${install}`);
}

// --- build -----------------------------------------------------------------------------------------------------------

const NOT_SOURCES = new Set(['node_modules', 'dist', 'test', 'docs', 'coverage', '.git']);
const PAGE = join(here, 'webui/client');

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (NOT_SOURCES.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) time = Math.max(time, statSync(path).mtimeMs, newest(path));
    else if (/\.(ts|tsx|css|html|svg)$|^theme\.js$|^tsconfig.*\.json$|^package\.json$/.test(entry.name))
      time = Math.max(time, statSync(path).mtimeMs);
  }
  return time;
}

function buildIfStale() {
  const stamp = join(here, 'dist/.built');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newest(here)) return;
  say('building');
  build();
}

function build() {
  rmSync(join(here, 'dist/.built'), { force: true });
  run(
    [process.execPath, join(here, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    'the build failed',
  );
  removeOrphans(join(here, 'dist'), here);
  buildPage();
  writeFileSync(join(here, 'dist/.built'), '');
}

/** The page takes longer than all else: only where it is older than its sources. What it shares with the manager (core) are types and words. */
function buildPage() {
  const built = join(here, 'dist/page/index.html');
  const sources = Math.max(newest(PAGE), newest(join(here, 'core')), statSync(join(here, 'vite.config.ts')).mtimeMs);
  if (existsSync(built) && statSync(built).mtimeMs >= sources) return;
  const vite = join(here, 'node_modules/vite/bin/vite.js');
  run([process.execPath, vite, 'build', '--logLevel', 'error'], 'the build of the page failed');
}

/** Removes from dist/ what its source is gone of: a test must not pass on a file that no longer exists. */
function removeOrphans(folder, sources) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // Vite empties its own folder.
    if (join(folder, entry.name) === join(here, 'dist/page')) continue;
    const source = join(sources, entry.name.replace(/\.js$/, '.ts'));
    if (entry.isDirectory()) removeOrphans(join(folder, entry.name), source);
    else if (entry.name.endsWith('.js') && !existsSync(source)) rmSync(join(folder, entry.name));
  }
}

// --- namespaces ------------------------------------------------------------------------------------------------------

/** Words that put a command into namespaces of its own, in which an ordinary user is root. The first that works is taken. */
const OWN_NAMESPACES = [
  ['unshare', '--user', '--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ['unshare', '--user', '--map-root-user', '--net', '--mount'],
];

const PREPARE = 'mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns';

const works = (argv) => spawnSync(argv[0], argv.slice(1), { stdio: 'ignore', env: environment() }).status === 0;

function environment(extra = {}) {
  return { ...process.env, PATH: FOLDERS.filter((folder) => folder !== '').join(delimiter), ...extra };
}

/** What has to stand before a command so that it can make network namespaces: nothing for root, `unshare …` for others; null = impossible. */
function namespaceWords() {
  if (root && works(['unshare', '--net', '--mount', 'true'])) return [];
  const words = OWN_NAMESPACES.find((option) => works([...option, 'sh', '-c', PREPARE]));
  // The shell stays as the first process of the namespace: it reaps what outlives its parents.
  return words === undefined ? null : [...words, 'sh', '-c', `${PREPARE} && "$@"; exit $?`, 'sh'];
}

const NO_NAMESPACES = root
  ? 'this kernel or container allows no network namespaces: in a container, start it with --privileged'
  : `this kernel lets ordinary users make no namespaces. Run it as root (sudo), or allow them as root:
  sysctl -w kernel.unprivileged_userns_clone=1                  older Debian
  sysctl -w kernel.apparmor_restrict_unprivileged_userns=0      Ubuntu 24.04 and newer`;

// --- and go ----------------------------------------------------------------------------------------------------------

/** Runs a step of the set-up; ends everything if it fails. */
function run(argv, trouble, stdout = 'inherit') {
  const { status, error } = spawnSync(argv[0], argv.slice(1), { cwd: here, stdio: ['ignore', stdout, 'inherit'] });
  if (status !== 0) giveUp(error === undefined ? trouble : `${trouble} (${error.message})`);
}

/** Runs the command itself. It sees the IPC channel close when this process is asked to end, or is killed: a signal would not pass `unshare`. */
function go(argv, env) {
  const child = spawn(argv[0], argv.slice(1), { cwd: here, stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(signal, () => child.connected && child.disconnect());
  if (name === 'start')
    // Built by now. The demo's hosts are in namespaces; this process is where the user's browser is.
    void import('./dist/lab/page-door.js').then(({ openDoors }) => openDoors(child));
  child.on('error', (error) => giveUp(`${argv[0]} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
    if (child.connected) child.disconnect();
  });
}

const [name = '', ...rest] = process.argv.slice(2);
if (name === 'build') {
  build();
  process.exit(0);
}
if (!Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(
    `usage: node setup.mjs ${Object.keys(COMMANDS).join('|')} [arguments for it]\n       node setup.mjs build\n`,
  );
  process.exit(2);
}
const command = COMMANDS[name];
checkNode();
installModules();
installPackages(command.use);
if (command.build) buildIfStale();
const words = namespaceWords();
if (words === null && name === 'start') giveUp(NO_NAMESPACES);
if (words === null) say(`${NO_NAMESPACES}\nwhat needs them is left out`);
else if (words.length > 0) say('not root: running in a user namespace of its own, without real-time scheduling');
const inOwn = words !== null && words.length > 0;
go(
  [...(words ?? []), process.execPath, ...command.argv, ...rest],
  environment(inOwn ? { XDG_RUNTIME_DIR: '', TANDEM_USER_NAMESPACE: '1' } : {}),
);
