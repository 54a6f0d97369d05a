/** Wills and adverts for the tests of the guardian. */
import { addressBytes } from '../../../core/address.ts';
import type { Will, WillRouter } from '../../../daemon/channel.ts';
import { ipv4Packet } from '../../../vrrp/ip-header.ts';
import { AUTH_NONE, AUTH_PASS, GROUP_IPV4, GROUP_IPV6, encodeAdvert, passwordData } from '../../../vrrp/packet.ts';
import type { ReceivedPacket } from '../../../vrrp/ports.ts';

const bytes = (text: string): Uint8Array => addressBytes(text) ?? new Uint8Array();

export interface AdvertOptions {
  readonly vrid?: number;
  readonly priority?: number;
  readonly source?: string;
  readonly destination?: string;
  readonly version?: 2 | 3;
  readonly ttl?: number;
  readonly password?: string | null;
  readonly family?: 'ipv4' | 'ipv6';
}

/** An advert as it is received: of 192.0.2.2 or fe80::2 with priority 100, if nothing else is said. */
export function advert(options: AdvertOptions = {}): ReceivedPacket {
  const { vrid = 51, priority = 100, version = 3, ttl = 255, password = null, family = 'ipv4' } = options;
  const source = options.source ?? (family === 'ipv4' ? '192.0.2.2' : 'fe80::2');
  const destination =
    options.destination === undefined ? (family === 'ipv4' ? GROUP_IPV4 : GROUP_IPV6) : bytes(options.destination);
  const message = encodeAdvert(
    {
      version,
      vrid,
      priority,
      intervalMs: 1000,
      addresses: [bytes(family === 'ipv4' ? '192.0.2.10' : 'fe80::10')],
      authType: password === null ? AUTH_NONE : AUTH_PASS,
      authData: passwordData(password),
    },
    { family, source: bytes(source), destination },
    'rfc9568',
  );
  const whole = family === 'ipv4' ? ipv4Packet(bytes(source), destination, message, { ttl }) : message;
  return { family, interface: 'eth0', bytes: whole, source };
}

/** Our own advert with priority 100, ready made. */
const OWN = advert({ source: '192.0.2.1' }).bytes.toString('base64');

export const WAN: WillRouter = {
  name: 'wan',
  id: 51,
  version: 3,
  family: 'ipv4',
  interface: 'eth0',
  password: null,
  unicastPeers: [],
  sources: ['192.0.2.1'],
  resign: [
    { family: 'ipv4', interface: 'eth0', destination: '224.0.0.18', bytes: Buffer.from('zero').toString('base64') },
  ],
  adverts: [{ family: 'ipv4', interface: 'eth0', destination: '224.0.0.18', bytes: OWN }],
  advertIntervalMs: 1000,
  active: true,
  addresses: [{ address: '192.0.2.10', prefix: 24, family: 'ipv4', interface: 'eth0' }],
  letGoMs: 60_000,
  macvlans: [],
};
export const LAN: WillRouter = {
  ...WAN,
  name: 'lan',
  id: 52,
  addresses: [{ ...WAN.addresses[0]!, address: '192.0.2.11' }],
};

export const willOf = (...routers: readonly WillRouter[]): Will => ({
  kind: 'resign',
  routers,
  told: [],
  bypass: false,
});
