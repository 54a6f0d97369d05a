/** The kernel's numbers of interfaces, which are part of RFC 6527's indexes. */
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
  try {
    const number = Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'));
    return Number.isInteger(number) && number > 0 ? number : null;
  } catch {
    return null;
  }
}
