/** A machine on a virtual clock, for its tests: what it does reads as words. */
import { addressBytes } from '../../../core/address.ts';
import type { Instant } from '../../../core/clock.ts';
import type { Reason } from '../../../core/reason.ts';
import type { RouterPlan } from '../../../config/plan.ts';
import type { Heard } from '../../../vrrp/acceptance.ts';
import {
  type Machine,
  type MachineEffect,
  type MachineEvent,
  type Orders,
  dueAt,
  newMachine,
} from '../../../vrrp/machine-state.ts';
import { step } from '../../../vrrp/machine.ts';
import { routerPlan } from './edge-samples.ts';
import { LINGER_MS } from '../../../vrrp/timers.ts';

export const OURS = '192.0.2.5';
export const LOWER = '192.0.2.4';
export const HIGHER = '192.0.2.6';
/** A cause for events that need one. */
export const WHY: Reason = { code: 'recovered' };

export interface RigOptions extends Partial<RouterPlan> {
  readonly source?: string | null;
  readonly preempt?: boolean;
  readonly preemptDelayMs?: number;
}

export interface Rig {
  machine: Machine;
  now: number;
  orders: Orders;
  /** The effects of one event, in words. */
  tell(event: MachineEvent): string[];
  hear(priority: number, change?: Partial<Omit<Heard, 'source'>> & { readonly from?: string }): string[];
  /** Let `ms` go by; everything that falls due happens at its time. What happened, with the time since the call: `1000 advert 100`. */
  pass(ms: number): string[];
  /** Milliseconds until the machine next wants to be told the time. */
  due(): number;
}

/** A machine of priority 100 with 1 s adverts that was started at time 0, unless said otherwise. */
export function createRig({ source = OURS, preempt = true, preemptDelayMs = 0, ...plan }: RigOptions = {}): Rig {
  const routed = routerPlan(plan);
  const rig: Rig = {
    machine: newMachine(routed, 0 as Instant, null),
    now: 0,
    orders: {
      plan: routed,
      source: source === null ? null : addressBytes(source)!,
      preempt,
      preemptDelayMs,
      lingerMs: LINGER_MS,
    },
    tell(event) {
      const result = step(rig.machine, event, rig.orders, rig.now as Instant);
      rig.machine = result.machine;
      return result.effects.map(inWords);
    },
    hear: (priority, change) => rig.tell({ kind: 'heard', heard: advert(priority, change) }),
    pass(ms) {
      const from = rig.now;
      const until = from + ms;
      const happened: string[] = [];
      for (let n = 0, due = dueAt(rig.machine); due <= until; due = dueAt(rig.machine), n++) {
        if (n > 10_000) throw new Error('time does not go by: something is due for ever');
        rig.now = Math.max(rig.now, due);
        for (const effect of rig.tell({ kind: 'time' })) happened.push(`${round(rig.now - from)} ${effect}`);
      }
      rig.now = until;
      return happened;
    },
    due: () => round(dueAt(rig.machine) - rig.now),
  };
  return rig;
}

/** A backup that listens since time 0. */
export function backup(options: RigOptions = {}): Rig {
  const rig = createRig(options);
  rig.tell({ kind: 'startup', reason: WHY });
  return rig;
}

/** An active since time 0. */
export function active(options: RigOptions = {}): Rig {
  const rig = backup(options);
  rig.tell({ kind: 'claim', reason: WHY });
  return rig;
}

/** One that has resigned at time 0 and keeps its addresses. */
export function releasing(next: 'init' | 'backup' | 'fault', options: RigOptions = {}): Rig {
  const rig = active(options);
  rig.tell({ kind: 'resign', reason: WHY, next, keep: true });
  return rig;
}

export function advert(
  priority: number,
  { from = HIGHER, ...change }: Partial<Omit<Heard, 'source'>> & { readonly from?: string } = {},
): Heard {
  const source = addressBytes(from)!;
  return { source, priority, intervalMs: 1000, style: 'rfc5798', sameAddresses: true, ...change };
}

function inWords(effect: MachineEffect): string {
  switch (effect.do) {
    case 'advert':
      return `advert ${effect.priority}`;
    case 'changed':
      return `${effect.from} → ${effect.to}`;
    case 'style':
      return `style ${effect.style}`;
    case 'tell':
      return `tell ${effect.tell.kind}`;
    case 'announcedAgain':
      return 'announced again';
    default:
      return effect.do;
  }
}

/** To a tenth of a millisecond. */
export const round = (ms: number): number => Math.round(ms * 10) / 10;
