/**
 * Shortens the start of a pair: priority-0 adverts, as if a third router had just resigned, so that the first instance becomes active after its
 * skew time and not after three adverts. Only while a run is set up, never while something is measured.
 */
import { addressBytes } from '../core/address.ts';
import { GROUP_IPV4, encodeAdvert } from '../vrrp/packet.ts';
import { ethernetFrame, ipv4Packet, startSending } from '../lab/raw.ts';
import type { Host } from '../lab/host.ts';
import type { Program } from '../lab/program.ts';
import type { Spec } from './spec.ts';

/** Who seems to resign: on the HA network, and nobody. */
const SOURCE = '10.78.0.99';
const MAC = '02:78:00:00:00:99';

/** Adverts of another router, as frames for the HA network. */
export function advertFrames(spec: Spec, priority: number): readonly Buffer[] {
  const source = bytes(SOURCE);
  return spec.routers.map(({ id, addresses }) => {
    const advert = {
      version: 3,
      vrid: id,
      priority,
      intervalMs: spec.intervalMs,
      addresses: addresses.map((address) => bytes(address.split('/', 1)[0] ?? '')),
      authType: 0,
      authData: new Uint8Array(),
    } as const;
    const payload = encodeAdvert(advert, { family: 'ipv4', source, destination: GROUP_IPV4 }, 'rfc5798');
    return ethernetFrame(ipv4Packet({ source: SOURCE, payload }), { from: MAC });
  });
}

function bytes(address: string): Uint8Array {
  const found = addressBytes(address);
  if (found === null) throw new Error(`bench: '${address}' is no address`);
  return found;
}

/** Worth its while from this interval on, ms. */
const WORTH = 500;
/** A second: slower than the skew time of priority 200, which each advert starts anew. */
const RATE = 2;

/** Starts nudging from a host; null where it would not save any time. To be stopped when somebody is active. */
export function startNudging(from: Host, spec: Spec): Program | null {
  if (spec.intervalMs < WORTH || spec.routers.length > 1) return null;
  return startSending(from, 'eth2', advertFrames(spec, 0), { rate: RATE, count: 0 });
}
