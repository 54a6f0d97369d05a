/**
 * Handover (brain 5): ask → prepared → go → claimed → released. The new active takes over and confirms before the old one lets go; whatever
 * goes wrong, nothing has changed. One at a time for each group.
 */
import { type Ms, NEVER, later } from '../../core/clock.ts';
import { type Reason, describeReason } from '../../core/reason.ts';
import type { GroupReport, HandoverKind, HandoverMessage, HandoverPurpose, Report } from '../../core/report.ts';
import { addressBytes, compareAddresses } from '../../core/address.ts';
import type { Heard } from '../../vrrp/acceptance.ts';
import { type Turn, routersOf, say, updateGroup } from './draft.ts';
import { considerClaim } from './election.ts';
import { whyIneligible } from './faults.ts';
import { noteFlap } from './flaps.ts';
import { mayClaim, NO_EVIDENCE } from './gate.ts';
import { groupIn, peerNamed, toPeer } from './peer-queries.ts';
import { giveOver } from './report-election.ts';
import { handoverEnded, ownedHere, takingRefused } from './action-end.ts';
import { wantRefused } from './preemption.ts';
import type { Group, Handover, RouterEntry } from './state.ts';

/** A message that was not answered is repeated after this. */
export const REPEAT_MS: Ms = 20;
/** The target claims only if `go` arrives in this time after its first `prepared` (brain 5.1). */
export const GO_MS: Ms = 200;
/** Whoever does not answer `ask` in this time cannot take over in time either. */
const ASK_MS: Ms = 500;
/** `released` is said this long, as nobody answers it. */
const RELEASED_MS: Ms = 100;
/** The last advert of the giver may come after its `released`, by another wire: so long it must not win (brain 5.2). */
const ECHO_MS: Ms = 50;
/** A giver that never says `released` is believed gone then. */
const CLAIMED_MS: Ms = 2000;

/** In use until `released`, and while a switchover is held (brain 5.2). */
export const HANDOVER_PRIORITY = 254;

// ---- the giver --------------------------------------------------------------------------------------------------------

export interface Giving {
  readonly peer: string;
  readonly purpose: HandoverPurpose;
  readonly reason: Reason;
  readonly holdMs: Ms | null;
}

/** Begin to give the group to a peer. */
export function beginHandover(turn: Turn, group: Group, giving: Giving): void {
  const { draft, now } = turn;
  draft.nextId += 1;
  const id = `${draft.plan.instance}-${draft.identity.boot.slice(0, 8)}-${draft.nextId}`;
  const handover: Handover = {
    side: 'giver',
    id,
    stage: 'asking',
    since: now,
    stageAt: now,
    repeatAt: later(now, REPEAT_MS),
    ...giving,
  };
  updateGroup(turn, group.name, { handover });
  const detail = describeReason(giving.reason).text;
  say(turn, 'role', 'info', { code: 'handoverBegun', peer: giving.peer, purpose: giving.purpose, detail });
  send(turn, group.name, handover, 'ask');
}

function prepared(turn: Turn, group: Group, handover: Handover): void {
  if (handover.stage !== 'asking') return;
  const going: Handover = { ...handover, stage: 'going', stageAt: turn.now, repeatAt: later(turn.now, REPEAT_MS) };
  updateGroup(turn, group.name, { handover: going });
  send(turn, group.name, going, 'go');
}

/** The target is active: our addresses go in a moment, and it is told so (brain 5.4). */
function taken(turn: Turn, group: Group, handover: Handover, of: GroupReport | null): void {
  if (handover.side !== 'giver' || handover.stage === 'released') return;
  const { peer, purpose } = handover;
  const reason: Reason = { code: 'handedOver', peer, purpose, detail: describeReason(handover.reason).text };
  const released: Handover = {
    ...handover,
    stage: 'released',
    stageAt: turn.now,
    repeatAt: later(turn.now, REPEAT_MS),
  };
  // Brain 8.1: for lack of traffic it is a flap, by an operator or for a better one it is none.
  if (purpose === 'bandwidth') noteFlap(turn, group, handover.reason);
  // The hold is where the role is: a later one of this instance begins anew.
  if (purpose === 'switchover') turn.draft.heldUntil = Number.NEGATIVE_INFINITY as typeof turn.draft.heldUntil;
  giveOver(turn, group, of ?? claimOf(turn, group, peer), reason);
  updateGroup(turn, group.name, { handover: released, resigned: false, elevated: null });
  send(turn, group.name, released, 'released');
  handoverEnded(turn, group.name, null);
}

