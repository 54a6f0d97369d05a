/** How often a password may be tried: from one address, and for one user from everywhere. */
import { addressKey, createAllowance } from './allowance.ts';

export interface LoginLimits {
  /** Seconds to wait, 0 = go on; it counts as failed until `succeeded`: many at once are many. */
  begin(address: string, user: string): number;
  succeeded(address: string, user: string): void;
}

const MINUTE = 60_000;
/** A person mistypes a few times. */
const OF_ADDRESS = { most: 10, windowMs: 10 * MINUTE, keys: 10_000 };
/**
 * Guessing one password from many addresses. The window is short: it keeps the user out as well, who can still come in with a token or as root
 * (`tandem` on the machine).
 */
const OF_USER = { most: 20, windowMs: 5 * MINUTE, keys: 10_000 };

export function createLoginLimits(now: () => number): LoginLimits {
  const addresses = createAllowance({ ...OF_ADDRESS, now });
  const users = createAllowance({ ...OF_USER, now });
  const name = (user: string): string => user.slice(0, 64);
  return {
    begin(address, user) {
      const wait = Math.max(addresses.wait(addressKey(address)), users.wait(name(user)));
      if (wait > 0) return Math.ceil(wait / 1000);
      addresses.count(addressKey(address));
      users.count(name(user));
      return 0;
    },
    succeeded(address, user) {
      addresses.takeBack(addressKey(address));
      users.takeBack(name(user));
    },
  };
}
