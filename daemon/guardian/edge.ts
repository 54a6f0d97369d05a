/** The guardian's way to the network, for executing a will: loaded late, opened when the first will is near. */
import { systemClock } from '../../core/clock.ts';
import type { Executor } from './executor.ts';
import type { Log } from './log.ts';
import type { Memory } from './memory.ts';
import { unhurried } from './unhurried.ts';

export interface Edge {
  /** Loads the code, once. Null, or a sentence: a native module that does not fit this machine. */
  load(): Promise<string | null>;
  /** To be called after `load` succeeded. */
  open(memory: Memory, log: Log): Executor;
}

type Parts = Awaited<ReturnType<typeof loadParts>>;

export function createEdge(): Edge {
  let parts: Parts | null = null;
  return {
    async load() {
      try {
        parts ??= await loadParts();
        return null;
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        return `a native module cannot be loaded (${text}): install again with npm ci on this machine`;
      }
    },
    open(memory, log) {
      if (parts === null) throw new Error('edge: opened before it was loaded');
      const { interfaceIndex } = parts;
      const executor = parts.createExecutor({
        transmitter: parts.createTransmitter(interfaceIndex),
        receiver: parts.createReceiver(interfaceIndex),
        teller: parts.createTeller(interfaceIndex),
        // Without a view of its own: the guardian follows no kernel events, and asks for an index when it needs one.
        addresses: parts.createAddressWriter({ interface: () => null }),
        anotherPriority: parts.anotherPriority,
        indexOf: interfaceIndex,
        clock: systemClock,
        say: log.warn,
        gone: (addresses) => memory.gone(addresses),
      });
      return unhurried(executor);
    },
  };
}

async function loadParts() {
  const [libc, transmitter, receiver, writer, teller, executor, another] = await Promise.all([
    import('../../vrrp/libc.ts'),
    import('../../vrrp/transmitter.ts'),
    import('../../vrrp/receiver.ts'),
    import('../../vrrp/address-writer.ts'),
    import('./teller.ts'),
    import('./executor.ts'),
    import('./another.ts'),
  ]);
  return { ...libc, ...transmitter, ...receiver, ...writer, ...teller, ...executor, ...another };
}
