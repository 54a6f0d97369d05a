/** An entry of the journal as what is sent of it: a notification of TANDEM-MIB, and those of RFC 6527 where it is about VRRP version 3. */
import type { JournalEntry } from '../../core/api/journal.ts';
import type { RouterStatus, Status } from '../../core/status.ts';
import { NOTIFICATIONS, notificationOf } from './notification.ts';
import { TANDEM_NOTIFICATIONS, TANDEM_OBJECTS, VRRPV3_NOTIFICATIONS } from './oid.ts';
import type { Oid } from './oid.ts';
import { dateAndTime, gauge, integer, octets, text } from './value.ts';
import type { MibValue } from './value.ts';
import { newMasterReason, protocolError } from './vrrp-notes.ts';
import { inetAddress, OPERATIONS_ENTRY, routerIndex, STATISTICS_ENTRY } from './vrrpv3.ts';
import { ROLE, SEVERITY } from './words.ts';

export interface Varbind {
  readonly oid: Oid;
  readonly value: MibValue;
}

export interface Notification {
  readonly name: string;
  readonly oid: Oid;
  readonly varbinds: readonly Varbind[];
}

export interface Surroundings {
  readonly status: Status | null;
  ifIndex(name: string): number | null;
}

/** The event objects of TANDEM-MIB in their order: the number of each is its position. */
const EVENT_OBJECTS: readonly (readonly [
  name: string,
  value: (entry: JournalEntry, status: Status | null) => MibValue,
])[] = [
  ['tandemEventInstance', (entry) => text(entry.instance)],
  ['tandemEventRole', (entry, status) => integer(ROLE[roleOf(entry, status)])],
  ['tandemEventReasonText', ({ reason }) => text(reason.text)],
  ['tandemEventReasonCode', ({ reason }) => text(reason.code)],
  ['tandemEventSeverity', ({ severity }) => integer(SEVERITY[severity])],
  ['tandemEventKind', ({ kind }) => text(kind)],
  ['tandemEventIncident', ({ incident }) => text(incident)],
  ['tandemEventTime', ({ at }) => dateAndTime(at) ?? octets(new Uint8Array(8))],
  ['tandemEventRouter', ({ router }) => text(router ?? null)],
  ['tandemEventFrom', ({ from }) => text(from ?? null)],
  ['tandemEventTo', ({ to }) => text(to ?? null)],
  ['tandemEventActor', ({ actor }) => text(actor === undefined ? null : `${actor.user} from ${actor.from}`)],
  ['tandemEventId', ({ id }) => text(id)],
  ['tandemEventSeq', ({ seq }) => gauge(seq)],
];

export const EVENT_OBJECT_NAMES: readonly string[] = EVENT_OBJECTS.map(([name]) => name);

/** What RFC 6527's notifications carry beyond what they must: who and why. */
const FOR_VRRP: readonly string[] = [
  'tandemEventInstance',
  'tandemEventRole',
  'tandemEventReasonText',
  'tandemEventIncident',
];

function roleOf({ kind, to, instance }: JournalEntry, status: Status | null): keyof typeof ROLE {
  if (kind === 'role' && to !== undefined && Object.hasOwn(ROLE, to)) return to as keyof typeof ROLE;
  if (status?.instance === instance) return status.role;
  return status?.peers.find(({ name }) => name === instance)?.role ?? 'unknown';
}

function eventObjects(entry: JournalEntry, status: Status | null, names: readonly string[]): Varbind[] {
  return EVENT_OBJECTS.flatMap(([name, value], i) =>
    // The instance 0, as of a scalar: they exist in notifications only.
    names.includes(name) ? [{ oid: [...TANDEM_OBJECTS, 8, i + 1, 0], value: value(entry, status) }] : [],
  );
}

/** Empty where the entry needs no notification. */
export function notificationsOf(entry: JournalEntry, { status, ifIndex }: Surroundings): readonly Notification[] {
  const name = notificationOf(entry);
  const own: Notification[] =
    name === null
      ? []
      : [
          {
            name,
            oid: [...TANDEM_NOTIFICATIONS, NOTIFICATIONS[name]],
            varbinds: eventObjects(entry, status, EVENT_OBJECT_NAMES),
          },
        ];
  const router = status?.instance === entry.instance ? routerNamed(status, entry.router) : undefined;
  const index = router === undefined ? null : routerIndex(router, ifIndex);
  if (router === undefined || index === null) return own;
  const vrrp = vrrpNotification(entry, router, index);
  if (vrrp === null) return own;
  return [...own, { ...vrrp, varbinds: [...vrrp.varbinds, ...eventObjects(entry, status, FOR_VRRP)] }];
}

const routerNamed = (status: Status, name: string | undefined): RouterStatus | undefined =>
  status.routers.find((router) => router.name === name && router.version === 3);

function vrrpNotification(entry: JournalEntry, router: RouterStatus, index: Oid): Notification | null {
  if (entry.kind === 'router' && entry.to === 'active') {
    return {
      name: 'vrrpv3NewMaster',
      oid: [...VRRPV3_NOTIFICATIONS, 1],
      varbinds: [
        { oid: [...OPERATIONS_ENTRY, 3, ...index], value: inetAddress(router.family, router.sourceAddress) },
        { oid: [...STATISTICS_ENTRY, 2, ...index], value: integer(newMasterReason(entry.reason.code)) },
      ],
    };
  }
  const error = protocolError(entry);
  if (error === null) return null;
  return {
    name: 'vrrpv3ProtoError',
    oid: [...VRRPV3_NOTIFICATIONS, 2],
    varbinds: [{ oid: [...STATISTICS_ENTRY, 6, ...index], value: integer(error) }],
  };
}
