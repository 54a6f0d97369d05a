/** The status of an instance (core/status.ts). */
import * as z from 'zod';
import type { ReasonCode } from '../../../core/reason.ts';
import type { FaultStatus, PeerStatus, RouterStatus, Status } from '../../../core/status.ts';
import { time } from './common.ts';
import type { AllSame, Same } from './same.ts';

export const role = z.enum(['starting', 'active', 'standby', 'fault', 'maintenance', 'bypass']);
export const routerState = z.enum(['init', 'backup', 'active', 'fault']);
export const peerHealth = z.enum(['healthy', 'unhealthy', 'unknown']);
export const bypassState = z.enum(['inline', 'bypass', 'notFitted', 'unknown']);

/** A code of the closed list (core/reason.ts). It is read here from no one, so that the list does not stand in a second place. */
const reasonCode = z.string() as unknown as z.ZodType<ReasonCode>;
const reasonText = z.object({ code: reasonCode, text: z.string() });

const count = z.number();
const counters = z.object({
  activeTransitions: count,
  advertsSent: count,
  advertsReceived: count,
  advertIntervalErrors: count,
  ipTtlErrors: count,
  priorityZeroReceived: count,
  priorityZeroSent: count,
  invalidTypeReceived: count,
  addressListErrors: count,
  packetLengthErrors: count,
  checksumErrors: count,
  versionErrors: count,
  authErrors: count,
  unknownSource: count,
  ownSource: count,
  familyErrors: count,
  losingAdvertsAnswered: count,
  sendErrors: count,
  announcementsSent: count,
  addressesRestored: count,
});

const faultName = z.enum([
  'addressInterfaceDown',
  'noSource',
  'cannotSend',
  'addressInUse',
  'duplicateSource',
  'linkPairs',
  'track',
  'bypassStuck',
  'bypassUnknown',
  'flapLimit',
]);

const fault = z.object({
  name: faultName,
  scope: z.enum(['instance', 'router']),
  router: z.exactOptional(z.string()),
  hard: z.boolean(),
  since: time,
  text: z.string(),
});

const condition = z.object({
  name: z.string(),
  router: z.exactOptional(z.string()),
  peer: z.exactOptional(z.string()),
  since: time,
  text: z.string(),
});

const router = z.object({
  name: z.string(),
  id: z.number(),
  family: z.enum(['ipv4', 'ipv6']),
  version: z.literal([2, 3]),
  interface: z.string(),
  addressInterface: z.string(),
  group: z.string(),
  state: routerState,
  since: time,
  reason: reasonText,
  priority: z.number(),
  addresses: z.array(z.string()),
  excludedAddresses: z.array(z.string()),
  holdsAddresses: z.boolean(),
  sourceAddress: z.string().nullable(),
  advertIntervalMs: z.number(),
  activeAdvertIntervalMs: z.number(),
  masterDownMs: z.number(),
  activeSource: z.string().nullable(),
  checksum: z.enum(['rfc9568', 'rfc5798']).nullable(),
  counters,
});

const path = z.object({
  address: z.string(),
  health: peerHealth,
  rttMs: z.number().nullable(),
  lastContactMs: z.number().nullable(),
  failing: z.number(),
  recovering: z.number(),
  recent: z.string(),
});

const peer = z.object({
  name: z.string(),
  health: peerHealth,
  since: time,
  role: z.union([role, z.literal('unknown')]),
  reason: reasonText.nullable(),
  eligible: z.boolean().nullable(),
  standing: z.enum(['eligible', 'ineligible', 'gone', 'uncertain']),
  lastContactMs: z.number().nullable(),
  checkIntervalMs: z.number(),
  failing: z.number(),
  recovering: z.number(),
  failureThreshold: z.number(),
  recoveryThreshold: z.number(),
  primary: z.boolean().nullable(),
  version: z.string().nullable(),
  configurationHash: z.string().nullable(),
  faults: z.array(z.string()),
  links: z.object({ active: z.number(), minimum: z.number() }).nullable(),
  bypass: bypassState.nullable(),
  activeGroups: z.array(z.string()).nullable(),
  priorities: z.record(z.string(), z.number()).nullable(),
  paths: z.array(path),
  ignored: z.record(z.string(), z.number()),
});

