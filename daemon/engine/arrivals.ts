/** Brings what arrives to the router that it is for: by family, interface and VRID. Everything else is dropped without a word. */
import { addressBytes } from '../../core/address.ts';
import { parseIpv4 } from '../../vrrp/ip-header.ts';
import { VRRP_PROTOCOL } from '../../vrrp/packet.ts';
import type { ReceivedPacket } from '../../vrrp/ports.ts';
import type { RouterShell } from './router-shell.ts';

export interface Arrivals {
  /** The routers that listen, instead of those before. */
  set(routers: readonly RouterShell[]): void;
  arrived(packet: ReceivedPacket): void;
}

export function createArrivals(): Arrivals {
  let byWire = new Map<string, RouterShell>();

  const shellFor = (packet: ReceivedPacket, message: Uint8Array): RouterShell | undefined =>
    byWire.get(wireKey(packet.family, packet.interface, message[1] ?? 0));

  return {
    set(routers) {
      byWire = new Map(
        routers.map((shell) => [wireKey(shell.plan.family, shell.plan.interface, shell.plan.id), shell]),
      );
    },
    arrived(packet) {
      if (packet.family === 'ipv6') {
        const source = addressBytes(packet.source);
        if (source === null) return;
        return shellFor(packet, packet.bytes)?.arrived({ source, destination: null, ttl: null, payload: packet.bytes });
      }
      const parsed = parseIpv4(packet.bytes);
      if (!parsed.ok) return;
      const { source, destination, ttl, payload, protocol, fragment } = parsed.value;
      const shell = shellFor(packet, payload);
      if (shell === undefined || protocol !== VRRP_PROTOCOL) return;
      if (fragment) shell.counters.packetLengthErrors++;
      else shell.arrived({ source, destination, ttl, payload });
    },
  };
}

function wireKey(family: string, name: string, vrid: number): string {
  return `${family} ${name} ${vrid}`;
}
