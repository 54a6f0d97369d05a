/** Bounded counting of who did something too often: failed logins, refusals for the journal. Pure but for the table that it keeps. */

export interface AllowanceOptions {
  /** So many within the window. */
  readonly most: number;
  readonly windowMs: number;
  /** So many keys are remembered; the one that was quiet longest goes. */
  readonly keys: number;
  readonly now: () => number;
}

export interface Allowance {
  /** Milliseconds until this key may again; 0 = now. */
  wait(key: string): number;
  /** Counts one. */
  count(key: string): void;
  /** Takes the last one back: it was none. */
  takeBack(key: string): void;
}

export function createAllowance({ most, windowMs, keys, now }: AllowanceOptions): Allowance {
  const times = new Map<string, number[]>();

  function recent(key: string): number[] {
    const since = now() - windowMs;
    const left = (times.get(key) ?? []).filter((at) => at > since);
    if (left.length === 0) times.delete(key);
    return left;
  }

  return {
    wait(key) {
      const list = recent(key);
      return list.length < most ? 0 : Math.max(1, list.at(-most)! + windowMs - now());
    },
    count(key) {
      const list = [...recent(key), now()].slice(-most);
      // Put last: the first key of a Map is the one that was quiet longest.
      times.delete(key);
      times.set(key, list);
      for (const oldest of times.keys()) {
        if (times.size <= keys) break;
        times.delete(oldest);
      }
    },
    takeBack: (key) => void times.get(key)?.pop(),
  };
}

/** The address as a key: an IPv4 one as such, of an IPv6 one the network of 64 bits, which one household or server has whole. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail]: readonly (string | undefined)[] = plain.split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase())
    .join(':')}::/64`;
}
