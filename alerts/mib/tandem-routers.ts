/** TANDEM-MIB: the tables of virtual routers and their addresses. */
import type { RouterCounters, RouterStatus, Status } from '../../core/status.ts';
import { nameIndex, TANDEM_OBJECTS } from './oid.ts';
import { counter32, counter64, dateAndTime, gauge, integer, text, truth } from './value.ts';
import type { MibValue } from './value.ts';
import { table } from './view.ts';
import type { Column } from './view.ts';
import { FAMILY, ROUTER } from './words.ts';

/** The counters in the order of their columns; those of RFC 6527 have its names. */
const COUNTERS: readonly (readonly [name: string, counter: keyof RouterCounters])[] = [
  ['tandemRouterSentAdvertisements', 'advertsSent'],
  ['tandemRouterRcvdAdvertisements', 'advertsReceived'],
  ['tandemRouterAdvIntervalErrors', 'advertIntervalErrors'],
  ['tandemRouterIpTtlErrors', 'ipTtlErrors'],
  ['tandemRouterRcvdPriZeroPackets', 'priorityZeroReceived'],
  ['tandemRouterSentPriZeroPackets', 'priorityZeroSent'],
  ['tandemRouterRcvdInvalidTypePackets', 'invalidTypeReceived'],
  ['tandemRouterAddressListErrors', 'addressListErrors'],
  ['tandemRouterPacketLengthErrors', 'packetLengthErrors'],
  ['tandemRouterChecksumErrors', 'checksumErrors'],
  ['tandemRouterVersionErrors', 'versionErrors'],
  ['tandemRouterAuthErrors', 'authErrors'],
  ['tandemRouterUnknownSources', 'unknownSource'],
  ['tandemRouterOwnSources', 'ownSource'],
  ['tandemRouterFamilyErrors', 'familyErrors'],
  ['tandemRouterLosingAdvertsAnswered', 'losingAdvertsAnswered'],
  ['tandemRouterSendErrors', 'sendErrors'],
  ['tandemRouterAnnouncementsSent', 'announcementsSent'],
  ['tandemRouterAddressesRestored', 'addressesRestored'],
];

const checksum = ({ checksum }: RouterStatus): MibValue =>
  integer(checksum === null ? 0 : checksum === 'rfc9568' ? 1 : 2);

export function routerTables({ routers }: Status): Column[] {
  const addresses = routers.flatMap((router) =>
    [...router.addresses, ...router.excludedAddresses].map((address, at) => ({
      router: router.name,
      address,
      number: at + 1,
      advertised: at < router.addresses.length,
    })),
  );
  return [
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 3, 1],
      first: 2,
      rows: routers,
      index: ({ name }) => nameIndex(name),
      columns: [
        ['tandemRouterVrId', (router) => integer(router.id)],
        ['tandemRouterFamily', (router) => integer(FAMILY[router.family])],
        ['tandemRouterVersion', (router) => integer(router.version)],
        ['tandemRouterInterface', (router) => text(router.interface)],
        ['tandemRouterAddressInterface', (router) => text(router.addressInterface)],
        ['tandemRouterGroup', (router) => text(router.group)],
        ['tandemRouterState', (router) => integer(ROUTER[router.state])],
        ['tandemRouterSince', (router) => dateAndTime(router.since)],
        ['tandemRouterReasonCode', (router) => text(router.reason.code)],
        ['tandemRouterReasonText', (router) => text(router.reason.text)],
        ['tandemRouterPriority', (router) => gauge(router.priority)],
        ['tandemRouterHoldsAddresses', (router) => truth(router.holdsAddresses)],
        ['tandemRouterSourceAddress', (router) => text(router.sourceAddress)],
        ['tandemRouterAdvertInterval', (router) => gauge(router.advertIntervalMs)],
        ['tandemRouterActiveAdvertInterval', (router) => gauge(router.activeAdvertIntervalMs)],
        ['tandemRouterMasterDown', (router) => gauge(router.masterDownMs)],
        ['tandemRouterActiveSource', (router) => text(router.activeSource)],
        ['tandemRouterChecksum', checksum],
        ['tandemRouterMasterTransitions', (router) => counter32(router.counters.activeTransitions)],
        ...COUNTERS.map(([name, key]) => [name, (router: RouterStatus) => counter64(router.counters[key])] as const),
      ],
    }),
    ...table({
      entry: [...TANDEM_OBJECTS, 7, 4, 1],
      first: 2,
      rows: addresses,
      index: ({ router, number }) => [...nameIndex(router), number],
      columns: [
        ['tandemAddressText', ({ address }) => text(address)],
        ['tandemAddressAdvertised', ({ advertised }) => truth(advertised)],
      ],
    }),
  ];
}
