/**
 * A takeover happens once in months, and what runs then has never run before: the first run of a program takes several times as long as the third, which
 * is two of the ten milliseconds between a lost carrier and the announced address (measured). So the engine goes through it now and then, as far as
 * it is pure: the brain is told what has not happened, and its answer and the will that would go with it are thrown away.
 */
import { type Instant, type Ms, NEVER } from '../../core/clock.ts';
import type { Report } from '../../core/report.ts';
import { FINAL_COUNTER, type PeerMessage } from '../../monitors/peer/state.ts';
import { gratuitousArp } from '../../vrrp/arp.ts';
import { unsolicitedAdvertisement } from '../../vrrp/ndp.ts';
import type { Transmitter } from '../../vrrp/ports.ts';
import { addAddress } from '../../vrrp/rtnetlink.ts';
import { linkSocketAddress } from '../../vrrp/socket-address.ts';
import type { Effect } from '../brain/effect.ts';
import type { Fact } from '../brain/fact.ts';
import { step } from '../brain/instance.ts';
import type { Instance, PeerEntry } from '../brain/state.ts';
import { bytesOf } from './adverts.ts';
import { inOrder } from './effect-order.ts';
import { type WillSources, makeWill } from './last-will.ts';

/** With more routers it would take longer than an advert may be late; and 255 of them have other costs than a first run's. */
const MOST_ROUTERS = 16;
const FIRST_MS: Ms = 500;
const EVERY_MS: Ms = 10_000;

export interface RehearsalDeps {
  readonly now: () => Instant;
  readonly instance: () => Instance;
  readonly sources: WillSources;
  readonly transmitter: Transmitter;
}

/** Rehearses soon, and then ever more rarely, down to once in ten seconds: what has not run for long is not in the processor's caches either. */
export function startRehearsals(deps: RehearsalDeps): void {
  const next = (wait: Ms): void => {
    setTimeout(() => {
      const instance = deps.instance();
      openLines(instance, deps.transmitter);
      rehearse(instance, deps.now(), deps.sources);
      rehearseAddresses(instance);
      next(Math.min(EVERY_MS, 2 * wait));
    }, wait).unref();
  };
  next(FIRST_MS);
}

/** The sockets that a first advert would have to open. An address of no family is refused, but only by a socket that is open. */
function openLines({ routers, plan }: Instance, transmitter: Transmitter): void {
  if (plan.mode === 'off') return;
  for (const { plan: router } of routers) {
    if (!router.virtualMac) transmitter.send(router.family, router.interface, new Uint8Array(), new Uint8Array());
  }
}

/** Few enough to take less than a millisecond the first time. */
const MOST_ADDRESSES = 32;

/** What is sent for each address: made here as it would be then, and thrown away. Of 255 addresses the first run costs 4 ms, a later one 1 (measured). */
function rehearseAddresses({ routers }: Instance): void {
  const addresses = routers.slice(0, MOST_ROUTERS).flatMap(({ plan }) => plan.addresses.slice(0, MOST_ADDRESSES));
  for (const address of addresses.slice(0, MOST_ADDRESSES)) {
    addAddress(0, 0, address);
    const bytes = bytesOf(address.address);
    const frame =
      address.family === 'ipv4' ? gratuitousArp(NO_MAC, bytes) : unsolicitedAdvertisement(NO_MAC, bytes, false);
    linkSocketAddress(0, 0, frame.subarray(0, 6));
  }
}

const NO_MAC = new Uint8Array(6);

/** What would be done, in order, at each imagined event; nothing is. */
export function rehearse(instance: Instance, now: Instant, sources: WillSources): readonly (readonly Effect[])[] {
  if (instance.phase !== 'running' || instance.routers.length > MOST_ROUTERS) return [];
  return imagined(instance, now).map(({ fact, at }) => {
    const { instance: then, effects } = step(instance, fact, at);
    JSON.stringify(makeWill(then, sources));
    return inOrder(effects);
  });
}

/** Something that has not happened, and when it would have. */
interface Imagined {
  readonly fact: Fact;
  readonly at: Instant;
}

/** The carrier of an active's addresses is lost; an active peer resigns; its guardian tells its last will; an active stranger falls silent. */
function imagined(instance: Instance, now: Instant): readonly Imagined[] {
  const active = instance.routers.find(({ machine }) => machine.state === 'active');
  const lost: readonly Fact[] =
    active === undefined
      ? []
      : [
          {
            kind: 'transport',
            router: active.plan.name,
            transport: { ...active.transport, addressUp: false, detail: 'imagined' },
          },
        ];
  const facts = [...lost, ...instance.peers.flatMap((peer) => givesUp(instance, peer))];
  return [...facts.map((fact) => ({ fact, at: now })), ...silence(instance)];
}

/** Who has peers hears from them before a timer ends. */
function silence({ routers, peers }: Instance): readonly Imagined[] {
  if (peers.length > 0) return [];
  const downAt = Math.max(...routers.map(({ machine }) => (machine.state === 'backup' ? machine.downAt : NEVER)));
  return Number.isFinite(downAt) ? [{ fact: { kind: 'time', sessions: false }, at: downAt as Instant }] : [];
}

function givesUp(instance: Instance, { session }: PeerEntry): readonly Fact[] {
  const { boot, report, version, highest } = session;
  if (boot === null || report?.groups.some(({ standing }) => standing === 'active') !== true) return [];
  const { name } = session.plan;
  const says = (message: PeerMessage, counter: number): Fact => ({
    kind: 'datagram',
    peer: name,
    path: 0,
    envelope: {
      stack: instance.plan.stack,
      from: name,
      to: instance.plan.instance,
      boot,
      peerBoot: instance.identity.boot,
      counter,
      message,
    },
  });
  const resigned: Report = {
    ...report,
    eligible: false,
    groups: report.groups.map((group) => ({ ...group, standing: 'resigned' as const, eligible: false })),
  };
  const push = { type: 'push', version: (version ?? 0) + 1, report: resigned, direct: session.direct } as const;
  return [says(push, highest + 1), says({ type: 'told' }, FINAL_COUNTER)];
}
