/** The guardian's receivers: held open with a filter that lets nothing through, so that hearing another router needs one system call. */
import type { OpenReceiver, ReceivedPacket, Receiver } from '../../vrrp/ports.ts';
import type { WillRouter } from '../channel.ts';

/** Routers by where they are heard (`placeOf`). */
export type Places = ReadonlyMap<string, readonly WillRouter[]>;

export interface Ears {
  /** Opens an ear for each of these places; closes the others. */
  open(places: Places): void;
  /** Hears these routers and nothing else. */
  tune(places: Places): void;
  close(): void;
}

export interface EarsPorts {
  readonly receiver: Receiver;
  /** Present ifindex of an interface; null if it is not there. */
  readonly indexOf: (name: string) => number | null;
  readonly heard: (packet: ReceivedPacket) => void;
  /** A fresh ear: what is needed beside it may be got ready. */
  readonly opened: (router: WillRouter) => void;
  readonly say: (text: string) => void;
}

interface Ear {
  readonly socket: OpenReceiver;
  readonly index: number | null;
  readonly multicast: boolean;
}

export function createEars({ receiver, indexOf, heard, opened, say }: EarsPorts): Ears {
  const ears = new Map<string, Ear>();

  function drop(place: string): void {
    ears.get(place)?.socket.close();
    ears.delete(place);
  }

  function obtain(place: string, routers: readonly WillRouter[]): void {
    const [first] = routers;
    if (first === undefined) return;
    const index = indexOf(first.interface);
    const multicast = routers.some((router) => router.unicastPeers.length === 0);
    const known = ears.get(place);
    // A recreated interface has another index: a socket on the old one is deaf.
    if (known !== undefined && known.index === index && (known.multicast || !multicast)) return;
    drop(place);
    if (index === null) return;
    try {
      const socket = receiver.open({ family: first.family, interface: first.interface, vrids: [], multicast }, heard);
      ears.set(place, { socket, index, multicast });
      // Goes the way that it will go once: the code is loaded then (1.5 ms, measured).
      socket.setVrids([]);
      opened(first);
    } catch (error) {
      say(
        `a will for ${first.interface} cannot wait for another router: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  return {
    open(places) {
      for (const [place, routers] of places) obtain(place, routers);
      for (const place of ears.keys()) if (!places.has(place)) drop(place);
    },
    tune(places) {
      for (const [place, routers] of places) obtain(place, routers);
      for (const [place, { socket }] of ears) {
        socket.setVrids([...new Set((places.get(place) ?? []).map((router) => router.id))]);
      }
    },
    close() {
      for (const place of ears.keys()) drop(place);
    },
  };
}
