/** What lies where in the package: copies from the checkout, and texts that are made. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { commands } from '../../cli/commands.ts';
import { completionScript } from '../../cli/completion-text.ts';
import { changelogText, copyrightText } from './control.ts';
import { productionPackages, shippedFiles } from './modules.ts';
import type { Platform } from './modules.ts';

export interface Entry {
  /** Path in the package, without a leading slash. */
  readonly to: string;
  readonly content: { readonly copy: string } | { readonly text: string | Buffer } | { readonly link: string };
  readonly mode?: number;
}

export interface LayoutOptions {
  /** The checkout, built. */
  readonly folder: string;
  readonly version: string;
  readonly epoch: number;
  readonly machine: Platform;
  /** The node binary that is shipped, and its licence. */
  readonly node: string;
  readonly nodeLicence: string;
}

const HOME = 'usr/lib/tandem';
const DOC = 'usr/share/doc/tandem';
/** Parts of dist/ that are for developers. */
const DEVELOPERS = ['lab', 'bench'];

export function layout(options: LayoutOptions): readonly Entry[] {
  const { folder, node } = options;
  const copy = (from: string, to: string): Entry => ({ to, content: { copy: join(folder, from) } });
  return [
    { to: `${HOME}/node`, content: { copy: node }, mode: 0o755 },
    ...['tandem', 'tandemd'].flatMap((name): Entry[] => [
      { to: `${HOME}/bin/${name}`, content: { text: program(join(folder, 'bin', name)) }, mode: 0o755 },
      { to: `usr/bin/${name}`, content: { link: `../lib/tandem/bin/${name}` } },
    ]),
    ...['package.json', 'config/schema.json', 'config/example.yaml'].map((path) => copy(path, `${HOME}/${path}`)),
    ...filesBelow(join(folder, 'dist'))
      .filter((path) => !DEVELOPERS.includes(path.split('/', 1)[0] ?? '') && path !== '.built')
      .map((path) => copy(`dist/${path}`, `${HOME}/dist/${path}`)),
    ...modules(options),
    ...units(copy),
    ...documentation(options, copy),
    copy('alerts/mib/TANDEM-MIB.txt', 'usr/share/snmp/mibs/TANDEM-MIB.txt'),
    ...completions(),
  ];
}

/** The program, with the shipped node in its first line. */
function program(path: string): string {
  const [, ...lines] = readFileSync(path, 'utf8').split('\n');
  return [`#!/${HOME}/node`, ...lines].join('\n');
}

function modules({ folder, machine }: LayoutOptions): readonly Entry[] {
  return productionPackages(folder).flatMap(({ path }) =>
    shippedFiles(join(folder, path), machine).map((file) => ({
      to: `${HOME}/${path}/${file}`,
      content: { copy: join(folder, path, file) },
    })),
  );
}

type Copy = (from: string, to: string) => Entry;

function units(copy: Copy): readonly Entry[] {
  return [
    copy('systemd/tandem.service', 'lib/systemd/system/tandem.service'),
    copy('systemd/tandem-manager.service', 'lib/systemd/system/tandem-manager.service'),
    copy('systemd/sysusers.conf', 'usr/lib/sysusers.d/tandem.conf'),
    copy('systemd/tmpfiles.conf', 'usr/lib/tmpfiles.d/tandem.conf'),
    copy('systemd/network/macvlan.network', 'lib/systemd/network/50-tandem-macvlan.network'),
    copy('systemd/network/networkmanager.conf', 'usr/lib/NetworkManager/conf.d/50-tandem.conf'),
    ...['keep-addresses.conf', 'networkmanager-interfaces.conf'].map((name) =>
      copy(`systemd/network/${name}`, `${DOC}/examples/${name}`),
    ),
  ];
}

function documentation({ folder, version, epoch, nodeLicence }: LayoutOptions, copy: Copy): readonly Entry[] {
  const licence = copyrightText(productionPackages(folder), 'Apache-2.0', nodeLicence);
  const pages = filesBelow(join(folder, 'docs')).filter((path) => !path.startsWith('man/'));
  return [
    ...pages.map((path) => copy(`docs/${path}`, `${DOC}/${path}`)),
    copy('CHANGELOG.md', `${DOC}/CHANGELOG.md`),
    copy('config/example.yaml', `${DOC}/examples/tandem.yaml`),
    { to: `${DOC}/copyright`, content: { text: licence } },
    { to: `${DOC}/changelog.gz`, content: { text: packed(changelogText(version, epoch)) } },
    {
      to: 'usr/share/lintian/overrides/tandem',
      content: { text: readFileSync(join(folder, 'systemd/package/debian/lintian-overrides')) },
    },
    ...filesBelow(join(folder, 'docs/man')).map((name): Entry => {
      const section = name.slice(-1);
      const text = packed(readFileSync(join(folder, 'docs/man', name), 'utf8'));
      return { to: `usr/share/man/man${section}/${name}.gz`, content: { text } };
    }),
  ];
}

function completions(): readonly Entry[] {
  return [
    { to: 'usr/share/bash-completion/completions/tandem', content: { text: completionScript('bash', commands) } },
    { to: 'usr/share/zsh/vendor-completions/_tandem', content: { text: completionScript('zsh', commands) } },
    { to: 'usr/share/fish/vendor_completions.d/tandem.fish', content: { text: completionScript('fish', commands) } },
  ];
}

/** Without name and time in it: the same text gives the same bytes. */
function packed(text: string): Buffer {
  return gzipSync(text, { level: 9 });
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
