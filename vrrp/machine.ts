/**
 * The virtual router's machine: RFC 9568 section 6.4 as a table, with vrrp.md 2.5 for what the RFC leaves open.
 * Pure: no socket, timer or log in it. It does not decide elections: it reports what it hears (`tell`) and takes Preempt,
 * its priority and the permission to claim from above (brain 1.2, 1.3).
 */
import { type Instant } from '../core/clock.ts';
import { compareAddresses } from '../core/address.ts';
import type { Reason } from '../core/reason.ts';
import type { Heard } from './acceptance.ts';
import type { Machine, MachineEffect, MachineEvent, MachineState, Orders } from './machine-state.ts';
import * as act from './machine-acts.ts';
import type { Turn } from './machine-acts.ts';

/** What the table is looked up with: events as they are, adverts and expired timers by what they mean. */
type Signal =
  | Exclude<MachineEvent['kind'], 'heard' | 'time'>
  | 'zeroHeard' // priority 0
  | 'betterHeard' // in backup: priority ≥ ours. In active: higher, or equal and from a higher address
  | 'worseHeard'
  | 'downTimer'
  | 'advertTimer'
  | 'againTimer'
  | 'refreshTimer'
  | 'preemptTimer'
  | 'letGoTimer'
  | 'listenTimer';

interface Row {
  readonly from: readonly MachineState[];
  readonly on: Signal;
  readonly when?: (turn: Turn) => boolean;
  /** Next state; absent = stays. A function where the event says it. */
  readonly to?: MachineState | ((turn: Turn) => MachineState);
  readonly do: readonly ((turn: Turn) => void)[];
}

// ---- the table --------------------------------------------------------------------------------------------------------
// The first row that fits counts. No row: the event means nothing in that state, and nothing happens.

const TABLE: readonly Row[] = [
  { from: ['init'], on: 'startup', to: 'backup', do: [act.listen] },
  { from: ['fault'], on: 'startup', to: 'backup', do: [act.listen, act.announceOwnAddress] },
  { from: ['init', 'backup'], on: 'fault', to: 'fault', do: [act.silence] },

  { from: ['backup'], on: 'zeroHeard', do: [act.waitSkew] },
  { from: ['backup'], on: 'betterHeard', do: [act.follow, act.cancelPreemption] },
  { from: ['backup'], on: 'worseHeard', when: act.preemptOff, do: [act.follow, act.cancelPreemption] },
  { from: ['backup'], on: 'worseHeard', when: act.preemptWaits, do: [act.follow, act.waitToPreempt] },
  { from: ['backup'], on: 'worseHeard', do: [act.noteWorse] },
  { from: ['backup'], on: 'preemptTimer', when: act.preemptOff, do: [act.cancelPreemption] },
  { from: ['backup'], on: 'preemptTimer', do: [act.preemptNow] },
  { from: ['backup'], on: 'downTimer', do: [act.tellUnheard] },
  { from: ['backup'], on: 'claim', to: 'active', do: [act.assert] },
  { from: ['backup'], on: 'late', do: [act.excuse] },
  { from: ['backup', 'fault'], on: 'stop', to: 'init', do: [act.silence] },
  { from: ['backup', 'active', 'releasing', 'init', 'fault'], on: 'priority', do: [act.changePriority] },

  { from: ['active'], on: 'zeroHeard', when: act.answeredJustNow, do: [] },
  { from: ['active'], on: 'zeroHeard', when: act.listening, do: [] },
  { from: ['active'], on: 'zeroHeard', do: [act.answer] },
  { from: ['active'], on: 'betterHeard', do: [act.tellBetter] },
  { from: ['active'], on: 'worseHeard', when: act.listening, do: [act.tellBetter] },
  { from: ['active'], on: 'worseHeard', when: act.answeredJustNow, do: [] },
  { from: ['active'], on: 'worseHeard', do: [act.answer, act.announceAfterRival] },
  { from: ['active'], on: 'advertTimer', do: [act.sendAdvert] },
  { from: ['active'], on: 'againTimer', do: [act.announceSecond] },
  { from: ['active'], on: 'refreshTimer', do: [act.announceRefresh] },
  { from: ['active'], on: 'woke', do: [act.listenBeforeAsserting] },
  { from: ['active'], on: 'listenTimer', do: [act.assertAgain] },
  { from: ['active'], on: 'yield', to: 'backup', do: [act.sayLast, act.dropAddresses, act.follow] },
  { from: ['active'], on: 'resign', when: act.keepsAddresses, to: 'releasing', do: [act.sayZero, act.holdAddresses] },
  { from: ['active'], on: 'giveOver', to: 'releasing', do: [act.lingerFor] },
  {
    from: ['active'],
    on: 'resign',
    to: releaseTarget,
    do: [act.sayZero, act.noteAfterRelease, act.dropAddresses, act.settle],
  },

  { from: ['releasing'], on: 'betterHeard', when: act.nobodyHeardYet, do: [act.linger] },
  { from: ['releasing'], on: 'worseHeard', when: act.nobodyHeardYet, do: [act.linger] },
  { from: ['releasing'], on: 'letGoTimer', when: act.nobodyHeardYet, do: [act.tellLetGoDue] },
  { from: ['releasing'], on: 'letGoTimer', do: [act.tellAnother] },
  { from: ['releasing'], on: 'letGo', to: releaseTarget, do: [act.dropAddresses, act.settle] },
  { from: ['releasing'], on: 'reclaim', to: 'active', do: [act.assert] },
  { from: ['releasing'], on: 'resign', when: act.keepsAddresses, do: [act.noteAfterRelease] },
  {
    from: ['releasing'],
    on: 'resign',
    to: releaseTarget,
    do: [act.noteAfterRelease, act.dropAddresses, act.settle],
  },
];

