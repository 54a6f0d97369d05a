/**
 * The configuration as the engine gets it: plain, validated, every default filled in, durations in milliseconds.
 * Made by `config/resolve.ts` outside the engine, which has neither YAML nor Zod in it (design section 2).
 */

export type Mode = 'off' | 'active-passive' | 'active-active' | 'cluster';
export type Family = 'ipv4' | 'ipv6';
export type ChecksumSetting = 'auto' | 'rfc9568' | 'rfc5798';

/** One virtual address and where it lives. */
export interface PlannedAddress {
  /** Canonical text of the address, without prefix. */
  readonly address: string;
  /** Prefix length. */
  readonly prefix: number;
  readonly family: Family;
  /** Name of the configured interface; with `virtualMac` the macvlan on it carries the address. */
  readonly interface: string;
}

/** One virtual router: VRID + family + interface, with the addresses that it moves. */
export interface RouterPlan {
  readonly name: string;
  /** VRID, 1–255. */
  readonly id: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Where adverts are sent and heard. */
  readonly interface: string;
  /** Where the addresses live; its loss is a fault. */
  readonly addressInterface: string;
  /** Sent in the advert, in the order of the file (`first IPv6 address link-local` is the file's business). */
  readonly addresses: readonly PlannedAddress[];
  /** Moved, not sent. */
  readonly excludedAddresses: readonly PlannedAddress[];
  readonly advertIntervalMs: number;
  /** Base priority, 1–255; 255 = address owner (RFC 9568 section 5.2.4). */
  readonly priority: number;
  /** Canonical addresses; empty = multicast. */
  readonly unicastPeers: readonly string[];
  readonly sourceAddress: string | null;
  readonly virtualMac: boolean;
  readonly accept: boolean;
  readonly checksum: ChecksumSetting;
  /** v2 only. */
  readonly password: string | null;
  readonly announce: { readonly repeat: number; readonly againMs: number; readonly refreshMs: number };
  /** Name of the election group: `stack` for all routers of active-passive, otherwise the router's own name (brain 1.2). */
  readonly group: string;
}

/** What the engine works from. */
export interface EnginePlan {
  readonly instance: string;
  readonly stack: string;
  readonly mode: Mode;
  readonly primary: boolean;
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  readonly routers: readonly RouterPlan[];
  readonly realtime: { readonly priority: number; readonly lockMemory: boolean } | false;
  /**
   * First 16 hex digits of the SHA-256 of the canonical plan without what differs between the instances of a stack (instance, primary,
   * priorities, source addresses, addresses of unicast peers) and without warnings: equal on two instances that run the same settings.
   */
  readonly hash: string;
  /** Things to tell the administrator once: sections that are not in effect in this version, doubtful settings. */
  readonly warnings: readonly string[];
}
