/** The one gate (brain 1.3): every way to become active asks here, every rule that forbids a claim is a row, and the answer says why. */
import { type Instant, later } from '../../core/clock.ts';
import type { Refusal } from '../../core/reason.ts';
import { faultsOf, mayInspect } from './faults.ts';
import { masterDown } from '../../vrrp/timers.ts';
import { checksOf, heardAt, freshReport, peerNamed, reportedActive, vouchedFor } from './peer-queries.ts';
import type { Evidence, Group, Instance, RouterEntry, Trigger } from './state.ts';

/** Nothing but the trigger itself. */
export const NO_EVIDENCE: Evidence = { nobodyAnswered: false };

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

const among = (...triggers: readonly Trigger[]): ((q: Question) => boolean) => {
  return (q) => triggers.includes(q.trigger);
};
const isTimer = among('timer');
const isHandover = among('handover');
const isJoin = among('group');
const isAdoption = among('adopt');
const isEdge = among('told', 'fast');

const mindsReports = ({ plan }: Instance): boolean => plan.splitBrainGuard || plan.mode === 'off';

const ROWS: readonly GateRow[] = [
  { refusal: 'stopping', forbids: (q) => q.instance.phase !== 'running' },
  { refusal: 'maintenance', forbids: (q) => q.instance.maintenance !== null },
  {
    refusal: 'fault',
    // A router that is added to a group in service as a last resort follows it (brain 2.3).
    forbids: (q) => faultsOf(q.instance, q.group).some((f) => f.hard || !isJoin(q)),
    detail: (q) =>
      faultsOf(q.instance, q.group)
        .map((f) => f.name)
        .join(', '),
  },
  // Brain 2.1: traffic that passes uninspected has no active.
  { refusal: 'bypass', forbids: (q) => !mayInspect(q.instance), detail: (q) => q.instance.bypass.detail },
  // Brain 6.4: what a predecessor's will holds is adopted, or let go, first.
  { refusal: 'adopting', forbids: (q) => q.instance.adoption !== null && q.trigger !== 'adopt' },
  // Brain 1.4: a report is an advert. `splitBrainGuard: false` leaves the timer to adverts alone, but not in mode off (brain 10).
  {
    refusal: 'reported',
    forbids: (q) =>
      !isHandover(q) && !isJoin(q) && (mindsReports(q.instance) || !isTimer(q)) && reporters(q).length > 0,
    detail: (q) => reporters(q).join(', '),
    retryAt: (q) => Math.max(reportedUntil(q), later(q.now, q.instance.plan.peerCheck.intervalMs)) as Instant,
  },
  // Brain 4.2, 4.3: somebody advertises.
  {
    refusal: 'heardSince',
    forbids: (q) => q.evidence.since !== undefined && heardAt(q.instance, q.group) >= q.evidence.since,
  },
  {
    refusal: 'heardSince',
    forbids: (q) =>
      q.trigger === 'adopt' && q.routers.some((r) => r.machine.active !== null || r.machine.worse !== null),
  },
  // Brain 3.6: another instance is in contact with it.
  {
    refusal: 'thirdParty',
    forbids: (q) => (isTimer(q) || q.trigger === 'fast') && voucher(q) !== null,
    detail: (q) => voucher(q) ?? '',
  },
  // Brain 10: a reload to `off` claims nothing until the next start.
  { refusal: 'modeOff', forbids: (q) => q.group.barred },
  // Brain 4.1: after yielding within one advert of a claim.
  {
    refusal: 'backOff',
    forbids: (q) => !isJoin(q) && !isHandover(q) && !isEdge(q) && q.now < q.group.notBefore,
    retryAt: (q) => q.group.notBefore,
  },
  // Brain 2.4 and 10: who cannot hear the others, or does not listen to them, asks the network first.
  {
    refusal: 'probing',
    // What is adopted was never let go.
    forbids: (q) => !isHandover(q) && !isAdoption(q) && mustProbe(q.instance, q.routers) && !q.evidence.nobodyAnswered,
  },
];

/**
 * Who reports that it is active; for the timer also who did so less than a Master_Down ago, as if that had been an advert. The last report of
 * whoever fell silent just now is no evidence against its silence, fresh as it may be.
 */
function reporters(q: Question): readonly string[] {
  const fresh = reportedActive(q.instance, q.group.name, q.now).map(({ peer }) => peer);
  const others = fresh.filter((peer) => peer !== q.evidence.lost && !(isTimer(q) && isSilent(q, peer)));
  const { reported } = q.group;
  return others.length === 0 && reported !== null && isTimer(q) && q.now < reportedUntil(q) ? [reported.peer] : others;
}

/** It missed as many checks as there may be: for the timer its last report is worth a Master_Down, as an advert is (brain 1.4, 12). */
const isSilent = (q: Question, peer: string): boolean => peerNamed(q.instance, peer)?.session.health === 'unhealthy';

/** When the down timer would end that the newest report has set. */
function reportedUntil({ group, routers, now }: Question): Instant {
  const { reported } = group;
  if (reported === null) return now;
  const { at, intervalMs } = reported;
  const downs = routers.map(({ plan, machine }) =>
    masterDown(plan.version, machine.priority, intervalMs > 0 ? intervalMs : plan.advertIntervalMs),
  );
  return later(at, Math.max(0, ...downs));
}

/**
 * A third one that is in contact with a peer that it reports active, and of which we know nothing better. For *fast* its contact has to be newer than
 * the first check that we missed: whoever died then was in contact with everybody a moment before.
 */
function voucher(q: Question): string | null {
  const { intervalMs, failureThreshold } = checksOf(q.instance);
  const { since } = q.evidence;
  const after = since !== undefined ? since : later(q.now, -(failureThreshold + 0.5) * intervalMs);
  for (const peer of q.instance.peers) {
    if (freshReport(q.instance, peer, q.now) !== null && peer.session.plan.name !== q.evidence.lost) continue;
    const third = vouchedFor(q.instance, peer.session.plan.name, q.group.name, { now: q.now, after });
    if (third !== null) return third;
  }
  return null;
}

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

/**
 * Adverts prove nothing here: mode off speaks no VRRP, a mute router can hear none. With every peer in contact their reports
 * say enough (brain 2.4).
 */
export function mustProbe(instance: Instance, routers: readonly RouterEntry[]): boolean {
  if (instance.plan.mode === 'off') return true;
  const allHeard = instance.peers.length > 0 && instance.peers.every((p) => p.session.health === 'healthy');
  return !allHeard && routers.some(isMute);
}

/** Brain 2.4: the interface for adverts, which does not carry the addresses, is down or has no source. */
export function isMute(entry: RouterEntry): boolean {
  const { plan, transport } = entry;
  return plan.interface !== plan.addressInterface && (!transport.advertUp || transport.source === null);
}
