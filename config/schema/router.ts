import * as z from 'zod';
import {
  address,
  addressWithPrefix,
  duration,
  flag,
  interfaceName,
  list,
  mapping,
  name,
  oneOf,
  whole,
} from './fields.ts';

/** Addresses that one advert can count (RFC 9568 section 5.2.5). */
export const MOST_ADDRESSES = 255;

/** A virtual address: text, or a mapping that puts it on an interface of its own. */
const virtualAddress = z
  .union(
    [
      addressWithPrefix().transform((parts) => ({ ...parts, interface: null })),
      mapping({
        address: addressWithPrefix().meta({ title: 'Address', description: 'The address with its prefix length.' }),
        interface: interfaceName().nullable().default(null).meta({
          title: 'Interface',
          description: 'Interface that carries this address. Default: `addressInterface` of the router.',
        }),
      }).transform(({ address: parts, interface: carrier }) => ({ ...parts, interface: carrier })),
    ],
    { error: 'expected an address such as 203.0.113.10/24, or a mapping of address and interface' },
  )
  .meta({ kind: 'address/prefix' });

const authentication = mapping({
  type: oneOf('pass').meta({ title: 'Type', description: 'Plain text, as keepalived `auth_type PASS`.' }),
  password: z
    .string({ error: 'expected text of 1 to 8 printable ASCII characters (a number in quotes)' })
    .regex(/^[\x20-\x7e]{1,8}$/, { error: 'expected text of 1 to 8 printable ASCII characters' })
    .meta({
      title: 'Password',
      minLength: 1,
      maxLength: 8,
      description:
        'Sent in clear in every advert: it guards against a mistaken neighbour, not against an attacker. 8 characters is all the packet holds (RFC 2338 section 5.3.10).',
    }),
});

const announce = mapping({
  repeat: whole(1, 100).default(5).meta({
    title: 'Repeat',
    unit: 'times',
    description:
      'Announcements of each address in one burst. More survive a lossy switch; each is one small broadcast. 5 as in keepalived.',
  }),
  again: duration('10ms', '5m', true).prefault('5s').meta({
    title: 'Second burst',
    description:
      'When the burst is repeated after becoming active, for switches whose ports were still coming up. 0s: no second burst.',
  }),
  refresh: duration('1s', '24h', true).prefault('60s').meta({
    title: 'Refresh',
    description:
      'How often each address is announced while active, so that a neighbour that missed a burst is wrong for a minute at most. 0s: never.',
  }),
});

/** One entry of section `vrrp`: a virtual router. */
export const router = mapping({
  name: name().meta({
    title: 'Name',
    description: 'Name in status, events and tracks. Renaming a router on reload moves nothing.',
  }),
  id: whole(1, 255).meta({
    title: 'VRID',
    description:
      'Virtual router identifier. Unique per interface and family, also against foreign routers on that link; the same on every instance.',
  }),
  version: z.literal([2, 3], { error: 'expected one of 2, 3' }).default(3).meta({
    title: 'VRRP version',
    description:
      '3 (RFC 9568): IPv4 and IPv6, intervals down to 10ms. 2 (RFC 3768): only for neighbours that know nothing else; IPv4, whole seconds.',
  }),
  interface: interfaceName().nullable().default(null).meta({
    title: 'Interface',
    description: 'Where adverts are sent and heard. Default: `ha.interface`.',
  }),
  addressInterface: interfaceName().nullable().default(null).meta({
    title: 'Address interface',
    description: 'Where the addresses live. Its loss is a fault: the router is given up at once. Default: `interface`.',
  }),
  addresses: list(virtualAddress, MOST_ADDRESSES, 1).meta({
    title: 'Addresses',
    description:
      'Virtual addresses sent in the advert, all of one family, in this order. With IPv6 the first should be link-local (RFC 9568 section 5.2.9). ' +
      'At most 255, and the advert must fit 1500 bytes: 90 with IPv6. Without a prefix length an address stands alone (/32, /128).',
  }),
  excludedAddresses: list(virtualAddress, 1024).prefault([]).meta({
    title: 'Excluded addresses',
    description: 'Addresses that move with the router but are not in the advert: any number, and of either family.',
  }),
  advertInterval: duration('10ms', '255s')
    .prefault('1s')
    .meta({
      title: 'Advert interval',
      description:
        'How often the active router says so. Without Tandem peers the others take over after about three times this. Version 3: 10ms to 40.95s in steps of 10ms; ' +
        'version 2: whole seconds, the same on all. Shorter finds a dead router sooner and forgives a busy machine less. 1s is the RFC default.',
    }),
  priority: whole(1, 255)
    .nullable()
    .default(null)
    .meta({
      title: 'Priority',
      description:
        'Higher is preferred. 255 means that this instance owns the address (it is configured on its interface for good): it always takes over. ' +
        'Default by mode: primary or owner 200, the others 100, 99, 98 … by name; in a cluster 200 − 10 × rank. ' +
        'In active-passive all routers move together, so all of them advertise the highest that one of them has.',
    }),
  owner: name().nullable().default(null).meta({
    title: 'Owner',
    description:
      'active-active, cluster: the instance whose router this is when all are well. This instance or one of its peers. Spreads the load: give each instance some routers.',
  }),
  unicastPeers: list(address(), 64).prefault([]).meta({
    title: 'Unicast peers',
    description:
      'Send adverts to these addresses instead of multicast, and accept them from these alone. For networks without multicast. Empty: multicast.',
  }),
  sourceAddress: address().nullable().prefault(null).meta({
    title: 'Source address',
    description:
      'Source of the adverts; never a virtual address. Default: the first address of the interface, with IPv6 its link-local one.',
  }),
  virtualMac: flag()
    .default(false)
    .meta({
      title: 'Virtual MAC',
      description:
        'The addresses answer with the MAC 00-00-5E-00-01-{id} (IPv6: 00-00-5E-00-02-{id}) on a macvlan, so that neighbours need not learn a new one. ' +
        'Off: the MAC of the interface, announced at every move, which works with every switch and driver.',
    }),
  accept: flag().default(true).meta({
    title: 'Accept',
    description:
      'The active router answers traffic to the addresses itself (RFC 9568 Accept_Mode). Off: it forwards only; pings to the address go unanswered.',
  }),
  checksum: oneOf('auto', 'rfc9568', 'rfc5798')
    .default('auto')
    .meta({
      title: 'Checksum',
      description:
        'How adverts of version 3 over IPv4 are summed: `rfc9568` without the pseudo-header, `rfc5798` with it (as keepalived and FRR do). ' +
        '`auto` sends what the others were last heard to use. Both are always accepted.',
    }),
  authentication: authentication.nullable().default(null).meta({
    title: 'Authentication',
    description: 'Version 2 only, for neighbours that insist on it.',
  }),
  announce: announce.prefault({}).meta({
    title: 'Announcements',
    description:
      'Gratuitous ARP and unsolicited neighbour advertisements that tell the neighbours where the addresses are now.',
  }),
});
