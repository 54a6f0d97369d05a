/** A report is an advert on another wire (brain 1.4): the election between actives, and what a standby learns from it. */
import { addressBytes } from '../../core/address.ts';
import type { GroupReport, Report } from '../../core/report.ts';
import type { Heard } from '../../vrrp/acceptance.ts';
import { type Turn, routersOf, tellGroup, tellMachine, updateGroup } from './draft.ts';
import { compareClaims, ownClaim } from './peer-queries.ts';
import { yieldGroup } from './election.ts';
import type { Group, RouterEntry } from './state.ts';

/** A peer's fresh report, confirmed just now. */
export function heardReport(turn: Turn, peer: string, report: Report): void {
  for (const of of report.groups) {
    if (of.standing !== 'active') continue;
    const group = turn.draft.groups.find((g) => g.name === of.name);
    if (group !== undefined) heardActive(turn, group, peer, of);
  }
}

function heardActive(turn: Turn, group: Group, peer: string, of: GroupReport): void {
  const reported = { peer, at: turn.now, intervalMs: of.intervalMs };
  updateGroup(turn, group.name, group.resigned ? { resigned: false, reported } : { reported });
  const routers = routersOf(turn.draft, group);
  if (routers.some((r) => r.machine.state === 'releasing')) return letGo(turn, routers, of);
  if (!routers.some((r) => r.machine.state === 'active')) return;
  // It says so while it asks us to say `released`, or we took over by a claim that it does not know of yet.
  if (group.handover !== null) return;
  const listening = routers.some((r) => r.machine.listenUntil !== Number.POSITIVE_INFINITY);
  const ours = ownClaim(turn.draft, group);
  const priority = Math.max(...routers.map((r) => r.machine.priority));
  const better = compareClaims({ priority: of.priority, source: of.source, name: peer }, { ...ours, priority }) > 0;
  if (!better && !listening) return;
  yieldGroup(turn, group, routers[0]!, of.intervalMs, {
    code: 'betterReported',
    peer,
    router: group.name,
    theirs: of.priority,
    ours: priority,
  });
}

/** Resigned, and the other reports that it has taken over: its addresses are there already (brain 5.6). */
function letGo(turn: Turn, routers: readonly RouterEntry[], of: GroupReport): void {
  for (const entry of routers) {
    if (entry.machine.state !== 'releasing' || entry.machine.taker !== null) continue;
    const heard = asHeard(entry, of);
    const at = turn.draft.routers.findIndex((r) => r.plan.name === entry.plan.name);
    if (heard !== null) tellMachine(turn, at, { kind: 'heard', heard });
  }
}

/** The report as the advert that it stands for; null where it names no source. */
export function asHeard(entry: RouterEntry, of: GroupReport): Heard | null {
  const source = of.source === null ? null : addressBytes(of.source);
  if (source === null) return null;
  // An advert of priority 0 would be a resignation.
  const priority = Math.max(1, of.priority);
  const intervalMs = of.intervalMs > 0 ? of.intervalMs : entry.plan.advertIntervalMs;
  return { source, priority, intervalMs, style: 'any', sameAddresses: true };
}

/** Another active has stopped: whoever won announces again, as clients may have followed the loser (brain 1.4). */
export function lostActive(turn: Turn, peer: string, group: string): void {
  const { reported = null } = turn.draft.groups.find((g) => g.name === group) ?? {};
  if (reported?.peer === peer) updateGroup(turn, group, { reported: null });
  for (const entry of turn.draft.routers) {
    if (entry.plan.group === group && entry.machine.state === 'active') {
      turn.effects.push({ do: 'announce', router: entry.plan.name });
    }
  }
}

/** All routers of a group stop, because another has taken over by agreement (brain 5.4). */
export function giveOver(turn: Turn, group: Group, of: GroupReport, reason: Parameters<typeof yieldGroup>[4]): void {
  turn.cause = reason;
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'active',
    (r) => {
      const heard = asHeard(r, of);
      return heard === null ? { kind: 'yield', reason, heard: null } : { kind: 'giveOver', reason, heard };
    },
  );
}
