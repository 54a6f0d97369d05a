/**
 * The guards and acts of the machine's table (machine.ts), each one thing that RFC 9568 section 6.4 or vrrp.md 2.5 asks for.
 * They change the turn's machine and add effects; which one runs when is the table's business.
 */
import { type Instant, NEVER, later } from '../core/clock.ts';
import { addressText } from '../core/address.ts';
import type { Reason } from '../core/reason.ts';
import type { Heard } from './acceptance.ts';
import type { Machine, MachineEffect, MachineEvent, Orders } from './machine-state.ts';
import { letGoTime, masterDown, skewTime } from './timers.ts';

/** A losing advert, or priority 0, is answered at most once in this time, however many come (vrrp.md 3.4, scenario 11). */
const ANSWER_EVERY_MS = 10;

/** One turn of the machine: what it is, what came, and what it does about it. */
export interface Turn {
  machine: Machine;
  readonly orders: Orders;
  readonly now: Instant;
  readonly event: MachineEvent;
  readonly effects: MachineEffect[];
}

// ---- guards -----------------------------------------------------------------------------------------------------------

export const preemptOff = (t: Turn): boolean => !t.orders.preempt;
export const preemptWaits = (t: Turn): boolean => t.orders.preemptDelayMs > 0 && !t.machine.preemptDue;
export const listening = (t: Turn): boolean => t.machine.listenUntil !== NEVER;
export const answeredJustNow = (t: Turn): boolean => t.now - t.machine.answeredAt < ANSWER_EVERY_MS;
export const nobodyHeardYet = (t: Turn): boolean => t.machine.taker === null;
export const keepsAddresses = (t: Turn): boolean => t.event.kind === 'resign' && t.event.keep;

// ---- actions ----------------------------------------------------------------------------------------------------------

export const set = (t: Turn, change: Partial<Machine>): void => {
  t.machine = { ...t.machine, ...change };
};

export const downTime = (t: Turn): number =>
  masterDown(t.orders.plan.version, t.machine.priority, t.machine.activeIntervalMs);

/** Begin to listen: Master_Down with our own interval, until another one's is learnt (RFC 9568 6.4.1 (140)). */
export function listen(t: Turn): void {
  set(t, {
    activeIntervalMs: t.orders.plan.advertIntervalMs,
    active: null,
    worse: null,
    resigner: null,
    silentSince: t.now,
    unheard: false,
    preemptAt: NEVER,
    preemptDue: false,
  });
  set(t, { downAt: later(t.now, downTime(t)) });
}

/** Accept an advert: learn its interval (v3), restart the down timer (6.4.2 (345–355)). */
export function follow(t: Turn): void {
  const heard = heardIn(t);
  if (heard === null) return listen(t);
  const { plan } = t.orders;
  const activeIntervalMs = plan.version === 3 ? heard.intervalMs : plan.advertIntervalMs;
  set(t, {
    activeIntervalMs,
    active: { source: heard.source, priority: heard.priority, at: t.now },
    worse: null,
    resigner: null,
    silentSince: t.now,
    unheard: false,
    fresh: false,
    downAt: later(t.now, masterDown(plan.version, t.machine.priority, activeIntervalMs)),
  });
}

/** The delay runs from the first worse advert; an equal or better one cancels it (vrrp.md 2.5). */
export function waitToPreempt(t: Turn): void {
  const heard = heardIn(t)!;
  const preemptAt = t.machine.preemptAt === NEVER ? later(t.now, t.orders.preemptDelayMs) : t.machine.preemptAt;
  set(t, { preemptAt, worse: { source: heard.source, priority: heard.priority, at: t.now } });
}

export function cancelPreemption(t: Turn): void {
  if (t.machine.preemptAt !== NEVER || t.machine.preemptDue) set(t, { preemptAt: NEVER, preemptDue: false });
}

/** The delay is over. From now on worse adverts touch no timer, so that a group whose delays end one after the other meets. */
export function preemptNow(t: Turn): void {
  tellUnheard(t);
  set(t, { preemptDue: true });
}

/** A worse one is not obeyed: its advert touches no timer, so the down timer runs out and we take over (6.4.2 (360)). */
export function noteWorse(t: Turn): void {
  const heard = heardIn(t)!;
  set(t, { worse: { source: heard.source, priority: heard.priority, at: t.now }, fresh: false });
}

