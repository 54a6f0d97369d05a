/** The stacks that scenarios are about: 2 to 5 machines, with one plan but for what differs between instances. */
import type { EnginePlan, RouterPlan, TrackPlan } from '../../config/plan.ts';
import { PLAIN } from '../support/plain-plan.ts';
import { type Node, makeNode, pathAddresses } from './node.ts';
import type { Random } from './random.ts';

const NAMES = 'abcde';

/** Instances that know each other as plain VRRP speakers, or as peers; `guarded`: with everything that protects. */
export type Stack = 'strangers' | 'peers' | 'guarded';

export function makeNodes(random: Random, wanted?: Stack): Node[] {
  const stack = wanted ?? (random.chance(0.35) ? 'strangers' : 'peers');
  return stack === 'strangers' ? makeStrangers(random) : makePeers(random, stack === 'guarded');
}

function makeStrangers(random: Random): Node[] {
  const mode = random.pick(['active-passive', 'active-passive', 'active-active', 'cluster'] as const);
  const interval = random.pick([10, 100, 1000]);
  const routers = random.between(1, 3);
  const mixed = random.chance(0.3);
  const apart = random.chance(0.4);
  const preempt = random.chance(0.7);
  const preemptDelayMs = random.chance(0.3) ? interval * random.between(1, 8) : 0;
  const count = random.between(2, 5);
  const base = Array.from({ length: count }, () => random.pick([255, 200, 150, 100, 100, 1]));
  const priorities = oneOwner(base);
  return Array.from({ length: count }, (_, n) => {
    const intervalMs = mixed && n % 2 === 1 ? Math.max(10, interval / 2) : interval;
    const plan: EnginePlan = {
      ...PLAIN,
      instance: NAMES[n]!,
      stack: 'sim',
      mode,
      primary: n === 0,
      ownsFirst: n === 0,
      preempt,
      preemptDelayMs,
      routers: Array.from({ length: routers }, (__, r) => makeRouter(r, mode, priorities[n]!, intervalMs, apart)),
    };
    return makeNode(n, plan);
  });
}

/** One address owner at the most: two are a mistake of configuration, and no owner defers to a delay. */
function oneOwner(base: readonly number[]): number[] {
  return base.map((p, n) => (p === 255 && base.indexOf(255) !== n ? 100 : p));
}

function makePeers(random: Random, guarded: boolean): Node[] {
  const mode = random.pick(['active-passive', 'active-passive', 'active-passive', 'active-active', 'cluster'] as const);
  const count = random.pick([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 5]);
  const advertMs = random.pick(count > 3 ? [1000] : count > 2 ? [100, 1000, 1000] : [100, 1000]);
  const intervalMs = random.pick(checkIntervals(count, advertMs));
  const routers = random.between(1, 2);
  const apart = random.chance(0.5);
  const pathCount = random.chance(0.75) ? 2 : 1;
  const equal = random.chance(0.15);
  const owner = random.chance(0.1);
  const primary = mode === 'active-passive' || random.chance(0.4);
  const protection = makeProtection(random, guarded);
  const shared: Omit<EnginePlan, 'instance' | 'primary' | 'ownsFirst' | 'peers' | 'routers'> = {
    ...PLAIN,
    ...protection,
    stack: 'sim',
    mode,
    preempt: random.chance(0.75),
    preemptDelayMs: random.chance(0.2) ? random.pick([200, 1000, 3000]) : 0,
    haInterface: 'ha0',
    secretFile: '/etc/tandem/stack.key',
    splitBrainGuard: random.chance(0.85),
    fastTakeover: random.chance(0.85),
    peerCheck: {
      intervalMs,
      failureThreshold: random.pick([2, 3]),
      recoveryThreshold: random.pick([1, 2]),
    },
  };
  return Array.from({ length: count }, (_, n) => {
    const peers = Array.from({ length: count }, (__, p) => p).filter((p) => p !== n);
    const plan: EnginePlan = {
      ...shared,
      instance: NAMES[n]!,
      primary: primary && n === 0,
      ownsFirst: n === 0,
      peers: peers.map((p) => ({ name: NAMES[p]!, paths: pathAddresses(p + 1).slice(0, pathCount) })),
      routers: Array.from({ length: routers }, (__, r) =>
        makeRouter(r, mode, priorityOf(mode, n, r, count, equal, owner), advertMs, apart),
      ),
    };
    return makeNode(n, plan);
  });
}

