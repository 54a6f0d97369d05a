/** The election of a group (brain 1.2): what its routers hear decides together, and all of them move together. */
import { type Ms, NEVER, later } from '../../core/clock.ts';
import { addressText } from '../../core/address.ts';
import type { Reason } from '../../core/reason.ts';
import type { Heard } from '../../vrrp/acceptance.ts';
import type { Tell } from '../../vrrp/machine-state.ts';
import { masterDown } from '../../vrrp/timers.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, routersOf, say, tellGroup, tellMachine, routerIndex, updateGroup } from './draft.ts';
import { groupEligible, onlySoft, whyIneligible } from './faults.ts';
import { NO_EVIDENCE, isMute, mayClaim } from './gate.ts';
import { claim, resign } from './moves.ts';
import { noteFlap } from './flaps.ts';
import { someoneEligible } from './peer-queries.ts';
import { engagesAlone } from './service-down.ts';
import { abortSwitchover, finishSwitchover } from './switchover.ts';
import { raiseFault } from './fault-facts.ts';
import { handoverCancelled } from './action-end.ts';
import type { Evidence, Group, RouterEntry, Trigger } from './state.ts';

/** Further than this the wait after yielding does not grow (brain 4.1). */
const MOST_YIELDS = 5;

/** Answer everything that the machines said in this turn. */
export function answerTells(turn: Turn): void {
  for (let at = 0; at < turn.tells.length; at++) {
    const { router, tell } = turn.tells[at]!;
    const entry = turn.draft.routers[routerIndex(turn.draft, router)];
    const group = turn.draft.groups.find((g) => g.name === entry?.plan.group);
    if (entry !== undefined && group !== undefined) answer(turn, group, entry, tell);
  }
  turn.tells.length = 0;
}

function answer(turn: Turn, group: Group, entry: RouterEntry, tell: Tell): void {
  switch (tell.kind) {
    case 'unheard':
      return considerClaim(turn, group, 'timer', tell.cause, NO_EVIDENCE, tell.again);
    case 'betterHeard':
      return yieldTo(turn, group, entry, tell.heard, tell.reason);
    case 'anotherHeard':
      return letGo(turn, entry, tell.heard);
    case 'letGoDue':
      return letGoDue(turn, group, entry);
  }
}

/** Brain 4.1: claim when every router of the group is unheard; routers in fault have made the whole group ineligible. */
export function considerClaim(
  turn: Turn,
  group: Group,
  trigger: Trigger,
  cause: Reason,
  evidence: Evidence,
  persistent = false,
): void {
  const routers = routersOf(turn.draft, group);
  // All routers of a group may say so in one turn: the first has moved the whole group.
  if (!routers.some((r) => r.machine.state === 'backup')) return;
  // While some still let go, one that was added meanwhile would tear the group; the release ends soon, one way or the other.
  if (routers.some((r) => r.machine.state === 'releasing')) return;
  const hearing = routers.filter((r) => r.machine.state === 'backup' && !r.machine.unheard);
  if (trigger === 'timer' && hearing.length > 0) {
    if (persistent) raisePartlyHeard(turn, routers, hearing);
    return;
  }
  const verdict = mayClaim({ instance: turn.draft, group, routers, trigger, evidence, now: turn.now });
  if (verdict.allowed) return claim(turn, group, cause, trigger === 'handover');
  if (verdict.refusal === 'reported' && trigger === 'timer' && !routers.some(isMute)) {
    raiseCondition(turn, 'advertsBlocked', routers[0]!.plan.name, `${verdict.detail} reports that it is active`);
  }
  if (trigger !== 'timer' && trigger !== 'owner' && verdict.refusal !== 'probing') return;
  const known = turn.draft.groups.some((g) => g.name === group.name && g.waiting !== null);
  const asking = verdict.refusal === 'probing' ? { trigger, evidence: { ...evidence, nobodyAnswered: false } } : null;
  updateGroup(turn, group.name, { waiting: cause, asking, retryAt: verdict.retryAt ?? NEVER });
  if (verdict.refusal === 'probing') return askNetwork(turn, group);
  // A report is asked again every Master_Down, and has its alarm.
  if (known || ['fault', 'stopping', 'reported'].includes(verdict.refusal)) return;
  const reason: Reason = { code: 'refused', refusal: verdict.refusal, detail: verdict.detail };
  say(turn, 'role', 'info', reason);
}

