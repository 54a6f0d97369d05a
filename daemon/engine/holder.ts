/**
 * Holds the addresses of one router on their interfaces: takes, announces, lets go, and mends what somebody else removed.
 * Remembers exactly what it added, and gives back exactly that.
 */
import { readFileSync } from 'node:fs';
import type { Ms } from '../../core/clock.ts';
import type { Reason } from '../../core/reason.ts';
import type { Severity } from '../../core/event.ts';
import type { Family, PlannedAddress, RouterPlan } from '../../config/plan.ts';
import type { KernelAddress, KernelError } from '../../vrrp/ports.ts';
import type { HeldAddress } from '../channel.ts';
import { bytesOf } from './adverts.ts';
import type { Kernel } from './kernel.ts';

/** Between two rounds of a burst of announcements (the first round goes out as each address is added). */
const ROUND_MS: Ms = 10;
/** Somebody who removes addresses again and again is answered at most this often. */
const RESTORE_BURST = 5;
const RESTORE_EVERY_MS: Ms = 1000;

export interface HolderDeps {
  readonly kernel: Kernel;
  readonly say: (severity: Severity, reason: Reason) => void;
  readonly counters: { announcementsSent: number; addressesRestored: number };
  /** An engine before this one put it there, and left it to us (brain 6.4). */
  readonly inherited: (address: HeldAddress) => boolean;
}

export interface Holder {
  /** A new plan for the same router; what is held stays until `take` or `drop`. */
  replan(plan: RouterPlan, carrier: string | null): void;
  /** Sets the macvlan of a virtual MAC up; without one there is nothing to do. */
  raise(): void;
  take(addresses: readonly PlannedAddress[]): void;
  /** `done` is called when the kernel has let all of them go. */
  drop(addresses: readonly PlannedAddress[], done: () => void): void;
  /** Announce everything that is held, `rounds` times. */
  announce(rounds: number): void;
  /** Somebody removed an address: put it back if it is ours to hold. */
  removed(address: KernelAddress): void;
  /** What this holder put on interfaces. */
  held(): readonly HeldAddress[];
}

/** One address that should be there. */
interface Entry {
  readonly address: PlannedAddress;
  readonly on: string;
  there: boolean;
  /** Added by us, so ours to remove. */
  mine: boolean;
  /** Announcements that are left of its burst. */
  rounds: number;
}

