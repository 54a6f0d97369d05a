/**
 * The bypass is an output (brain 1.6): a pure function of latch, operator and service down says what it should be; what it is, is read
 * back and never remembered (design section 6).
 */
import { type Ms, NEVER, later } from '../../core/clock.ts';
import type { BypassBy, BypassState } from '../../core/status.ts';
import { type Turn, say, unsettle } from './draft.ts';
import { clearFault, raiseFault } from './fault-facts.ts';
import { UNKNOWN_READINGS } from './faults.ts';
import { openLatch } from './flaps.ts';
import { isHolder, latchBypasses } from './holder.ts';
import { judgePairs } from './measured.ts';
import { standingOf } from './peer-queries.ts';
import { protect } from './protection.ts';
import { endWhenSaved, overtaken } from './saved.ts';
import { releaseServiceDown } from './service-down.ts';
import { refuse } from './action-end.ts';
import type { Fact } from './fact.ts';
import type { Bypass, Instance } from './state.ts';

/** How long a driver has to do what it was told, until it is told again. */
const DONE_MS: Ms = 2000;
/** How long the latch may take to reach the disk before the driver is told all the same. */
const SAVED_MS: Ms = 2000;
/** How long a command waits for the driver, less than a command waits in all (design section 7). */
const ACTION_MS: Ms = 8000;
/** Told so often in vain, it is stuck. */
const MOST_ATTEMPTS = 3;

export const NO_BYPASS: Bypass = {
  read: null,
  detail: '',
  since: 0 as Bypass['since'],
  unknowns: 0,
  commanded: null,
  checkAt: NEVER,
  attempts: 0,
  operator: null,
  settleUntil: Number.NEGATIVE_INFINITY as Bypass['since'],
  armed: null,
  action: null,
};

/** Who wants it engaged; null = nobody: inline. */
export function bypassWantedBy(instance: Instance): Exclude<BypassBy, 'unknown'> | null {
  if (instance.plan.bypass.driver === 'none') return null;
  if (instance.latched?.saved === true && latchBypasses(instance)) return 'flaps';
  if (instance.bypass.operator !== null) return 'operator';
  return instance.serviceDown.engaged ? 'serviceDown' : null;
}

/** Why it reads `bypass`, for the status. */
export function bypassBy(instance: Instance): BypassBy | null {
  const by = bypassWantedBy(instance);
  return by ?? (instance.bypass.read === 'bypass' ? 'unknown' : null);
}

/** Command the driver where it is not what it should be. At the end of every turn. */
export function driveBypass(turn: Turn): void {
  const { draft, now } = turn;
  if (draft.plan.bypass.driver === 'none' || draft.phase === 'stopped' || draft.bypass.read === null) return;
  endBypassAction(turn);
  armWatchdog(turn);
  const { bypass } = draft;
  // A disk that never answers must not keep traffic from passing.
  const { latched } = draft;
  if (latched !== null && !latched.saved && now - latched.since >= SAVED_MS)
    draft.latched = { ...latched, saved: true };
  if (bypass.read === 'notFitted') return;
  const by = bypassWantedBy(draft);
  const wanted = by === null ? 'inline' : 'bypass';
  // Never while a group is active here: first it resigns (brain 12).
  if (wanted === 'bypass' && draft.routers.some((r) => r.machine.state === 'active')) {
    // A driver that did not obey is not asked again meanwhile, and nothing is due.
    if (bypass.commanded !== null) draft.bypass = { ...bypass, commanded: null, checkAt: NEVER, attempts: 0 };
    return;
  }
  if (bypass.read === wanted) {
    if (bypass.commanded !== null) draft.bypass = { ...bypass, commanded: null, checkAt: NEVER, attempts: 0 };
    return;
  }
  if (bypass.commanded === wanted && now < bypass.checkAt) return;
  const attempts = bypass.commanded === wanted ? bypass.attempts + 1 : 1;
  draft.bypass = { ...bypass, commanded: wanted, checkAt: later(now, DONE_MS), attempts };
  turn.effects.push({ do: 'bypass', position: wanted });
  if (attempts === 1) {
    say(turn, 'bypass', wanted === 'bypass' ? 'critical' : 'warning', {
      code: 'bypassWanted',
      by: by ?? 'the brain',
      position: wanted,
    });
  }
  if (attempts > MOST_ATTEMPTS && wanted === 'inline')
    raiseFault(turn, 'bypassStuck', '', bypass.detail || `reads ${bypass.read}`);
}

/** What the driver reads back. */
export function bypassRead(turn: Turn, state: BypassState, detail: string): void {
  const { draft, now } = turn;
  const { bypass } = draft;
  if (state === 'unknown') return unreadable(turn, detail);
  clearFault(turn, 'bypassUnknown', '');
  const first = bypass.read === null;
  if (bypass.read === state) {
    draft.bypass = { ...bypass, detail, unknowns: 0 };
    return;
  }
  const left = bypass.read === 'bypass' && state === 'inline';
  const settleUntil = left ? later(now, draft.plan.bypass.settleMs) : bypass.settleUntil;
  const handUp = left && bypass.operator?.by === SOMEBODY;
  const operator = handUp ? null : bypass.operator;
  if (handUp) overtaken(turn, 'bypass');
  draft.bypass = { ...bypass, read: state, detail, since: now, unknowns: 0, settleUntil, operator };
  if (state === 'inline') clearFault(turn, 'bypassStuck', '');
  if (state === 'bypass') engagedNow(turn, first, bypass.commanded);
  else if (!first) say(turn, 'bypass', 'info', { code: 'bypassRead', state, detail });
  judgePairs(turn);
  unsettle(turn);
}

/** An operator's bypass that nobody of us was asked for. */
const SOMEBODY = 'somebody at the device';

