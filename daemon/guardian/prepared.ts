/** A will, worked out as far as that is possible before the engine dies. Pure. */
import { addressBytes } from '../../core/address.ts';
import type { ReadyPacket, Will, WillRouter } from '../channel.ts';

export interface Packet {
  readonly interface: string;
  readonly destination: Uint8Array;
  readonly bytes: Buffer;
}

export interface Prepared {
  readonly will: Will;
  readonly resign: ReadonlyMap<WillRouter, readonly Packet[]>;
  readonly adverts: ReadonlyMap<WillRouter, readonly Packet[]>;
  /** Routers by `family interface`: what is heard on one socket. */
  readonly places: ReadonlyMap<string, readonly WillRouter[]>;
}

export const NO_WILL: Will = { kind: 'resign', routers: [], told: [], bypass: false };

export const placeOf = (one: { readonly family: string; readonly interface: string }): string =>
  `${one.family} ${one.interface}`;

export function prepare(will: Will): Prepared {
  const places = new Map<string, WillRouter[]>();
  for (const router of will.routers) {
    const place = places.get(placeOf(router));
    if (place === undefined) places.set(placeOf(router), [router]);
    else place.push(router);
  }
  return {
    will,
    resign: new Map(will.routers.map((router) => [router, packetsOf(router.resign)])),
    adverts: new Map(will.routers.map((router) => [router, packetsOf(router.adverts)])),
    places,
  };
}

function packetsOf(ready: readonly ReadyPacket[]): readonly Packet[] {
  return ready.flatMap(({ interface: name, destination, bytes }) => {
    const to = addressBytes(destination);
    return to === null ? [] : [{ interface: name, destination: to, bytes: Buffer.from(bytes, 'base64') }];
  });
}
