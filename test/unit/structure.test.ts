import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';

/** Which folder may import from which (design section 3). `systemd` (packaging), `lab`, `bench` and `test` stand outside of the product and may use all of it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ['core'],
  vrrp: ['core'],
  monitors: ['core'],
  daemon: ['core', 'config', 'vrrp', 'monitors'],
  cli: ['core', 'config'],
  webui: ['core', 'config'],
  alerts: ['core', 'config'],
  fleet: ['core', 'config'],
  stack: ['core', 'config'],
  manager: ['core', 'config', 'webui', 'alerts', 'fleet', 'stack'],
};
/** Files from which every folder of the product may take types, and files that anybody may use. */
const TYPES_FOR_ALL = ['config/plan.ts'];
const FOR_ALL = ['daemon/where.ts'];

const LONGEST_FILE = 400;

interface Import {
  readonly from: string;
  /** Path within the package, or a package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): readonly string[] {
  const root = join(packageFolder, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => extname(name) === '.ts' || extname(name) === '.tsx')
    .map((name) => join(folder, name));
}

const read = (path: string): string => readFileSync(join(packageFolder, path), 'utf8');

const STATEMENT = /^\s*(?:import|export)\s+(?:(type)\s+)?(?:[\w*{}\s,$]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

function importsOf(path: string): readonly Import[] {
  const text = read(path);
  const found = [...text.matchAll(STATEMENT)].map(([, type, to = '']) => ({ to, typeOnly: type !== undefined }));
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, to = '']) => ({ to, typeOnly: false }));
  return [...found, ...dynamic].map(({ to, typeOnly }) => ({
    from: path,
    to: to.startsWith('.') ? join(dirname(path), to) : to,
    typeOnly,
  }));
}

const folderOf = (path: string): string => path.split('/', 1)[0] ?? '';
const product = Object.keys(MAY_IMPORT).flatMap(sources);

function isAllowed({ from, to, typeOnly }: Import): boolean {
  const folder = folderOf(to);
  if (MAY_IMPORT[folder] === undefined && !['systemd', 'lab', 'bench', 'test'].includes(folder)) return true;
  if (folder === folderOf(from) || FOR_ALL.includes(to)) return true;
  if (typeOnly && TYPES_FOR_ALL.includes(to)) return true;
  return MAY_IMPORT[folderOf(from)]?.includes(folder) === true;
}

/** Everything that a file loads at run time, directly or through others. */
function reachable(start: string): { readonly files: Set<string>; readonly via: Map<string, string> } {
  const via = new Map<string, string>();
  const files = new Set([start]);
  for (const file of files) {
    if (extname(file) !== '.ts' || !existsSync(join(packageFolder, file))) continue;
    for (const { to, typeOnly } of importsOf(file)) {
      if (typeOnly || files.has(to)) continue;
      files.add(to);
      via.set(to, file);
    }
  }
  return { files, via };
}

function chain(via: ReadonlyMap<string, string>, to: string): string {
  const from = via.get(to);
  return from === undefined ? to : `${chain(via, from)} → ${to}`;
}

describe('the structure of the project', () => {
  it('has imports in one direction only', () => {
    const wrong = product.flatMap(importsOf).filter((entry) => !isAllowed(entry));
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('finds the imports it is meant to judge', () => {
    const all = product.flatMap(importsOf);
    assert.ok(all.some(({ from, to }) => from === 'vrrp/packet.ts' && to.startsWith('core/')));
    assert.ok(all.some(({ to, typeOnly }) => to === 'config/plan.ts' && typeOnly));
    assert.equal(isAllowed({ from: 'vrrp/packet.ts', to: 'monitors/link.ts', typeOnly: true }), false);
    assert.equal(isAllowed({ from: 'core/clock.ts', to: 'config/plan.ts', typeOnly: false }), false);
    assert.equal(isAllowed({ from: 'daemon/main.ts', to: 'lab/lab.ts', typeOnly: false }), false);
  });

  for (const [start, name] of [
    ['daemon/engine/main.ts', 'engine'],
    ['daemon/guardian/guardian.ts', 'guardian'],
  ] as const) {
    it(`keeps YAML and the schema out of the ${name}`, () => {
      assert.ok(existsSync(join(packageFolder, start)), `${start} is where the ${name} begins`);
      const { files, via } = reachable(start);
      const unwanted = [...files].filter((file) => /^(yaml|zod)(\/|$)/.test(file));
      assert.deepEqual(
        unwanted.map((file) => chain(via, file)),
        [],
      );
    });
  }

  it(`has no file over ${LONGEST_FILE} lines`, () => {
    const all = [...product, ...['systemd', 'lab', 'bench', 'test'].flatMap(sources), 'setup.mjs'];
    const long = all
      .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
      .filter(({ lines }) => lines > LONGEST_FILE);
    assert.deepEqual(long, []);
  });

  it('names no package registry in package-lock.json', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string }> };
    const resolved = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(resolved, []);
    assert.doesNotMatch(read('package-lock.json'), /registry\./);
  });

  it('names no folder of the machine that it was written on', () => {
    const files = committed().filter((path) => /\.(ts|tsx|mjs|json|md|yaml|yml|debian)$|^bin\/|^\.ci\//.test(path));
    assert.ok(files.length > 0);
    const wrong = files.filter(
      (path) => !path.endsWith('structure.test.ts') && /(^|[\s'"`(=:])\/(work|root|home\/\w+|Users)\//.test(read(path)),
    );
    assert.deepEqual(wrong, []);
  });

  it('has the word engine in the command line of the engine alone', () => {
    const programs = [...product, ...sources('lab')].flatMap((path) =>
      [...read(path).matchAll(/\b(?:program|ownProgram|startOwn)\((?:\w+,\s*)?['"`]([^'"`]*)['"`]/g)].map(
        ([, name = '']) => name,
      ),
    );
    assert.ok(programs.includes('daemon/engine/main'), 'the engine is started by this name');
    assert.deepEqual(
      programs.filter((name) => name.includes('engine') && name !== 'daemon/engine/main'),
      [],
    );
  });
});

/** Files of the checkout, as git knows them; without git (an installed package) the sources. */
function committed(): readonly string[] {
  try {
    const list = execFileSync('git', ['ls-files'], {
      cwd: packageFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return list.split('\n').filter((path) => path !== '' && existsSync(join(packageFolder, path)));
  } catch {
    return product;
  }
}
