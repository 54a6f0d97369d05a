/** By which interface and from which address a path of a peer is asked (brain 3.3). Asks the kernel; sends nothing. */
import { networkInterfaces } from 'node:os';
import { addressBytes, addressText, isLinkLocal } from '../../core/address.ts';
import { type Result, fail, ok } from '../../core/result.ts';
import { type UdpAddress, interfaceIndex, sourceTowards, udpAddress } from './udp-socket.ts';

export interface PlaceQuestion {
  /** Of the peer, as in its plan. */
  readonly address: string;
  /** The first path: over the HA port, and from nowhere else. */
  readonly first: boolean;
  readonly haInterface: string;
  readonly port: number;
  /** Canonical addresses that move: none of them is ever a source. */
  readonly virtual: ReadonlySet<string>;
}

export interface Place {
  readonly remote: UdpAddress;
  readonly local: UdpAddress;
  /**
   * Bound to it, so that no change of routes leads the path over another cable (a routed detour would make a dead cable look healthy). Null where
   * the source belongs to no cable (an address on `lo`).
   */
  readonly device: string | null;
  /** Index of `device`; another one means that the interface was made anew. */
  readonly index: number;
}

/** The place of a path, or why it has none now, in words. */
export function placeOf(question: PlaceQuestion): Result<Place, string> {
  return question.first ? placeOnHaPort(question) : placeElsewhere(question);
}

/** The text by which a source of datagrams is known: canonical, with the zone where it is link-local. */
export function sourceText(address: string, zone: string): string {
  const bytes = addressBytes(address);
  if (bytes === null) return address;
  return isLinkLocal(bytes) ? `${addressText(bytes)}%${zoneOf(address) ?? zone}` : addressText(bytes);
}

export function zoneOf(address: string): string | null {
  return address.split('%', 2)[1] ?? null;
}

function placeOnHaPort(question: PlaceQuestion): Result<Place, string> {
  const { address, haInterface } = question;
  const zone = zoneOf(address);
  if (zone !== null && zone !== haInterface) {
    return fail(`the first path is the HA port's, but ${zone} is not the HA port ${haInterface}: not used`);
  }
  return placeOn(question, haInterface);
}

function placeElsewhere(question: PlaceQuestion): Result<Place, string> {
  const { address, port, haInterface } = question;
  const zone = zoneOf(address);
  if (zone === haInterface)
    return fail(`it would leave by the HA port ${haInterface}, as the first path does: not used`);
  if (zone !== null) return placeOn(question, zone);
  const remote = udpAddress(address, port);
  if (remote === null) return fail('it is no address');
  const source = sourceTowards(remote, null);
  if (!source.ok) return fail(`no way there (${source.error})`);
  const owner = ownerOf(source.value);
  if (owner === null) return fail(`no interface that is up has the source address ${source.value}`);
  if (owner === haInterface)
    return fail(`it would leave by the HA port ${haInterface}, as the first path does: not used`);
  if (owner !== 'lo') return placeOn(question, owner);
  const local: UdpAddress = { bytes: addressBytes(source.value)!, port, scope: 0 };
  return ok({ remote, local, device: null, index: 0 });
}

function placeOn(question: PlaceQuestion, device: string): Result<Place, string> {
  const { address, port, virtual } = question;
  const index = interfaceIndex(device);
  const remote = index === null ? null : udpAddress(sourceText(address, device), port);
  if (index === null || remote === null) return fail(`there is no interface ${device}`);
  const source = sourceTowards(remote, device);
  if (!source.ok) return fail(`no way there by ${device} (${source.error})`);
  const chosen = virtual.has(source.value) ? lastingAddress(device, source.value, virtual) : source.value;
  if (chosen === null) return fail(`${device} has no address of its own to ask from`);
  const bytes = addressBytes(chosen)!;
  const local = { bytes, port, scope: isLinkLocal(bytes) ? index : 0 };
  return ok({ remote: { ...remote, scope: isLinkLocal(remote.bytes) ? index : 0 }, local, device, index });
}

function ownerOf(address: string): string | null {
  for (const [name, list] of Object.entries(networkInterfaces())) {
    if (list?.some((entry) => sameAddress(entry.address, address)) === true) return name;
  }
  return null;
}

/** An address of the interface that is like the one that the kernel chose, but does not move. */
function lastingAddress(device: string, like: string, virtual: ReadonlySet<string>): string | null {
  const wanted = addressBytes(like)!;
  for (const { address } of networkInterfaces()[device] ?? []) {
    const bytes = addressBytes(address);
    if (bytes === null || bytes.length !== wanted.length || isLinkLocal(bytes) !== isLinkLocal(wanted)) continue;
    if (!virtual.has(addressText(bytes))) return addressText(bytes);
  }
  return null;
}

function sameAddress(a: string, b: string): boolean {
  const [one, other] = [addressBytes(a), addressBytes(b)];
  return one !== null && other !== null && Buffer.compare(one, other) === 0;
}
