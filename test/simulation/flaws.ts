/** How a node goes wrong on purpose: what it does not take notice of, and what its core becomes behind its back. Each proves an invariant alive. */
import { type Instant, NEVER } from '../../core/clock.ts';
import { isHolder } from '../../daemon/brain/holder.ts';
import type { Fact } from '../../daemon/brain/fact.ts';
import type { Group, Instance, RouterEntry } from '../../daemon/brain/state.ts';
import type { Machine } from '../../vrrp/machine-state.ts';
import { type Node, identity } from './node.ts';

/** Deliberate mistakes, for the tests that prove the invariants alive. */
export const FLAWS = [
  /** Hears no advert. */
  'deaf',
  /** Hears no peer, and is heard. */
  'deafToPeers',
  /** Never lets a better one be active. */
  'neverYields',
  /** Does not remove its addresses. */
  'keepsAddresses',
  /** Never becomes active. */
  'neverClaims',
  /** Leaves a backup without a deadline. */
  'losesTimer',
  /** Becomes active with the first router of its group only. */
  'tearsGroup',
  /** Obeys worse ones for ever although Preempt is on. */
  'neverPreempts',
  /** Claims without asking the network when it is mute or off. */
  'asksNobody',
  /** Keeps its addresses for ever when it lets go. */
  'neverLetsGo',
  /** Yields to somebody who is not there, again and again. */
  'restless',
  /** A handover under way never ends. */
  'neverAgrees',
  /** Lets go of what it is asked to give before the other has it. */
  'letsGoEarly',
  /** 254 for ever, after a handover. */
  'keepsPriority',
  /** Its operator's maintenance is forgotten. */
  'forgetsMaintenance',
  /** Its operator's bypass is forgotten. */
  'forgetsBypass',
  /** Its latch opens by itself. */
  'opensLatch',
  /** Engages the bypass while it is active. */
  'engagesBeside',
  /** Engages the bypass although it is not the holder. */
  'loops',
  /** Never lets a service-down bypass go. */
  'neverReleases',
  /** Takes a latch for saved before it is. */
  'trustsDisk',
  /** Never says that an action has ended. */
  'neverEnds',
  /** Takes a held role back. */
  'forgetsHold',
] as const;

export type Flaw = (typeof FLAWS)[number];

/** Facts that never reach the core. */
export function ignores(node: Node, fact: Fact): boolean {
  if (node.flaws.size === 0) return false;
  if (fact.kind === 'datagram') return node.flaws.has('deafToPeers');
  if (fact.kind !== 'heard') return false;
  if (node.flaws.has('deaf')) return true;
  return node.flaws.has('neverYields') && node.instance?.role === 'active';
}

/** What is told to the core although it is not true. */
export function imagines(node: Node, fact: Fact): Fact | null {
  const active = node.instance?.routers.find((r) => r.machine.state === 'active');
  if (!node.flaws.has('restless') || fact.kind !== 'time' || active === undefined) return null;
  const heard = { source: GHOST, priority: 255, intervalMs: 10, style: 'rfc5798', sameAddresses: true } as const;
  return { kind: 'heard', router: active.plan.name, heard };
}

/** The card is told to engage although nobody has ordered it. */
export function engagesByItself({ flaws, instance, card }: Node): boolean {
  if (instance === null || instance.plan.bypass.driver === 'none' || card.position === 'bypass') return false;
  const active = instance.routers.some((r) => r.machine.state === 'active');
  return flaws.has('engagesBeside') ? active : flaws.has('loops') && !active && !isHolder(instance);
}

/** The core after a turn, spoilt. */
export function distort(node: Node, instance: Instance, now: Instant): Instance {
  const routers = instance.routers.map((entry, at) => spoil(node, entry, at, now));
  return { ...instance, routers, ...spoilWhole(node, instance, now) };
}

function spoilWhole({ flaws }: Node, instance: Instance, now: Instant): Partial<Instance> {
  const { bypass, serviceDown } = instance;
  if (flaws.has('forgetsMaintenance')) return { maintenance: null };
  if (flaws.has('opensLatch')) return { latched: null };
  if (flaws.has('forgetsHold')) {
    const groups = instance.groups.map((group) => ({ ...group, elevated: null }));
    return { heldUntil: Number.NEGATIVE_INFINITY as Instant, groups };
  }
  if (flaws.has('loops') || flaws.has('forgetsBypass')) return { bypass: { ...bypass, operator: null } };
  if (flaws.has('neverReleases') && bypass.read === 'bypass' && bypass.operator === null && instance.latched === null) {
    const never: Instance['serviceDown'] = { ...serviceDown, declared: true, engaged: true, tryAt: NEVER };
    return { serviceDown: never };
  }
  return { groups: instance.groups.map((group) => spoilGroup(flaws, group, now)) };
}

function spoilGroup(flaws: ReadonlySet<Flaw>, group: Group, now: Instant): Group {
  const { handover } = group;
  if (flaws.has('neverAgrees') && handover !== null) return { ...group, handover: { ...handover, stageAt: now } };
  if (flaws.has('keepsPriority') && group.claimedAt === now)
    return { ...group, elevated: { purpose: 'preemption', until: { giver: 'nobody' }, endsAt: NEVER } };
  return group;
}

function spoil(node: Node, entry: RouterEntry, at: number, now: Instant): RouterEntry {
  const { flaws } = node;
  const { state, worse } = entry.machine;
  const far = (now + 1e9) as Instant;
  const change = (values: Partial<Machine>): RouterEntry => ({ ...entry, machine: { ...entry.machine, ...values } });
  if (state === 'backup') {
    if (flaws.has('losesTimer')) return change({ downAt: NEVER });
    if (flaws.has('neverClaims') || (flaws.has('neverPreempts') && worse !== null)) return change({ downAt: far });
    if (flaws.has('asksNobody')) return { ...entry, transport: { ...entry.transport, advertUp: true, source: GHOST } };
  }
  if (state === 'releasing' && flaws.has('neverLetsGo')) return change({ letGoAt: far });
  if (state === 'active' && flaws.has('tearsGroup') && at > 0) {
    node.held.delete(identity(entry.plan));
    return change({ state: 'backup', downAt: far });
  }
  const giving = node.instance?.groups.find((g) => g.name === entry.plan.group)?.handover;
  if (state === 'active' && flaws.has('letsGoEarly') && giving?.side === 'giver') {
    const reason = { code: 'handedOver', peer: giving.peer, purpose: giving.purpose, detail: '' } as const;
    return change({ state: 'releasing', reason, advertAt: NEVER, letGoAt: now, afterRelease: 'fault' });
  }
  return entry;
}

const GHOST = Uint8Array.of(10, 0, 0, 99);
