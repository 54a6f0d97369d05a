/**
 * The guardian of a simulated machine, as daemon/guardian does it (brain 6): kill, will, start. *Resign*: told, priority 0, addresses let go when
 * another is heard. *Hold*: adverts go on until the next engine adopts, another is better, or time is up.
 */
import { compareAddresses } from '../../core/address.ts';
import { fitted } from '../../daemon/brain/faults.ts';
import { isHolder } from '../../daemon/brain/holder.ts';
import { type Instance, holdsAddresses } from '../../daemon/brain/state.ts';
import type { AdoptionToken } from '../../daemon/channel.ts';
import { FINAL_COUNTER } from '../../monitors/peer/state.ts';
import { peerBootOf } from '../../monitors/peer/session.ts';
import { LINGER_MS, letGoTime } from '../../vrrp/timers.ts';
import { type Node, type Packet, identity, netOf, sourceOf } from './node.ts';
import { NO_WILL, type Will, type WillRouter, newGuardian } from './will.ts';
import type { World } from './world.ts';

const HOLD_LIMIT = 5000;
const HOLD_MARGIN = 250;
const HOLD_STARTS = 3;
const TOLD_MS = 50;
const ANSWER_GAP = 10;

/** The guardian acts for this router: it advertises. */
export const speaksFor = (node: Node, of: string): boolean => node.guardian.voices.has(of);

/** As `makeWill` of the engine. */
export function keepWill(node: Node): void {
  const { guardian, instance } = node;
  if (instance === null || guardian.mode === 'resigning') return;
  const will = willOf(node, instance);
  if (guardian.mode === 'idle') guardian.will = will;
  else guardian.successor = will;
}

function willOf(node: Node, instance: Instance): Will {
  const holding = instance.routers.filter(holdsAddresses);
  const kind = holding.some((r) => r.machine.state === 'active') ? instance.willKind : 'resign';
  const told = instance.peers.flatMap(({ session }) => {
    const peerBoot = peerBootOf(session);
    return peerBoot === null || holding.length === 0 ? [] : [{ peer: session.plan.name, peerBoot }];
  });
  const soon = instance.willKind === 'resign' && told.length > 0;
  const silent = instance.plan.mode === 'off';
  return {
    kind,
    boot: node.boot,
    told,
    bypass: kind === 'hold' && instance.plan.bypass.onServiceDown && isHolder(instance) && fitted(instance),
    routers: holding.map(({ plan, machine }) => {
      const letGoMs = letGoTime(plan.version, plan.advertIntervalMs);
      return {
        identity: identity(plan),
        plan,
        priority: machine.priority,
        active: machine.state === 'active',
        letGoMs: silent ? 0 : soon ? Math.min(TOLD_MS, letGoMs) : letGoMs,
        silent,
      };
    }),
  };
}

/** Its engine has ended, for certain. */
export function engineEnded(world: World, node: Node): void {
  const { guardian } = node;
  if (guardian.mode === 'holding') {
    guardian.failed++;
    guardian.successor = NO_WILL;
    const over = guardian.failed >= HOLD_STARTS || world.now >= guardian.holdUntil || node.stopAskedAt !== null;
    if (over) return resignHeld(world, node);
    return spawn(world, node);
  }
  const { will } = guardian;
  // Who leaves has nobody to hold it for.
  if (will.kind === 'hold' && will.routers.length > 0 && node.stopAskedAt === null) return hold(world, node);
  resign(world, node, will.routers, false);
}

function hold(world: World, node: Node): void {
  const { guardian } = node;
  world.note(`${node.name}: guardian goes on in its place`);
  guardian.mode = 'holding';
  guardian.taken = false;
  guardian.failed = 0;
  guardian.holdUntil = world.now + HOLD_LIMIT;
  const epoch = ++guardian.epoch;
  for (const router of guardian.will.routers) {
    if (!router.active) keep(world, node, router, router.letGoMs);
    else guardian.voices.set(router.identity, { router, saidAt: Number.NEGATIVE_INFINITY });
    if (router.active) advertise(world, node, router.identity, epoch);
  }
  world.at(HOLD_LIMIT, () => {
    if (guardian.epoch !== epoch || guardian.mode !== 'holding') return;
    world.endEngine(node);
    resignHeld(world, node);
  });
  spawn(world, node);
}

function advertise(world: World, node: Node, of: string, epoch: number): void {
  const { guardian } = node;
  const voice = guardian.voices.get(of);
  if (voice === undefined || guardian.epoch !== epoch) return;
  if (!voice.router.silent && !node.frozenWhole) {
    voice.saidAt = world.now;
    world.advertise(node, voice.router.plan, voice.router.priority);
  }
  world.at(voice.router.plan.advertIntervalMs, () => advertise(world, node, of, epoch));
}

function resignHeld(world: World, node: Node): void {
  const routers = [...node.guardian.voices.values()].map((voice) => voice.router);
  node.guardian.voices.clear();
  resign(world, node, routers, true);
}

