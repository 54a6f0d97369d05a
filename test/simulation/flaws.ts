/** How a node goes wrong on purpose: what it does not take notice of, and what its core becomes behind its back. */
import { type Instant, NEVER } from '../../core/clock.ts';
import type { Fact, Instance, RouterEntry } from '../../daemon/brain/state.ts';
import type { Machine } from '../../vrrp/machine-state.ts';
import { type Node, identity } from './node.ts';

/** Deliberate mistakes, for the tests that prove the invariants alive. */
export type Flaw =
  /** Hears nothing. */
  | 'deaf'
  /** Never lets a better one be active. */
  | 'neverYields'
  /** Does not remove its addresses. */
  | 'keepsAddresses'
  /** Never becomes active. */
  | 'neverClaims'
  /** Leaves a backup without a deadline. */
  | 'losesTimer'
  /** Becomes active with the first router of its group only. */
  | 'tearsGroup'
  /** Obeys worse ones for ever although Preempt is on. */
  | 'neverPreempts'
  /** Claims without asking the network when it is mute or off. */
  | 'asksNobody'
  /** Keeps its addresses for ever when it lets go. */
  | 'neverLetsGo'
  /** Yields to somebody who is not there, again and again. */
  | 'restless';

export const FLAWS: readonly Flaw[] = [
  'deaf',
  'neverYields',
  'keepsAddresses',
  'neverClaims',
  'losesTimer',
  'tearsGroup',
  'neverPreempts',
  'asksNobody',
  'neverLetsGo',
  'restless',
];

/** Facts that never reach the core. */
export function ignores(node: Node, fact: Fact): boolean {
  if (node.flaws.size === 0 || fact.kind !== 'heard') return false;
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

/** The core after a turn, spoilt. */
export function distort(node: Node, instance: Instance, now: Instant): Instance {
  return { ...instance, routers: instance.routers.map((entry, at) => spoil(node, entry, at, now)) };
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
  return entry;
}

const GHOST = Uint8Array.of(10, 0, 0, 99);
