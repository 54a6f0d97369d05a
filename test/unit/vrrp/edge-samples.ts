/** Plans and addresses for the tests of VRRP's edge. */
import type { EnginePlan, RouterPlan } from '../../../config/plan.ts';
import type { KernelAddress } from '../../../vrrp/ports.ts';
import { PLAIN } from '../../support/plain-plan.ts';

export function routerPlan(changes: Partial<RouterPlan> = {}): RouterPlan {
  return {
    name: 'wan',
    id: 51,
    version: 3,
    family: 'ipv4',
    interface: 'eth2',
    addressInterface: 'eth0',
    addresses: [{ address: '192.0.2.100', prefix: 24, family: 'ipv4', interface: 'eth0' }],
    excludedAddresses: [],
    advertIntervalMs: 1000,
    priority: 100,
    unicastPeers: [],
    sourceAddress: null,
    virtualMac: false,
    accept: true,
    checksum: 'auto',
    password: null,
    announce: { repeat: 5, againMs: 5000, refreshMs: 60_000 },
    group: 'stack',
    ...changes,
  };
}

export function enginePlan(routers: readonly RouterPlan[], instance = 'a'): EnginePlan {
  return { ...PLAIN, instance, stack: 'edge', mode: 'active-passive', routers };
}

export function kernelAddress(address: string, changes: Partial<KernelAddress> = {}): KernelAddress {
  const ipv6 = address.includes(':');
  return {
    address,
    prefix: ipv6 ? 64 : 24,
    family: ipv6 ? 'ipv6' : 'ipv4',
    interface: 'eth2',
    ifindex: 2,
    tagged: false,
    tentative: false,
    scope: address.startsWith('fe80') ? 'link' : 'global',
    secondary: false,
    ...changes,
  };
}

/** Bytes from hex digits; blanks are for the reader. */
export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ''), 'hex');
