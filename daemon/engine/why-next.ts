/** What would change the present role, and what keeps it from changing, in words. Pure: a reading of the status. */
import type { BypassBy, FaultStatus, PeerStatus, Status } from '../../core/status.ts';

export interface WhyNext {
  readonly text: string;
  /** What the text says lasts until this wall time; null if it has no such end. */
  readonly until: string | null;
  /** The command that ends it; null if there is none. */
  readonly endedBy: string | null;
}

const next = (text: string, endedBy: string | null = null, until: string | null = null): WhyNext => ({
  text,
  until,
  endedBy,
});

/** The most telling first. */
export function whatNext(status: Status): readonly WhyNext[] {
  switch (status.role) {
    case 'starting':
      return [next('it decides when an active was heard, or none was for long enough')];
    case 'active':
      return [...lastResort(status), ...successors(status), ...held(status)];
    case 'standby':
      return [...actives(status), ...held(status)];
    case 'fault':
      return [...status.faults.map((fault) => cure(fault, status)), ...unreadBypass(status)];
    case 'maintenance':
      return maintenance(status);
    case 'bypass':
      return [BYPASS_ENDS[status.bypass.by ?? 'unknown'], ...status.faults.map((fault) => cure(fault, status))];
  }
}

/** Why a peer would not take over, in words (brain 4.2, 5.7); null if it would. */
export function whyNotPeer(peer: PeerStatus): string | null {
  const { name, health, role, faults, eligible, reason } = peer;
  if (health === 'unknown') return `${name} has not answered a check yet`;
  if (health === 'unhealthy') return `${name} does not answer checks`;
  if (role === 'unknown') return `${name} has not reported`;
  if (role === 'maintenance') return `${name} is in maintenance`;
  if (faults.length > 0) return `${name} is in fault: ${faults.join('; ')}`;
  if (eligible !== true) return `${name} is not eligible: ${reason?.text ?? `it is ${role}`}`;
  return role === 'starting' ? `${name} is starting` : null;
}

function successors({ peers }: Status): WhyNext[] {
  if (peers.length === 0) {
    return [
      next('no peer is configured: another VRRP speaker takes over if it is better, or if this instance falls silent'),
    ];
  }
  const refusals = peers.flatMap((peer) => whyNotPeer(peer) ?? []);
  const able = peers.filter((peer) => whyNotPeer(peer) === null);
  if (able.length === 0) return [next(`nobody else is eligible: ${refusals.join('; ')}`)];
  const said = able.map(({ name, role }) => next(`${name} would take over: it is ${role}, healthy and eligible`));
  return [...said, ...refusals.map((text) => next(`not eligible: ${text}`))];
}

/** In service in spite of what would take it out (brain 2.3, 8.4). */
function lastResort({ conditions }: Status): WhyNext[] {
  return conditions
    .filter(({ name }) => name === 'lastResort' || name === 'flapLimitReached')
    .map(({ text }) => next(text));
}

function actives({ peers, routers }: Status): WhyNext[] {
  const active = peers.filter((peer) => peer.role === 'active');
  if (active.length > 0) {
    return active.map(({ name, health }) =>
      next(
        health === 'healthy'
          ? `${name} is active: this instance takes over when ${name} gives up or falls silent`
          : `${name} was active and does not answer checks`,
      ),
    );
  }
  const sources = [...new Set(routers.flatMap((router) => router.activeSource ?? []))];
  if (sources.length === 0) return [next('nobody is heard as active: it claims when nobody was for long enough')];
  return [
    next(
      `${sources.join(', ')} ${sources.length === 1 ? 'is' : 'are'} heard as active: this instance takes over after a resignation or silence`,
    ),
  ];
}

function held({ preemptionHeldUntil: until }: Status): WhyNext[] {
  if (until === null) return [];
  const text = until === 'released' ? 'preemption is held until it is released' : 'preemption is held';
  return [next(text, 'tandem switchover --release-hold', until === 'released' ? null : until)];
}

function cure({ name, text }: FaultStatus, { bypass }: Status): WhyNext {
  if (name !== 'flapLimit') return next(`it takes part again without this fault: ${text}`);
  return next(`it stays out of service: ${text}`, bypass.latched ? RELEASE : 'tandem flaps reset');
}

function unreadBypass({ bypass, faults }: Status): WhyNext[] {
  if (faults.length > 0 || bypass.state !== 'unknown') return [];
  return [next(`it takes part when the bypass reads inline${bypass.detail === '' ? '' : ` (${bypass.detail})`}`)];
}

function maintenance({ maintenance: stay }: Status): WhyNext[] {
  if (stay === null) return [];
  const text = stay.until === 'reboot' ? 'maintenance lasts until the next reboot' : 'maintenance lasts';
  const until = stay.until === 'reboot' ? null : stay.until;
  return [next(stay.until === null ? 'maintenance lasts until it is left' : text, 'tandem maintenance off', until)];
}

const RELEASE = 'tandem bypass release';

const BYPASS_ENDS: Readonly<Record<BypassBy, WhyNext>> = {
  flaps: next('the bypass stays engaged: this instance left the active role too often', RELEASE),
  operator: next('the bypass stays engaged: an operator wants it', RELEASE),
  serviceDown: next('the bypass ends by itself when an instance of the stack is eligible'),
  unknown: next('the bypass is engaged and nobody here wants it: it is taken back inline'),
};
