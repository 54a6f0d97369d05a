/** Who may speak at the sync port at all, before a byte of it is looked at: addresses of peers, and only so many of each at once. Pure. */
import { addressBytes, addressText } from '../../core/address.ts';

export interface Peer {
  readonly name: string;
  /** The HA port first, then backup paths. */
  readonly paths: readonly string[];
}

export type Admitted =
  | { readonly ok: true; readonly peer: string; readonly address: string }
  | { readonly ok: false; readonly reason: 'stranger' | 'tooMany'; readonly address: string };

export interface Admission {
  setPeers(peers: readonly Peer[]): void;
  /** `left` has to follow for each that was let in. */
  enter(address: string): Admitted;
  left(address: string): void;
  /** Whose path it is; null = nobody's. */
  peerAt(address: string): string | null;
}

/** The one in use, one that a restarted peer or a race brings, and two that are being refused. */
const MOST_OF_ONE_ADDRESS = 4;

export function createAdmission(): Admission {
  const peerOf = new Map<string, string>();
  const open = new Map<string, number>();
  return {
    setPeers(peers) {
      peerOf.clear();
      for (const { name, paths } of peers) for (const path of paths) peerOf.set(plainAddress(path), name);
    },
    enter(text) {
      const address = plainAddress(text);
      const peer = peerOf.get(address);
      if (peer === undefined) return { ok: false, reason: 'stranger', address };
      const count = open.get(address) ?? 0;
      if (count >= MOST_OF_ONE_ADDRESS) return { ok: false, reason: 'tooMany', address };
      open.set(address, count + 1);
      return { ok: true, peer, address };
    },
    left(address) {
      const count = (open.get(address) ?? 0) - 1;
      if (count > 0) open.set(address, count);
      else open.delete(address);
    },
    peerAt: (address) => peerOf.get(plainAddress(address)) ?? null,
  };
}

/** Canonical, without zone: an IPv4 address that came over an IPv6 socket is one of IPv4. */
export function plainAddress(text: string): string {
  const bytes = addressBytes(text);
  if (bytes === null) return text;
  const mapped = bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  return addressText(mapped && bytes[11] === 255 ? bytes.subarray(12) : bytes);
}
