/** From the configuration to what the engine works from: every default that depends on other keys is settled here. Pure. */
import { createHash } from 'node:crypto';
import type { EnginePlan, PlannedAddress, RouterPlan, TrackPlan, TrackTarget } from './plan.ts';
import { defaultPriority, ranking } from './priority.ts';
import { familyOf, interfaceOf, type RouterConfig } from './router-facts.ts';
import type { Config } from './schema.ts';
import { warningsOf } from './warnings.ts';

/** The plan of a valid configuration. `warnings` are those of `loadConfigText`, which knows what stands in the file. */
export function resolvePlan(config: Config, warnings: readonly string[] = warningsOf(config)): EnginePlan {
  const { instance, stack, ha } = config;
  const plan = {
    instance,
    stack,
    mode: ha.mode,
    primary: ha.primary,
    ownsFirst: ownsFirst(config),
    preempt: ha.preempt,
    preemptDelayMs: ha.preemptDelay,
    haInterface: ha.interface,
    haPort: ha.port,
    secretFile: ha.secretFile,
    splitBrainGuard: ha.splitBrainGuard,
    fastTakeover: ha.fastTakeover,
    peers: ha.peers.map(({ name, paths }) => ({ name, paths })),
    peerCheck: {
      intervalMs: ha.peerCheck.interval,
      failureThreshold: ha.peerCheck.failureThreshold,
      recoveryThreshold: ha.peerCheck.recoveryThreshold,
    },
    ...monitorsPlan(config),
    commands: config.sessions.commands,
    manager: config.manager !== false,
    routers: config.vrrp.map((router) => routerPlan(router, config)),
    realtime: config.realtime,
  };
  return { ...plan, hash: planHash(plan), warnings };
}

function ownsFirst({ vrrp, ha, instance }: Config): boolean {
  const [first] = vrrp;
  if (first === undefined) return false;
  const everybody = [instance, ...ha.peers.map((peer) => peer.name)];
  return ranking(first, everybody)[0] === instance;
}

/** The sections of what is measured, and of what follows from it. */
function monitorsPlan({ links, bandwidth, flaps, bypass, tracks }: Config) {
  const { pairs } = links;
  return {
    links: { intervalMs: links.interval, minimumActive: links.minimumActive, pairs },
    bandwidth: {
      enabled: bandwidth.enabled,
      minimum: bandwidth.minimum,
      windowMs: bandwidth.window,
      interfaces: bandwidth.interfaces.length > 0 ? bandwidth.interfaces : pairs.map((pair) => pair.outside),
      cooldownMs: bandwidth.cooldown,
    },
    flaps: { max: flaps.max, windowMs: flaps.window, action: flaps.action },
    bypass: {
      driver: bypass.driver,
      onServiceDown: bypass.onServiceDown,
      settleMs: bypass.settle,
      watchdogMs: bypass.watchdog,
      command: bypass.driver === 'command' ? (bypass.command ?? null) : null,
      sysfs: bypass.driver === 'sysfs' ? (bypass.sysfs ?? null) : null,
      silicom: bypass.silicom.program,
    },
    tracks: tracks.map(trackPlan),
  };
}

function trackPlan(track: Config['tracks'][number]): TrackPlan {
  const { name, interval, timeout, fall, rise, weight, routers } = track;
  return { name, target: targetOf(track), intervalMs: interval, timeoutMs: timeout, fall, rise, weight, routers };
}

function targetOf(track: Config['tracks'][number]): TrackTarget {
  switch (track.type) {
    case 'script':
      return { type: track.type, command: track.command };
    case 'resource':
      return { type: track.type, target: track.target, path: track.path, high: track.high, low: track.low };
    default:
      return { type: track.type, target: track.target };
  }
}

function routerPlan(router: RouterConfig, config: Config): RouterPlan {
  const { ha, instance } = config;
  const peers = ha.peers.map((peer) => peer.name);
  // A valid configuration has one: it is a rule of its own.
  const adverts = interfaceOf(router, config) ?? '';
  const addressInterface = router.addressInterface ?? adverts;
  const planned = (address: RouterConfig['addresses'][number]): PlannedAddress => ({
    address: address.address,
    prefix: address.prefix,
    family: address.family,
    interface: address.interface ?? addressInterface,
  });
  return {
    name: router.name,
    id: router.id,
    version: router.version,
    family: familyOf(router),
    interface: adverts,
    addressInterface,
    addresses: router.addresses.map(planned),
    excludedAddresses: router.excludedAddresses.map(planned),
    advertIntervalMs: router.advertInterval,
    priority: router.priority ?? defaultPriority(router, { mode: ha.mode, instance, primary: ha.primary, peers }),
    unicastPeers: router.unicastPeers,
    sourceAddress: router.sourceAddress,
    virtualMac: router.virtualMac,
    accept: router.accept,
    checksum: router.checksum,
    password: router.authentication?.password ?? null,
    announce: {
      repeat: router.announce.repeat,
      againMs: router.announce.again,
      refreshMs: router.announce.refresh,
    },
    group: ha.mode === 'active-passive' ? 'stack' : router.name,
  };
}

/**
 * Tells whether two instances run the same settings: what must differ between the instances of a stack is left out
 * (instance, primary, peers, priority, source address, and the addresses of unicast peers; that there are any counts).
 */
export function planHash(plan: Omit<EnginePlan, 'hash' | 'warnings'>): string {
  const {
    instance: _instance,
    primary: _primary,
    ownsFirst: _first,
    peers: _peers,
    secretFile: _secret,
    routers,
    ...shared
  } = plan;
  const alike = routers.map(({ priority: _priority, sourceAddress: _source, unicastPeers, ...router }) => ({
    ...router,
    unicast: unicastPeers.length > 0,
  }));
  return createHash('sha256')
    .update(canonical({ ...shared, routers: alike }))
    .digest('hex')
    .slice(0, 16);
}

/** JSON with sorted keys: the same text for the same values. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
