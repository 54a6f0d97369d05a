/**
 * An appliance: a root of its own over this machine's (an overlay in a mount namespace, so that nothing here changes), into which the package is
 * installed with dpkg, and in which the real systemd boots as the first process of a process and control group namespace, in the
 * network namespace of a host of the lab.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/clock.ts';
import type { Outcome } from '../../lab/command.ts';
import type { Host } from '../../lab/host.ts';
import type { Program } from '../../lab/program.ts';

/** What the machine's own systemd would start beside us is left out; kernel settings are read-only but for the network's, as in any container. */
const PREPARE = `set -eu
folder=$1 root=$1/root cgroup=$2
mount --make-rprivate /
mkdir -p "$folder/layer"
mount -t tmpfs -o mode=755 tmpfs "$folder/layer"
mkdir -p "$folder/layer/upper" "$folder/layer/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/layer/upper,workdir=$folder/layer/work" "$root"
for name in run tmp; do mount -t tmpfs -o mode=755 tmpfs "$root/$name"; done
chmod 1777 "$root/tmp"
mkdir "$root/run/package" && mount --bind "$3" "$root/run/package"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
mount -o remount,bind,rw "$root/proc/sys/net"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom tty; do touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
rm -rf "$root"/etc/systemd/system/*.wants "$root/etc/tandem" "$root/var/lib/tandem"
for unit in getty.target systemd-logind.service dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount \\
  sys-fs-fuse-connections.mount systemd-modules-load.service apt-daily.timer man-db.timer e2scrub_all.timer dpkg-db-backup.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
rm -f "$root/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive
`;
const BOOT = `${PREPARE}
chroot "$root" dpkg --install --force-depends "/run/package/$4" >"$folder/dpkg.log" 2>&1
mkdir -p "$root/etc/tandem"
cp "$5"/* "$root/etc/tandem/"
if [ -n "$6" ]; then
  mkdir "$root/etc/systemd/system/tandem.service.d"
  printf '[Service]\\nCapabilityBoundingSet=%s\\n' "$6" >"$root/etc/systemd/system/tandem.service.d/limits.conf"
fi
export container=lab
# Not a mere change of root: a process in one may make no user namespace (PrivateUsers).
mkdir "$root/run/old"
cd "$root"
pivot_root . run/old
exec chroot . sh -c 'umount -l /run/old && exec /lib/systemd/systemd --system --log-target=journal --show-status=0'
`;
/** For tests that need no systemd: what follows is run in the root. */
const CHROOT = `${PREPARE}
chroot "$root" sh -eu -c "$4"
`;

const OWN = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc', '--cgroup'];

const CAP_SYS_RESOURCE = 24n;
/**
 * A machine whose own first process may not raise limits (some virtual machines and containers) cannot give LimitRTPRIO and LimitMEMLOCK. There the
 * daemon gets the two capabilities that stand for them, in a drop-in; everything else of the unit is as it is shipped.
 */
