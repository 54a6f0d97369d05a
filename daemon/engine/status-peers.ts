/** A peer in the status: what its checks say, and what it says of itself. Pure. */
import type { Instant, Ms } from '../../core/clock.ts';
import type { PathStatus, PeerStatus } from '../../core/status.ts';
import { bestPath } from '../../monitors/peer/session.ts';
import type { PathState } from '../../monitors/peer/state.ts';
import { checksOf, freshReport, standingOf } from '../brain/peer-queries.ts';
import type { Instance, PeerEntry } from '../brain/state.ts';

/** What a peer says of itself is shown only while it is fresh (brain 1.4). `wall` prints a point in time. */
export function peerStatus(
  peer: PeerEntry,
  instance: Instance,
  now: Instant,
  wall: (at: Instant) => string,
): PeerStatus {
  const { session } = peer;
  const { intervalMs, failureThreshold, recoveryThreshold } = checksOf(instance);
  const report = freshReport(instance, peer, now);
  const best = bestPath(session);
  return {
    name: session.plan.name,
    health: session.health,
    since: wall(session.healthSince),
    role: report?.role ?? 'unknown',
    reason: report?.reason ?? null,
    eligible: report?.eligible ?? null,
    standing: standingOf(instance, peer, null, now),
    lastContactMs: ageMs(session.lastContact, now),
    checkIntervalMs: intervalMs,
    failing: best?.failing ?? 0,
    recovering: best?.recovering ?? 0,
    failureThreshold,
    recoveryThreshold,
    primary: report?.primary ?? null,
    version: report?.version ?? null,
    configurationHash: report?.hash ?? null,
    faults: report?.faults ?? [],
    links: report?.links ?? null,
    bypass: report?.bypass.state ?? null,
    activeGroups: report?.groups.filter((group) => group.standing === 'active').map((group) => group.name) ?? null,
    priorities:
      report === null ? null : Object.fromEntries(report.groups.map(({ name, priority }) => [name, priority])),
    paths: session.paths.map((path) => pathStatus(path, now)),
    ignored: session.ignored,
  };
}

function pathStatus(path: PathState, now: Instant): PathStatus {
  const { address, health, rttMs, lastContact, failing, recovering, recent } = path;
  return {
    address,
    health,
    rttMs: rttMs === null ? null : Math.round(rttMs * 1000) / 1000,
    lastContactMs: ageMs(lastContact, now),
    failing,
    recovering,
    recent,
  };
}

/** How long ago, in whole milliseconds; null = never. */
function ageMs(at: Instant, now: Instant): Ms | null {
  return at === Number.NEGATIVE_INFINITY ? null : Math.max(0, Math.round(now - at));
}
