/**
 * The engine: runs the brain on the kernel. One loop: a fact goes into the pure reducer, the effects that come out are run at once,
 * and the timer is set for the next due time. Nothing here waits for a disk, a program or another process (design section 2).
 */
import type { Ms } from '../../core/clock.ts';
import type { EventBody } from '../../core/event.ts';
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import { sessionDue } from '../../monitors/peer/session.ts';
import { promoteSecondaries } from '../../vrrp/promote-secondaries.ts';
import { dueAt } from '../../vrrp/machine-state.ts';
import type { ReceivedPacket } from '../../vrrp/ports.ts';
import { routerIndex } from '../brain/draft.ts';
import { nextDue } from '../brain/due.ts';
import { newInstance, step } from '../brain/instance.ts';
import { identityOf } from '../brain/reload.ts';
import type { Effect } from '../brain/effect.ts';
import type { Fact } from '../brain/fact.ts';
import type { Instance } from '../brain/state.ts';
import type { HeldAddress } from '../channel.ts';
import { createArrivals } from './arrivals.ts';
import { styleKey, stylesByName } from './checksum-styles.ts';
import { changesWill, inOrder } from './effect-order.ts';
import type { EngineDeps } from './engine-deps.ts';
import { makeWill } from './last-will.ts';
import { isAmong, notAmong, stillThere } from './inheritance.ts';
import { createLimiter } from './limiter.ts';
import { createListeners, wantedOf } from './listeners.ts';
import { movesOf } from './moves.ts';
import { type RouterShell, createRouterShell } from './router-shell.ts';
import { createObserver } from './observer.ts';

/** A timer that is later than this was late: sockets are read before timers are looked at (brain 3.5). */
const LATE_MS: Ms = 3;
/** Packets read from each socket when the process was late. */
const DRAIN = 256;
/** The same complaint about the wire is made once in this time. */
const REPEAT_MS: Ms = 60_000;
/** Events that a neighbour can cause with every packet: said once in that time. */
const COMPLAINTS: ReadonlySet<EventBody['reason']['code']> = new Set(['announcedAgain', 'checksumStyle']);

/** How an engine begins. */
export type Beginning = Omit<Extract<Fact, { kind: 'start' }>, 'kind' | 'transports'>;

export interface Engine {
  start(beginning: Beginning): void;
  fact(fact: Fact): void;
  /** A new plan. */
  replan(plan: EnginePlan, actionId: string | null): void;
  /** A macvlan came or went: look at the routers that need one. */
  macvlansChanged(): void;
  /** The regular tick: notices a pause even when no timer was due. */
  tick(everyMs: Ms): void;
  readonly instance: Instance;
  shellOf(router: string): RouterShell | undefined;
}

