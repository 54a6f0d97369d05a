/** The routers that hostile packets are sent to: every version, family, way of sending and kind of priority. */
import { addressBytes } from '../../core/address.ts';
import type { EnginePlan, Family, RouterPlan } from '../../config/plan.ts';
import { PLAIN } from '../support/plain-plan.ts';

export interface Target {
  readonly plan: RouterPlan;
  /** Where this router sends from. */
  readonly ours: Uint8Array;
  /** Where others send to it. */
  readonly group: Uint8Array;
  readonly peers: readonly Uint8Array[];
}

export const bytes = (text: string): Uint8Array => {
  const parsed = addressBytes(text);
  if (parsed === null) throw new Error(`'${text}' is no address`);
  return parsed;
};

/** Source addresses: of a peer, of another peer, of a stranger, and our own. */
export const SOURCES: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['192.0.2.2', '192.0.2.3', '192.0.2.9', '192.0.2.1'],
  ipv6: ['fe80::2', 'fe80::3', 'fe80::9', 'fe80::1', 'fe80::2%eth0', 'no address'],
};
const OURS: Readonly<Record<Family, string>> = { ipv4: '192.0.2.1', ipv6: 'fe80::1' };
const GROUPS: Readonly<Record<Family, string>> = { ipv4: '224.0.0.18', ipv6: 'ff02::12' };

interface Kind {
  readonly version?: 2;
  readonly ipv6?: true;
  readonly unicast?: true;
  readonly password?: string;
  readonly addresses?: number;
}

function target(name: string, id: number, priority: number, kind: Kind = {}): Target {
  const family: Family = kind.ipv6 === true ? 'ipv6' : 'ipv4';
  const peers = kind.unicast === true ? SOURCES[family].slice(0, 2) : [];
  const address = (n: number): string => (family === 'ipv4' ? `192.0.2.${100 + 10 * id + n}` : `fe80::${id}:${n + 1}`);
  const plan: RouterPlan = {
    name,
    id,
    version: kind.version ?? 3,
    family,
    interface: 'eth0',
    addressInterface: 'eth0',
    addresses: Array.from({ length: kind.addresses ?? 1 }, (_, n) => {
      return { address: address(n), prefix: family === 'ipv4' ? 24 : 64, family, interface: 'eth0' };
    }),
    excludedAddresses: [],
    advertIntervalMs: 1000,
    priority,
    unicastPeers: peers,
    sourceAddress: null,
    virtualMac: false,
    accept: true,
    checksum: 'auto',
    password: kind.password ?? null,
    announce: { repeat: 5, againMs: 5000, refreshMs: 60_000 },
    group: name,
  };
  return { plan, ours: bytes(OURS[family]), group: bytes(GROUPS[family]), peers: peers.map(bytes) };
}

export const TARGETS: readonly Target[] = [
  target('v3', 1, 50),
  target('v3strong', 2, 250, { addresses: 3 }),
  target('v3owner', 3, 255),
  target('v3unicast', 4, 100, { unicast: true }),
  target('v2', 5, 50, { version: 2 }),
  target('v2password', 6, 250, { version: 2, password: 'secret', addresses: 2 }),
  target('v2unicast', 7, 100, { version: 2, unicast: true }),
  target('v6', 1, 50, { ipv6: true, addresses: 2 }),
  target('v6strong', 2, 250, { ipv6: true }),
  target('v6unicast', 3, 100, { ipv6: true, unicast: true }),
];

export const PLAN: EnginePlan = {
  ...PLAIN,
  instance: 'f',
  stack: 'fuzz',
  mode: 'cluster',
  routers: TARGETS.map(({ plan }) => plan),
};
