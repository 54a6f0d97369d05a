/** A status as the engine gives it, for tests of those who show it. */
import type { RouterCounters, RouterStatus, Status } from '../../../core/status.ts';

const COUNTERS: RouterCounters = {
  activeTransitions: 1,
  advertsSent: 240,
  advertsReceived: 12,
  advertIntervalErrors: 0,
  ipTtlErrors: 0,
  priorityZeroReceived: 1,
  priorityZeroSent: 0,
  invalidTypeReceived: 0,
  addressListErrors: 0,
  packetLengthErrors: 0,
  checksumErrors: 0,
  versionErrors: 0,
  authErrors: 0,
  unknownSource: 0,
  ownSource: 0,
  familyErrors: 0,
  losingAdvertsAnswered: 0,
  sendErrors: 0,
  announcementsSent: 10,
  addressesRestored: 0,
};

/** Router `name` of an active instance; `change` says what is different. */
export function sampleRouter(change: Partial<RouterStatus> = {}): RouterStatus {
  return {
    name: 'wan',
    id: 51,
    family: 'ipv4',
    version: 3,
    interface: 'eth2',
    addressInterface: 'eth0',
    group: 'stack',
    state: 'active',
    since: '2026-11-21T01:00:00.000Z',
    reason: { code: 'masterDown', text: 'no advert for wan for 3.61 s' },
    priority: 200,
    addresses: ['203.0.113.10/24'],
    excludedAddresses: [],
    holdsAddresses: true,
    sourceAddress: '192.0.2.1',
    advertIntervalMs: 1000,
    activeAdvertIntervalMs: 1000,
    masterDownMs: 3220,
    activeSource: null,
    checksum: 'rfc5798',
    counters: COUNTERS,
    ...change,
  };
}

/** Instance `a`, active for four minutes; `change` says what is different. */
export function sampleStatus(change: Partial<Status> = {}): Status {
  return {
    instance: 'a',
    stack: 'edge',
    mode: 'active-passive',
    primary: true,
    version: '0.1.0',
    role: 'active',
    since: '2026-11-21T01:00:00.000Z',
    reason: { code: 'masterDown', text: 'no advert for wan for 3.61 s' },
    processes: { guardian: 100, engine: 101, manager: null, helper: 102 },
    eligible: true,
    faults: [],
    conditions: [],
    preemptionHeldUntil: null,
    leader: null,
    routers: [sampleRouter()],
    peers: null,
    links: null,
    bandwidth: null,
    flaps: null,
    bypass: null,
    configuration: { hash: '0123456789abcdef', loadedAt: '2026-11-21T00:59:00.000Z', warnings: [] },
    realtime: { scheduling: true, memoryLocked: true },
    lateness: { p50: 0.1, p99: 0.8, worst: 2.4 },
    at: '2026-11-21T01:04:10.000Z',
    ...change,
  };
}
