/** One virtual router's hands and ears: sends its adverts, examines what arrives for it, holds its addresses, counts. */
import { addressText, virtualMac } from '../../core/address.ts';
import type { Reason } from '../../core/reason.ts';
import type { Severity } from '../../core/event.ts';
import type { RouterPlan } from '../../config/plan.ts';
import { type Arrived, type Expectation, type Heard, accept, expectationOf } from '../../vrrp/acceptance.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import type { ProbePurpose, Fact } from '../brain/fact.ts';
import type { HeldAddress, ReadyPacket } from '../channel.ts';
import { type AdvertCache, bytesOf, createAdvertCache } from './adverts.ts';
import { newCounters } from './counters.ts';
import { createHolder } from './holder.ts';
import type { Kernel } from './kernel.ts';
import type { Limiter } from './limiter.ts';

const PROBES = 3;
const PROBE_SPACING_MS = 20;

export interface RouterShellDeps {
  readonly kernel: Kernel;
  readonly limiter: Limiter;
  readonly say: (router: string, kind: 'advert' | 'address', severity: Severity, reason: Reason) => void;
  readonly fact: (fact: Fact) => void;
  readonly inherited: (address: HeldAddress) => boolean;
}

export type RouterShell = ReturnType<typeof createRouterShell>;

export function createRouterShell(initial: RouterPlan, deps: RouterShellDeps) {
  const { kernel, limiter, say, fact } = deps;
  const counters = newCounters();
  let plan = initial;
  let expected: Expectation = expectationOf(plan);
  let source: Uint8Array | null = null;
  let carrier: string | null = null;
  let cache: AdvertCache | null = null;
  /** The newest accepted packet: an active says the same again and again, and need not be examined every time. */
  let last: { readonly packet: Arrived; readonly heard: Heard } | null = null;
  const holder = createHolder(plan, carrier, {
    kernel,
    counters,
    say: (severity, reason) => say(plan.name, 'address', severity, reason),
    inherited: deps.inherited,
  });

  /** With a virtual MAC adverts leave by the macvlan, so that switches learn the MAC (RFC 9568 7.2). */
  const leavesBy = (): string =>
    plan.virtualMac && carrier !== null && plan.interface === plan.addressInterface ? carrier : plan.interface;

  function reject(counter: keyof typeof counters, text: string, from: string): void {
    counters[counter]++;
    if (counter === 'ownSource') {
      if (limiter.allows(`${plan.name} ownSource`)) fact({ kind: 'ownSource', router: plan.name });
      return;
    }
    if (counter === 'advertIntervalErrors' && plan.version === 2) {
      fact({ kind: 'intervalMismatch', router: plan.name, detail: `${from}: ${text}` });
    }
    if (limiter.allows(`${plan.name} ${counter}`)) {
      say(plan.name, 'advert', 'warning', { code: 'advertIgnored', source: from, error: text });
    }
  }

  return {
    counters,
    get plan() {
      return plan;
    },
    get source() {
      return source;
    },
    get carrier() {
      return carrier;
    },
    replan(next: RouterPlan): void {
      plan = next;
      expected = expectationOf(next);
      cache = null;
      last = null;
      holder.replan(plan, carrier);
    },
    setCarrier(name: string | null): void {
      carrier = name;
      holder.replan(plan, carrier);
    },
    setSource(next: Uint8Array | null): void {
      source = next;
      cache = null;
      last = null;
    },
    /** Send one advert to everybody it is for; null, or the errno name of the first failure. */
    send(priority: number, style: ChecksumStyle): string | null {
      if (source === null) return 'EADDRNOTAVAIL';
      cache ??= createAdvertCache(plan, source);
      const by = leavesBy();
      let failed: string | null = null;
      for (const { destination, packet } of cache.get(priority, style)) {
        failed = kernel.transmitter.send(plan.family, by, destination, packet) ?? failed;
      }
      if (failed !== null) counters.sendErrors++;
      else if (priority === 0) counters.priorityZeroSent++;
      counters.advertsSent++;
      return failed;
    },
    /** The packets of an advert, ready to be sent by the guardian: priority 0 resigns, ours goes on. */
    readyPackets(priority: number, style: ChecksumStyle): ReadyPacket[] {
      if (source === null) return [];
      cache ??= createAdvertCache(plan, source);
      return cache.get(priority, style).map(({ destination, packet }) => ({
        family: plan.family,
        interface: leavesBy(),
        destination: addressText(destination),
        bytes: Buffer.from(packet).toString('base64'),
      }));
    },
    arrived(packet: Arrived): void {
      const again = sameAgain(last, packet);
      if (again !== null) {
        counters.advertsReceived++;
        return fact({ kind: 'heard', router: plan.name, heard: again });
      }
      last = null;
      const result = accept(expected, packet, source);
      if (!result.ok) return reject(result.error.counter, result.error.text, addressText(packet.source));
      const heard = result.value;
      counters.advertsReceived++;
      if (heard.priority === 0) counters.priorityZeroReceived++;
      if (!heard.sameAddresses) {
        counters.addressListErrors++;
        if (limiter.allows(`${plan.name} addressList`)) {
          say(plan.name, 'advert', 'warning', { code: 'addressListDiffers', source: addressText(heard.source) });
        }
      }
      if (heard.priority > 0 && heard.sameAddresses) last = { packet: copyOf(packet), heard };
      fact({ kind: 'heard', router: plan.name, heard });
    },
    raise: holder.raise,
    take: () => holder.take([...plan.addresses, ...plan.excludedAddresses]),
    takeSome: holder.take,
    drop: (done: () => void) => holder.drop([...plan.addresses, ...plan.excludedAddresses], done),
    dropSome: holder.drop,
    announce: () => holder.announce(plan.announce.repeat),
    removed: holder.removed,
    held: (): readonly HeldAddress[] => holder.held(),
    /** Our own source address, so that the active's neighbour entry for us is fresh. */
    announceSelf(): void {
      const mac = kernel.view.interface(plan.interface)?.mac;
      if (source === null || mac === undefined || mac === null) return;
      kernel.neighbours.announce([
        { interface: plan.interface, mac, family: plan.family, address: source, router: false },
      ]);
    },
    /** Ask the network for the addresses, or for our own source address. */
    probe(purpose: ProbePurpose): void {
      const name = purpose === 'source' ? plan.interface : plan.addressInterface;
      const mac = kernel.view.interface(name)?.mac;
      const asked =
        purpose === 'source' ? (source === null ? [] : [source]) : plan.addresses.map((a) => bytesOf(a.address));
      const answer = (foreign: { readonly address: string; readonly mac: string } | null): void =>
        fact({ kind: 'probed', router: plan.name, purpose, foreign });
      if (mac === undefined || mac === null || asked.length === 0) {
        setImmediate(() => answer(null));
        return;
      }
      const own = [mac, virtualMac(plan.family, plan.id)];
      const request = {
        interface: name,
        mac,
        family: plan.family,
        addresses: asked,
        own,
        count: PROBES,
        spacingMs: PROBE_SPACING_MS,
      };
      kernel.neighbours.probe(request, answer);
    },
  };
}

/** What was heard, if this packet is the last accepted one again, bit by bit. */
function sameAgain(last: { readonly packet: Arrived; readonly heard: Heard } | null, packet: Arrived): Heard | null {
  if (last === null || packet.ttl !== last.packet.ttl) return null;
  const same =
    sameBytes(packet.payload, last.packet.payload) &&
    sameBytes(packet.source, last.packet.source) &&
    (packet.destination === null
      ? last.packet.destination === null
      : last.packet.destination !== null && sameBytes(packet.destination, last.packet.destination));
  return same ? last.heard : null;
}

/** The receiver's buffer is used again: what is kept has to be copied. */
function copyOf({ source, destination, ttl, payload }: Arrived): Arrived {
  return {
    source: Uint8Array.from(source),
    destination: destination === null ? null : Uint8Array.from(destination),
    ttl,
    payload: Uint8Array.from(payload),
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
