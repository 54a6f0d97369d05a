/** When the brain next wants to be told the time: due times are data (brain 1.1). */
import { type Instant, NEVER } from '../../core/clock.ts';
import { sessionDue } from '../../monitors/peer/session.ts';
import { nextTrackAt } from '../../monitors/tracks.ts';
import { dueAt } from '../../vrrp/machine-state.ts';
import { bandwidthDueAt } from './bandwidth.ts';
import { bypassDueAt } from './bypass.ts';
import { faultDueAt } from './faults.ts';
import { flapsDueAt } from './flaps.ts';
import { latenessDueAt } from './lateness.ts';
import { unsavedDueAt } from './saved.ts';
import { serviceDueAt } from './service-down.ts';
import { takingDueAt } from './taking.ts';
import { leavingDueAt } from './undertaking.ts';
import type { Instance } from './state.ts';

/** When the instance next wants to be told the time. */
export function nextDue(instance: Instance): Instant {
  if (instance.phase === 'stopped') return NEVER;
  // Comparisons, not Math.min: this runs for every router at every timer, and must not make numbers on the heap.
  let due = instance.heldUntil > Number.NEGATIVE_INFINITY ? instance.heldUntil : NEVER;
  for (const { machine, trialAt } of instance.routers) {
    const at = dueAt(machine);
    if (at < due) due = at;
    if (trialAt < due) due = trialAt;
  }
  for (const { retryAt, attempt, handover, elevated, wantAt } of instance.groups) {
    if (elevated !== null && elevated.endsAt < due) due = elevated.endsAt;
    if (retryAt < due) due = retryAt;
    if (wantAt < due) due = wantAt;
    if (attempt !== null && attempt.at < due) due = attempt.at;
    if (handover !== null && handover.repeatAt < due) due = handover.repeatAt;
  }
  for (const fault of instance.faults) {
    const at = faultDueAt(fault);
    if (at < due) due = at;
  }
  for (const { session } of instance.peers) {
    const at = sessionDue(session);
    if (at < due) due = at;
  }
  return Math.min(due, otherDueAt(instance)) as Instant;
}

/** What an instance has but one of. */
function otherDueAt(instance: Instance): Instant {
  const { adoption, maintenance } = instance;
  return Math.min(
    adoption?.at ?? NEVER,
    maintenance?.until ?? NEVER,
    // Who leaves begins no more checks.
    instance.phase === 'running' ? nextTrackAt(instance.tracks) : NEVER,
    bypassDueAt(instance),
    serviceDueAt(instance),
    bandwidthDueAt(instance),
    flapsDueAt(instance),
    latenessDueAt(instance),
    leavingDueAt(instance),
    takingDueAt(instance),
    unsavedDueAt(instance),
  ) as Instant;
}
