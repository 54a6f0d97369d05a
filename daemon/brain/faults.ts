/**
 * The fault table (brain 1.5, 2): name, hardness, what is kept, what clears it and after how long.
 * Eligibility, resigning and the role are queries on the faults that stand.
 */
import { type Ms, NEVER, type Instant } from '../../core/clock.ts';
import type { FaultName, Reason } from '../../core/reason.ts';
import type { Fault, Group, Instance } from './state.ts';

export interface FaultRule {
  readonly scope: 'instance' | 'router';
  /** Hard: resign at once. Soft: only if somebody else is known eligible (brain 2.3). Whoever raises it may say otherwise. */
  readonly hard: boolean;
  /** On resigning the addresses stay until another is heard (brain 5.6), or go at once. */
  readonly keepsAddresses: boolean;
  /** How long its cause must be gone. */
  readonly clearsAfterMs: Ms;
  /** Clears by asking the network again, this often; null = by what the kernel says. */
  readonly probeEveryMs: Ms | null;
}

const row = (scope: FaultRule['scope'], hard: boolean, more: Partial<FaultRule> = {}): FaultRule => ({
  scope,
  hard,
  keepsAddresses: true,
  clearsAfterMs: 0,
  probeEveryMs: null,
  ...more,
});

export const FAULTS: Readonly<Record<FaultName, FaultRule>> = {
  addressInterfaceDown: row('router', true, { keepsAddresses: false, clearsAfterMs: 1000 }),
  noSource: row('router', true),
  // Hard where no pair is left, soft otherwise.
  linkPairs: row('instance', false, { clearsAfterMs: 1000 }),
  track: row('instance', false),
  cannotSend: row('router', true),
  addressInUse: row('router', true, { keepsAddresses: false, probeEveryMs: 10_000 }),
  duplicateSource: row('router', true, { keepsAddresses: false, probeEveryMs: 10_000 }),
  bypassStuck: row('instance', true),
  bypassUnknown: row('instance', true),
  // Cleared by an operator alone.
  flapLimit: row('instance', true),
};

/** Readings `unknown` in a row that make the bypass unknown (brain 2). */
export const UNKNOWN_READINGS = 3;

/** What concerns a group: the faults of the instance and of its routers, which share one fate (brain 2.2). */
export function faultsOf(instance: Instance, group: Group): readonly Fault[] {
  return instance.faults.filter((fault) => fault.router === '' || groupOf(instance, fault.router) === group.name);
}

/** Brain 2.1, for one election: no fault, not in maintenance, and the driver is not fitted or reads inline. */
export function groupEligible(instance: Instance, group: Group): boolean {
  if (!inService(instance)) return false;
  return instance.faults.length === 0 || faultsOf(instance, group).length === 0;
}

/** Brain 2.1: eligible for at least one election. */
export function eligible(instance: Instance): boolean {
  if (!inService(instance)) return false;
  if (instance.faults.length === 0) return true;
  return instance.groups.some((group) => faultsOf(instance, group).length === 0);
}

const inService = (instance: Instance): boolean => instance.maintenance === null && mayInspect(instance);

/**
 * Inline, carrier has had its time to return (brain 7.3), and nobody wants it otherwise: who is asked to engage the bypass first resigns
 * (brain 7.4, 12).
 */
export function mayInspect(instance: Instance): boolean {
  return inline(instance) && !settling(instance) && (instance.bypass.operator === null || !fitted(instance));
}

/** The bypass was left just now: what the links are worth is not known yet. */
export function settling(instance: Instance): boolean {
  return fitted(instance) && instance.bypass.settleUntil !== Number.NEGATIVE_INFINITY;
}

/** The driver is not fitted or reads `inline`. A single unreadable moment changes nothing. */
export function inline({ plan, bypass }: Instance): boolean {
  return plan.bypass.driver === 'none' || bypass.read === 'inline' || bypass.read === 'notFitted';
}

/** A driver that can let traffic through. */
export function fitted({ plan, bypass }: Instance): boolean {
  return plan.bypass.driver !== 'none' && bypass.read !== 'notFitted';
}

/** Why a group may not be active here, worst first; null if it may. */
export function whyIneligible(instance: Instance, group: Group): Reason | null {
  const { maintenance } = instance;
  if (maintenance !== null) return maintenanceReason(maintenance.by, maintenance.until === NEVER, maintenance.reboot);
  const faults = faultsOf(instance, group);
  const fault = faults.find((f) => f.hard) ?? faults[0];
  if (fault !== undefined) return faultReason(fault);
  const { operator } = instance.bypass;
  if (operator !== null && fitted(instance)) return { code: 'bypassWanted', by: operator.by, position: 'bypass' };
  if (!inline(instance)) {
    const { read, detail } = instance.bypass;
    return { code: 'bypassRead', state: read ?? 'nothing yet', detail };
  }
  if (settling(instance)) return { code: 'bypassRead', state: 'inline', detail: 'waiting for carrier to return' };
  return null;
}

export function maintenanceReason(by: string, untilLeft: boolean, reboot: boolean): Reason {
  return {
    code: 'maintenance',
    by,
    until: reboot ? 'until the next reboot' : untilLeft ? 'until it is left' : 'for a time',
  };
}

export function faultReason(fault: Fault): Reason {
  const detail = fault.subject === '' ? fault.detail : `${fault.subject}: ${fault.detail}`;
  return { code: 'faulted', fault: fault.name, router: fault.router, detail };
}

/** Only faults for which one resigns if somebody else can do it (brain 2.3). */
export function onlySoft(instance: Instance, group: Group): boolean {
  return inService(instance) && faultsOf(instance, group).every((fault) => !fault.hard);
}

/** When a fault next needs attention. */
export function faultDueAt(fault: Fault): Instant {
  return Math.min(fault.clearsAt, fault.probeAt) as Instant;
}

export function standing(instance: Instance, name: FaultName, router: string, subject = ''): Fault | null {
  return (
    instance.faults.find((fault) => fault.name === name && fault.router === router && fault.subject === subject) ?? null
  );
}

/** A fault that has just been raised. */
export function newFault(name: FaultName, router: string, detail: string, now: Instant, subject = ''): Fault {
  const every = FAULTS[name].probeEveryMs;
  return {
    name,
    router,
    subject,
    hard: FAULTS[name].hard,
    since: now,
    detail,
    clearsAt: NEVER,
    probeAt: every === null ? NEVER : ((now + every) as Instant),
  };
}

function groupOf(instance: Instance, router: string): string | null {
  return instance.routers.find((entry) => entry.plan.name === router)?.plan.group ?? null;
}