function raisePartlyHeard(turn: Turn, routers: readonly RouterEntry[], hearing: readonly RouterEntry[]): void {
  const silent = routers.filter((r) => r.machine.unheard).map((r) => r.plan.name);
  const heard = hearing.map((r) => r.plan.name);
  raiseCondition(turn, 'partlyHeard', silent[0]!, `silent: ${few(silent)}; heard: ${few(heard)}`);
}

function few(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

/** Three probes for each address, by every router of the group (brain 2.4, 10). */
function askNetwork(turn: Turn, group: Group): void {
  if (group.probing !== null) return;
  const routers = routersOf(turn.draft, group).map((r) => r.plan.name);
  updateGroup(turn, group.name, { probing: routers, retryAt: NEVER });
  for (const router of routers) turn.effects.push({ do: 'probe', router, purpose: 'claim' });
}

/** The answer to a probe before a claim. */
export function probedForClaim(turn: Turn, entry: RouterEntry, foreign: { address: string; mac: string } | null): void {
  const group = turn.draft.groups.find((g) => g.name === entry.plan.group);
  if (group === undefined || group.probing === null) return;
  if (foreign !== null) {
    updateGroup(turn, group.name, { probing: null, retryAt: later(turn.now, 1000) });
    const detail = `${foreign.mac} answers for ${foreign.address}`;
    if (turn.draft.plan.mode === 'off') raiseFault(turn, 'addressInUse', entry.plan.name, detail);
    else raiseCondition(turn, 'addressInUseWhileMute', entry.plan.name, detail);
    return;
  }
  const left = group.probing.filter((name) => name !== entry.plan.name);
  updateGroup(turn, group.name, { probing: left.length > 0 ? left : null });
  if (left.length > 0 || group.waiting === null) return;
  const cause: Reason =
    turn.draft.plan.mode === 'off' ? { code: 'nobodyHasIt', router: entry.plan.name } : group.waiting;
  const { trigger, evidence } = group.asking ?? { trigger: 'timer', evidence: NO_EVIDENCE };
  considerClaim(turn, { ...group, probing: null }, trigger, cause, { ...evidence, nobodyAnswered: true });
}

/** A better one was heard on one router: the whole group yields, as it would be torn otherwise. */
function yieldTo(turn: Turn, group: Group, hearing: RouterEntry, heard: Heard, reason: Reason): void {
  if (turn.draft.plan.mode === 'off') return leaveToOther(turn, hearing, heard);
  yieldGroup(turn, group, hearing, heard.intervalMs, reason, heard);
}

/** All routers of the group yield to one that was heard, or (`heard` null) that a report told of. */
export function yieldGroup(
  turn: Turn,
  group: Group,
  hearing: RouterEntry,
  intervalMs: Ms,
  reason: Reason,
  heard: Heard | null = null,
): void {
  turn.cause = reason;
  turn.dirty = true;
  const soon = turn.now - group.claimedAt <= hearing.plan.advertIntervalMs;
  const yields = soon ? Math.min(group.yields + 1, MOST_YIELDS) : 0;
  const wait = masterDown(hearing.plan.version, hearing.machine.priority, intervalMs) * 2 ** yields;
  const notBefore = soon ? later(turn.now, wait) : turn.now;
  handoverCancelled(turn, group);
  updateGroup(turn, group.name, { yields, notBefore, elevated: null, handover: null });
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'active',
    (r) => ({ kind: 'yield', reason, heard: r.plan.name === hearing.plan.name ? heard : null }),
  );
}

/** Brain 10: an advert heard in mode off says that somebody has the address: release, fault, alarm. */
export function leaveToOther(turn: Turn, entry: RouterEntry, heard: Heard): void {
  raiseFault(turn, 'addressInUse', entry.plan.name, `${addressText(heard.source)} advertises it`);
}

/** While letting go another was heard: its announcements move the traffic, our addresses go (brain 5.6). */
function letGo(turn: Turn, entry: RouterEntry, heard: Heard): void {
  const source = addressText(heard.source);
  say(
    turn,
    'address',
    'info',
    { code: 'addressesLetGo', count: countOf(entry), heard: source },
    { router: entry.plan.name },
  );
  tellMachine(turn, routerIndex(turn.draft, entry.plan.name), { kind: 'letGo', heard });
  finishSwitchover(turn);
}

