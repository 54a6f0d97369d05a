/** The texts of the Debian package: control, copyright, changelog. Pure. */
import type { NodePackage } from './modules.ts';

/** Debian's names of what Node calls `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'armhf', ia32: 'i386' };

export function debianArchitecture(arch: string): string {
  const name = ARCHITECTURES[arch];
  if (name === undefined) throw new Error(`there is no Debian architecture for ${arch}`);
  return name;
}

/** A version of npm as Debian compares it: `1.0.0-rc.1` comes before `1.0.0`. */
export function debianVersion(version: string): string {
  return version.replace(/-/, '~').replaceAll('-', '.');
}

export interface ControlFacts {
  readonly version: string;
  readonly arch: string;
  readonly installedKiB: number;
  readonly nodeVersion: string;
}

export function controlText({ version, arch, installedKiB, nodeVersion }: ControlFacts): string {
  return `Package: tandem
Version: ${debianVersion(version)}
Architecture: ${debianArchitecture(arch)}
Maintainer: Tandem developers <tandem@localhost>
Installed-Size: ${installedKiB}
Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 8), init-system-helpers (>= 1.54~), passwd, iproute2
Recommends: systemd, nftables
Suggests: snmp, bash-completion
Section: net
Priority: optional
Description: high availability for network appliances
 Tandem decides which appliance of a stack is active, moves the virtual addresses
 to it (VRRP version 2 and 3), and lets traffic through by hardware bypass when no
 appliance can be trusted.
 .
 This package holds the daemon, its manager with web page and API, the command
 line, and the Node.js ${nodeVersion} that they run on.
`;
}

/** What may be done with it and with everything that it brings (machine-readable, DEP-5). */
export function copyrightText(packages: readonly NodePackage[], ownLicence: string, nodeLicence: string): string {
  const indented = (text: string): string =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
      .join('\n');
  const list = packages.map(({ name, version, license, path }) => ` ${name} ${version} (${license}): ${path}`);
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tandem
Comment: The node packages below /usr/lib/tandem/node_modules carry their licences in their folders:
${list.join('\n')}

Files: *
Copyright: Tandem developers
License: ${ownLicence}
 On Debian systems the text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.

Files: usr/lib/tandem/node
Copyright: Node.js contributors
License: Node.js
${indented(nodeLicence)}
`;
}

/** Debian's changelog has one entry: what changed stands in CHANGELOG.md. */
export function changelogText(version: string, epoch: number): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `tandem (${debianVersion(version)}) unstable; urgency=medium

  * What changed is in /usr/share/doc/tandem/CHANGELOG.md.

 -- Tandem developers <tandem@localhost>  ${date}
`;
}
