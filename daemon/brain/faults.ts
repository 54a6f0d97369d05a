/**
 * The fault table (brain 1.5, 2): name, hardness, what is kept, what clears it and after how long.
 * Eligibility, resigning and the role are queries on the faults that stand.
 */
import { type Ms, NEVER, type Instant } from '../../core/clock.ts';
import type { FaultName } from '../../core/reason.ts';
import type { Fault, Group, Instance } from './state.ts';

export interface FaultRule {
  readonly scope: 'instance' | 'router';
  /** Hard: resign at once. Soft: only if somebody else is known eligible (brain 2.3). */
  readonly hard: boolean;
  /** On resigning the addresses stay until another is heard (brain 5.6), or go at once. */
  readonly keepsAddresses: boolean;
  /** How long its cause must be gone. */
  readonly clearsAfterMs: Ms;
  /** Clears by asking the network again, this often; null = by what the kernel says. */
  readonly probeEveryMs: Ms | null;
}

export const FAULTS: Readonly<Record<FaultName, FaultRule>> = {
  addressInterfaceDown: { scope: 'router', hard: true, keepsAddresses: false, clearsAfterMs: 1000, probeEveryMs: null },
  noSource: { scope: 'router', hard: true, keepsAddresses: true, clearsAfterMs: 0, probeEveryMs: null },
  cannotSend: { scope: 'router', hard: true, keepsAddresses: true, clearsAfterMs: 0, probeEveryMs: null },
  addressInUse: { scope: 'router', hard: true, keepsAddresses: false, clearsAfterMs: 0, probeEveryMs: 10_000 },
  duplicateSource: { scope: 'router', hard: true, keepsAddresses: false, clearsAfterMs: 0, probeEveryMs: 10_000 },
};

/** The routers of a group share one fate (brain 2.2: in active-passive every router fault is an instance fault). */
export function faultsOf(instance: Instance, group: Group): readonly Fault[] {
  return instance.faults.filter((fault) => groupOf(instance, fault.router) === group.name);
}

/** Brain 2.1, for one election. */
export function groupEligible(instance: Instance, group: Group): boolean {
  return instance.faults.length === 0 || faultsOf(instance, group).length === 0;
}

/** Brain 2.1: no fault. (Maintenance and bypass join here with their capabilities.) */
export function eligible(instance: Instance): boolean {
  return instance.faults.length === 0;
}

/** When a fault next needs attention. */
export function faultDueAt(fault: Fault): Instant {
  return Math.min(fault.clearsAt, fault.probeAt) as Instant;
}

export function standing(instance: Instance, name: FaultName, router: string): Fault | null {
  return instance.faults.find((fault) => fault.name === name && fault.router === router) ?? null;
}

/** A fault that has just been raised. */
export function newFault(name: FaultName, router: string, detail: string, now: Instant): Fault {
  const every = FAULTS[name].probeEveryMs;
  return {
    name,
    router,
    since: now,
    detail,
    clearsAt: NEVER,
    probeAt: every === null ? NEVER : ((now + every) as Instant),
  };
}

function groupOf(instance: Instance, router: string): string | null {
  return instance.routers.find((entry) => entry.plan.name === router)?.plan.group ?? null;
}