export function createHolder(initial: RouterPlan, initialCarrier: string | null, deps: HolderDeps): Holder {
  const { kernel, say, counters } = deps;
  let plan = initial;
  let carrier = initialCarrier;
  /** By key: what should be there. */
  const wanted = new Map<string, Entry>();
  let rounds: NodeJS.Timeout | null = null;
  let tokens = RESTORE_BURST;
  let lastRestore = 0;
  const forwarding = new Map<string, boolean>();

  const key = (address: string, on: string): string => `${address} ${on}`;
  const interfaceOf = (a: PlannedAddress): string =>
    plan.virtualMac && a.interface === plan.addressInterface ? (carrier ?? a.interface) : a.interface;
  const asHeld = (a: PlannedAddress, on: string): HeldAddress => ({
    address: a.address,
    prefix: a.prefix,
    family: a.family,
    interface: on,
  });

  function announceAll(entries: readonly Entry[]): void {
    const announcements = entries.flatMap(({ address, on }) => {
      const { mac, arp } = kernel.view.interface(on) ?? { mac: null, arp: false };
      if (mac === null || !arp) return [];
      const { family } = address;
      return [{ interface: on, mac, family, address: bytesOf(address.address), router: isRouter(family, on) }];
    });
    if (announcements.length > 0) counters.announcementsSent += kernel.neighbours.announce(announcements);
  }

  /** The R flag says that we forward (vrrp.md 2.7); looked up once per taking, not per packet. */
  function isRouter(family: Family, on: string): boolean {
    if (family === 'ipv4') return false;
    let known = forwarding.get(on);
    if (known === undefined) {
      known = readForwarding(on);
      forwarding.set(on, known);
    }
    return known;
  }

  function newEntry(address: PlannedAddress, on: string): Entry {
    const entry: Entry = { address, on, there: false, mine: false, rounds: plan.announce.repeat - 1 };
    wanted.set(key(address.address, on), entry);
    return entry;
  }

  /** Slice by slice, each announced before the next one is added. */
  function add(entries: readonly Entry[]): void {
    kernel.writer.add(
      entries.map(({ address, on }) => asHeld(address, on)),
      (outcomes, from) => {
        outcomes.forEach((outcome, n) => {
          const entry = entries[from + n]!;
          const { address, on } = entry;
          if (typeof outcome === 'object') return failed(address, on, outcome);
          entry.there = true;
          entry.mine = outcome === 'added' || isTagged(address, on) || deps.inherited(asHeld(address, on));
        });
        announceAll(entries.slice(from, from + outcomes.length).filter((entry) => entry.there));
      },
    );
  }

  function isTagged(address: PlannedAddress, on: string): boolean {
    return kernel.view.addresses(on).some((a) => a.tagged && a.address === address.address);
  }

  function failed(address: PlannedAddress, on: string, error: KernelError): void {
    say('critical', { code: 'addressFailed', address: address.address, interface: on, error: error.text });
  }

  /** The rest of each address's burst: what was there before and is not meant is not announced again. */
  function moreRounds(): void {
    if (rounds !== null) clearTimeout(rounds);
    rounds = null;
    if (![...wanted.values()].some((entry) => entry.rounds > 0)) return;
    rounds = setTimeout(() => {
      const due = [...wanted.values()].filter((entry) => entry.rounds > 0);
      for (const entry of due) entry.rounds--;
      announceAll(due.filter((entry) => entry.there));
      moreRounds();
    }, ROUND_MS);
  }

  function mayRestore(): boolean {
    const now = performance.now();
    tokens = Math.min(RESTORE_BURST, tokens + (now - lastRestore) / RESTORE_EVERY_MS);
    lastRestore = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }

  function restore(entry: Entry): void {
    const { address, on } = entry;
    if (wanted.get(key(address.address, on)) !== entry || entry.there) return;
    if (!mayRestore()) {
      setTimeout(() => restore(entry), RESTORE_EVERY_MS);
      return;
    }
    kernel.writer.add([asHeld(address, on)], ([outcome]) => {
      if (typeof outcome === 'object') return failed(address, on, outcome);
      entry.there = true;
      counters.addressesRestored++;
      announceAll([entry]);
      say('warning', { code: 'addressRestored', address: address.address, interface: on });
    });
  }

  return {
    replan(next, nextCarrier) {
      plan = next;
      carrier = nextCarrier;
    },
    raise() {
      if (plan.virtualMac && carrier !== null) kernel.writer.setUp(carrier, true, () => {});
    },
    take(addresses) {
      forwarding.clear();
      add(
        addresses.flatMap((address) => {
          const on = interfaceOf(address);
          return wanted.has(key(address.address, on)) ? [] : [newEntry(address, on)];
        }),
      );
      moreRounds();
    },
    drop(addresses, done) {
      let waiting = 1;
      const one = (): void => {
        if (--waiting === 0) done();
      };
      // Backwards: see `inOrder` in engine.ts.
      for (const address of addresses.toReversed()) {
        const on = interfaceOf(address);
        const entry = wanted.get(key(address.address, on));
        if (entry === undefined) continue;
        wanted.delete(key(address.address, on));
        // What was on its way when we let go is ours all the same.
        if (entry.there && !entry.mine) continue;
        waiting++;
        kernel.writer.remove(asHeld(address, on), (outcome) => {
          if (typeof outcome === 'object') failed(address, on, outcome);
          one();
        });
      }
      if (wanted.size === 0) {
        moreRounds();
        if (plan.virtualMac && carrier !== null) kernel.writer.setUp(carrier, false, () => {});
      }
      one();
    },
    announce(times) {
      const all = [...wanted.values()];
      announceAll(all.filter((entry) => entry.there));
      for (const entry of all) entry.rounds = times - 1;
      moreRounds();
    },
    removed(address) {
      const entry = wanted.get(key(address.address, address.interface));
      if (entry === undefined || !entry.there) return;
      entry.there = false;
      say('warning', { code: 'addressLost', address: address.address, interface: address.interface });
      restore(entry);
    },
    held: () => [...wanted.values()].map(({ address, on }) => asHeld(address, on)),
  };
}

function readForwarding(interfaceName: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${interfaceName}/forwarding`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
