/**
 * `npm run package`: makes tandem_VERSION_ARCH.deb from a checkout that is built, with the node that runs this. With the same sources, node and
 * SOURCE_DATE_EPOCH (default: the time of the last commit) it is the same file, byte by byte.
 * usage: main.ts [--out DIR] [--fast]     --fast: hardly compressed, for tests
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageFolder, version } from '../../daemon/where.ts';
import { controlText, debianArchitecture, debianVersion } from './control.ts';
import { layout } from './layout.ts';
import type { Entry } from './layout.ts';

const SCRIPTS = ['postinst', 'prerm', 'postrm'];

function main(): void {
  const { values } = parseArgs({ options: { out: { type: 'string' }, fast: { type: 'boolean' } } });
  const folder = packageFolder.replace(/\/$/, '');
  const epoch = sourceEpoch(folder);
  const node = realpathSync(process.execPath);
  const { platform, arch, versions } = process;
  const name = `tandem_${debianVersion(version())}_${debianArchitecture(arch)}.deb`;
  const output = join(resolve(values.out ?? folder), name);
  const entries = layout({
    folder,
    version: version(),
    epoch,
    machine: { platform, arch, abi: versions.modules },
    node,
    nodeLicence: licenceOf(node),
  });
  const stage = mkdtempSync(join(tmpdir(), 'tandem-package-'));
  try {
    chmodSync(stage, 0o755);
    for (const entry of entries) put(stage, entry);
    const control = join(stage, 'DEBIAN');
    mkdirSync(control);
    writeFileSync(join(control, 'md5sums'), sums(stage, entries));
    for (const script of SCRIPTS) {
      copyFileSync(join(folder, 'systemd/package/debian', script), join(control, script));
      chmodSync(join(control, script), 0o755);
    }
    const installedKiB = Math.ceil(entries.reduce((sum, entry) => sum + sizeOf(stage, entry), 0) / 1024);
    const facts = { version: version(), arch, installedKiB, nodeVersion: process.versions.node };
    writeFileSync(join(control, 'control'), controlText(facts));
    const compression = values.fast === true ? ['-Zgzip', '-z1'] : ['-Zxz'];
    execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', stage, output], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    });
    process.stdout.write(`${output}\n`);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function put(stage: string, { to, content, mode = 0o644 }: Entry): void {
  const path = join(stage, to);
  // Whatever the umask: everybody may read what is installed.
  for (const above of missingFolders(dirname(path))) {
    mkdirSync(above);
    chmodSync(above, 0o755);
  }
  if ('link' in content) return symlinkSync(content.link, path);
  if ('copy' in content) copyFileSync(content.copy, path);
  else writeFileSync(path, content.text);
  chmodSync(path, mode);
}

function missingFolders(path: string): readonly string[] {
  return existsSync(path) ? [] : [...missingFolders(dirname(path)), path];
}

function sums(stage: string, entries: readonly Entry[]): string {
  const files = entries.filter(({ content }) => !('link' in content)).map(({ to }) => to);
  return files
    .toSorted()
    .map(
      (to) =>
        `${createHash('md5')
          .update(readFileSync(join(stage, to)))
          .digest('hex')}  ${to}\n`,
    )
    .join('');
}

const sizeOf = (stage: string, { to, content }: Entry): number =>
  'link' in content ? 1024 : Math.ceil(statSync(join(stage, to)).size / 1024) * 1024;

/** Seconds since 1970 that stand for the sources' age. */
function sourceEpoch(folder: string): number {
  const given = Number(process.env['SOURCE_DATE_EPOCH']);
  if (Number.isInteger(given) && given > 0) return given;
  try {
    return Number(execFileSync('git', ['-C', folder, 'log', '-1', '--format=%ct'], { encoding: 'utf8' }));
  } catch {
    return Math.floor(statSync(join(folder, 'package.json')).mtimeMs / 1000);
  }
}

/** Node's licence, which has to come with it. */
function licenceOf(node: string): string {
  const places = [join(dirname(node), '../LICENSE'), join(dirname(node), 'LICENSE'), '/usr/share/doc/nodejs/LICENSE'];
  const found = [...places, '/usr/share/doc/nodejs/copyright'].find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`the licence of ${node} is not beside it (LICENSE): it may not be shipped without`);
  return readFileSync(found, 'utf8');
}

main();