/** Its claim, where no report has said it yet. */
function claimOf(turn: Turn, group: Group, peer: string): GroupReport {
  const known = groupIn(peerNamed(turn.draft, peer)?.session.report ?? null, group.name);
  const source = known?.source ?? peerNamed(turn.draft, peer)?.session.plan.paths[0] ?? null;
  const intervalMs = known?.intervalMs ?? 0;
  return { name: group.name, standing: 'active', priority: HANDOVER_PRIORITY, source, intervalMs, eligible: true };
}

/** Nothing has changed: we go on as before. */
function abort(turn: Turn, group: Group, handover: Handover, detail: string): void {
  updateGroup(turn, group.name, { handover: null });
  turn.effects.push({ do: 'will' });
  const { peer, purpose } = handover;
  const reason: Reason = { code: 'handoverAborted', peer, purpose, detail };
  say(turn, 'role', 'warning', reason);
  if (handover.side === 'giver') handoverEnded(turn, group.name, reason);
}

/** An advert while we hand over, of whatever priority: an owner's is never beaten. True: it is answered by that (brain 5.2, 5.3). */
export function handoverAdvert(turn: Turn, group: Group, entry: RouterEntry, heard: Heard): boolean {
  const { handover } = group;
  if (handover === null || heard.priority === 0) return false;
  const of = claimOf(turn, group, handover.peer);
  const source = of.source === null ? null : addressBytes(of.source);
  const theirs =
    source !== null && source.length === heard.source.length && compareAddresses(source, heard.source) === 0;
  // It has let us have the role, and does not know yet that we do.
  if (handover.side === 'target') return theirs && handover.stage === 'claimed';
  if (handover.stage !== 'going' || (!theirs && heard.priority !== HANDOVER_PRIORITY)) return false;
  taken(turn, group, handover, { ...of, intervalMs: heard.intervalMs || entry.plan.advertIntervalMs });
  return true;
}

/** A fresh report of the peer: has it taken over, or is it known that it never will? (brain 5.4) */
export function handoverReported(turn: Turn, peer: string, report: Report): void {
  const reportAt = peerNamed(turn.draft, peer)?.session.reportAt ?? turn.now;
  for (const group of turn.draft.groups) {
    const { handover } = group;
    if (handover?.peer !== peer) continue;
    const of = groupIn(report, group.name);
    if (handover.side === 'target') {
      // Its `released` may be lost, and it may be gone before it says so again.
      if (handover.stage === 'claimed' && of?.standing !== 'active') released(turn, group, handover);
    } else if (handover.stage === 'going' && of?.standing === 'active') taken(turn, group, handover, of);
    else if (handover.stage === 'going' && reportAt - handover.stageAt > GO_MS && of?.standing !== 'claiming') {
      // It said so after the last moment at which it would have claimed.
      abort(turn, group, handover, `${peer} did not take over in time`);
    }
  }
}

export function handoverPeerLost(turn: Turn, peer: string): void {
  for (const group of turn.draft.groups) {
    const { handover } = group;
    if (handover?.peer === peer && handover.stage !== 'released') {
      if (handover.side === 'giver') abort(turn, group, handover, `${peer} does not answer any more`);
      else if (handover.stage === 'claimed') released(turn, group, handover);
      else updateGroup(turn, group.name, { handover: null });
    }
  }
}

// ---- the target -------------------------------------------------------------------------------------------------------

function asked(turn: Turn, group: Group, peer: string, message: HandoverMessage): void {
  const { handover } = group;
  if (handover?.id === message.id)
    return handover.stage === 'prepared' ? send(turn, group.name, handover, 'prepared') : undefined;
  const refusal = whyNotTarget(turn, group);
  if (refusal !== null) return refuse(turn, group, peer, message, refusal);
  const next: Handover = {
    side: 'target',
    id: message.id,
    peer,
    purpose: message.purpose,
    stage: 'prepared',
    since: turn.now,
    stageAt: turn.now,
    repeatAt: later(turn.now, REPEAT_MS),
    holdMs: message.holdMs,
    reason: { code: 'configWarning', detail: message.reason.text },
  };
  updateGroup(turn, group.name, { handover: next });
  turn.dirty = true;
  send(turn, group.name, next, 'prepared');
}

