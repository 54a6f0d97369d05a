/** The rows of `GET /api/v1/instances`: this instance from its own engine, the others as they report themselves. Pure. */
import type { InstanceView } from '../core/api/stack.ts';
import type { Ms } from '../core/clock.ts';
import type { PeerStatus, RouterStatus, Status } from '../core/status.ts';

/** Since when this manager has seen a peer in the role that it reports; null = as long as it looks. */
export type RoleSince = (peer: string) => string | null;

const count = (routers: readonly RouterStatus[]): number =>
  routers.reduce((sum, { addresses, excludedAddresses }) => sum + addresses.length + excludedAddresses.length, 0);

/** This one first. `ageMs`: how old the status is. */
export function instancesOf(status: Status | null, ageMs: Ms, roleSince: RoleSince): readonly InstanceView[] {
  if (status === null) return [];
  return [self(status, ageMs), ...status.peers.map((peer) => other(peer, status, ageMs, roleSince))];
}

function self(status: Status, ageMs: Ms): InstanceView {
  return {
    name: status.instance,
    self: true,
    role: status.role,
    since: status.since,
    reason: status.reason.text,
    eligible: status.eligible,
    primary: status.primary,
    ownsAddresses: count(status.routers.filter(({ holdsAddresses }) => holdsAddresses)),
    addresses: count(status.routers),
    linksActive: status.links.active,
    linksMinimum: status.links.minimum,
    check: null,
    bypass: status.bypass.state,
    version: status.version,
    configurationHash: status.configuration.hash,
    faults: status.faults.map(({ text }) => text),
    ageMs,
  };
}

/** What it does not say any more is unknown, never its last good value (ui.md table F). */
function other(peer: PeerStatus, status: Status, ageMs: Ms, roleSince: RoleSince): InstanceView {
  const { activeGroups } = peer;
  return {
    name: peer.name,
    self: false,
    role: peer.role,
    since: peer.role === 'unknown' ? null : roleSince(peer.name),
    reason: peer.reason?.text ?? null,
    eligible: peer.eligible,
    primary: peer.primary,
    ownsAddresses:
      activeGroups === null ? null : count(status.routers.filter(({ group }) => activeGroups.includes(group))),
    addresses: activeGroups === null ? null : count(status.routers),
    linksActive: peer.links?.active ?? null,
    linksMinimum: peer.links?.minimum ?? null,
    check: peer.health,
    bypass: peer.bypass,
    version: peer.version,
    configurationHash: peer.configurationHash,
    faults: peer.faults,
    ageMs: peer.lastContactMs === null ? null : peer.lastContactMs + ageMs,
  };
}