function releaseTarget(t: Turn): MachineState {
  return t.event.kind === 'resign' ? t.event.next : t.machine.afterRelease;
}

const BY_STATE_AND_SIGNAL: ReadonlyMap<string, readonly Row[]> = index(TABLE);

function index(table: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const rows = new Map<string, Row[]>();
  for (const row of table) {
    for (const from of row.from) {
      const key = `${from} ${row.on}`;
      rows.set(key, [...(rows.get(key) ?? []), row]);
    }
  }
  return rows;
}

// ---- running it -------------------------------------------------------------------------------------------------------

/** The machine after one event, and what has to be done, in order. Pure; never throws on anything that was heard. */
export function step(
  machine: Machine,
  event: MachineEvent,
  orders: Orders,
  now: Instant,
): { readonly machine: Machine; readonly effects: readonly MachineEffect[] } {
  const turn: Turn = { machine, orders, now, event, effects: [] };
  if (event.kind === 'time') {
    for (const signal of expired(turn)) apply(turn, signal);
  } else if (event.kind === 'heard') {
    matchStyle(turn, event.heard);
    apply(turn, classify(turn, event.heard));
  } else {
    apply(turn, event.kind);
  }
  return { machine: turn.machine, effects: turn.effects };
}

function apply(turn: Turn, signal: Signal): void {
  const from = turn.machine.state;
  const row = BY_STATE_AND_SIGNAL.get(`${from} ${signal}`)?.find((r) => r.when === undefined || r.when(turn));
  if (row === undefined) return;
  const to = typeof row.to === 'function' ? row.to(turn) : (row.to ?? from);
  const at = turn.effects.length;
  // First the new state, then the acts (as the order of adverts and addresses depends on it).
  if (to !== from) act.set(turn, { state: to, since: turn.now, reason: reasonOf(turn.event) ?? turn.machine.reason });
  for (const run of row.do) run(turn);
  if (to !== from) turn.effects.splice(at, 0, { do: 'changed', from, to, reason: turn.machine.reason });
}

/** Timers that are due, as signals. An active that listens after a pause sends nothing until that ends. */
function expired(turn: Turn): Signal[] {
  const { machine, now } = turn;
  const signals: Signal[] = [];
  if (machine.state === 'backup') {
    if (machine.preemptAt <= now) signals.push('preemptTimer');
    else if (machine.downAt <= now) signals.push('downTimer');
  } else if (machine.state === 'active') {
    if (machine.listenUntil <= now) signals.push('listenTimer');
    if (machine.advertAt <= now) signals.push('advertTimer');
    if (machine.againAt <= now) signals.push('againTimer');
    if (machine.refreshAt <= now) signals.push('refreshTimer');
  } else if (machine.state === 'releasing' && machine.letGoAt <= now) {
    signals.push('letGoTimer');
  }
  return signals;
}

/** `checksum: auto` sends what the others on the link were last heard to use (design section 5). */
function matchStyle(turn: Turn, heard: Heard): void {
  const { plan } = turn.orders;
  if (plan.checksum !== 'auto' || heard.style === 'any' || heard.style === turn.machine.style) return;
  act.set(turn, { style: heard.style });
  turn.effects.push({ do: 'style', source: heard.source, style: heard.style });
}

/** In backup equal counts as better and addresses are not compared; in active they are (RFC 9568 6.4.2, 6.4.3). */
function classify(turn: Turn, heard: Heard): Signal {
  const { machine, orders } = turn;
  if (heard.priority === 0) return 'zeroHeard';
  if (heard.priority !== machine.priority) return heard.priority > machine.priority ? 'betterHeard' : 'worseHeard';
  if (machine.state !== 'active') return 'betterHeard';
  return orders.source !== null && compareAddresses(heard.source, orders.source) > 0 ? 'betterHeard' : 'worseHeard';
}

function reasonOf(event: MachineEvent): Reason | null {
  return 'reason' in event ? event.reason : null;
}