/** What costs time is the number of checks: many machines, or slow ones, check each other less often. */
function checkIntervals(count: number, advertMs: number): readonly number[] {
  if (count > 2) return count > 3 ? [2000] : [1000];
  return advertMs === 100 ? [50, 100, 200, 500] : [200, 500, 1000, 1000];
}

function priorityOf(mode: string, n: number, router: number, count: number, equal: boolean, owner: boolean): number {
  const rank = mode === 'active-passive' ? n : (n - router + count) % count;
  if (rank === 0) return owner ? 255 : 200;
  if (equal) return 100;
  return mode === 'cluster' ? 200 - 10 * rank : 101 - rank;
}

/** Link pairs, bypass, flaps, bandwidth and tracks: each in some stacks. */
function makeProtection(
  random: Random,
  guarded: boolean,
): Pick<EnginePlan, 'links' | 'bypass' | 'flaps' | 'bandwidth' | 'tracks'> {
  const pairs = random.chance(guarded ? 1 : 0.4) ? random.between(1, 2) : 0;
  const fitted = random.chance(guarded ? 1 : 0.4);
  const measured = random.chance(0.25);
  const tracks = random.chance(0.3) ? makeTracks(random) : [];
  return {
    links: {
      intervalMs: 100,
      minimumActive: pairs === 0 ? 0 : random.between(0, pairs),
      pairs: Array.from({ length: pairs }, (_, n) => ({ name: `wan${n}`, outside: `out${n}`, inside: `in${n}` })),
    },
    bypass: {
      ...PLAIN.bypass,
      driver: fitted ? 'sysfs' : 'none',
      onServiceDown: random.chance(0.8),
      settleMs: random.pick([1000, 2000]),
    },
    flaps: {
      max: random.pick(guarded ? [1] : [0, 1, 1, 3]),
      windowMs: 60_000,
      action: random.pick(guarded ? (['bypass'] as const) : (['bypass', 'fault'] as const)),
    },
    bandwidth: measured
      ? { enabled: true, minimum: 10_000, windowMs: 2000, interfaces: ['out0'], cooldownMs: 4000 }
      : PLAIN.bandwidth,
    tracks,
  };
}

function makeTracks(random: Random): TrackPlan[] {
  const weights = random.pick([[0], [-120], [0, 60]]);
  return weights.map((weight, n) => ({
    name: `track${n}`,
    target: { type: 'file', target: '/run/appliance-ready' },
    intervalMs: 1000,
    timeoutMs: 500,
    fall: 2,
    rise: 2,
    weight,
    routers: weight === 0 && random.chance(0.4) ? ['r0'] : [],
  }));
}

export function makeRouter(
  n: number,
  mode: EnginePlan['mode'],
  priority: number,
  intervalMs: number,
  apart: boolean,
): RouterPlan {
  const name = `r${n}`;
  return {
    name,
    id: n + 1,
    version: 3,
    family: 'ipv4',
    interface: apart ? 'ha0' : 'data0',
    addressInterface: 'data0',
    addresses: [{ address: `10.1.0.${n + 1}`, prefix: 24, family: 'ipv4', interface: 'data0' }],
    excludedAddresses: [],
    advertIntervalMs: intervalMs,
    priority,
    unicastPeers: [],
    sourceAddress: null,
    virtualMac: false,
    accept: true,
    checksum: 'auto',
    password: null,
    announce: { repeat: 5, againMs: 5000, refreshMs: 60_000 },
    group: mode === 'active-passive' ? 'stack' : name,
  };
}

/** The same plan in another mode: the groups follow the mode. */
export function withMode(plan: EnginePlan, mode: EnginePlan['mode']): EnginePlan {
  const routers = plan.routers.map((r) => ({ ...r, group: mode === 'active-passive' ? 'stack' : r.name }));
  return { ...plan, mode, routers };
}

export function withRouters(plan: EnginePlan, change: Partial<RouterPlan>): EnginePlan {
  return { ...plan, routers: plan.routers.map((router) => ({ ...router, ...change })) };
}
