/**
 * Which received adverts count for a router: the checks of RFC 9568 section 7.1 that need the configuration, in its order,
 * with the counter of RFC 6527 that each failure raises. Nothing here throws, whatever the packet holds.
 */
import { timingSafeEqual } from 'node:crypto';
import type { RouterCounters } from '../core/status.ts';
import { type Result, fail, ok } from '../core/result.ts';
import { addressBytes, addressText, compareAddresses } from '../core/address.ts';
import type { RouterPlan } from '../config/plan.ts';
import {
  AUTH_NONE,
  AUTH_PASS,
  GROUP_IPV4,
  GROUP_IPV6,
  type Advert,
  type ChecksumStyle,
  type PacketError,
  decodeAdvert,
  passwordData,
} from './packet.ts';

/** A packet as the shell hands it on. */
export interface Arrived {
  readonly source: Uint8Array;
  /** Null for IPv6, where the kernel keeps the header. */
  readonly destination: Uint8Array | null;
  /** Null for IPv6, where the kernel's filter has seen to it. */
  readonly ttl: number | null;
  readonly payload: Uint8Array;
}

/** An advert that counts. */
export interface Heard {
  readonly source: Uint8Array;
  readonly priority: number;
  readonly intervalMs: number;
  readonly style: ChecksumStyle | 'any';
  /** False: counted and told, but accepted all the same (as everybody does). */
  readonly sameAddresses: boolean;
}

export type AcceptanceCounter = Extract<
  keyof RouterCounters,
  | 'ipTtlErrors'
  | 'versionErrors'
  | 'packetLengthErrors'
  | 'checksumErrors'
  | 'invalidTypeReceived'
  | 'authErrors'
  | 'advertIntervalErrors'
  | 'addressListErrors'
  | 'unknownSource'
  | 'ownSource'
  | 'familyErrors'
>;

export interface Rejection {
  readonly counter: AcceptanceCounter;
  /** Got and expected, for the log. Never holds a password. */
  readonly text: string;
}

/** What of a plan the checks need, prepared once. */
export interface Expectation {
  readonly plan: RouterPlan;
  readonly peers: readonly Uint8Array[];
  readonly addresses: readonly Uint8Array[];
  readonly addressKeys: ReadonlySet<string>;
  readonly password: Uint8Array;
}

const PACKET_COUNTER: Readonly<Record<PacketError['what'], AcceptanceCounter>> = {
  length: 'packetLengthErrors',
  version: 'versionErrors',
  type: 'invalidTypeReceived',
  checksum: 'checksumErrors',
};

const reject = (counter: AcceptanceCounter, text: string): { readonly ok: false; readonly error: Rejection } =>
  fail({ counter, text });

/** Prepare the checks of a router. Addresses of a validated plan always parse. */
export function expectationOf(plan: RouterPlan): Expectation {
  const bytes = (text: string): Uint8Array => addressBytes(text) ?? new Uint8Array(0);
  const addresses = plan.addresses.map((a) => bytes(a.address));
  return {
    plan,
    peers: plan.unicastPeers.map(bytes),
    addresses,
    addressKeys: new Set(addresses.map(addressText)),
    password: passwordData(plan.password),
  };
}

/**
 * Does this packet count for this router? `ownSource` is the address that we send from, null without one.
 * The VRID was matched by whoever chose the router.
 */
export function accept(
  expected: Expectation,
  arrived: Arrived,
  ownSource: Uint8Array | null,
): Result<Heard, Rejection> {
  const { plan, peers } = expected;
  if (arrived.ttl !== null && arrived.ttl !== 255) return reject('ipTtlErrors', `TTL ${arrived.ttl}, 255 expected`);

  const group = plan.family === 'ipv4' ? GROUP_IPV4 : GROUP_IPV6;
  const unicast = peers.length > 0;
  const wanted = unicast ? (ownSource ?? arrived.destination ?? group) : group;
  const wasMulticast = arrived.destination !== null && same(arrived.destination, group);
  if (arrived.destination !== null && wasMulticast === unicast) {
    return reject(
      'familyErrors',
      unicast ? 'sent to the group, unicast expected' : 'sent to one address, multicast expected',
    );
  }
  // Before length and checksum (RFC 9568 section 7.1): a message of another version has another form.
  const version = arrived.payload[0] === undefined ? plan.version : arrived.payload[0] >> 4;
  if (version !== plan.version) return reject('versionErrors', `version ${version}, ${plan.version} expected`);
  const decoded = decodeAdvert(arrived.payload, {
    family: plan.family,
    source: arrived.source,
    destination: arrived.destination ?? wanted,
  });
  if (!decoded.ok) return reject(PACKET_COUNTER[decoded.error.what], decoded.error.text);
  const { advert, style } = decoded.value;
  const refused = checkFields(expected, advert);
  if (refused !== null) return fail(refused);
  if (ownSource !== null && same(arrived.source, ownSource)) {
    return reject('ownSource', `sent from our own source address ${addressText(ownSource)}`);
  }
  if (unicast && !peers.some((peer) => same(peer, arrived.source))) {
    return reject('unknownSource', `${addressText(arrived.source)} is not among the unicast peers`);
  }
  return ok({
    source: Uint8Array.from(arrived.source),
    priority: advert.priority,
    intervalMs: advert.intervalMs,
    style,
    sameAddresses: sameAddresses(expected, advert.addresses),
  });
}

/** The fields: authentication and interval of v2 (RFC 3768 section 7.1), zero counts and intervals of v3 (errata 8299, 8301). */
function checkFields(expected: Expectation, advert: Advert): Rejection | null {
  const { plan } = expected;
  if (plan.version === 2) {
    const wanted = plan.password === null ? AUTH_NONE : AUTH_PASS;
    if (advert.authType !== wanted) {
      return { counter: 'authErrors', text: `authentication type ${advert.authType}, ${wanted} expected` };
    }
    if (wanted === AUTH_PASS && !timingSafeEqual(advert.authData, expected.password)) {
      return { counter: 'authErrors', text: 'wrong password' };
    }
    if (advert.intervalMs !== plan.advertIntervalMs) {
      return {
        counter: 'advertIntervalErrors',
        text: `interval ${advert.intervalMs} ms, ${plan.advertIntervalMs} ms expected`,
      };
    }
  }
  if (advert.addresses.length === 0) return { counter: 'addressListErrors', text: 'no address in it' };
  // An interval of zero would make Master_Down zero: anybody could take over at once.
  if (advert.intervalMs === 0) return { counter: 'advertIntervalErrors', text: 'interval zero' };
  return null;
}

function sameAddresses(expected: Expectation, received: readonly Uint8Array[]): boolean {
  if (received.length !== expected.addresses.length) return false;
  if (received.every((address, n) => same(address, expected.addresses[n]!))) return true;
  const keys = new Set(received.map(addressText));
  return keys.size === expected.addressKeys.size && [...keys].every((key) => expected.addressKeys.has(key));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareAddresses(a, b) === 0;
}