const limitsCanBeRaised =
  ((BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`) >>
    CAP_SYS_RESOURCE) &
    1n) ===
  1n;
const INSTEAD_OF_LIMITS = limitsCanBeRaised ? '' : 'CAP_SYS_NICE CAP_IPC_LOCK';

/** The bounding set that the daemon then has: CAP_NET_ADMIN and CAP_NET_RAW, and what stands for limits. */
export const BOUNDING_SET = limitsCanBeRaised ? '0000000000003000' : '0000000000807000';

const CGROUPS = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'];

/** Null, or why systemd cannot be booted here. */
export function whyNoSystemd(): string | null {
  if (process.getuid?.() !== 0 || process.env['TANDEM_USER_NAMESPACE'] === '1') return 'this needs root';
  if (!existsSync('/lib/systemd/systemd')) return 'systemd is missing: apt-get install systemd';
  if (cgroupRoot() === null) return 'there is no cgroup2 here';
  return readFileSync('/proc/filesystems', 'utf8').includes('overlay')
    ? null
    : 'this kernel has no overlay file system';
}

function cgroupRoot(): string | null {
  return CGROUPS.find((path) => existsSync(join(path, 'cgroup.procs'))) ?? null;
}

export class Appliance {
  readonly host: Host;
  readonly folder: string;
  readonly #program: Program;
  readonly #cgroup: string;

  constructor(host: Host, folder: string, program: Program, cgroup: string) {
    this.host = host;
    this.folder = folder;
    this.#program = program;
    this.#cgroup = cgroup;
  }

  /** Runs a command in it. */
  run(...argv: readonly string[]): Promise<Outcome> {
    const pid = systemdOf(this.#program.pid) ?? assert.fail(`${this.host.name} is not booted`);
    return this.host.run(['nsenter', '--target', String(pid), '--all', '--root', '--wd', '--', ...argv], {
      limitMs: 120_000,
    });
  }

  /** The same, and what it printed; a failure is one of the test. */
  async read(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    assert.equal(code, 0, `${this.host.name}: ${argv.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  }

  async status(): Promise<{
    readonly role: string;
    readonly processes: Readonly<Record<string, number | null>>;
  } | null> {
    const { code, stdout } = await this.run('tandem', '--json', 'status');
    return code === 0 ? (JSON.parse(stdout) as { role: string; processes: Record<string, number | null> }) : null;
  }

  async waitRole(role: string): Promise<void> {
    await until(async () => (await this.status())?.role === role, {
      what: `${this.host.name} is ${role}`,
      limitMs: 60_000,
      everyMs: 200,
    });
  }

  async property(unit: string, name: string): Promise<string> {
    return this.read('systemctl', 'show', '--value', '--property', name, unit);
  }

  /** What is said of it in its journal, for a failed test. */
  async journal(): Promise<string> {
    return (await this.run('journalctl', '--no-pager', '-n', '60', '-u', 'tandem*')).stdout;
  }

  async stop(): Promise<void> {
    await this.#program.stop('SIGKILL');
    removeGroups(this.#cgroup);
  }
}

/** Installs the package and boots. `files` go to /etc/tandem. */
export async function bootAppliance(
  host: Host,
  deb: string,
  files: Readonly<Record<string, string>>,
): Promise<Appliance> {
  const folder = host.folder('appliance');
  const configuration = host.folder('configuration');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(configuration, name), text, { mode: 0o600 });
  const cgroup = join(cgroupRoot() ?? '', `tandem-${process.pid}-${host.name}`);
  mkdirSync(cgroup, { recursive: true });
  const slash = deb.lastIndexOf('/');
  const inGroup = ['sh', '-c', 'echo $$ >"$0/cgroup.procs"; exec "$@"', cgroup];
  const boot = ['sh', '-c', BOOT, 'sh', folder, cgroup, deb.slice(0, slash), deb.slice(slash + 1), configuration];
  const program = host.spawn([...inGroup, ...OWN, ...boot, INSTEAD_OF_LIMITS], { name: 'systemd' });
  const appliance = new Appliance(host, folder, program, cgroup);
  await until(
    async () => {
      assert.equal(program.exit, null, `it does not boot: ${program.output.join('\n')}`);
      if (systemdOf(program.pid) === null) return false;
      return /running|degraded/.test((await appliance.run('systemctl', 'is-system-running')).stdout);
    },
    { what: `${host.name} is booted`, limitMs: 120_000, everyMs: 300 },
  );
  return appliance;
}

/** Runs a script (`sh -eu`) as root in such a root, without systemd. The package's folder is /run/package. */
export function inFreshRoot(host: Host, packages: string, script: string): Promise<Outcome> {
  return host.run([...OWN, 'sh', '-c', CHROOT, 'sh', host.folder('fresh'), '-', packages, script], {
    limitMs: 180_000,
  });
}

/** The first process of the namespace, once it is systemd: the child of `unshare`. */
function systemdOf(unshare: number): number | null {
  try {
    const [child = ''] = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim().split(' ');
    const name = readFileSync(`/proc/${child}/comm`, 'utf8').trim();
    return name === 'systemd' ? Number(child) : null;
  } catch {
    return null;
  }
}

function removeGroups(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroups(join(path, entry.name));
  try {
    rmdirSync(path);
  } catch {
    // Somebody is still in it; it is empty otherwise, and costs nothing.
  }
}