function resign(world: World, node: Node, routers: readonly WillRouter[], inVain: boolean): void {
  const { guardian } = node;
  const active = routers.some((r) => r.active);
  guardian.mode = 'resigning';
  guardian.epoch++;
  guardian.inVain = inVain;
  guardian.vacated = active;
  if (!inVain) guardian.taken = false;
  if (active) world.flapped(node);
  if (routers.length > 0) world.note(`${node.name}: guardian resigns`);
  for (const { peer, peerBoot } of routers.length > 0 ? guardian.will.told : []) {
    world.post(node, peer, null, { type: 'told' }, peerBoot, { boot: guardian.will.boot, counter: FINAL_COUNTER });
  }
  for (const router of routers) {
    if (!router.silent) world.advertise(node, router.plan, 0);
    keep(world, node, router, router.letGoMs);
  }
  settle(world, node);
}

function keep(world: World, node: Node, router: WillRouter, ms: number): void {
  node.guardian.kept.set(router.identity, { deadline: world.now + ms, heard: false });
  expireIn(world, node, router.identity, ms);
}

function expireIn(world: World, node: Node, of: string, ms: number): void {
  const { guardian } = node;
  world.at(ms, () => {
    const kept = guardian.kept.get(of);
    if (kept === undefined || kept.deadline > world.now) return;
    guardian.kept.delete(of);
    world.letGo(node, of);
    settle(world, node);
  });
}

/** An advert with priority > 0 was heard. */
export function guardianHears(world: World, node: Node, packet: Extract<Packet, { kind: 'advert' }>): void {
  const { guardian } = node;
  if (guardian.mode === 'idle' || packet.priority === 0) return;
  const of = packet.identity;
  const voice = guardian.voices.get(of);
  if (voice !== undefined) {
    const { router } = voice;
    const own = sourceOf(node, netOf(router.plan));
    const better =
      packet.priority !== router.priority
        ? packet.priority > router.priority
        : compareAddresses(packet.source, own) > 0;
    if (better || router.silent) {
      guardian.taken = true;
      guardian.voices.delete(of);
      guardian.kept.set(of, { deadline: world.now + LINGER_MS, heard: true });
      expireIn(world, node, of, LINGER_MS);
    } else if (world.now - voice.saidAt >= ANSWER_GAP) {
      voice.saidAt = world.now;
      world.advertise(node, router.plan, router.priority);
    }
    return;
  }
  const kept = guardian.kept.get(of);
  if (kept === undefined || kept.heard) return;
  world.note(`${node.name}: guardian lets go, ${packet.from} heard`);
  guardian.taken = true;
  kept.heard = true;
  kept.deadline = world.now + LINGER_MS;
  expireIn(world, node, of, LINGER_MS);
}

function settle(world: World, node: Node): void {
  const { guardian } = node;
  if (guardian.kept.size > 0 || guardian.voices.size > 0 || guardian.mode === 'idle') return;
  const { mode, inVain, taken, will } = guardian;
  guardian.mode = 'idle';
  guardian.will = guardian.successor;
  guardian.successor = NO_WILL;
  guardian.epoch++;
  if (mode === 'holding') return;
  if (inVain && will.bypass && !taken) world.commandCard(node, 'bypass', 'will');
  if (node.stopAskedAt === null) spawn(world, node);
}

/** What was held is the engine's now. */
export function adopted(node: Node): void {
  const { guardian } = node;
  if (guardian.mode !== 'holding') return;
  guardian.mode = 'idle';
  guardian.voices.clear();
  guardian.kept.clear();
  guardian.will = guardian.successor;
  guardian.successor = NO_WILL;
  guardian.epoch++;
}

function spawn(world: World, node: Node): void {
  const { guardian } = node;
  guardian.spawning = true;
  const { generation } = node;
  world.at(world.random.between(100, 400), () => {
    if (node.generation !== generation) return;
    guardian.spawning = false;
    if (!world.random.chance(0.1)) return world.begin(node);
    world.note(`${node.name}: engine does not start`);
    engineEndedAgain(world, node);
  });
}

function engineEndedAgain(world: World, node: Node): void {
  if (node.guardian.mode === 'holding') engineEnded(world, node);
  else spawn(world, node);
}

/** For the engine that is started now. */
export function tokenFor(world: World, node: Node): AdoptionToken | null {
  const { guardian } = node;
  if (guardian.mode !== 'holding') return null;
  const voices = [...guardian.voices.values()];
  const leftMs = Math.max(0, guardian.holdUntil - world.now - HOLD_MARGIN);
  return {
    routers: voices.map(({ router }) => router.plan.name),
    addresses: voices.flatMap(({ router }) =>
      router.plan.addresses.map(({ address, prefix, family, interface: name }) => ({
        address,
        prefix,
        family,
        interface: name,
      })),
    ),
    leftMs,
  };
}

/** Power is gone. */
export function guardianEnds(node: Node): void {
  const { epoch } = node.guardian;
  Object.assign(node.guardian, newGuardian(), { epoch: epoch + 1 });
}

export const busy = (node: Node): boolean => node.guardian.mode !== 'idle' || node.guardian.spawning;