const pair = z.object({
  name: z.string(),
  state: z.enum(['up', 'half', 'down', 'notMeasured']),
  outside: z.boolean(),
  inside: z.boolean(),
  outsideInterface: z.string(),
  insideInterface: z.string(),
  outsideSince: time,
  insideSince: time,
  since: time,
});

const bandwidth = z.object({
  enabled: z.boolean(),
  bps: z.number().nullable(),
  averageBps: z.number().nullable(),
  minimum: z.number(),
  windowSeconds: z.number(),
  state: z.enum(['ok', 'low', 'off', 'measuring']),
  disarmedBy: z.string().nullable(),
});

const bypass = z.object({
  driver: z.string(),
  state: bypassState,
  latched: z.boolean(),
  by: z.enum(['flaps', 'serviceDown', 'operator', 'unknown']).nullable(),
  commanded: z.enum(['inline', 'bypass']).nullable(),
  reason: reasonText.nullable(),
  reasonSince: time.nullable(),
  holder: z.boolean(),
  since: time.nullable(),
  detail: z.string(),
  powerOff: z.enum(['bypass', 'blocked']).nullable(),
  watchdog: z.object({ armed: z.boolean(), timeMs: z.number(), fedAt: time.nullable() }).nullable(),
});

const track = z.object({
  name: z.string(),
  type: z.string(),
  up: z.boolean().nullable(),
  failing: z.number(),
  rising: z.number(),
  weight: z.number(),
  routers: z.array(z.string()),
  detail: z.string(),
});

const processId = z.number().nullable();

export const status = z
  .object({
    instance: z.string(),
    stack: z.string(),
    mode: z.string(),
    primary: z.boolean(),
    version: z.string(),
    role,
    since: time,
    reason: reasonText,
    processes: z.object({ guardian: processId, engine: processId, manager: processId, helper: processId }),
    eligible: z.boolean(),
    faults: z.array(fault),
    conditions: z.array(condition),
    preemptionHeldUntil: z.string().nullable(),
    leader: z.boolean().nullable(),
    routers: z.array(router),
    peers: z.array(peer),
    links: z.object({ active: z.number(), minimum: z.number(), intervalMs: z.number(), pairs: z.array(pair) }),
    bandwidth,
    flaps: z.object({
      count: z.number(),
      max: z.number(),
      windowSeconds: z.number(),
      latched: z.boolean(),
      at: z.array(time),
    }),
    bypass,
    tracks: z.array(track),
    maintenance: z.object({ by: z.string(), since: time, until: z.string().nullable() }).nullable(),
    configuration: z.object({ hash: z.string(), loadedAt: time, warnings: z.array(z.string()) }),
    realtime: z.object({ scheduling: z.boolean(), memoryLocked: z.boolean() }),
    lastTakeover: z.object({ at: time, reason: z.string(), durationMs: z.number().nullable() }).nullable(),
    lastHandover: z
      .object({
        at: time,
        peer: z.string(),
        purpose: z.enum(['switchover', 'maintenance', 'bandwidth', 'preemption', 'stop']),
        durationMs: z.number(),
      })
      .nullable(),
    lateness: z.object({ p50: z.number(), p99: z.number(), worst: z.number() }),
    at: time,
  })
  .meta({ description: 'everything about this instance, as the engine says it' });

export type Checked = AllSame<
  [
    Same<typeof fault, FaultStatus>,
    Same<typeof router, RouterStatus>,
    Same<typeof peer, PeerStatus>,
    Same<typeof status, Status>,
  ]
>;