export function createEngine(
  plan: EnginePlan,
  styles: Readonly<Record<string, ChecksumStyle>>,
  deps: EngineDeps,
): Engine {
  const { clock, kernel, macvlans, lateness } = deps;
  const limiter = createLimiter(clock, REPEAT_MS);
  const listeners = createListeners(kernel, onPacket);
  const shells = new Map<string, RouterShell>();
  /** Of routers that a reload takes out of the file, by identity: their names may be others' already. */
  const leaving = new Map<string, RouterShell>();
  const arrivals = createArrivals();
  let instance = newInstance(plan, clock.now(), stylesByName(plan.routers, styles), deps.identity);
  let inherited: readonly HeldAddress[] = [];
  const queue: Fact[] = [];
  let running = false;
  let timer: NodeJS.Timeout | null = null;
  let armedFor = Number.POSITIVE_INFINITY;
  let armedAt = clock.now();
  let lastAlive = clock.now();
  let dropping = 0;
  let stopped = false;

  const observer = createObserver({
    kernel,
    macvlans,
    instance: () => instance,
    shells: () => shells,
    fact,
    onSource: newWill,
    onInterface(name) {
      problems(listeners.set(wantedOf(instance.plan)));
      deps.peers.refresh();
      if (name !== null) deps.sensors.interfaceChanged(name);
    },
  });

  for (const router of plan.routers) shells.set(router.name, newShell(router));

  function newShell(router: RouterPlan): RouterShell {
    return createRouterShell(router, {
      kernel,
      limiter,
      fact,
      inherited: (address) => isAmong(inherited, address),
      say: (name, kind, severity, reason) => deps.onEvent({ kind, severity, reason, router: name }),
    });
  }

  /** Facts that effects cause wait for their turn: the reducer is never entered twice. */
  function fact(next: Fact): void {
    queue.push(next);
    if (running) return;
    running = true;
    let effects = 0;
    try {
      for (let n = 0; n < queue.length; n++) effects += turn(queue[n]!);
    } finally {
      queue.length = 0;
      running = false;
    }
    if (next.kind !== 'heard' || effects > 0 || dueOf(next.router) < armedFor) arm();
  }

  /** An advert moves one router's deadline, nearly always further away: then the timer that is set will do. */
  function dueOf(router: string): number {
    const entry = instance.routers[routerIndex(instance, router)];
    return entry === undefined || timer === null ? Number.NEGATIVE_INFINITY : dueAt(entry.machine);
  }

  /** One fact through the reducer; returns how many effects it had. */
  function turn(next: Fact): number {
    const before = instance;
    const now = clock.now();
    const result = step(before, next, now);
    instance = result.instance;
    const moves = movesOf(before, instance, result.effects, now);
    if (moves !== null) deps.onMoves(moves);
    if (result.effects.some(changesWill)) newWill();
    // The first advert leaves by the macvlan of a virtual MAC, which is down until then.
    for (const effect of result.effects)
      if (effect.do === 'take' || effect.do === 'takeFirst') shells.get(effect.router)?.raise();
    for (const effect of inOrder(result.effects)) run(effect);
    return result.effects.length;
  }

  function run(effect: Effect): void {
    switch (effect.do) {
      case 'advert':
        return advert(effect.router, effect.priority, effect.style);
      case 'take':
      case 'takeFirst': {
        const shell = shells.get(effect.router);
        if (shell !== undefined) shell.counters.activeTransitions++;
        return shell?.take();
      }
      case 'takeSome':
        return shells.get(effect.router)?.takeSome(effect.addresses);
      case 'drop':
        dropping++;
        return shells.get(effect.router)?.drop(dropped) ?? dropped();
      case 'dropSome':
        dropping++;
        return shells.get(effect.router)?.dropSome(effect.addresses, dropped) ?? dropped();
      case 'announce':
        return shells.get(effect.router)?.announce();
      case 'announceSelf':
        return shells.get(effect.router)?.announceSelf();
      case 'probe':
        return shells.get(effect.router)?.probe(effect.purpose);
      case 'rememberStyle': {
        const shell = shells.get(effect.router);
        if (shell !== undefined) deps.onStyle(styleKey(shell.plan), effect.style);
        return;
      }
      case 'remove':
        return remove(effect);
      case 'send':
        return deps.peers.send(effect, instance);
      case 'check':
      case 'bypass':
      case 'watchdog':
        return deps.sensors.run(effect);
      case 'protect':
        return deps.onProtect(effect.seq, effect.protection);
      case 'adopted':
        return adopted();
      case 'will':
        // Written before anything of this turn took effect (`turn`).
        return;
      case 'event':
        return told(effect.event);
      case 'stopped':
        stopped = true;
        return leaveWhenEmpty();
    }
  }

  function newWill(): void {
    deps.onWill(makeWill(instance, { shellOf, told: () => deps.peers.told(instance) }));
  }

  /** What was left to us and is not held by a router that is active now goes: nobody else knows of it. */
  function adopted(): void {
    const held = [...shells.values()].flatMap((shell) => shell.held());
    for (const address of notAmong(inherited, held).toReversed()) kernel.writer.remove(address, () => {});
    inherited = [];
    deps.onAdopted();
  }

  function told(event: EventBody): void {
    const { reason, router = '' } = event;
    const shell = shells.get(router);
    if (reason.code === 'announcedAgain' && shell !== undefined) shell.counters.losingAdvertsAnswered++;
    if (!COMPLAINTS.has(reason.code) || limiter.allows(`${router} ${reason.code}`)) deps.onEvent(event);
  }

  function remove({ plan: of, resigns, holds }: Extract<Effect, { do: 'remove' }>): void {
    const shell = leaving.get(identityOf(of));
    if (shell === undefined) return;
    if (resigns !== null) shell.send(0, resigns);
    if (!holds) return;
    dropping++;
    shell.drop(dropped);
  }

  function advert(router: string, priority: number, style: ChecksumStyle): void {
    const shell = shells.get(router);
    if (shell === undefined) return;
    const error = shell.send(priority, style);
    const entry = instance.routers[routerIndex(instance, router)];
    if (error !== null || entry?.failing !== null) fact({ kind: 'sent', router, error });
  }

  function dropped(): void {
    dropping--;
    leaveWhenEmpty();
  }

  /** The process may leave when the kernel has confirmed that the addresses are gone. */
  function leaveWhenEmpty(): void {
    if (!stopped || dropping > 0) return;
    if (timer !== null) clearTimeout(timer);
    listeners.close();
    deps.sensors.stop();
    deps.onStopped();
    deps.peers.close();
  }

  // ---- time -----------------------------------------------------------------------------------------------------------

  function arm(): void {
    if (stopped) return;
    const due = nextDue(instance);
    // A later due time waits for the timer that is set already: most adverts only move a deadline further away.
    if (timer !== null && armedFor <= due) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    armedFor = due;
    armedAt = clock.now();
    if (due === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(onTimer, Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(due - clock.now()))));
  }

  function onTimer(): void {
    timer = null;
    const now = clock.now();
    const due = nextDue(instance);
    if (due > now) return arm();
    // A due time that a fact has moved into the past is nobody's lateness.
    const late = Math.max(now - Math.max(due, armedFor, armedAt), 0);
    lateness.note(late);
    noteLate(late);
    if (!instance.peers.some(({ session }) => sessionDue(session) <= now)) return fact({ kind: 'time' });
    // Adverts at once; peers are judged when what waits in their sockets has been read, which the loop does in between.
    fact({ kind: 'time', sessions: false });
    setImmediate(() => fact({ kind: 'time' }));
  }

  /** First what waits in the sockets, then the timers: our own lateness must not look like the other's silence. */
  function noteLate(lateMs: Ms): void {
    lastAlive = clock.now();
    if (lateMs < LATE_MS) return;
    fact({ kind: 'late', lateMs });
    listeners.drain(DRAIN);
  }

  function tick(everyMs: Ms): void {
    const gap = clock.now() - lastAlive - everyMs;
    if (gap > everyMs) noteLate(gap);
    else lastAlive = clock.now();
  }

  // ---- what arrives ---------------------------------------------------------------------------------------------------

  function onPacket(packet: ReceivedPacket): void {
    lastAlive = clock.now();
    arrivals.arrived(packet);
  }

  function problems(texts: readonly string[]): void {
    for (const detail of texts) {
      if (limiter.allows(detail))
        deps.onEvent({ kind: 'process', severity: 'critical', reason: { code: 'configWarning', detail } });
    }
  }

  function shellOf(router: string): RouterShell | undefined {
    return shells.get(router);
  }

  /** Shells, sockets and settings for a plan. */
  function prepare(next: EnginePlan): void {
    observer.set(next);
    arrivals.set(next.routers.flatMap((router) => shells.get(router.name) ?? []));
    for (const name of new Set(
      next.routers.flatMap((r) => [...r.addresses, ...r.excludedAddresses].map((a) => a.interface)),
    )) {
      promoteSecondaries(name);
    }
    macvlans.set(next);
    problems(listeners.set(wantedOf(next)));
  }

  return {
    get instance() {
      return instance;
    },
    shellOf,
    fact,
    tick,
    macvlansChanged: () => observer.look((router) => router.virtualMac),
    start(beginning) {
      inherited = beginning.adopt?.addresses ?? [];
      macvlans.keep(new Set(inherited.map((address) => address.interface)));
      kernel.view.onChange(observer.kernel);
      prepare(instance.plan);
      lastAlive = clock.now();
      const adopt =
        beginning.adopt === null || beginning.adopt === undefined ? null : stillThere(kernel, beginning.adopt);
      const ports = deps.sensors.ports(instance.plan);
      fact({ kind: 'start', transports: observer.all(instance.plan), ...beginning, adopt, ports });
      deps.sensors.set(instance.plan);
    },
    replan(next, actionId) {
      for (const shell of shells.values()) leaving.set(identityOf(shell.plan), shell);
      shells.clear();
      for (const router of next.routers) {
        const identity = identityOf(router);
        shells.set(router.name, leaving.get(identity) ?? newShell(router));
        leaving.delete(identity);
      }
      prepareKept(next);
      fact({ kind: 'plan', plan: next, transports: observer.all(next), actionId });
      leaving.clear();
      deps.peers.replan(next);
      deps.sensors.set(next);
      newWill();
    },
  };

  function prepareKept(next: EnginePlan): void {
    for (const router of next.routers) shells.get(router.name)?.replan(router);
    prepare(next);
  }
}