/** Nobody was heard in time: a switchover is aborted, everything else goes all the same (brain 5.6). */
function letGoDue(turn: Turn, group: Group, entry: RouterEntry): void {
  // The first router of the group to say so has taken all of them back.
  if (entry.machine.state !== 'releasing') return;
  const someoneTook = routersOf(turn.draft, group).some(
    (r) => r.machine.state !== 'releasing' && r.machine.active !== null,
  );
  if (entry.machine.afterRelease === 'backup' && !someoneTook) return abortSwitchover(turn, group);
  say(
    turn,
    'address',
    'warning',
    { code: 'addressesLetGo', count: countOf(entry), heard: null },
    { router: entry.plan.name },
  );
  tellMachine(turn, routerIndex(turn.draft, entry.plan.name), { kind: 'letGo', heard: null });
  if (someoneTook) finishSwitchover(turn);
}

const countOf = (entry: RouterEntry): number => entry.plan.addresses.length + entry.plan.excludedAddresses.length;

/** Hold faults against states until nothing is left to do: who may not take part leaves, who may again comes back. */
export function settle(turn: Turn): void {
  while (turn.unsettled) {
    turn.unsettled = false;
    for (const group of turn.draft.groups) settleGroup(turn, group);
    answerTells(turn);
  }
}

function settleGroup(turn: Turn, group: Group): void {
  const { phase } = turn.draft;
  if (phase === 'new' || phase === 'stopped') return;
  const states = new Set(routersOf(turn.draft, group).map((r) => r.machine.state));
  const reason = groupEligible(turn.draft, group) ? null : whyIneligible(turn.draft, group);
  const stays = reason !== null && states.has('active') && staysAsLastResort(turn, group);
  if (reason !== null && !stays) {
    if (states.has('active')) noteFlap(turn, group, reason);
    if (states.has('active') || states.has('releasing'))
      resign(turn, group, reason, phase === 'stopping' ? 'init' : 'fault');
    if (states.has('backup') || states.has('init')) {
      turn.cause ??= reason;
      if (phase === 'running' || phase === 'leaving') {
        tellGroup(
          turn,
          group.name,
          (r) => r.machine.state !== 'releasing',
          () => ({ kind: 'fault', reason }),
        );
      }
    }
    return;
  }
  if (!stays) for (const { plan } of routersOf(turn.draft, group)) clearCondition(turn, 'lastResort', plan.name);
  if (phase !== 'running') return;
  // A reload can make one group of routers that were in different states.
  if (states.has('active') && states.has('backup')) considerAtOnce(turn, group);
  if (!states.has('fault') && !states.has('init')) return;
  const back: Reason = states.has('fault')
    ? { code: 'recovered' }
    : { code: 'started', priority: priorityOf(turn, group) };
  turn.cause ??= back;
  tellGroup(
    turn,
    group.name,
    (r) => r.machine.state === 'fault' || r.machine.state === 'init',
    () => ({ kind: 'startup', reason: back }),
  );
  considerAtOnce(turn, group);
}

/** An owner does not wait (RFC 9568 6.4.1 (105)); a router that joins an active group follows it (brain 1.2). */
function considerAtOnce(turn: Turn, group: Group): void {
  const routers = routersOf(turn.draft, group);
  const active = routers.find((r) => r.machine.state === 'active');
  if (active !== undefined) return considerClaim(turn, group, 'group', active.machine.reason, NO_EVIDENCE);
  if (turn.draft.plan.mode !== 'off' && routers.every((r) => r.plan.priority === 255)) {
    considerClaim(turn, group, 'owner', { code: 'owner', router: routers[0]!.plan.name }, NO_EVIDENCE);
  }
}

function priorityOf(turn: Turn, group: Group): number {
  return Math.max(...routersOf(turn.draft, group).map((r) => r.machine.priority));
}

/**
 * Brain 2.3: with soft faults only, and nobody else known eligible, an active stays (a gateway that stops answering pings must not take both
 * instances off), unless the bypass is the better last resort: then service down decides (7).
 */
function staysAsLastResort(turn: Turn, group: Group): boolean {
  const { draft, now } = turn;
  const router = routersOf(draft, group)[0]!.plan.name;
  const stays =
    draft.phase === 'running' &&
    onlySoft(draft, group) &&
    !(draft.serviceDown.declared && engagesAlone(draft)) &&
    !someoneEligible(draft, group.name, now);
  if (!stays) {
    clearCondition(turn, 'lastResort', router);
    return false;
  }
  const names = draft.faults.map((fault) => fault.detail).join('; ');
  raiseCondition(turn, 'lastResort', router, names);
  return true;
}
