/** What follows from the keys of one virtual router; shared by rules, plan and check. */
import type { Family } from './plan.ts';
import type { Config } from './schema.ts';

export type RouterConfig = Config['vrrp'][number];

/** Largest packet that every Ethernet carries. */
const MTU = 1500;

/** The family of a router is that of its first address. */
export function familyOf(router: RouterConfig): Family {
  return router.addresses[0]!.family;
}

/**
 * Where adverts are sent and heard: the router's own interface or the HA port; null if the file names none.
 * In mode `off` nothing is sent, and where the addresses live is as good a place to listen.
 */
export function interfaceOf(router: RouterConfig, config: Pick<Config, 'ha'>): string | null {
  const named = router.interface ?? config.ha.interface;
  if (named !== null || config.ha.mode !== 'off') return named;
  return router.addressInterface ?? router.addresses[0]!.interface;
}

/** Every interface that the router touches. */
export function interfacesOf(router: RouterConfig, config: Pick<Config, 'ha'>): readonly string[] {
  const all = [
    interfaceOf(router, config),
    router.addressInterface,
    ...[...router.addresses, ...router.excludedAddresses].map((a) => a.interface),
  ];
  return [...new Set(all.filter((name) => name !== null))];
}

/**
 * Addresses that fit one advert: the count is a byte, and the packet must fit the MTU
 * (IPv4 header 20, IPv6 40; VRRP header 8; version 2 adds 8 bytes of authentication data).
 */
export function mostAddresses(family: Family, version: 2 | 3): number {
  const headers = (family === 'ipv4' ? 20 : 40) + 8 + (version === 2 ? 8 : 0);
  return Math.min(255, Math.floor((MTU - headers) / (family === 'ipv4' ? 4 : 16)));
}

/** True if the advert holds all `addresses` of the router. */
export function advertFits(router: RouterConfig): boolean {
  return router.addresses.length <= mostAddresses(familyOf(router), router.version);
}

/**
 * Master_Down_Interval in milliseconds while the active advertises at our own interval: three intervals and the skew
 * (RFC 9568 section 6.1; version 2 skews by parts of a second, RFC 3768 section 6.1).
 */
export function masterDownMs(version: 2 | 3, advertIntervalMs: number, priority: number): number {
  const skew = ((256 - priority) * (version === 2 ? 1000 : advertIntervalMs)) / 256;
  return 3 * advertIntervalMs + skew;
}
