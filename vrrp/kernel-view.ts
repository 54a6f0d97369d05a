/** The kernel's interfaces and addresses, followed by rtnetlink events: a socket around `kernel-table.ts`. */
import { KernelTable } from './kernel-table.ts';
import { type NetlinkFollower, followKernel } from './netlink.ts';
import type { KernelChange, KernelView } from './ports.ts';
import { type KernelMessage, dumpAddresses, dumpLinks, parseMessages } from './rtnetlink.ts';

/** Pause before another socket is tried after one broke, ms. */
const REOPEN_MS = 200;

/**
 * A view of this network namespace. Changes are told one by one, also those that a resynchronisation finds, which ends
 * with `resynchronised`; nothing is told before `start` has resolved. `receiveBuffer` in bytes is for tests.
 */
export function createKernelView(receiveBuffer?: number): KernelView {
  const table = new KernelTable();
  let follower: NetlinkFollower | null = null;
  let listener: ((change: KernelChange) => void) | null = null;
  let sequence = 0;
  /** Sequence numbers of the dump under way: links first, then addresses. Null outside of one. */
  let dump: { current: number; stage: 'links' | 'addresses'; begun: boolean; spoilt: boolean } | null = null;
  let ready = false;
  let timer: NodeJS.Timeout | null = null;
  let starting: Promise<void> | null = null;
  let settle: { resolve: () => void; reject: (error: Error) => void } | null = null;

  const tell = (changes: readonly KernelChange[]): void => {
    if (!ready) return;
    for (const change of changes) listener?.(change);
  };

  const ask = (stage: 'links' | 'addresses'): void => {
    sequence = (sequence % 0xffffffff) + 1;
    dump = { current: sequence, stage, begun: false, spoilt: false };
    follower?.send(stage === 'links' ? dumpLinks(sequence) : dumpAddresses(sequence));
  };

  const beginDump = (): void => ask('links');

  const endDump = (): void => {
    dump = null;
    tell(table.endDump());
    if (ready) listener?.({ kind: 'resynchronised' });
    ready = true;
    settle?.resolve();
    settle = null;
  };

  const onMessage = (message: KernelMessage): void => {
    const ofDump = dump !== null && message.sequence === dump.current;
    if (ofDump && !dump!.begun) {
      // Only now: events that waited in the socket since before the overrun prove nothing about the present.
      if (dump!.stage === 'links') table.beginDump();
      dump!.begun = true;
    }
    if (ofDump && message.interrupted) dump!.spoilt = true;
    if (message.kind === 'link' || message.kind === 'address') tell(table.apply(message));
    else if (ofDump && (message.kind === 'done' || message.errno !== 0)) {
      // EBUSY, EINTR or an inconsistent copy: from the beginning.
      if (dump!.spoilt || message.kind === 'answer') setImmediate(() => follower !== null && beginDump());
      else if (dump!.stage === 'links') ask('addresses');
      else endDump();
    }
  };

  const open = (): void => {
    const handlers = {
      onDatagram: (datagram: Buffer): void => {
        for (const message of parseMessages(datagram)) onMessage(message);
      },
      onOverrun: beginDump,
      // Not from within the package's own callback, which still uses the socket.
      onBroken: (): void => void setImmediate(reopen),
    };
    follower = followKernel(handlers, receiveBuffer);
    beginDump();
  };

  const reopen = (): void => {
    if (follower === null && timer === null) return; // stopped meanwhile
    follower?.close();
    follower = null;
    timer = null;
    try {
      open();
    } catch {
      timer = setTimeout(reopen, REOPEN_MS);
    }
  };

  return {
    start() {
      starting ??= new Promise<void>((resolve, reject) => {
        settle = { resolve, reject };
        try {
          open();
        } catch (error) {
          settle = null;
          starting = null;
          const why = error instanceof Error ? error.message : String(error);
          reject(
            new Error(`cannot follow the kernel's interfaces and addresses (rtnetlink): ${why}`, { cause: error }),
          );
        }
      });
      return starting;
    },
    stop() {
      starting = null;
      follower?.close();
      follower = null;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      dump = null;
      ready = false;
      settle?.reject(new Error('stopped before the first copy of interfaces and addresses was read'));
      settle = null;
    },
    interface: (name) => table.interface(name),
    addresses: (name) => table.addresses(name),
    allAddresses: () => table.allAddresses(),
    onChange(next) {
      listener = next;
    },
  };
}