function engagedNow(turn: Turn, first: boolean, commanded: Bypass['commanded']): void {
  const { draft, now } = turn;
  const { detail } = draft.bypass;
  // Found at start: a crash left it, or the card's own watchdog. What wants it says so; otherwise it is taken back (brain 7.3).
  if (first) return say(turn, 'bypass', 'critical', { code: 'bypassFound', detail });
  say(turn, 'bypass', 'critical', { code: 'bypassRead', state: 'bypass', detail });
  if (commanded === 'bypass' || bypassWantedBy(draft) !== null) return;
  // Somebody's hand: an operator's bypass; we resign by not being eligible (brain 7.4).
  draft.bypass = { ...draft.bypass, operator: { by: SOMEBODY, since: now } };
  protect(turn);
}

function unreadable(turn: Turn, detail: string): void {
  const { draft } = turn;
  const unknowns = draft.bypass.unknowns + 1;
  draft.bypass = { ...draft.bypass, unknowns, detail };
  if (unknowns < UNKNOWN_READINGS || draft.bypass.read === 'unknown') return;
  draft.bypass = { ...draft.bypass, read: 'unknown', since: turn.now };
  raiseFault(turn, 'bypassUnknown', '', detail);
}

/** By an operator. */
export function operateBypass(turn: Turn, { engage, by, actionId }: Extract<Fact, { kind: 'bypass' }>): void {
  const { draft, now } = turn;
  const action = engage ? 'engage the bypass' : 'release the bypass';
  if (draft.plan.bypass.driver === 'none') return refuse(turn, action, 'bypass.driver is none', actionId);
  if (draft.bypass.read === 'notFitted')
    return refuse(turn, action, `no bypass is fitted (${draft.bypass.detail})`, actionId);
  if (engage) {
    draft.bypass = { ...draft.bypass, operator: { by, since: now } };
  } else {
    const opened = openLatch(turn);
    const wanted = bypassWantedBy(draft) !== null || draft.bypass.operator !== null || draft.bypass.read === 'bypass';
    if (!opened && !wanted) return refuse(turn, action, 'it is not engaged', actionId);
    // An operator's release gets the same settle (brain 7.3).
    draft.bypass = { ...draft.bypass, operator: null, settleUntil: later(now, draft.plan.bypass.settleMs) };
    releaseServiceDown(turn);
  }
  overtaken(turn, 'bypass');
  unsettle(turn);
  protect(turn);
  const position = engage ? 'bypass' : 'inline';
  const before = draft.bypass.action;
  if (before !== null) {
    const words = before.position === 'bypass' ? 'engage the bypass' : 'release the bypass';
    refuse(turn, words, 'another command came before it was done', before.actionId);
  }
  draft.bypass = { ...draft.bypass, action: { actionId, by, position, until: later(now, ACTION_MS) } };
  endBypassAction(turn);
}

/** An operator's action ends when the driver reads what was asked for, or has not for too long. */
function endBypassAction(turn: Turn): void {
  const { draft, now } = turn;
  const { action, read, detail } = draft.bypass;
  if (action === null || (read !== action.position && now < action.until)) return;
  draft.bypass = { ...draft.bypass, action: null };
  const { actionId, by, position } = action;
  if (read === position)
    return endWhenSaved(turn, {
      of: 'bypass',
      kind: 'action',
      reason: { code: 'bypassWanted', by, position },
      actionId,
    });
  const words = position === 'bypass' ? 'engage the bypass' : 'release the bypass';
  refuse(turn, words, `it reads ${read ?? 'nothing'}${detail === '' ? '' : ` (${detail})`}`, actionId);
}

/** Brain 7.5: only on the holder, and only while it is active or no peer is eligible. */
function armWatchdog(turn: Turn): void {
  const { draft, now } = turn;
  const active = draft.routers.some((r) => r.machine.state === 'active');
  const alone = !draft.peers.some((peer) => standingOf(draft, peer, null, now) === 'eligible');
  // Who leaves with nobody to take over leaves it armed: traffic passes when it is not fed any more.
  const wanted = draft.phase === 'running' ? active || alone : draft.bypass.armed === true && alone;
  const armed = isHolder(draft) && draft.bypass.read === 'inline' && wanted;
  if (armed === draft.bypass.armed) return;
  if (!armed && draft.bypass.armed !== null && draft.phase !== 'running') {
    const detail = 'stopping while another instance is eligible: the watchdog is disarmed, the ports stay inline';
    say(turn, 'bypass', 'info', { code: 'bypassRead', state: 'inline', detail });
  }
  draft.bypass = { ...draft.bypass, armed };
  turn.effects.push({ do: 'watchdog', armed });
}

/** When it has to be looked at again. */
export function bypassDueAt({ bypass, plan, latched }: Instance): Bypass['checkAt'] {
  if (plan.bypass.driver === 'none') return NEVER;
  const settle = bypass.settleUntil;
  const saved = latched === null || latched.saved ? NEVER : later(latched.since, SAVED_MS);
  return Math.min(
    bypass.checkAt,
    saved,
    bypass.action?.until ?? NEVER,
    settle === Number.NEGATIVE_INFINITY ? NEVER : settle,
  ) as Bypass['checkAt'];
}

/** Carrier has had its time to return: pairs are judged again. */
export function settled(turn: Turn): void {
  const { bypass } = turn.draft;
  if (bypass.settleUntil > turn.now || bypass.settleUntil === Number.NEGATIVE_INFINITY) return;
  turn.draft.bypass = { ...bypass, settleUntil: Number.NEGATIVE_INFINITY as Bypass['settleUntil'] };
  judgePairs(turn);
  unsettle(turn);
}
