/**
 * The macvlan that carries a virtual router's MAC, and the nftables rules of `accept: false`: as commands and settings.
 * Pure; the helper process runs the commands, because the engine starts no program.
 */
import type { Family, RouterPlan } from '../config/plan.ts';
import { macText, virtualMac } from '../core/address.ts';

/** Longest name of an interface, characters (IFNAMSIZ - 1). */
const NAME_SIZE = 15;

/** A program and its arguments. Never a shell string. */
export type Argv = readonly string[];

/** A kernel setting: a file below /proc/sys and what to write into it. */
export interface Setting {
  readonly file: string;
  readonly value: string;
}

/**
 * Name of the macvlan of a router: `vr4-51-7` for VRID 51, IPv4, on the interface with index 7; `vr6-…` for IPv6.
 * The index is in base 36, after an `x`, where it would not fit in decimal. Always unique in a namespace.
 */
export function macvlanName(family: Family, vrid: number, parentIndex: number): string {
  const stem = `${family === 'ipv4' ? 'vr4' : 'vr6'}-${vrid}-`;
  const name = `${stem}${parentIndex}`;
  return name.length <= NAME_SIZE ? name : `${stem}x${parentIndex.toString(36)}`;
}

/**
 * Commands that create it, left down: with the virtual MAC (RFC 9568 section 7.3) and without a generated link-local address, which
 * would be the same on every instance. In bridge mode: in private mode the kernel takes a frame that carries the MAC of a macvlan for
 * that macvlan's own and keeps it from the parent, so that an active router would be deaf to every other one with the same virtual MAC.
 */
export function createMacvlan(parent: string, name: string, family: Family, vrid: number): Argv[] {
  const mac = macText(virtualMac(family, vrid));
  const add = ['ip', 'link', 'add', 'link', parent, 'name', name, 'address', mac, 'type', 'macvlan', 'mode', 'bridge'];
  return [add, ['ip', 'link', 'set', 'dev', name, 'addrgenmode', 'none']];
}

/** Commands that delete it. */
export function deleteMacvlan(name: string): Argv[] {
  return [['ip', 'link', 'del', 'dev', name]];
}

/**
 * Settings of the pair, so that each address is answered for by the MAC that it lives on and nothing is filtered:
 * the parent answers ARP for its own addresses only, the macvlan for its own; the parent asks by ARP from its own addresses only
 * (otherwise an answer of a virtual address that leaves by it would tell the neighbour the parent's MAC); the macvlan takes what comes from local
 * addresses (the parent's are on the same subnet) and does not filter by reverse path.
 * `allRpFilter` is net.ipv4.conf.all.rp_filter: the kernel uses the larger of the two, so where it is 1 (strict) the
 * macvlan gets 2 (loose), which is larger still; 0 would change nothing.
 */
export function macvlanSettings(parent: string, name: string, allRpFilter = 0): Setting[] {
  return [
    setting('ipv4', parent, 'arp_ignore', 1),
    setting('ipv4', parent, 'arp_filter', 1),
    setting('ipv4', parent, 'arp_announce', 2),
    setting('ipv4', name, 'arp_ignore', 1),
    setting('ipv4', name, 'arp_filter', 0),
    setting('ipv4', name, 'accept_local', 1),
    setting('ipv4', name, 'rp_filter', allRpFilter === 1 ? 2 : 0),
    setting('ipv4', name, 'promote_secondaries', 1),
    // A router advertisement must not give the standby's macvlan an address of its own (vrrp.md 4, VMAC trouble).
    setting('ipv6', name, 'accept_ra', 0),
    setting('ipv6', name, 'autoconf', 0),
  ];
}

function setting(family: Family, device: string, key: string, value: number): Setting {
  return { file: `/proc/sys/net/${family}/conf/${device}/${key}`, value: String(value) };
}

/** Commands with what is written to their standard input. */
export interface Rules {
  readonly argv: Argv;
  readonly text: string;
}

/** What of a plan the rules of `accept: false` come from. */
export interface AcceptPlan {
  readonly instance: string;
  readonly routers: readonly Pick<RouterPlan, 'accept' | 'priority' | 'addresses' | 'excludedAddresses'>[];
}

/**
 * The rules of `accept: false` (RFC 9568 section 6.1, Accept_Mode): packets to those addresses are dropped, except
 * neighbour discovery and VRRP. The owner (priority 255) always accepts. Replaces the table of an earlier plan in one
 * transaction; null if no router needs rules (then run `removeAcceptRules`).
 */
export function acceptRules(plan: AcceptPlan): Rules | null {
  const closed = plan.routers.filter((router) => !router.accept && router.priority !== 255);
  const sets = (['ipv4', 'ipv6'] as const).flatMap((family) => addressSet(family, closed));
  if (sets.length === 0) return null;
  const table = `inet ${tableName(plan.instance)}`;
  const rules = (['ipv4', 'ipv6'] as const)
    .filter((family) => sets.some((set) => set.family === family))
    .map((family) => (family === 'ipv4' ? '    ip daddr @vips4 drop' : '    ip6 daddr @vips6 drop'));
  const text = [
    // Creating it first makes deleting it safe, whether it was there or not.
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    ...sets.map((set) => set.text),
    '  chain input {',
    '    type filter hook input priority filter; policy accept;',
    '    iif lo accept',
    '    meta l4proto vrrp accept',
    '    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
    ...rules,
    '  }',
    '}',
    '',
  ].join('\n');
  return { argv: ['nft', '-f', '-'], text };
}

/** Take the rules of `accept: false` away; succeeds if there are none. */
export function removeAcceptRules(instance: string): Rules {
  const table = `inet ${tableName(instance)}`;
  return { argv: ['nft', '-f', '-'], text: `table ${table}\ndelete table ${table}\n` };
}

function addressSet(family: Family, routers: AcceptPlan['routers']): { family: Family; text: string }[] {
  const addresses = routers
    .flatMap((router) => [...router.addresses, ...router.excludedAddresses])
    .filter((address) => address.family === family)
    .map((address) => address.address);
  if (addresses.length === 0) return [];
  const [name, type] = family === 'ipv4' ? ['vips4', 'ipv4_addr'] : ['vips6', 'ipv6_addr'];
  const elements = [...new Set(addresses)].join(', ');
  return [{ family, text: `  set ${name} { type ${type}; elements = { ${elements} } }` }];
}

/** nftables allows letters, digits and `_` everywhere in a name; anything else becomes `_`. */
function tableName(instance: string): string {
  return `tandem_${instance.replace(/[^A-Za-z0-9_]/g, '_')}`;
}
