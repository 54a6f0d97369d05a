/** The one gate (brain 1.3): every way to become active asks here, every rule that forbids a claim is a row, and the answer says why. */
import type { Instant } from '../../core/clock.ts';
import type { Refusal } from '../../core/reason.ts';
import { faultsOf } from './faults.ts';
import type { Group, Instance, RouterEntry } from './state.ts';

/** How it wants to become active. `told`, `fast`, `handover`, `lock` and `adopt` join with the peers. */
export type Trigger = 'timer' | 'owner' | 'group';

/** What speaks for the claim. */
export interface Evidence {
  /** Three probes for every address stayed unanswered just now (brain 2.4, 10). */
  readonly nobodyAnswered: boolean;
}

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly refusal: Refusal; readonly detail: string; readonly retryAt: Instant | null };

interface Question {
  readonly instance: Instance;
  readonly group: Group;
  readonly routers: readonly RouterEntry[];
  readonly trigger: Trigger;
  readonly evidence: Evidence;
  readonly now: Instant;
}

interface GateRow {
  readonly refusal: Refusal;
  readonly forbids: (question: Question) => boolean;
  readonly detail?: (question: Question) => string;
  readonly retryAt?: (question: Question) => Instant;
}

const ROWS: readonly GateRow[] = [
  { refusal: 'stopping', forbids: (q) => q.instance.phase !== 'running' },
  {
    refusal: 'fault',
    forbids: (q) => faultsOf(q.instance, q.group).length > 0,
    detail: (q) =>
      faultsOf(q.instance, q.group)
        .map((f) => f.name)
        .join(', '),
  },
  // Brain 10: a reload to `off` claims nothing until the next start.
  { refusal: 'modeOff', forbids: (q) => q.group.barred },
  // Brain 4.1: after yielding within one advert of a claim.
  {
    refusal: 'backOff',
    forbids: (q) => q.trigger !== 'group' && q.now < q.group.notBefore,
    retryAt: (q) => q.group.notBefore,
  },
  // Brain 2.4 and 10: who cannot hear the others, or does not listen to them, asks the network first.
  { refusal: 'probing', forbids: (q) => mustProbe(q.instance, q.routers) && !q.evidence.nobodyAnswered },
];

/** May this group become active? The first row that forbids it is the answer. */
export function mayClaim(question: Question): Verdict {
  for (const row of ROWS) {
    if (!row.forbids(question)) continue;
    return {
      allowed: false,
      refusal: row.refusal,
      detail: row.detail?.(question) ?? '',
      retryAt: row.retryAt?.(question) ?? null,
    };
  }
  return { allowed: true };
}

/** Adverts prove nothing here: mode off speaks no VRRP, a mute router can hear none. */
export function mustProbe(instance: Instance, routers: readonly RouterEntry[]): boolean {
  return instance.plan.mode === 'off' || routers.some(isMute);
}

/** Brain 2.4: the interface for adverts, which does not carry the addresses, is down or has no source. */
export function isMute(entry: RouterEntry): boolean {
  const { plan, transport } = entry;
  return plan.interface !== plan.addressInterface && (!transport.advertUp || transport.source === null);
}
