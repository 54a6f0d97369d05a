/**
 * One turn of the brain: a working copy of the instance that the rules change, and the effects they order.
 * The copy is shallow, so that the state before the turn stays what it was.
 */
import type { Instant } from '../../core/clock.ts';
import { addressText } from '../../core/address.ts';
import type { EventBody, Severity } from '../../core/event.ts';
import type { Reason } from '../../core/reason.ts';
import type { EnginePlan } from '../../config/plan.ts';
import { type MachineEvent, type MachineState, type Orders, SHOWN_STATE, type Tell } from '../../vrrp/machine-state.ts';
import { step } from '../../vrrp/machine.ts';
import { activePeer } from './peer-queries.ts';
import type { Effect } from './effect.ts';
import type { Group, Instance, PeerEntry, RouterEntry } from './state.ts';
import { lingerTime } from '../../vrrp/timers.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Draft extends Mutable<Instance> {
  routers: RouterEntry[];
  groups: Group[];
  peers: PeerEntry[];
}

export interface Turn {
  readonly draft: Draft;
  readonly now: Instant;
  readonly effects: Effect[];
  /** Told last: first everything that moves traffic, then what is said about it (design section 5). */
  readonly events: EventBody[];
  /** What machines said, not answered yet. */
  readonly tells: { readonly router: string; readonly tell: Tell }[];
  /** Why the role changes in this turn, if it does. */
  cause: Reason | null;
  /** Faults or machine states changed: faults have to be held against states again. */
  unsettled: boolean;
  /** Something that the report says may have changed. */
  dirty: boolean;
  /** The same, and it stays so until the end of the turn: the role may be another one. */
  moved: boolean;
}

export function beginTurn(instance: Instance, now: Instant): Turn {
  return {
    draft: { ...instance, routers: [...instance.routers], groups: [...instance.groups], peers: [...instance.peers] },
    now,
    effects: [],
    events: [],
    tells: [],
    cause: null,
    unsettled: false,
    dirty: false,
    moved: false,
  };
}

/** Faults or states changed: what follows from them is looked at before the turn ends. */
export function unsettle(turn: Turn): void {
  turn.dirty = true;
  turn.unsettled = true;
  turn.moved = true;
}

export function say(
  turn: Turn,
  kind: EventBody['kind'],
  severity: Severity,
  reason: Reason,
  more: Pick<EventBody, 'router' | 'from' | 'to' | 'actionId' | 'ended'> = {},
): void {
  turn.events.push({ kind, severity, reason, ...more });
}

/** Position by name. `routers` always stands in the order of the plan, so a plan's index serves all its turns. */
export function routerIndex(instance: Instance, name: string): number {
  let index = INDEXES.get(instance.plan);
  if (index === undefined) {
    index = new Map(instance.plan.routers.map((router, at) => [router.name, at]));
    INDEXES.set(instance.plan, index);
  }
  return index.get(name) ?? -1;
}

const INDEXES = new WeakMap<EnginePlan, ReadonlyMap<string, number>>();

export function routersOf(draft: Instance, group: Group): readonly RouterEntry[] {
  return draft.routers.filter((entry) => entry.plan.group === group.name);
}

export function updateRouter(turn: Turn, name: string, change: Partial<RouterEntry>): void {
  const at = routerIndex(turn.draft, name);
  const entry = turn.draft.routers[at];
  if (entry !== undefined) turn.draft.routers[at] = { ...entry, ...change };
}

export function updateGroup(turn: Turn, name: string, change: Partial<Group>): void {
  const at = turn.draft.groups.findIndex((group) => group.name === name);
  const group = turn.draft.groups[at];
  if (group !== undefined) turn.draft.groups[at] = { ...group, ...change };
}

/**
 * Preempt is configured, not held, and means nothing in mode off, where whoever was first stays. While the active is a healthy Tandem
 * peer it is off too: the better one asks for a handover instead (brain 4.4).
 */
export function ordersFor(instance: Instance, entry: RouterEntry, now: Instant): Orders {
  const { plan } = instance;
  const held = now < instance.heldUntil || instance.bandwidthDisarmed !== null;
  const preempt = plan.preempt && plan.mode !== 'off' && !held;
  return {
    plan: entry.plan,
    source: entry.transport.source,
    preempt: preempt && (instance.peers.length === 0 || activePeer(instance, entry.plan.group, now) === null),
    preemptDelayMs: instance.plan.preemptDelayMs,
    lingerMs: lingerOf(plan, entry.plan.group),
  };
}

/** Addresses of a group move together. Counted once for each plan. */
function lingerOf(plan: EnginePlan, group: string): number {
  let groups = LINGERS.get(plan);
  if (groups === undefined) {
    groups = new Map();
    for (const router of plan.routers) {
      const count = router.addresses.length + router.excludedAddresses.length;
      groups.set(router.group, (groups.get(router.group) ?? 0) + count);
    }
    LINGERS.set(plan, groups);
  }
  return lingerTime(groups.get(group) ?? 1);
}

const LINGERS = new WeakMap<EnginePlan, Map<string, number>>();

/** Tell one router's machine, and turn what it answers into effects, events and tells. */
export function tellMachine(turn: Turn, at: number, event: MachineEvent): void {
  const entry = turn.draft.routers[at];
  if (entry === undefined) return;
  const { machine, effects } = step(entry.machine, event, ordersFor(turn.draft, entry, turn.now), turn.now);
  turn.draft.routers[at] = { ...entry, machine };
  const router = entry.plan.name;
  for (const effect of effects) {
    switch (effect.do) {
      case 'advert':
        // Mode off speaks no VRRP (brain 10).
        if (turn.draft.plan.mode !== 'off') {
          turn.effects.push({ do: 'advert', router, priority: effect.priority, style: machine.style });
        }
        break;
      case 'take':
      case 'takeFirst':
      case 'announce':
      case 'announceSelf':
        turn.effects.push({ do: effect.do, router });
        break;
      case 'drop':
        turn.effects.push({ do: 'drop', router });
        break;
      case 'style':
        turn.effects.push({ do: 'rememberStyle', router, style: effect.style });
        say(
          turn,
          'advert',
          'info',
          { code: 'checksumStyle', source: addressText(effect.source), style: effect.style },
          { router },
        );
        break;
      case 'announcedAgain':
        say(turn, 'advert', 'info', { code: 'announcedAgain', router, source: addressText(effect.source) }, { router });
        break;
      case 'changed':
        unsettle(turn);
        noteState(turn, router, effect.from, effect.to, effect.reason);
        break;
      case 'tell':
        turn.tells.push({ router, tell: effect.tell });
        break;
    }
  }
}

/** A router is said to change when what others see of it changes: letting go is nothing that they see. */
function noteState(turn: Turn, router: string, was: MachineState, is: MachineState, reason: Reason): void {
  const [from, to] = [SHOWN_STATE[was], SHOWN_STATE[is]];
  if (from !== to) say(turn, 'router', to === 'fault' ? 'warning' : 'info', reason, { router, from, to });
}

/** Tell every router of a group for which `when` holds. */
export function tellGroup(
  turn: Turn,
  group: string,
  when: (entry: RouterEntry) => boolean,
  event: (entry: RouterEntry) => MachineEvent,
): void {
  turn.draft.routers.forEach((entry, at) => {
    if (entry.plan.group === group && when(entry)) tellMachine(turn, at, event(entry));
  });
}
