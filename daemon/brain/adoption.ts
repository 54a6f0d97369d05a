/** Adopting what a predecessor's will holds, or letting it go (brain 6.4); and the wait after it resigned. */
import { type Instant, type Ms, NEVER, later } from '../../core/clock.ts';
import { skewTime } from '../../vrrp/timers.ts';
import type { AdoptionToken, HeldAddress } from '../channel.ts';
import { type Turn, routersOf } from './draft.ts';
import { considerClaim } from './election.ts';
import { NO_EVIDENCE } from './gate.ts';
import { reportedActive } from './peer-queries.ts';
import type { RouterEntry } from './state.ts';

/** Whether the bypass has been read by now is looked at so often. */
const AGAIN_MS: Ms = 20;

/** All its addresses are still where the engine before put them. */
function allThere({ plan }: RouterEntry, addresses: readonly HeldAddress[]): boolean {
  const there = new Set(addresses.map((one) => one.address));
  return [...plan.addresses, ...plan.excludedAddresses].every((one) => there.has(one.address));
}

/** Every peer is asked first; without peers there is nobody to ask. */
export function beginAdoption(turn: Turn, token: AdoptionToken): void {
  const { draft, now } = turn;
  const wait = draft.peers.length === 0 ? 0 : Math.min(draft.plan.peerCheck.intervalMs, token.leftMs / 2);
  draft.adoption = {
    routers: token.routers,
    addresses: token.addresses,
    at: later(now, wait),
    end: later(now, token.leftMs),
  };
  if (wait === 0) adoptionDue(turn);
}

/** A check's deadline has passed, or somebody has answered. */
export function adoptNow(turn: Turn): void {
  const { draft, now } = turn;
  const { adoption } = draft;
  if (adoption === null) return;
  const held = draft.groups.filter((g) => routersOf(draft, g).some((r) => adoption.routers.includes(r.plan.name)));
  for (const group of held) {
    const routers = routersOf(draft, group);
    const count = routers.reduce((sum, r) => sum + r.plan.addresses.length + r.plan.excludedAddresses.length, 0);
    const whole = routers.every((r) => allThere(r, adoption.addresses));
    if (whole && now < adoption.end && reportedActive(draft, group.name, now).length === 0) {
      considerClaim(turn, group, 'adopt', { code: 'adopted', count }, NO_EVIDENCE);
    }
    for (const { plan } of routers) {
      const active = draft.routers.some((r) => r.plan.name === plan.name && r.machine.state === 'active');
      if (!active) turn.effects.push({ do: 'drop', router: plan.name });
    }
  }
  draft.adoption = null;
  turn.effects.push({ do: 'adopted' });
}

export function adoptionDue(turn: Turn): void {
  const { draft, now } = turn;
  const { adoption, bypass, plan } = draft;
  if (adoption === null || adoption.at > now) return;
  // Nobody may be active before the bypass was read; the first reading is on its way, and meanwhile what is held is held.
  const unread = plan.bypass.driver !== 'none' && bypass.read === null;
  if (!unread || now >= adoption.end) return adoptNow(turn);
  draft.adoption = { ...adoption, at: Math.min(later(now, AGAIN_MS), adoption.end) as Instant };
}

/** The engine before resigned: whoever can is about to take over; if nobody does, we are back after Skew_Time (brain 6.4). */
export function waitShortly(turn: Turn): void {
  if (turn.draft.peers.length === 0) return;
  turn.draft.routers = turn.draft.routers.map((entry) => {
    const { plan, machine } = entry;
    if (machine.state !== 'backup' || machine.downAt === NEVER) return entry;
    const downAt = later(turn.now, skewTime(plan.version, machine.priority, plan.advertIntervalMs));
    return { ...entry, machine: { ...machine, downAt } };
  });
}
