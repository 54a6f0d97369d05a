/** Under which URL an instance's manager is reached by those whom others send to it. Pure. */
import { authorityOf } from '../../core/leader.ts';

export interface AdvertisedFrom {
  /** `manager.clusterAdvertiseAddr`. */
  readonly configured: string | null;
  /** `manager.listen`. */
  readonly listen: readonly string[];
  /** Addresses on the HA port that are this instance's own and stay; the first counts. */
  readonly haAddresses: readonly string[];
}

/**
 * As configured; otherwise https on the address of the HA port, with the port that the manager listens on. A manager that listens on particular addresses alone does not
 * answer on the HA port: then the first of those that others can reach. Null: there is nothing that others could use.
 */
export function advertisedAddress({ configured, listen, haAddresses }: AdvertisedFrom): string | null {
  if (configured !== null) return configured;
  const places = listen.map(split).filter((place) => place !== null);
  const everywhere = places.find(({ host }) => isWildcard(host));
  const [ha = null] = haAddresses;
  if (everywhere !== undefined && ha !== null) return urlOf(ha, everywhere.port);
  const particular = places.find(({ host }) => !isWildcard(host) && !isLoopback(host));
  if (particular !== undefined) return urlOf(particular.host, particular.port);
  // Alone and on loopback it is at least what this machine can use.
  const [first = null] = places;
  return first === null || isWildcard(first.host) ? null : urlOf(first.host, first.port);
}

/** What a peer most likely advertises, while nothing else is known: it has the same policy, and its first path is its HA port. */
export function likelyAddress(path: string | undefined, listen: readonly string[]): string | null {
  const [first = null] = listen.map(split).filter((place) => place !== null);
  // A zone is of this machine: no URL for others has one.
  return path === undefined || first === null || path.includes('%') ? null : urlOf(path, first.port);
}

/** The instances that advertise the same place as this one, by name. */
export function sharing(
  addresses: ReadonlyMap<string, string>,
  instance: string,
  own: string | null,
): readonly string[] {
  const place = authorityOf(own);
  const others = [...addresses].filter(([name, url]) => name !== instance && authorityOf(url) === place);
  return place === '' ? [] : others.map(([name]) => name).toSorted();
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/** `192.0.2.1:8443` or `[2001:db8::1]:8443`. */
function split(text: string): Place | null {
  const found = /^\[?([^[\]]*)\]?:(\d+)$/.exec(text);
  return found === null ? null : { host: found[1] ?? '', port: Number(found[2]) };
}

const isWildcard = (host: string): boolean => host === '' || host === '*' || host === '0.0.0.0' || /^[0:]+$/.test(host);
const isLoopback = (host: string): boolean => /^127\.|^::1$|^localhost$/i.test(host);

function urlOf(host: string, port: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `https://${name}${port === 443 ? '' : `:${port}`}`;
}
