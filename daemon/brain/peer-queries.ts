/** Questions about the peers, answered from first-hand evidence only (brain 3.1, 1.4). Pure queries: nothing is stored. */
import { addressBytes, addressText, compareAddresses } from '../../core/address.ts';
import type { Instant } from '../../core/clock.ts';
import type { GroupReport, HandoverMessage, Report } from '../../core/report.ts';
import { peerBootOf, reportOf as freshReportOf } from '../../monitors/peer/session.ts';
import type { EnginePlan } from '../../config/plan.ts';
import type { SessionOrders } from '../../monitors/peer/state.ts';
import { masterDown } from '../../vrrp/timers.ts';
import type { Effect } from './effect.ts';
import type { Group, Instance, PeerEntry } from './state.ts';

/** Without any sign of life for so long a peer is gone (brain 3.1). */
const GONE_MS = 10_000;

/** When somebody was last heard to advertise for a router of the group. */
export function heardAt(instance: Instance, group: Group): Instant {
  let newest = Number.NEGATIVE_INFINITY;
  for (const entry of instance.routers) {
    if (entry.plan.group === group.name && entry.heardAt > newest) newest = entry.heardAt;
  }
  return newest as Instant;
}

/** How peers are checked now: more slowly than configured while we are late too often ourselves (brain 3.5). */
export function checksOf({ plan, lateness }: Pick<Instance, 'plan' | 'lateness'>): EnginePlan['peerCheck'] {
  const { failureThreshold } = lateness;
  return failureThreshold === null ? plan.peerCheck : { ...plan.peerCheck, failureThreshold };
}

/** What the peer sessions take from the instance. */
export function sessionOrders(instance: Instance, now: Instant): SessionOrders {
  const { intervalMs, failureThreshold, recoveryThreshold } = checksOf(instance);
  return {
    intervalMs,
    failureThreshold,
    recoveryThreshold,
    version: instance.version,
    report: reportNow(instance, now),
    // Asked for where a report goes out, which is one event of many.
    get direct() {
      return directContacts(instance, now);
    },
    boot: instance.identity.boot,
    nonce: instance.identity.nonce,
  };
}

function directContacts({ peers }: Instance, now: Instant): Readonly<Record<string, number>> {
  const ages: Record<string, number> = {};
  for (const { session } of peers) {
    if (session.lastContact !== Number.NEGATIVE_INFINITY) ages[session.plan.name] = now - session.lastContact;
  }
  return ages;
}

/** The report as it is said now: an age in it is as old as the report, which may be asked for much later. */
function reportNow({ report, bandwidthDisarmed }: Instance, now: Instant): Report {
  if (report.bandwidthMove === null || bandwidthDisarmed === null) return report;
  return { ...report, bandwidthMove: { ...report.bandwidthMove, ageMs: Math.max(0, now - bandwidthDisarmed.at) } };
}

export function peerNamed(instance: Instance, name: string): PeerEntry | null {
  return instance.peers.find((peer) => peer.session.plan.name === name) ?? null;
}

/** A message of a handover to a peer, on every path; nothing while it is not known who listens there. */
export function toPeer(
  instance: Instance,
  name: string,
  handover: HandoverMessage,
): readonly Extract<Effect, { do: 'send' }>[] {
  const peer = peerNamed(instance, name);
  const peerBoot = peer === null ? null : peerBootOf(peer.session);
  if (peerBoot === null) return [];
  return [{ do: 'send', peer: name, path: null, message: { type: 'handover', handover }, peerBoot }];
}

/** Its report, if it is fresh: no older than 2 × detection (brain 1.4). */
export function freshReport(instance: Instance, { session }: PeerEntry, now: Instant): Report | null {
  return session.report === null ? null : freshReportOf(session, checksOf(instance), now);
}

export function groupIn(report: Report | null, group: string): GroupReport | null {
  return report?.groups.find((g) => g.name === group) ?? null;
}

export interface ReportedActive {
  readonly peer: string;
  readonly report: GroupReport;
}

/** Peers whose fresh report says that they are active for the group. */
export function reportedActive(instance: Instance, group: string, now: Instant): readonly ReportedActive[] {
  return instance.peers.flatMap((peer) => {
    const of = groupIn(freshReport(instance, peer, now), group);
    return of?.standing === 'active' ? [{ peer: peer.session.plan.name, report: of }] : [];
  });
}

/** The healthy Tandem peer that is active for the group; null if that is somebody else, or nobody. */
export function activePeer(instance: Instance, group: string, now: Instant): ReportedActive | null {
  const healthy = (name: string): boolean => peerNamed(instance, name)?.session.health === 'healthy';
  return reportedActive(instance, group, now).find(({ peer }) => healthy(peer)) ?? null;
}

/** The source is that of a peer which reports, freshly, that it is not active for the group. */
export function isMereStandby(instance: Instance, group: string, source: Uint8Array, now: Instant): boolean {
  return instance.peers.some((peer) => {
    const of = groupIn(freshReport(instance, peer, now), group);
    const own = of === null ? null : bytesOf(of.source);
    return (
      of !== null &&
      of.standing !== 'active' &&
      own !== null &&
      own.length === source.length &&
      compareAddresses(own, source) === 0
    );
  });
}

export type Standing = 'eligible' | 'ineligible' | 'gone' | 'uncertain';

