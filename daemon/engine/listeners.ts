/** The sockets that adverts arrive at: one for each interface and family, shared by all routers on it. */
import type { EnginePlan, Family } from '../../config/plan.ts';
import type { OpenReceiver, ReceivedPacket } from '../../vrrp/ports.ts';
import type { Kernel } from './kernel.ts';

/** What one router listens for. */
export interface Wanted {
  readonly family: Family;
  readonly interface: string;
  readonly vrid: number;
  readonly multicast: boolean;
}

export interface Listeners {
  /**
   * Listen for exactly this; what is open and still wanted stays open. An interface that does not exist is skipped: call again
   * when it appears. Returns what could not be opened, in words.
   */
  set(wanted: readonly Wanted[]): readonly string[];
  /** The interface was recreated: its sockets hear nothing any more. */
  reopen(interfaceName: string): readonly string[];
  /** Read whatever waits, `limit` packets a socket at most. */
  drain(limit: number): void;
  close(): void;
}

interface Open {
  readonly receiver: OpenReceiver;
  readonly index: number;
  readonly multicast: boolean;
  vrids: string;
}

export function createListeners(kernel: Kernel, onPacket: (packet: ReceivedPacket) => void): Listeners {
  const open = new Map<string, Open>();
  let wanted: readonly Wanted[] = [];

  function apply(): string[] {
    const problems: string[] = [];
    const groups = new Map<string, Wanted[]>();
    for (const want of wanted) {
      const key = `${want.family} ${want.interface}`;
      groups.set(key, [...(groups.get(key) ?? []), want]);
    }
    for (const [key, socket] of open) {
      if (groups.has(key)) continue;
      socket.receiver.close();
      open.delete(key);
    }
    for (const [key, members] of groups) {
      const problem = ensure(key, members);
      if (problem !== null) problems.push(problem);
    }
    return problems;
  }

  function ensure(key: string, members: readonly Wanted[]): string | null {
    const { family, interface: name } = members[0]!;
    const index = kernel.view.interface(name)?.index ?? null;
    const multicast = members.some((m) => m.multicast);
    const vrids = [...new Set(members.map((m) => m.vrid))].sort((a, b) => a - b);
    const known = open.get(key);
    if (known !== undefined && known.index === index && known.multicast === multicast) {
      if (known.vrids !== vrids.join()) known.receiver.setVrids(vrids);
      known.vrids = vrids.join();
      return null;
    }
    known?.receiver.close();
    open.delete(key);
    if (index === null) return null;
    try {
      const receiver = kernel.receiver.open({ family, interface: name, vrids, multicast }, onPacket);
      open.set(key, { receiver, index, multicast, vrids: vrids.join() });
      return null;
    } catch (error) {
      return `cannot listen on ${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  return {
    set(next) {
      wanted = next;
      return apply();
    },
    reopen(name) {
      for (const [key, socket] of open) {
        if (!key.endsWith(` ${name}`)) continue;
        socket.receiver.close();
        open.delete(key);
      }
      return apply();
    },
    drain(limit) {
      for (const socket of open.values()) socket.receiver.drain(limit);
    },
    close() {
      for (const socket of open.values()) socket.receiver.close();
      open.clear();
    },
  };
}

/** What a plan needs to hear. */
export function wantedOf(plan: EnginePlan): readonly Wanted[] {
  return plan.routers.map((r) => ({
    family: r.family,
    interface: r.interface,
    vrid: r.id,
    multicast: r.unicastPeers.length === 0,
  }));
}
