/** Routers and groups as they are before anything is known of them. */
import { type Instant, NEVER } from '../../core/clock.ts';
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import { newMachine } from '../../vrrp/machine-state.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import type { Group, RouterEntry, Transport } from './state.ts';

/** Until the kernel has been asked. */
export const UNKNOWN: Transport = { advertUp: false, addressUp: false, source: null, detail: 'not looked at yet' };

export function newRouter(plan: RouterPlan, now: Instant, style: ChecksumStyle | null): RouterEntry {
  return {
    plan,
    machine: newMachine(plan, now, style),
    transport: UNKNOWN,
    failing: null,
    trialAt: NEVER,
    heardAt: Number.NEGATIVE_INFINITY as Instant,
  };
}

export function groupsOf(plan: EnginePlan): Group[] {
  return [...new Set(plan.routers.map((router) => router.group))].map(newGroup);
}

function newGroup(name: string): Group {
  const never = Number.NEGATIVE_INFINITY as Instant;
  return {
    name,
    claimedAt: never,
    yields: 0,
    notBefore: never,
    waiting: null,
    retryAt: NEVER,
    asking: null,
    probing: null,
    barred: false,
    resigned: false,
    reported: null,
    attempt: null,
    handover: null,
    elevated: null,
    wantAt: NEVER,
    wantWaitMs: 0,
    wantOpen: false,
  };
}
