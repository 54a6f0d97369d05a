/**
 * The kernel's numbers of interfaces, which are part of RFC 6527's indexes. From /proc/net first, which is about the network namespace of the process that
 * reads; /sys shows that in which it was mounted, and is asked only about interfaces that are down, which /proc/net leaves out.
 */
import { readFileSync } from 'node:fs';

/** Interfaces come and go seldom; a walk over hundreds of routers asks for each. */
const KEPT_MS = 5000;

/** Null = there is no interface of that name. */
export function createInterfaceIndex(nowMs: () => number = () => performance.now()): (name: string) => number | null {
  let known = new Map<string, number | null>();
  let until = 0;
  return (name) => {
    if (nowMs() > until) {
      known = new Map();
      until = nowMs() + KEPT_MS;
    }
    if (!known.has(name)) known.set(name, read(name));
    return known.get(name) ?? null;
  };
}

function read(name: string): number | null {
  if (name.includes('/') || name.startsWith('.')) return null;
  return (
    findIndex(textOf('/proc/self/net/dev_mcast'), name) ??
    findIndex(textOf('/proc/self/net/igmp'), name) ??
    numberIn(textOf(`/sys/class/net/${name}/ifindex`))
  );
}

/** Both tables begin a line with number and name: `4    eth0            1     0     333300000001`, `4\teth0      :     1      V3`. */
export function findIndex(table: string, name: string): number | null {
  for (const line of table.split('\n')) {
    const [number = '', word] = line.trim().split(/\s+/);
    if (word === name || word === `${name}:`) return numberIn(number);
  }
  return null;
}

function numberIn(text: string): number | null {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : null;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