/** Priority 0: the active gives up, so wait Skew_Time only (6.4.2 (330–335)). */
export function waitSkew(t: Turn): void {
  const heard = heardIn(t)!;
  const skew = skewTime(t.orders.plan.version, t.machine.priority, t.machine.activeIntervalMs);
  set(t, { resigner: heard.source, active: null, worse: null, silentSince: t.now, unheard: false, fresh: false });
  cancelPreemption(t);
  set(t, { downAt: later(t.now, skew) });
}

/** The down timer is armed again at once: a backup without a live deadline would wait for ever (vrrp.md 2.5). */
export function tellUnheard(t: Turn): void {
  const again = t.machine.unheard;
  const cause = whyUnheard(t);
  set(t, { unheard: true, fresh: false, preemptAt: NEVER, active: null });
  set(t, { downAt: later(t.now, downTime(t)) });
  t.effects.push({ do: 'tell', tell: { kind: 'unheard', cause, again } });
}

export function whyUnheard(t: Turn): Reason {
  const { machine, orders } = t;
  const router = orders.plan.name;
  const { worse } = machine;
  if (worse !== null && t.now - worse.at < downTime(t)) {
    const source = addressText(worse.source);
    return { code: 'preempting', router, source, theirs: worse.priority, ours: machine.priority };
  }
  if (machine.resigner !== null) return { code: 'resigned', router, source: addressText(machine.resigner) };
  return { code: 'masterDown', router, silentMs: t.now - machine.silentSince };
}

/** State first, then advert, addresses, announcements (vrrp.md 2.5: the old active removes its addresses before we announce). */
export function assert(t: Turn): void {
  const addressesFirst = t.event.kind === 'claim' && t.event.addressesFirst === true;
  if (addressesFirst) t.effects.push({ do: 'takeFirst' });
  sendAdvert(t);
  if (!addressesFirst) t.effects.push({ do: 'take' });
  set(t, {
    activeIntervalMs: t.orders.plan.advertIntervalMs,
    active: null,
    worse: null,
    resigner: null,
    unheard: false,
    fresh: false,
    downAt: NEVER,
    preemptAt: NEVER,
    preemptDue: false,
    letGoAt: NEVER,
    listenUntil: NEVER,
  });
  planAnnouncements(t);
}

export function planAnnouncements(t: Turn): void {
  const { againMs, refreshMs } = t.orders.plan.announce;
  set(t, {
    againAt: againMs > 0 ? later(t.now, againMs) : NEVER,
    refreshAt: refreshMs > 0 ? later(t.now, refreshMs) : NEVER,
  });
}

/** Deadlines follow each other without drift, unless we are late by more than an interval. */
export function sendAdvert(t: Turn): void {
  const interval = t.orders.plan.advertIntervalMs;
  const { advertAt } = t.machine;
  const onTime = advertAt <= t.now && t.now - advertAt < interval;
  set(t, { advertAt: later(onTime ? advertAt : t.now, interval) });
  t.effects.push({ do: 'advert', priority: t.machine.priority });
}

/** A losing advert is answered at once (RFC 9568 6.4.3 (735)), and the addresses announced: its sender claimed them too. */
export function answer(t: Turn): void {
  set(t, { answeredAt: t.now });
  sendAdvert(t);
}

export function announceAfterRival(t: Turn): void {
  t.effects.push({ do: 'announce' }, { do: 'announcedAgain', source: heardIn(t)!.source });
  planAnnouncements(t);
}

export function announceSecond(t: Turn): void {
  set(t, { againAt: NEVER });
  t.effects.push({ do: 'announce' });
}

export function announceRefresh(t: Turn): void {
  set(t, { refreshAt: later(t.now, t.orders.plan.announce.refreshMs) });
  t.effects.push({ do: 'announce' });
}

export function tellBetter(t: Turn): void {
  const heard = heardIn(t)!;
  t.effects.push({ do: 'tell', tell: { kind: 'betterHeard', heard, reason: whyBetter(t, heard) } });
}

export function whyBetter(t: Turn, heard: Heard): Reason {
  const { machine, orders } = t;
  const base = { router: orders.plan.name, source: addressText(heard.source) };
  if (listening(t)) return { code: 'activeHeardAfterPause', ...base, gapMs: t.now - machine.silentSince };
  return { code: 'betterHeard', ...base, theirs: heard.priority, ours: machine.priority };
}

export const dropAddresses = (t: Turn): void => {
  t.effects.push({ do: 'drop', heard: heardIn(t)?.source ?? null });
  stopActive(t);
};

export const stopActive = (t: Turn): void =>
  set(t, { advertAt: NEVER, againAt: NEVER, refreshAt: NEVER, letGoAt: NEVER, listenUntil: NEVER });

