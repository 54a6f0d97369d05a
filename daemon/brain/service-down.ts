/** Service down (brain 7.1–7.3): no instance of the stack is eligible, so traffic passes uninspected rather than not at all. */
import { type Instant, type Ms, NEVER, later } from '../../core/clock.ts';
import { clearCondition, raiseCondition } from './conditions.ts';
import { type Turn, say, unsettle } from './draft.ts';
import { faultReason, fitted } from './faults.ts';
import { describeReason } from '../../core/reason.ts';
import { isHolder } from './holder.ts';
import { detectionMs } from '../../monitors/peer/state.ts';
import { checksOf, downOf, goneAfter, heardAt, standingOf } from './peer-queries.ts';
import type { Instance, ServiceDown } from './state.ts';

/** `starting` blocks it for so long after the engine's start, at most. */
const STARTING_MS: Ms = 30_000;
const LEAST_MS: Ms = 1000;
const BACKOFF_FIRST: Ms = 10_000;
const BACKOFF_MOST: Ms = 600_000;

export const NO_SERVICE_DOWN: ServiceDown = {
  since: NEVER,
  declared: false,
  engaged: false,
  tryAt: NEVER,
  backOffMs: BACKOFF_FIRST,
  triedAt: Number.NEGATIVE_INFINITY as Instant,
  lookAt: NEVER,
};

/** Whether this instance could serve, but for the bypass itself. */
function selfFit(instance: Instance): boolean {
  if (instance.maintenance !== null) return false;
  return instance.groups.some((group) =>
    instance.faults.every(
      (f) => f.router !== '' && instance.routers.find((r) => r.plan.name === f.router)?.plan.group !== group.name,
    ),
  );
}

/** The bypass is what keeps it from serving. */
const passesBy = ({ serviceDown, latched, bypass }: Instance): boolean =>
  serviceDown.engaged || latched !== null || bypass.operator !== null;

/** Nobody: neither this instance nor any peer (brain 7.1). */
function nobody(turn: Turn): boolean {
  const { draft, now } = turn;
  if (draft.phase !== 'running') return false;
  if (draft.role === 'starting' && now - draft.startedAt < STARTING_MS) return false;
  if (heardLately(draft, now)) return false;
  if (selfFit(draft) && !passesBy(draft)) return false;
  return draft.peers.every((peer) => {
    const is = standingOf(draft, peer, null, now);
    return is === 'ineligible' || is === 'gone';
  });
}

/** An advert with priority > 0 for one of our VRIDs: somebody serves. */
function heardLately(instance: Instance, now: Instant): boolean {
  return instance.groups.some((group) => now - heardAt(instance, group) <= downOf(instance));
}

/** At the end of every turn that may have changed it, and when it is due. */
export function judgeService(turn: Turn): void {
  if (turn.draft.routers.length === 0) return;
  judge(turn);
  const lookAt = nextLapse(turn.draft, turn.now);
  if (lookAt !== turn.draft.serviceDown.lookAt) turn.draft.serviceDown = { ...turn.draft.serviceDown, lookAt };
}

function judge(turn: Turn): void {
  const { draft, now } = turn;
  const before = draft.serviceDown;
  if (!nobody(turn)) return restored(turn, before);
  const since = before.since === NEVER ? now : before.since;
  draft.serviceDown = { ...before, since };
  if (now < later(since, waitOf(draft))) return;
  if (!before.declared) declare(turn);
  engageOrTry(turn);
}

function restored(turn: Turn, before: ServiceDown): void {
  const { draft, now } = turn;
  if (before.since === NEVER && !before.engaged) return;
  const somebodyElse =
    heardLately(draft, now) || draft.peers.some((peer) => standingOf(draft, peer, null, now) === 'eligible');
  // Engaged, and nobody else is known to be fit: only the trial of `engageOrTry` ends it.
  if (before.engaged && !somebodyElse) return engageOrTry(turn);
  // A pause between two attempts of our own is no reason to begin the back-off anew.
  const { backOffMs, triedAt } = before;
  draft.serviceDown = somebodyElse ? NO_SERVICE_DOWN : { ...NO_SERVICE_DOWN, backOffMs, triedAt };
  clearCondition(turn, 'serviceDown', '');
  unsettle(turn);
  if (before.declared) {
    say(turn, 'bypass', 'info', { code: 'serviceRestored', detail: 'an instance of the stack is eligible again' });
  }
}

