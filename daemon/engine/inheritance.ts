/** What an engine before this one left on interfaces for us to adopt (brain 6.4). */
import type { AdoptionToken, HeldAddress } from '../channel.ts';
import type { Kernel } from './kernel.ts';

type Place = Pick<HeldAddress, 'address' | 'interface'>;

const keyOf = (one: Place): string => `${one.address} ${one.interface}`;

/** The guardian may have given in for a router meanwhile: what is not on an interface any more cannot be adopted. */
export function stillThere(kernel: Kernel, token: AdoptionToken): AdoptionToken {
  const there = new Set(kernel.view.allAddresses().map(keyOf));
  return { ...token, addresses: token.addresses.filter((address) => there.has(keyOf(address))) };
}

export function isAmong(addresses: readonly Place[], address: Place): boolean {
  return addresses.some((one) => keyOf(one) === keyOf(address));
}

/** Those of the first that are not among the second. */
export function notAmong<T extends Place>(addresses: readonly T[], others: readonly Place[]): readonly T[] {
  const keys = new Set(others.map(keyOf));
  return addresses.filter((one) => !keys.has(keyOf(one)));
}
