/**
 * Carries out the last will of a dead engine (brain 5.6, 6.3). *Resign*: listen, tell the peers, say priority 0 for every router, keep the addresses
 * until another router is heard, then let them go. *Hold*: keep them and advertise, until an engine adopts them or another router is better.
 * Whatever it needs is opened when the will arrives, not when the engine dies.
 */
import { addressBytes } from '../../core/address.ts';
import { NEVER } from '../../core/clock.ts';
import type { Clock, Instant } from '../../core/clock.ts';
import type { AddressWriter, ReceivedPacket, Receiver, Transmitter } from '../../vrrp/ports.ts';
import type { HeldAddress, Will, WillRouter } from '../channel.ts';
import { outranks, vridOf } from './another.ts';
import { createEars } from './ears.ts';
import { NOBODY, answer, beginHolding, dueAdverts, nextAdvert, voiceOf, without } from './holding.ts';
import type { Voice } from './holding.ts';
import { anotherHeard, beginLettingGo, giveIn, nextDeadline, timeIsUp } from './letting-go.ts';
import type { LettingGo } from './letting-go.ts';
import { NO_WILL, placeOf, prepare } from './prepared.ts';
import type { Packet, Prepared } from './prepared.ts';
import type { Teller } from './teller.ts';

export interface ExecutorPorts {
  readonly transmitter: Transmitter;
  readonly receiver: Receiver;
  readonly teller: Teller;
  readonly addresses: AddressWriter;
  /** Priority of another router's advert, null if it is none (another.ts). */
  readonly anotherPriority: (router: WillRouter, packet: ReceivedPacket) => number | null;
  /** Present ifindex of an interface; null if it is not there. */
  readonly indexOf: (name: string) => number | null;
  readonly clock: Clock;
  readonly say: (text: string) => void;
  /** Addresses that are no longer on an interface: the journal need not know them any more. */
  readonly gone: (addresses: readonly HeldAddress[]) => void;
}

/** How a resignation ended. */
export interface Outcome {
  /** The will asks for the bypass, and no other router was heard that the wire would be a loop beside (brain 7.1). */
  readonly bypass: boolean;
}

export interface Executor {
  /** Keep this will for the worst; the one before is forgotten. While one is held, the new one counts only when that ends. */
  keep(will: Will): void;
  /** Another engine is started: what one that did not adopt has willed is forgotten. */
  renew(): void;
  /** The engine is dead: resign as its will says. `done` is called once, when everything was let go. */
  execute(done: (outcome: Outcome) => void): void;
  /** The engine is dead and nobody can take over: go on in its place. `yielded` is called if everything was given in to others. */
  hold(yielded: () => void): void;
  /** The active routers that are held now, and their addresses: what an engine may adopt. */
  held(): { readonly routers: readonly string[]; readonly addresses: readonly HeldAddress[] };
  /** What was held is an engine's now: nothing is said and dropped any more, its own will counts. */
  endHold(): void;
  close(): void;
}

const NOTHING = prepare(NO_WILL);

