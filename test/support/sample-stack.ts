/** Snapshots of a stack as the page can meet it, one for each scenario. */
import type { Headline, Sample, Snapshot } from '../../core/api/stack.ts';
import type { PeerStatus, Status } from '../../core/status.ts';
import { instancesOf } from '../../manager/instances.ts';
import { sampleRouter, sampleStatus } from './sample-status.ts';

export const SCENARIOS = [
  'protected',
  'standby',
  'degraded',
  'bypassed',
  'twoActive',
  'serviceDown',
  'alone',
  'engineGone',
  'neverSeen',
  'maintenance',
  'notFitted',
  'driverError',
  'bandwidthOff',
  'noSamples',
  'fileInvalid',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

const SINCE = '2026-11-21T01:00:00.000Z';

function peer(more: Partial<PeerStatus> = {}): PeerStatus {
  return {
    ...sampleStatus().peers[0]!,
    health: 'healthy',
    role: 'standby',
    reason: { code: 'activeHeard', text: 'a is active with a higher priority' },
    eligible: true,
    standing: 'eligible',
    lastContactMs: 42,
    failing: 0,
    links: { active: 1, minimum: 1 },
    bypass: 'inline',
    activeGroups: more.role === 'active' ? sampleStatus().routers.map(({ group }) => group) : [],
    paths: [
      {
        address: '192.0.2.2',
        health: 'healthy',
        rttMs: 0.4,
        lastContactMs: 42,
        failing: 0,
        recovering: 0,
        recent: `${'p'.repeat(40)}ff${'p'.repeat(18)}`,
      },
      {
        address: '198.51.100.2',
        health: 'healthy',
        rttMs: 0.9,
        lastContactMs: 51,
        failing: 0,
        recovering: 0,
        recent: 'p'.repeat(60),
      },
    ],
    ...more,
  };
}

const well = (): Status =>
  sampleStatus({ faults: [], conditions: [], preemptionHeldUntil: null, peers: [peer()], tracks: [] });

function statusOf(scenario: Scenario): Status {
  const status = well();
  const standbyRouters = status.routers.map((router) => ({
    ...router,
    state: 'backup' as const,
    holdsAddresses: false,
  }));
  switch (scenario) {
    case 'protected':
    case 'engineGone':
    case 'noSamples':
    case 'fileInvalid':
      return status;
    case 'standby':
      return {
        ...status,
        primary: false,
        role: 'standby',
        routers: standbyRouters,
        peers: [peer({ role: 'active', primary: true })],
      };
    case 'degraded':
      return {
        ...sampleStatus(),
        links: {
          ...status.links,
          pairs: [{ ...status.links.pairs[0]!, state: 'half', inside: false, insideSince: SINCE }],
        },
      };
    case 'bypassed':
      return {
        ...status,
        role: 'bypass',
        eligible: false,
        routers: [sampleRouter({ state: 'fault', holdsAddresses: false })],
        flaps: { ...status.flaps, count: 7, latched: true },
        bypass: {
          ...status.bypass,
          state: 'bypass',
          latched: true,
          by: 'flaps',
          commanded: 'bypass',
          reason: { code: 'bypassBecause', text: 'too many flaps: more than 6 within 15m' },
          reasonSince: SINCE,
        },
        peers: [peer({ role: 'active' })],
      };
    case 'twoActive':
      return { ...status, peers: [peer({ role: 'active', primary: true })] };
    case 'serviceDown':
      return {
        ...status,
        role: 'fault',
        eligible: false,
        routers: standbyRouters,
        peers: [peer({ role: 'fault', eligible: false, standing: 'ineligible', faults: ['linkPairs'] })],
      };
    case 'neverSeen':
      return {
        ...status,
        peers: [
          {
            ...sampleStatus().peers[0]!,
            health: 'unknown',
            lastContactMs: null,
            failing: 0,
            version: null,
            configurationHash: null,
            paths: [
              {
                address: '192.0.2.2',
                health: 'unknown',
                rttMs: null,
                lastContactMs: null,
                failing: 0,
                recovering: 0,
                recent: '',
              },
            ],
          },
        ],
      };
    case 'maintenance':
      return {
        ...status,
        role: 'maintenance',
        eligible: false,
        routers: standbyRouters,
        maintenance: { by: 'operator', since: SINCE, until: 'reboot' },
        peers: [peer({ role: 'active', primary: false })],
      };
    case 'notFitted':
      return {
        ...status,
        bypass: { ...status.bypass, driver: 'none', state: 'notFitted', commanded: null, holder: false, since: null },
      };
    case 'driverError':
      return { ...status, bypass: { ...status.bypass, state: 'unknown', detail: 'bpctl_util: no such device' } };
    case 'bandwidthOff':
      return { ...status, bandwidth: { ...status.bandwidth, enabled: false, state: 'off' } };
    case 'alone':
      return { ...status, mode: 'off', peers: [], links: { active: 0, minimum: 0, intervalMs: 100, pairs: [] } };
  }
}

const HEADLINES: Readonly<Record<Scenario, Omit<Headline, 'actives'>>> = {
  protected: {
    health: 'protected',
    text: 'a is active because it is the primary and b has lower priority.',
    canLose: 1,
    problems: [],
  },
  standby: {
    health: 'protected',
    text: 'b is active because it is the primary and a has lower priority.',
    canLose: 1,
    problems: [],
  },
  degraded: {
    health: 'degraded',
    text: 'a is active; b does not answer, so that no other instance can take over.',
    canLose: 0,
    problems: [
      {
        severity: 'warning',
        text: 'b missed 3 of 3 checks on every path.',
        advice: 'See whether b runs, and the network between.',
      },
    ],
  },
  bypassed: {
    health: 'degraded',
    text: 'a is bypassed: its traffic passes uninspected. b is active.',
    canLose: 0,
    problems: [
      {
        severity: 'critical',
        text: 'The bypass of a is engaged: 7 flaps, 6 are allowed.',
        advice: 'Find out why a flaps, then release the bypass.',
      },
    ],
  },
  twoActive: {
    health: 'unprotected',
    text: 'Two instances are active: a and b.',
    canLose: 0,
    problems: [
      {
        severity: 'critical',
        text: 'Two instances are active: a and b.',
        advice: 'A switch may block multicast 224.0.0.18. Put b into maintenance.',
      },
    ],
  },
  serviceDown: {
    health: 'serviceDown',
    text: 'No instance is active; addresses are not served.',
    canLose: 0,
    problems: [
      {
        severity: 'critical',
        text: 'No instance is active.',
        advice: 'Too few link pairs on a and b: check the cables.',
      },
    ],
  },
  alone: {
    health: 'unprotected',
    text: 'HA is off on a. It runs alone and owns its addresses.',
    canLose: 0,
    problems: [],
  },
  neverSeen: {
    health: 'degraded',
    text: 'a is active; b was never seen.',
    canLose: 0,
    problems: [{ severity: 'warning', text: 'b was never seen.', advice: 'See whether b runs.' }],
  },
  maintenance: {
    health: 'degraded',
    text: 'b is active; a is in maintenance.',
    canLose: 0,
    problems: [],
  },
  notFitted: { health: 'protected', text: 'a is active because it is the primary.', canLose: 1, problems: [] },
  driverError: { health: 'protected', text: 'a is active because it is the primary.', canLose: 1, problems: [] },
  bandwidthOff: { health: 'protected', text: 'a is active because it is the primary.', canLose: 1, problems: [] },
  noSamples: { health: 'protected', text: 'a is active because it is the primary.', canLose: 1, problems: [] },
  fileInvalid: { health: 'protected', text: 'a is active because it is the primary.', canLose: 1, problems: [] },
  engineGone: { health: 'unknown', text: 'The engine does not answer.', canLose: 0, problems: [] },
};

export function sampleAt(at: number): Sample {
  const bps = Math.round(412_000_000 + 80_000_000 * Math.sin(at / 30_000));
  return { at: new Date(at).toISOString(), bps, averageBps: Math.round(bps * 0.97) };
}

/** What the page gets at first in this scenario. */
export function sampleSnapshot(scenario: Scenario = 'protected', now: number = Date.parse(SINCE)): Snapshot {
  const status = statusOf(scenario);
  const instances = instancesOf(status, 0, () => SINCE);
  const actives = instances.filter(({ role }) => role === 'active').map(({ name }) => name);
  const gone = scenario === 'engineGone';
  return {
    rev: 1,
    at: new Date(now).toISOString(),
    engine: { reachable: !gone, since: SINCE, error: gone ? 'no daemon has its socket there' : null },
    status,
    statusAt: new Date(gone ? now - 60_000 : now).toISOString(),
    headline: { ...HEADLINES[scenario], actives },
    instances,
    samples:
      scenario === 'noSamples' ? [] : Array.from({ length: 120 }, (_, index) => sampleAt(now - (120 - index) * 1000)),
    linkSpeeds: { eth0: 1e9, eth1: 1e9 },
    settingsRevision: 'r1',
    fileError: scenario === 'fileInvalid' ? 'tandem.yaml:7:5: ha.port: expected 1 to 65535, found 0' : null,
    maintenanceNote: scenario === 'maintenance' ? { text: 'New fans.', by: 'operator', at: SINCE } : null,
    bypassNote: null,
    leader: actives[0] ?? null,
    journal: null,
  };
}
