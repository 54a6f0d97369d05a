/** Facts that raise and clear faults and the condition `mute` (brain 2). */
import { NEVER, later } from '../../core/clock.ts';
import { addressText } from '../../core/address.ts';
import type { FaultName } from '../../core/reason.ts';
import { masterDown } from '../../vrrp/timers.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, say, updateRouter, unsettle } from './draft.ts';
import { FAULTS, faultReason, newFault, standing } from './faults.ts';
import { isMute } from './gate.ts';
import type { Fault, RouterEntry, Transport } from './state.ts';

/** The advert by which we learn whether sending works again: it loses against all. (Who does not preempt waits for it once more.) */
export const TRIAL_PRIORITY = 1;

/** More about a fault than its name says: the track that failed, and whether it is harder or softer than its kind. */
export interface FaultMore {
  readonly subject?: string;
  readonly hard?: boolean;
}

export function raiseFault(turn: Turn, name: FaultName, router: string, detail: string, more: FaultMore = {}): void {
  const { subject = '', hard = FAULTS[name].hard } = more;
  const already = standing(turn.draft, name, router, subject);
  const fault: Fault = {
    ...(already ?? newFault(name, router, detail, turn.now, subject)),
    detail,
    hard,
    clearsAt: NEVER,
  };
  turn.draft.faults = [...turn.draft.faults.filter((f) => f !== already), fault];
  if (already !== null && already.hard === hard) return;
  unsettle(turn);
  if (already === null) say(turn, 'fault', 'critical', faultReason(fault), aboutRouter(router));
}

export function clearFault(turn: Turn, name: FaultName, router: string, subject = ''): void {
  const fault = standing(turn.draft, name, router, subject);
  if (fault === null) return;
  turn.draft.faults = turn.draft.faults.filter((f) => f !== fault);
  unsettle(turn);
  say(turn, 'fault', 'info', { code: 'faultCleared', fault: name, router }, aboutRouter(router));
}

const aboutRouter = (router: string) => (router === '' ? {} : { router });

/** Its cause is gone: it clears now, or after its cause has stayed gone long enough. */
export function causeGone(turn: Turn, name: FaultName, router: string, subject = ''): void {
  const fault = standing(turn.draft, name, router, subject);
  if (fault === null || fault.clearsAt !== NEVER) return;
  const wait = FAULTS[name].clearsAfterMs;
  if (wait === 0) return clearFault(turn, name, router, subject);
  const clearsAt = later(turn.now, wait);
  turn.draft.faults = turn.draft.faults.map((f) => (f === fault ? { ...f, clearsAt } : f));
}

/** The kernel says something new about the interfaces of a router. */
export function transportChanged(turn: Turn, entry: RouterEntry, transport: Transport): void {
  const router = entry.plan.name;
  updateRouter(turn, router, { transport });
  if (transport.addressUp) causeGone(turn, 'addressInterfaceDown', router);
  else raiseFault(turn, 'addressInterfaceDown', router, transport.detail);

  const sharesInterface = entry.plan.interface === entry.plan.addressInterface;
  const needsSource = sharesInterface && turn.draft.plan.mode !== 'off';
  if (transport.source !== null || !transport.addressUp || !needsSource) causeGone(turn, 'noSource', router);
  else raiseFault(turn, 'noSource', router, transport.detail);

  const now = { ...entry, transport };
  if (turn.draft.plan.mode !== 'off' && isMute(now)) {
    raiseCondition(turn, 'mute', router, transport.detail);
  } else {
    clearCondition(turn, 'mute', router);
    clearCondition(turn, 'addressInUseWhileMute', router);
    // It may join its group now without asking the network.
    if (isMute(entry)) unsettle(turn);
  }

  // `cannotSend` counts failures with interface and source in order: without them they begin anew.
  const mayFail = transport.advertUp && transport.source !== null && turn.draft.plan.mode !== 'off';
  if (!mayFail && standing(turn.draft, 'cannotSend', router) === null) updateRouter(turn, router, { failing: null });
}

/** Sending failed or worked. Failing for one Master_Down with interface and source in order is a fault (`cannotSend`). */
export function sendOutcome(turn: Turn, entry: RouterEntry, error: string | null): void {
  const router = entry.plan.name;
  if (error === null) {
    if (entry.failing === null) return;
    updateRouter(turn, router, { failing: null, trialAt: NEVER });
    return clearFault(turn, 'cannotSend', router);
  }
  const { transport, plan, machine } = entry;
  if (!transport.advertUp || transport.source === null) return;
  // A failure from before it became what it is now says nothing about sending since then.
  const before = entry.failing !== null && entry.failing.since >= machine.since ? entry.failing : null;
  const failing = before ?? { since: turn.now, error };
  updateRouter(turn, router, { failing });
  if (before === null) {
    say(turn, 'advert', 'warning', { code: 'sendFailed', interface: plan.interface, error }, { router });
  }
  const limit = masterDown(plan.version, machine.priority, plan.advertIntervalMs);
  if (turn.now - failing.since < limit) return;
  raiseFault(turn, 'cannotSend', router, `${error} on ${plan.interface}`);
  updateRouter(turn, router, { trialAt: later(turn.now, limit) });
}

/** Time has passed: clear what stayed gone, ask again, try again. */
export function faultsDue(turn: Turn): void {
  for (const fault of turn.draft.faults) {
    if (fault.clearsAt <= turn.now) clearFault(turn, fault.name, fault.router, fault.subject);
    else if (fault.probeAt <= turn.now) askAgain(turn, fault);
  }
  for (const entry of turn.draft.routers) {
    if (entry.trialAt > turn.now) continue;
    const limit = masterDown(entry.plan.version, entry.machine.priority, entry.plan.advertIntervalMs);
    updateRouter(turn, entry.plan.name, { trialAt: later(turn.now, limit) });
    turn.effects.push({ do: 'advert', router: entry.plan.name, priority: TRIAL_PRIORITY, style: entry.machine.style });
  }
}

function askAgain(turn: Turn, fault: Fault): void {
  const every = FAULTS[fault.name].probeEveryMs ?? 10_000;
  turn.draft.faults = turn.draft.faults.map((f) => (f === fault ? { ...f, probeAt: later(turn.now, every) } : f));
  turn.effects.push({
    do: 'probe',
    router: fault.router,
    purpose: fault.name === 'duplicateSource' ? 'source' : 'fault',
  });
}

/** The network was asked whether the cause of a fault is gone, or whether our own source address is unique. */
export function probedForFault(
  turn: Turn,
  entry: RouterEntry,
  purpose: 'fault' | 'source',
  foreign: { readonly address: string; readonly mac: string } | null,
): void {
  const name: FaultName = purpose === 'source' ? 'duplicateSource' : 'addressInUse';
  // An answer that comes after a reload from mode off: another active is no fault in an election.
  if (purpose === 'fault' && turn.now < turn.draft.staleAnswersUntil) return;
  if (foreign === null) clearFault(turn, name, entry.plan.name);
  else raiseFault(turn, name, entry.plan.name, `${foreign.mac} answers for ${foreign.address}`);
}

/** An advert from our own source address: a loop, or another machine with it. The network is asked before anything is done. */
export function ownSourceHeard(turn: Turn, entry: RouterEntry): void {
  const { source } = entry.transport;
  if (source === null) return;
  say(turn, 'advert', 'warning', { code: 'ownSourceHeard', source: addressText(source) }, { router: entry.plan.name });
  turn.effects.push({ do: 'probe', router: entry.plan.name, purpose: 'source' });
}