function declare(turn: Turn): void {
  const { draft } = turn;
  draft.serviceDown = { ...draft.serviceDown, declared: true };
  unsettle(turn);
  const why =
    draft.faults.map((fault) => describeReason(faultReason(fault)).text).join('; ') || 'this instance is not eligible';
  say(turn, 'bypass', 'critical', { code: 'serviceDown', detail: why });
  raiseCondition(turn, 'serviceDown', '', why);
}

/** The bypass is its last resort: the holder, with a driver, that may (brain 2.3, 7.2). Who is in maintenance is out on purpose. */
export function engagesAlone(instance: Instance): boolean {
  return instance.plan.bypass.onServiceDown && isHolder(instance) && fitted(instance) && instance.maintenance === null;
}

/** The holder engages; once it has no fault itself, it tries inline from time to time (brain 7.3). */
function engageOrTry(turn: Turn): void {
  const { draft, now } = turn;
  const down = draft.serviceDown;
  if (!engagesAlone(draft)) return stayAsItIs(turn, down);
  if (!down.engaged) {
    // A trial that lasted begins the back-off anew.
    const backOffMs = now - down.triedAt > 2 * down.backOffMs ? BACKOFF_FIRST : down.backOffMs;
    draft.serviceDown = { ...down, engaged: true, tryAt: later(now, backOffMs), backOffMs };
    return unsettle(turn);
  }
  if (now < down.tryAt) return;
  if (!selfFit(draft)) {
    draft.serviceDown = { ...down, tryAt: later(now, BACKOFF_FIRST) };
    return;
  }
  tryInline(turn);
}

/** Engaged, and now in maintenance: no trial. Who may not any more, by a reload, takes its wire away (brain 7.2). */
function stayAsItIs(turn: Turn, down: ServiceDown): void {
  const { draft, now } = turn;
  if (!down.engaged) return;
  if (isHolder(draft) && draft.maintenance !== null) {
    if (now >= down.tryAt) draft.serviceDown = { ...down, tryAt: later(now, BACKOFF_FIRST) };
    return;
  }
  draft.serviceDown = { ...down, engaged: false, tryAt: NEVER };
  unsettle(turn);
}

/** Inline for `settle`: then this instance is eligible, or a fault engages the bypass again, for longer. */
function tryInline(turn: Turn): void {
  const { draft } = turn;
  const backOffMs = Math.min(BACKOFF_MOST, draft.serviceDown.backOffMs * 2);
  draft.serviceDown = { ...NO_SERVICE_DOWN, backOffMs, triedAt: turn.now };
  clearCondition(turn, 'serviceDown', '');
  unsettle(turn);
  say(turn, 'bypass', 'info', {
    code: 'serviceRestored',
    detail: 'this instance has no fault any more: trying inline',
  });
}

/** An operator releases the bypass: a new start. */
export function releaseServiceDown(turn: Turn): void {
  turn.draft.serviceDown = NO_SERVICE_DOWN;
  clearCondition(turn, 'serviceDown', '');
}

/** When it has to be judged again without any other fact. */
export function serviceDueAt(instance: Instance): Instant {
  const { since, engaged, tryAt, declared, lookAt } = instance.serviceDown;
  if (engaged) return Math.min(tryAt, lookAt) as Instant;
  if (since !== NEVER && !declared) return Math.min(lookAt, later(since, waitOf(instance))) as Instant;
  return lookAt;
}

const waitOf = (instance: Instance): Ms => Math.max(LEAST_MS, downOf(instance));

/** When somebody who could serve, or seems to, may have been silent for too long: by time alone, without any fact. */
function nextLapse(instance: Instance, now: Instant): Instant {
  if (instance.phase !== 'running') return NEVER;
  if (selfFit(instance) && !passesBy(instance)) return NEVER;
  const [down, gone] = [downOf(instance), goneAfter(instance)];
  const detection = detectionMs(checksOf(instance));
  const signs = [
    instance.startedAt + STARTING_MS,
    ...instance.groups.map((group) => heardAt(instance, group) + down),
    ...instance.routers.flatMap(({ machine }) => {
      const other = machine.active ?? machine.worse;
      return other === null ? [] : [other.at + down, other.at + gone];
    }),
    ...instance.peers.flatMap(({ session }) => [
      session.reportAt + 2 * detection,
      Math.max(session.lastContact, instance.startedAt) + gone,
    ]),
  ];
  return Math.min(NEVER, ...signs.map((at) => at + 1).filter((at) => at > now)) as Instant;
}