export function createExecutor(ports: ExecutorPorts): Executor {
  const { transmitter, teller, addresses, clock, say } = ports;
  const ears = createEars({ ...ports, heard, opened: warmUp });
  let mode: 'idle' | 'holding' | 'resigning' = 'idle';
  let prepared: Prepared = NOTHING;
  /** The will of an engine that was started while another's is held. */
  let successor: Prepared = NOTHING;
  let holding = NOBODY;
  let state: LettingGo = { kept: [] };
  /** Another router was heard since the engine died. */
  let taken = false;
  let timer: NodeJS.Timeout | null = null;
  /** Removals that the kernel has not answered yet. */
  let pending = 0;
  let whenOver: ((outcome: Outcome) => void) | null = null;
  /** Routers that could not advertise while they are held: said once. */
  let mute = new Set<WillRouter>();

  /** Goes the way that the execution will go, without effect: opens the socket to send from. */
  function warmUp({ family, interface: name }: WillRouter): void {
    // An address of no family is refused, but only by a socket that is open.
    transmitter.send(family, name, new Uint8Array(), new Uint8Array());
  }

  function open(): void {
    ears.open(new Map([...successor.places, ...prepared.places]));
    teller.prepare([...prepared.will.told, ...successor.will.told]);
  }

  function heard(packet: ReceivedPacket): void {
    const vrid = vridOf(packet);
    for (const router of prepared.places.get(placeOf(packet)) ?? []) {
      const priority = router.id === vrid ? ports.anotherPriority(router, packet) : null;
      if (priority === null) continue;
      const voice = voiceOf(holding, router);
      if (voice === null) {
        taken = true;
        state = anotherHeard(state, router, packet.source, clock.now());
      } else {
        challenged(voice, priority, packet.source);
      }
    }
    settle();
  }

  /** A hold never fights: it was made for the case that there is nobody else (brain 6.3). */
  function challenged({ router, rank }: Voice, priority: number, source: string): void {
    const now = clock.now();
    if (outranks({ priority, source: addressBytes(source) ?? new Uint8Array() }, rank)) {
      taken = true;
      holding = without(holding, router);
      state = giveIn(state, router, source, now);
      return;
    }
    const answered = answer(holding, router, now);
    holding = answered.holding;
    if (answered.say) advertise(router);
  }

  function advertise(router: WillRouter): void {
    const error = send(router, prepared.adverts.get(router) ?? []);
    if (error !== null && !mute.has(router)) say(`${router.name}: held, but ${error}`);
    if (error !== null) mute.add(router);
  }

  /** Null, or what went wrong last. */
  function send(router: WillRouter, packets: readonly Packet[]): string | null {
    let failed: string | null = null;
    for (const { interface: name, destination, bytes } of packets) {
      const error = transmitter.send(router.family, name, destination, bytes);
      if (error !== null) failed = `its advert could not be sent on ${name}: ${error}`;
    }
    return failed;
  }

  function release(router: WillRouter, why: string): void {
    const count = router.addresses.length;
    if (count > 0) say(`${router.name}: ${count} ${count === 1 ? 'address' : 'addresses'} let go ${why}`);
    // Backwards: removing the first address of a subnet makes the kernel promote the next, every time.
    for (const address of router.addresses.toReversed()) {
      pending += 1;
      addresses.remove(address, (outcome) => {
        pending -= 1;
        if (typeof outcome === 'string') ports.gone([address]);
        else say(`${router.name}: ${outcome.text}`);
        settle();
      });
    }
    for (const name of router.macvlans) {
      pending += 1;
      addresses.setUp(name, false, (outcome) => {
        pending -= 1;
        // One that is not there any more needs nothing.
        if (typeof outcome !== 'string' && outcome.code !== 'ENODEV') say(`${router.name}: ${outcome.text}`);
        settle();
      });
    }
  }

  function disarm(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function settle(): void {
    if (mode === 'idle') return;
    disarm();
    if (state.kept.length === 0 && holding.length === 0 && pending === 0) return over();
    const wake = Math.min(nextDeadline(state), nextAdvert(holding));
    if (wake !== NEVER) timer = setTimeout(expire, Math.ceil(Math.max(0, wake - clock.now())));
  }

  function expire(): void {
    timer = null;
    const now: Instant = clock.now();
    // The kernel answers at once: it is not over before the last one has been asked for.
    pending += 1;
    const spoken = dueAdverts(holding, now);
    holding = spoken.holding;
    for (const router of spoken.say) advertise(router);
    const result = timeIsUp(state, now);
    state = result.state;
    for (const { router, heard: source } of result.release.toReversed()) {
      release(
        router,
        source === null ? `although nobody was heard within ${router.letGoMs} ms` : `after ${source} was heard`,
      );
    }
    pending -= 1;
    settle();
  }

  function over(): void {
    const outcome = { bypass: prepared.will.bypass && !taken };
    const told = whenOver;
    rest();
    told?.(outcome);
  }

  /** Nothing is said, heard and dropped any more; the sockets stay open for the next will. */
  function rest(): void {
    disarm();
    mode = 'idle';
    whenOver = null;
    holding = NOBODY;
    state = { kept: [] };
    taken = false;
    prepared = successor;
    successor = NOTHING;
    ears.tune(new Map());
  }

  return {
    keep(will) {
      // While it resigns there is no engine that could send another one.
      if (mode === 'resigning') return;
      if (mode === 'idle') prepared = prepare(will);
      else successor = prepare(will);
      open();
      // An interface that was recreated meanwhile has a new ear.
      if (mode === 'holding') ears.tune(prepared.places);
    },

    renew() {
      successor = NOTHING;
    },

    execute(done) {
      const remaining = mode === 'holding' ? holding.map((voice) => voice.router) : prepared.will.routers;
      mode = 'resigning';
      whenOver = done;
      holding = NOBODY;
      successor = NOTHING;
      ears.tune(prepared.places);
      state = { kept: [...state.kept, ...beginLettingGo(remaining, clock.now()).kept] };
      const failures = [...teller.tell(prepared.will.told)];
      for (const router of remaining) {
        const error = send(router, prepared.resign.get(router) ?? []);
        if (error !== null) failures.push(`${router.name}: priority 0: ${error}`);
      }
      for (const text of failures) say(text);
      settle();
    },

    hold(yielded) {
      mode = 'holding';
      whenOver = yielded;
      mute = new Set();
      const now = clock.now();
      ears.tune(prepared.places);
      const { routers } = prepared.will;
      holding = beginHolding(
        routers.filter((router) => router.active),
        now,
      );
      // Those that were only letting go have said all there is to say.
      state = beginLettingGo(
        routers.filter((router) => !router.active),
        now,
      );
      expire();
    },

    held: () => ({
      routers: holding.map((voice) => voice.router.name),
      addresses: holding.flatMap((voice) => voice.router.addresses),
    }),

    endHold() {
      if (mode === 'holding') rest();
    },

    close() {
      disarm();
      mode = 'idle';
      whenOver = null;
      ears.close();
      teller.close();
    },
  };
}
