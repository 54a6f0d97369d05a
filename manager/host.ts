/** The machine (`GET /api/v1/host`): by systeminformation, asked for at most once in five seconds, never waited for longer than two. */
import { readFileSync } from 'node:fs';
import { cpus, hostname, networkInterfaces, release, totalmem, uptime } from 'node:os';
import type { HostView } from '../core/api/host.ts';

const FRESH_MS = 5000;
const PATIENCE_MS = 2000;

/** `stateFolder`: the disk that the journal is on is the one that matters. */
export function createHost(stateFolder: string, wall: () => number): () => Promise<HostView> {
  let known: { readonly view: Promise<HostView>; readonly at: number } | null = null;
  return () => {
    if (known === null || wall() - known.at > FRESH_MS) known = { view: look(stateFolder, wall), at: wall() };
    return known.view;
  };
}

async function look(stateFolder: string, wall: () => number): Promise<HostView> {
  // Loaded with the first question: most managers are never asked.
  const { default: si } = await import('systeminformation');
  const [os, load, memory, disks, temperature] = await Promise.all([
    limited(si.osInfo()),
    limited(si.currentLoad()),
    limited(si.mem()),
    limited(si.fsSize()),
    limited(si.cpuTemperature()),
  ]);
  const processors = cpus();
  const disk = (disks ?? [])
    .filter(({ mount }) => mount === '/' || stateFolder === mount || stateFolder.startsWith(`${mount}/`))
    .toSorted((a, b) => b.mount.length - a.mount.length)[0];
  return {
    hostname: hostname(),
    os: os === null || os.distro === '' ? process.platform : `${os.distro} ${os.release}`.trim(),
    kernel: release(),
    uptimeSeconds: Math.round(uptime()),
    cpu: {
      model: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      loadPercent: Math.round((load?.currentLoad ?? 0) * 10) / 10,
    },
    memory: { totalBytes: totalmem(), availableBytes: memory?.available ?? 0 },
    disk: disk === undefined ? null : { path: disk.mount, totalBytes: disk.size, freeBytes: disk.available },
    temperatureCelsius: temperature?.main ?? null,
    interfaces: interfaces(),
    at: new Date(wall()).toISOString(),
  };
}

/** What takes too long, or fails, is not known. */
function limited<T>(answer: Promise<T>): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), PATIENCE_MS);
    answer.then(resolve, () => resolve(null)).finally(() => clearTimeout(timer));
  });
}

/**
 * Names of this machine's interfaces, the loopback left out: the kernel's own list, as one without an address is one too. From /proc/net, which is about our
 * own network namespace wherever /sys was mounted.
 */
export function interfaceNames(): readonly string[] {
  return namesIn(textOf('/proc/self/net/dev') ?? '').filter((name) => name !== 'lo');
}

/** Two lines of titles, then `  eth0: 584831820   15106 …`. */
export function namesIn(table: string): readonly string[] {
  return table
    .split('\n')
    .flatMap((line) => /^\s*(\S+?):\s/.exec(line)?.[1] ?? [])
    .toSorted();
}

// systeminformation asks programs for these, and waits for them without letting go of the loop.
function interfaces(): HostView['interfaces'] {
  const addresses = networkInterfaces();
  return interfaceNames().map((name) => {
    const speed = Number(sysfs(name, 'speed'));
    return {
      name,
      mac: sysfs(name, 'address') ?? '',
      mtu: Number(sysfs(name, 'mtu')) || null,
      speedMbps: Number.isFinite(speed) && speed > 0 ? speed : null,
      up: sysfs(name, 'operstate') === 'up',
      addresses: (addresses[name] ?? []).map(({ cidr, address }) => cidr ?? address),
    };
  });
}

const sysfs = (name: string, key: string): string | null => textOf(`/sys/class/net/${name}/${key}`)?.trim() ?? null;

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