/** What a peer is for one group, or (null) for any (brain 3.1). */
export function standingOf(instance: Instance, peer: PeerEntry, group: string | null, now: Instant): Standing {
  const report = freshReport(instance, peer, now);
  if (report !== null) {
    const fit = group === null ? report.eligible : (groupIn(report, group)?.eligible ?? report.eligible);
    return fit ? 'eligible' : 'ineligible';
  }
  const silent = now - Math.max(peer.session.lastContact, instance.startedAt);
  const advert = newestAdvertOf(instance, peer, group);
  if (advert !== null && now - advert <= downOf(instance)) return 'eligible';
  const since = advert === null ? silent : Math.min(silent, now - advert);
  return since >= goneAfter(instance) ? 'gone' : 'uncertain';
}

export const goneAfter = (instance: Instance): number => Math.max(GONE_MS, 3 * downOf(instance));

/** The longest Master_Down of our routers. */
export function downOf(instance: Instance): number {
  return instance.routers.reduce(
    (longest, { plan, machine }) =>
      Math.max(longest, masterDown(plan.version, machine.priority, machine.activeIntervalMs)),
    0,
  );
}

/** When an advert with priority > 0 was last heard from a source of this peer. */
function newestAdvertOf(instance: Instance, { session }: PeerEntry, group: string | null): Instant | null {
  const sources = new Set([...session.plan.paths, ...(session.report?.groups.map((g) => g.source) ?? [])]);
  const bytes = [...sources].map(bytesOf);
  let newest: Instant | null = null;
  for (const { plan, machine } of instance.routers) {
    if (group !== null && plan.group !== group) continue;
    const other = machine.active ?? machine.worse;
    if (other === null || !bytes.some((b) => b !== null && compareAddresses(b, other.source) === 0)) continue;
    if (newest === null || other.at > newest) newest = other.at;
  }
  return newest;
}

/** Some peer is known eligible for the group (brain 2.3). */
export function someoneEligible(instance: Instance, group: string, now: Instant): boolean {
  return instance.peers.some((peer) => standingOf(instance, peer, group, now) === 'eligible');
}

/** What a peer reports of the group if it is healthy and eligible by a fresh report: the role can be given to it (brain 5, 6.3). */
function offerOf(instance: Instance, peer: PeerEntry, group: string, now: Instant): GroupReport | null {
  if (peer.session.health !== 'healthy') return null;
  const report = freshReport(instance, peer, now);
  // In mode off it backs nobody up (brain 10).
  if (report === null || report.mode === 'off') return null;
  const of = groupIn(report, group);
  return of !== null && of.eligible && of.standing !== 'init' ? of : null;
}

/** Those to whom the role can be given, best first. */
export function takers(
  instance: Instance,
  group: string,
  now: Instant,
): readonly { peer: string; report: GroupReport }[] {
  const found = instance.peers.flatMap((peer) => {
    const report = offerOf(instance, peer, group, now);
    return report === null ? [] : [{ peer: peer.session.plan.name, report }];
  });
  return found.toSorted((a, b) => compareClaims({ ...b.report, name: b.peer }, { ...a.report, name: a.peer }));
}

/** Whether there is one. */
export const hasTaker = (instance: Instance, group: string, now: Instant): boolean =>
  instance.peers.some((peer) => offerOf(instance, peer, group, now) !== null);

export interface Claim {
  readonly priority: number;
  /** Text of the source address. */
  readonly source: string | null;
  readonly name: string;
}

/** Above 0 if `a` wins: priority, then source address (RFC 9568 6.4.3), then name (brain 4.5). */
export function compareClaims(a: Claim, b: Claim): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  const [from, other] = [bytesOf(a.source), bytesOf(b.source)];
  if (from !== null && other !== null && from.length === other.length) {
    const order = compareAddresses(from, other);
    if (order !== 0) return order;
  }
  return a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}

/** The few addresses of a stack, parsed once: this is asked with every advert. */
const PARSED = new Map<string, Uint8Array | null>();
const MOST_PARSED = 1024;

function bytesOf(text: string | null): Uint8Array | null {
  if (text === null) return null;
  let bytes = PARSED.get(text);
  if (bytes === undefined) {
    bytes = addressBytes(text);
    if (PARSED.size >= MOST_PARSED) PARSED.clear();
    PARSED.set(text, bytes);
  }
  return bytes;
}

/** A healthy third one was in direct contact with `peer` after that moment, and reports it active for the group (brain 3.6). */
export function vouchedFor(
  instance: Instance,
  peer: string,
  group: string,
  { now, after }: { readonly now: Instant; readonly after: Instant },
): string | null {
  for (const third of instance.peers) {
    const { session } = third;
    if (session.plan.name === peer || session.health !== 'healthy') continue;
    const report = freshReport(instance, third, now);
    const age = session.direct[peer];
    if (report === null || age === undefined) continue;
    if (session.reportAt - age > after && report.others[peer]?.includes(group) === true) return session.plan.name;
  }
  return null;
}

/** A group's own claim, as an advert or the next report of ours says it. */
export function ownClaim(instance: Instance, group: Pick<Group, 'name'>): Claim {
  let priority = 0;
  let source: Uint8Array | null = null;
  for (const { plan, machine, transport } of instance.routers) {
    if (plan.group !== group.name) continue;
    priority = Math.max(priority, machine.priority);
    source ??= transport.source;
  }
  return { priority, source: source === null ? null : addressText(source), name: instance.plan.instance };
}