/**
 * The loser's last advert: the better one may never have heard us, and would not know that our announcements have led clients astray. It answers
 * a losing advert and announces its addresses again (vrrp.md 2.7: without that, traffic is lost until neighbour caches expire).
 */
export function sayLast(t: Turn): void {
  // Only where the other is known to be better, or it would yield to this advert. After a pause it need not be.
  if (heardIn(t) !== null && !listening(t)) t.effects.push({ do: 'advert', priority: t.machine.priority });
}

export const sayZero = (t: Turn): void => {
  t.effects.push({ do: 'advert', priority: 0 });
};

/** Adverts stop, the addresses stay until another is heard, at the latest for one interval and the largest skew (brain 5.6). */
export function holdAddresses(t: Turn): void {
  const { plan } = t.orders;
  stopActive(t);
  const keepMs = t.event.kind === 'resign' ? (t.event.keepMs ?? null) : null;
  set(t, { letGoAt: later(t.now, keepMs ?? letGoTime(plan.version, plan.advertIntervalMs)), taker: null });
  noteAfterRelease(t);
}

export function noteAfterRelease(t: Turn): void {
  if (t.event.kind === 'resign') set(t, { afterRelease: t.event.next });
}

/** The other's advert comes before its addresses: give it the time to take them (`lingerTime`). */
export function linger(t: Turn): void {
  set(t, { taker: heardIn(t), letGoAt: later(t.now, t.orders.lingerMs) });
}

export function tellAnother(t: Turn): void {
  const { taker } = t.machine;
  set(t, { letGoAt: NEVER });
  if (taker !== null) t.effects.push({ do: 'tell', tell: { kind: 'anotherHeard', heard: taker } });
}

/** It has the addresses already and answers for them: ours stay only for what is on its way to us. */
export function lingerFor(t: Turn): void {
  if (t.event.kind !== 'giveOver') return;
  stopActive(t);
  set(t, { taker: t.event.heard, afterRelease: 'backup', letGoAt: later(t.now, t.orders.lingerMs) });
}

export const tellLetGoDue = (t: Turn): void => {
  set(t, { letGoAt: NEVER });
  t.effects.push({ do: 'tell', tell: { kind: 'letGoDue' } });
};

/** After a release into backup we follow whoever was heard. */
export function settle(t: Turn): void {
  if (t.machine.afterRelease === 'backup') follow(t);
}

export function announceOwnAddress(t: Turn): void {
  if (t.orders.plan.unicastPeers.length > 0) t.effects.push({ do: 'announceSelf' });
}

export const silence = (t: Turn): void =>
  set(t, { downAt: NEVER, preemptAt: NEVER, preemptDue: false, unheard: false, active: null, worse: null });

/** In backup the remaining time moves by the difference of the skews; it does not start anew (vrrp.md 2.4). */
export function changePriority(t: Turn): void {
  if (t.event.kind !== 'priority') return;
  const before = downTime(t);
  set(t, { priority: t.event.priority });
  if (t.machine.state === 'backup') set(t, { downAt: later(t.machine.downAt, downTime(t) - before) });
}

/** Our own lateness is no proof of the other's death: the timer moves by it, by one interval at most, once per Master_Down. */
export function excuse(t: Turn): void {
  if (t.event.kind !== 'late' || t.now - t.machine.excusedAt < downTime(t)) return;
  const moved = Math.min(t.event.lateMs, t.machine.activeIntervalMs);
  set(t, { excusedAt: t.now, downAt: later(t.machine.downAt, moved) });
}

/** Longer than others wait: somebody may have taken over. Send nothing, listen for an interval, or until peers have had time to answer (brain 6.5). */
export function listenBeforeAsserting(t: Turn): void {
  if (t.event.kind !== 'woke') return;
  const until = later(t.now, t.event.listenMs ?? t.orders.plan.advertIntervalMs);
  // Announcements that fell due meanwhile would take the traffic from whoever took over.
  set(t, { listenUntil: until, advertAt: NEVER, againAt: NEVER, refreshAt: NEVER });
  set(t, { silentSince: later(t.now, -t.event.gapMs) });
}

export function assertAgain(t: Turn): void {
  set(t, { listenUntil: NEVER });
  sendAdvert(t);
  t.effects.push({ do: 'announce' });
  planAnnouncements(t);
}

export function heardIn(turn: Turn): Heard | null {
  const { event } = turn;
  if (event.kind === 'heard' || event.kind === 'yield' || event.kind === 'letGo') return event.heard;
  return null;
}