/** Why this instance would not take over; null = it would. */
export function whyNotTarget(turn: Turn, group: Group): string | null {
  const { draft, now } = turn;
  if (group.handover !== null && group.handover.stage !== 'released') return 'busy with another handover';
  if (draft.plan.mode === 'off') return 'mode off';
  const routers = routersOf(draft, group);
  if (routers.some((r) => r.machine.state === 'active')) return 'active itself';
  if (routers.some((r) => r.machine.state === 'releasing')) return 'still letting go';
  const reason = whyIneligible(draft, group);
  if (reason !== null) return describeReason(reason).text;
  const verdict = mayClaim({ instance: draft, group, routers, trigger: 'handover', evidence: NO_EVIDENCE, now });
  if (!verdict.allowed)
    return describeReason({ code: 'refused', refusal: verdict.refusal, detail: verdict.detail }).text;
  return routers.every((r) => r.machine.state === 'backup') ? null : 'not ready yet';
}

function go(turn: Turn, group: Group, handover: Handover): void {
  if (handover.side !== 'target') return;
  if (handover.stage === 'claimed') return send(turn, group.name, handover, 'claimed');
  // By our own clock: so the giver knows when we have claimed or never will.
  if (handover.stage !== 'prepared' || turn.now - handover.stageAt > GO_MS) return;
  const { peer, purpose } = handover;
  const claimed: Handover = { ...handover, stage: 'claimed', stageAt: turn.now, repeatAt: later(turn.now, REPEAT_MS) };
  updateGroup(turn, group.name, { handover: claimed, elevated: { purpose, until: { giver: peer }, endsAt: NEVER } });
  const cause: Reason = { code: 'tookOver', peer, purpose, detail: describeReason(handover.reason).text };
  raiseTo(turn, group.name);
  considerClaim(turn, { ...group, handover: claimed }, 'handover', cause, NO_EVIDENCE);
  const now = turn.draft.groups.find((g) => g.name === group.name)!;
  if (!routersOf(turn.draft, now).some((r) => r.machine.state === 'active')) {
    turn.dirty = true;
    return updateGroup(turn, group.name, { handover: null, elevated: null });
  }
  send(turn, group.name, claimed, 'claimed');
}

/** Priority 254 before the claim, so that its first advert says so. */
function raiseTo(turn: Turn, group: string): void {
  turn.draft.routers = turn.draft.routers.map((r) =>
    r.plan.group === group && r.machine.priority < HANDOVER_PRIORITY
      ? { ...r, machine: { ...r.machine, priority: HANDOVER_PRIORITY } }
      : r,
  );
}

/** The giver has let go: what it still answered with is announced over, and the priority is the ordinary one again. */
function released(turn: Turn, group: Group, handover: Handover): void {
  if (handover.side !== 'target' || handover.stage !== 'claimed') return;
  for (const entry of routersOf(turn.draft, group)) {
    if (entry.machine.state === 'active') turn.effects.push({ do: 'announce', router: entry.plan.name });
  }
  const held = handover.purpose === 'switchover' && handover.holdMs !== 0;
  const endsAt = held ? NEVER : later(turn.now, ECHO_MS);
  updateGroup(turn, group.name, { handover: null, elevated: { purpose: handover.purpose, until: null, endsAt } });
  turn.dirty = true;
  if (!held) return;
  turn.draft.heldUntil = handover.holdMs === null ? NEVER : later(turn.now, handover.holdMs);
  const until = handover.holdMs === null ? 'until released' : `for ${Math.round(handover.holdMs / 1000)} s`;
  say(turn, 'action', 'info', { code: 'preemptionHeld', until });
}

// ---- both -------------------------------------------------------------------------------------------------------------

