/** A status as the engine gives it, for tests of those who show it. */
import type { LinksStatus, PeerStatus, RouterCounters, RouterStatus, Status } from '../../../core/status.ts';

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

/** Peer `b`, a healthy standby; `change` says what is different. */
export function samplePeer(change: Partial<PeerStatus> = {}): PeerStatus {
  return {
    name: 'b',
    health: 'healthy',
    since: '2026-11-21T00:59:00.000Z',
    role: 'standby',
    reason: { code: 'peerActive', text: 'a reports that it is active for wan (priority 200)' },
    eligible: true,
    standing: 'eligible',
    lastContactMs: 12,
    checkIntervalMs: 100,
    failing: 0,
    recovering: 0,
    failureThreshold: 3,
    recoveryThreshold: 2,
    primary: false,
    version: '0.1.0',
    configurationHash: '0123456789abcdef',
    faults: [],
    links: { active: 1, minimum: 1 },
    bypass: null,
    activeGroups: null,
    priorities: null,
    paths: [
      {
        address: '192.0.2.2',
        health: 'healthy',
        rttMs: 0.4,
        lastContactMs: 12,
        failing: 0,
        recovering: 0,
        recent: 'ppp',
      },
    ],
    ignored: {},
    ...change,
  };
}

/** The link pair `wan1` of an instance that needs it; `change` says what is different of the pair. */
export function sampleLinks(change: Partial<LinksStatus['pairs'][number]> = {}): LinksStatus {
  const pair = {
    name: 'wan1',
    state: 'up',
    outside: true,
    inside: true,
    outsideInterface: 'eth0',
    insideInterface: 'eth1',
    outsideSince: '2026-11-21T00:59:00.000Z',
    insideSince: '2026-11-21T00:59:00.000Z',
    since: '2026-11-21T00:59:00.000Z',
    ...change,
  } as const;
  return { active: pair.state === 'up' ? 1 : 0, minimum: 1, intervalMs: 100, pairs: [pair] };
}

/** Instance `a`, active for four minutes, with nothing configured but a virtual router; `change` says what is different. */
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
    peers: [],
    links: { active: 0, minimum: 0, intervalMs: 100, pairs: [] },
    bandwidth: {
      enabled: false,
      bps: null,
      averageBps: null,
      minimum: 1024,
      windowSeconds: 10,
      state: 'off',
      disarmedBy: null,
    },
    flaps: { count: 0, max: 6, windowSeconds: 900, latched: false, at: [] },
    bypass: {
      driver: 'none',
      state: 'notFitted',
      latched: false,
      by: null,
      commanded: null,
      reason: null,
      reasonSince: null,
      holder: true,
      since: null,
      detail: '',
      powerOff: null,
      watchdog: null,
    },
    tracks: [],
    maintenance: null,
    configuration: { hash: '0123456789abcdef', loadedAt: '2026-11-21T00:59:00.000Z', warnings: [] },
    realtime: { scheduling: true, memoryLocked: true },
    lastTakeover: { at: '2026-11-21T01:00:00.000Z', reason: 'no advert for wan for 3.61 s', durationMs: 12.5 },
    lastHandover: null,
    lateness: { p50: 0.1, p99: 0.8, worst: 2.4 },
    at: '2026-11-21T01:04:10.000Z',
    ...change,
  };
}
