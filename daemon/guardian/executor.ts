/**
 * Executes the last will of a dead engine (brain 5.6, 6.3): listen, say priority 0 for every router, keep the addresses until another
 * router is heard, then let them go. Whatever it needs is opened when the will arrives, not when the engine dies.
 */
import type { Clock, Instant } from '../../core/clock.ts';
import { addressBytes } from '../../core/address.ts';
import type { AddressWriter, OpenReceiver, ReceivedPacket, Receiver, Transmitter } from '../../vrrp/ports.ts';
import type { HeldAddress, Will, WillRouter } from '../channel.ts';
import { anotherHeard, beginLettingGo, nextDeadline, timeIsUp } from './letting-go.ts';
import type { LettingGo } from './letting-go.ts';
import { vridOf } from './another.ts';

export interface ExecutorPorts {
  readonly transmitter: Transmitter;
  readonly receiver: Receiver;
  readonly addresses: AddressWriter;
  readonly isAnother: (router: WillRouter, packet: ReceivedPacket) => boolean;
  /** Present ifindex of an interface; null if it is not there. */
  readonly indexOf: (name: string) => number | null;
  readonly clock: Clock;
  readonly say: (text: string) => void;
  /** Addresses that are no longer on an interface: the journal need not know them any more. */
  readonly gone: (addresses: readonly HeldAddress[]) => void;
}

export interface Executor {
  /** Keep this will for the worst; the one before is forgotten. */
  hold(will: Will): void;
  /** The engine is dead: do what its will says. `done` is called once, when everything was let go. */
  execute(done: () => void): void;
  close(): void;
}

interface Packet {
  readonly router: WillRouter;
  readonly interface: string;
  readonly destination: Uint8Array;
  readonly bytes: Buffer;
}

/** A receiver that is held open with a filter that lets nothing through. */
interface Ear {
  readonly socket: OpenReceiver;
  readonly index: number | null;
}

interface Prepared {
  readonly will: Will;
  readonly packets: readonly Packet[];
  /** Routers by `family interface`. */
  readonly places: ReadonlyMap<string, readonly WillRouter[]>;
}

const NOTHING: Prepared = { will: { routers: [] }, packets: [], places: new Map() };

const placeOf = (router: WillRouter): string => `${router.family} ${router.interface}`;

export function createExecutor(ports: ExecutorPorts): Executor {
  const { transmitter, receiver, addresses, clock, say } = ports;
  const ears = new Map<string, Ear>();
  let prepared = NOTHING;
  let state: LettingGo = { kept: [] };
  let timer: NodeJS.Timeout | null = null;
  /** Removals that the kernel has not answered yet. */
  let pending = 0;
  let whenDone: (() => void) | null = null;

  function hear(place: string, routers: readonly WillRouter[]): void {
    const first = routers[0];
    if (first === undefined) return;
    const index = ports.indexOf(first.interface);
    const known = ears.get(place);
    // A recreated interface has another index: a socket on the old one is deaf.
    if (known !== undefined && known.index === index) return;
    known?.socket.close();
    ears.delete(place);
    if (index === null) return;
    const multicast = routers.some((router) => router.unicastPeers.length === 0);
    try {
      const socket = receiver.open({ family: first.family, interface: first.interface, vrids: [], multicast }, heard);
      ears.set(place, { socket, index });
      warmUp(first, socket);
    } catch (error) {
      say(
        `a will for ${first.interface} cannot wait for another router: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Goes the way that the execution will go, without effect: opens the socket to send from, loads the code (1.5 ms once, measured). */
  function warmUp({ family, interface: name }: WillRouter, socket: OpenReceiver): void {
    socket.setVrids([]);
    // An address of no family is refused, but only by a socket that is open.
    transmitter.send(family, name, new Uint8Array(), new Uint8Array());
  }

  function heard(packet: ReceivedPacket): void {
    const vrid = vridOf(packet);
    for (const router of prepared.places.get(`${packet.family} ${packet.interface}`) ?? []) {
      if (router.id !== vrid || !ports.isAnother(router, packet)) continue;
      state = anotherHeard(state, router, packet.source, clock.now());
    }
    settle();
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

  function settle(): void {
    if (whenDone === null) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (state.kept.length > 0) {
      const wait = Math.max(0, nextDeadline(state) - clock.now());
      timer = setTimeout(expire, Math.ceil(wait));
    } else if (pending === 0) {
      const done = whenDone;
      whenDone = null;
      deafen();
      prepared = NOTHING;
      done();
    }
  }

  function expire(): void {
    timer = null;
    const now: Instant = clock.now();
    const result = timeIsUp(state, now);
    state = result.state;
    // The kernel answers at once: it is not over before the last one has been asked for.
    pending += 1;
    for (const { router, heard: source } of result.release.toReversed()) {
      release(
        router,
        source === null ? `although nobody was heard within ${router.letGoMs} ms` : `after ${source} was heard`,
      );
    }
    pending -= 1;
    settle();
  }

  /** Nothing is to be heard any more, but the sockets stay open for the next engine's will. */
  function deafen(): void {
    for (const ear of ears.values()) ear.socket.setVrids([]);
  }

  return {
    hold(will) {
      // While a will is executed there is no engine that could send another one.
      if (whenDone !== null) return;
      prepared = prepare(will);
      for (const [place, routers] of prepared.places) hear(place, routers);
      for (const [place, ear] of ears) {
        if (prepared.places.has(place)) continue;
        ear.socket.close();
        ears.delete(place);
      }
    },

    execute(done) {
      whenDone = done;
      for (const [place, routers] of prepared.places) {
        hear(place, routers);
        ears.get(place)?.socket.setVrids([...new Set(routers.map((router) => router.id))]);
      }
      state = beginLettingGo(prepared.will, clock.now());
      const failed = new Map<string, string>();
      for (const { router, interface: name, destination, bytes } of prepared.packets) {
        const error = transmitter.send(router.family, name, destination, bytes);
        if (error !== null)
          failed.set(router.name, `${router.name}: priority 0 could not be sent on ${name}: ${error}`);
      }
      for (const text of failed.values()) say(text);
      settle();
    },

    close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      whenDone = null;
      for (const ear of ears.values()) ear.socket.close();
      ears.clear();
    },
  };
}

/** Everything that can be worked out before the engine dies. */
function prepare(will: Will): Prepared {
  const places = new Map<string, WillRouter[]>();
  const packets: Packet[] = [];
  for (const router of will.routers) {
    const place = places.get(placeOf(router));
    if (place === undefined) places.set(placeOf(router), [router]);
    else place.push(router);
    for (const { interface: name, destination, bytes } of router.resign) {
      const to = addressBytes(destination);
      if (to !== null) packets.push({ router, interface: name, destination: to, bytes: Buffer.from(bytes, 'base64') });
    }
  }
  return { will, packets, places };
}