export function handoverHeard(turn: Turn, peer: string, message: HandoverMessage): void {
  const group = turn.draft.groups.find((g) => g.name === message.group);
  if (group === undefined) return;
  if (message.kind === 'ask') return asked(turn, group, peer, message);
  if (message.kind === 'want') return wanted(turn, group, peer, message);
  if (message.kind === 'refused') {
    wantRefused(turn, group, peer, message.id);
    takingRefused(turn, group, peer, message);
  }
  const { handover } = group;
  if (handover === null || handover.id !== message.id || handover.peer !== peer) {
    // `released` was lost, or everything took too long: say again how it stands.
    return;
  }
  switch (message.kind) {
    case 'prepared':
      return handover.side === 'giver' ? prepared(turn, group, handover) : undefined;
    case 'claimed':
      if (handover.side !== 'giver') return;
      return handover.stage === 'released'
        ? send(turn, group.name, handover, 'released')
        : taken(turn, group, handover, null);
    case 'go':
      return go(turn, group, handover);
    case 'released':
      return released(turn, group, handover);
    case 'refused':
      return handover.side === 'giver' && handover.stage === 'asking'
        ? abort(turn, group, handover, message.reason.text)
        : undefined;
    case 'cancel':
      return handover.side === 'target' && handover.stage === 'prepared'
        ? updateGroup(turn, group.name, { handover: null })
        : undefined;
  }
}

/** The better instance wants the role back (brain 4.4), or an operator has it taken over there: then no hold is in the way. */
function wanted(turn: Turn, group: Group, peer: string, message: HandoverMessage): void {
  const { draft, now } = turn;
  const active = routersOf(draft, group).some((r) => r.machine.state === 'active');
  if (!active || draft.phase !== 'running') return refuse(turn, group, peer, message, 'not active');
  if (group.handover !== null && group.handover.stage !== 'released') {
    return group.handover.peer === peer ? undefined : refuse(turn, group, peer, message, 'busy with another handover');
  }
  const ordered = message.purpose === 'switchover';
  if (!ordered && now < draft.heldUntil) return refuse(turn, group, peer, message, 'preemption is held');
  if (!ordered && draft.bandwidthDisarmed !== null)
    return refuse(turn, group, peer, message, 'held until traffic is back');
  // An owner gives its addresses away for maintenance and a stop alone (brain 5.5).
  if (ownedHere(draft, group)) return refuse(turn, group, peer, message, 'owner of the addresses');
  beginHandover(turn, group, {
    peer,
    purpose: ordered ? 'switchover' : 'preemption',
    reason: { code: 'configWarning', detail: message.reason.text },
    holdMs: ordered ? message.holdMs : null,
  });
}

function refuse(turn: Turn, group: Group, peer: string, message: HandoverMessage, detail: string): void {
  const reason = describeReason({ code: 'actionRefused', action: 'take over', detail });
  const handover: HandoverMessage = {
    ...message,
    kind: 'refused',
    group: group.name,
    reason: { ...reason, text: detail },
  };
  turn.effects.push(...toPeer(turn.draft, peer, handover));
}

/** Time has passed: repeat what was not answered, give up what takes too long. */
export function handoverDue(turn: Turn, group: Group): void {
  const { handover, elevated } = group;
  if (elevated !== null && elevated.endsAt <= turn.now) {
    turn.dirty = true;
    updateGroup(turn, group.name, { elevated: null });
  }
  if (handover === null || handover.repeatAt > turn.now) return;
  const age = turn.now - handover.stageAt;
  switch (handover.stage) {
    case 'asking':
      if (age > ASK_MS) return abort(turn, group, handover, `${handover.peer} does not answer`);
      return repeat(turn, group, handover, 'ask');
    case 'going':
      return repeat(turn, group, handover, 'go');
    case 'released':
      if (age > RELEASED_MS) {
        // From now on the role may be asked back (brain 4.4).
        turn.dirty = true;
        return updateGroup(turn, group.name, { handover: null });
      }
      return repeat(turn, group, handover, 'released');
    case 'prepared':
      if (age > GO_MS) {
        turn.dirty = true;
        return updateGroup(turn, group.name, { handover: null });
      }
      return repeat(turn, group, handover, 'prepared');
    case 'claimed':
      if (age > CLAIMED_MS) return released(turn, group, handover);
      return repeat(turn, group, handover, 'claimed');
  }
}

function repeat(turn: Turn, group: Group, handover: Handover, kind: HandoverKind): void {
  updateGroup(turn, group.name, { handover: { ...handover, repeatAt: later(turn.now, REPEAT_MS) } });
  send(turn, group.name, handover, kind);
}

function send(turn: Turn, group: string, { id, peer, purpose, holdMs, reason }: Handover, kind: HandoverKind): void {
  const handover: HandoverMessage = { kind, id, group, purpose, holdMs, reason: describeReason(reason) };
  turn.effects.push(...toPeer(turn.draft, peer, handover));
}
