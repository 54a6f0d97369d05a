/**
 * The edge of VRRP: what the shell must be able to do with the kernel, as small interfaces.
 * The real ones are made at the composition roots (engine, guardian); tests bring their own.
 */
import type { Family } from '../config/plan.ts';

/** An address as the kernel shows it on an interface. */
export interface KernelAddress {
  /** Canonical text, without prefix. */
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
  readonly interface: string;
  readonly ifindex: number;
  /** True if it carries Tandem's tag (IFA_PROTO), so that only Tandem can have added it. */
  readonly tagged: boolean;
  /** IPv6: duplicate address detection is not finished, or failed: not usable as a source. */
  readonly tentative: boolean;
  readonly scope: 'global' | 'link' | 'host' | 'other';
  /** IPv4: IFA_F_SECONDARY. */
  readonly secondary: boolean;
}

/** An interface as the kernel shows it. */
export interface KernelInterface {
  readonly name: string;
  readonly index: number;
  /** Six bytes; null where the interface has no Ethernet address. */
  readonly mac: Uint8Array | null;
  /** Administratively up and with carrier. */
  readonly up: boolean;
  /** False for IFF_NOARP. */
  readonly arp: boolean;
  readonly mtu: number;
}

/**
 * The kernel's interfaces and addresses, followed by rtnetlink events (RTNLGRP_LINK, IPV4_IFADDR, IPV6_IFADDR).
 * A local copy: reading it costs nothing. Messages that did not come from the kernel (port ≠ 0) are ignored.
 */
export interface KernelView {
  /** Read the first copy and begin to follow. Rejects if rtnetlink is not to be had. */
  start(): Promise<void>;
  stop(): void;
  interface(name: string): KernelInterface | null;
  /** Every address on that interface. */
  addresses(name: string): readonly KernelAddress[];
  /** Every address of this network namespace. */
  allAddresses(): readonly KernelAddress[];
  /** Called, synchronously, after the copy changed. One listener. */
  onChange(listener: (change: KernelChange) => void): void;
}

export type KernelChange =
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'addressAdded'; readonly address: KernelAddress }
  | { readonly kind: 'addressRemoved'; readonly address: KernelAddress }
  /** Events were lost (ENOBUFS) and the copy was read anew: look at everything again. */
  | { readonly kind: 'resynchronised' };

/** Why an address could not be added or removed: the errno name and a sentence. */
export interface KernelError {
  readonly code: string;
  readonly text: string;
}

/** An address, and the interface that it is for. */
export interface AddressOn {
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
  readonly interface: string;
}

/** What became of an address that was to be added. `present` = it was there already and was not added by this call. */
export type Added = 'added' | 'present' | KernelError;

/**
 * Adds and removes addresses through rtnetlink. The kernel answers within the call, and the callback is called before it returns.
 * Remove in the reverse order of adding (see address-writer.ts).
 */
export interface AddressWriter {
  /**
   * Add with Tandem's tag; IPv6 with IFA_F_NODAD. Many go by the slice, in their order: `done` is told what became of each slice, the first
   * of which is `addresses[from]`, before the next one is begun, so that it can be announced.
   */
  add(addresses: readonly AddressOn[], done: (outcomes: readonly Added[], from: number) => void): void;
  /** Remove. Being gone already is success. */
  remove(address: AddressOn, done: (outcome: 'removed' | 'absent' | KernelError) => void): void;
  /** Set an interface up or down (macvlans of virtual MACs). */
  setUp(name: string, up: boolean, done: (outcome: 'done' | KernelError) => void): void;
  close(): void;
}

/** Sends ready-made IP packets. Synchronous, never blocks, a few microseconds (RFC 9568 needs nothing more). */
export interface Transmitter {
  /**
   * Send one whole IP packet (header included: source, TTL 255, TOS are the packet's own) out of an interface.
   * Returns null, or the errno name (`ENODEV`, `ENETDOWN`, `ENOBUFS`, `EADDRNOTAVAIL` …) of what went wrong.
   * Sockets are opened at first use for (family, interface, ifindex) and kept; a recreated interface gets a new one.
   */
  send(family: Family, interfaceName: string, destination: Uint8Array, packet: Uint8Array): string | null;
  close(): void;
}

/** What a receiver hands on: only valid during the call, as the buffer is used again. */
export interface ReceivedPacket {
  readonly family: Family;
  readonly interface: string;
  /** IPv4: the whole packet with its header. IPv6: the payload only (the kernel keeps the header). */
  readonly bytes: Buffer;
  /** Source address, text as the kernel prints it. */
  readonly source: string;
}

/** What is listened for on one interface and family. */
export interface Listening {
  readonly family: Family;
  readonly interface: string;
  /** Everything else is dropped in the kernel. */
  readonly vrids: readonly number[];
  /** Join 224.0.0.18 / ff02::12. */
  readonly multicast: boolean;
}

/** A raw socket for protocol 112, bound to an interface, with a classic BPF filter on it. */
export interface Receiver {
  /** Open, join, filter. Throws an Error with a sentence that says what to do (EPERM, ENODEV). Handlers are called synchronously. */
  open(listening: Listening, onPacket: (packet: ReceivedPacket) => void): OpenReceiver;
}

export interface OpenReceiver {
  /** Replace the kernel filter without a gap (reload). */
  setVrids(vrids: readonly number[]): void;
  /** Read what waits in the socket now, at most `limit` packets, handing each on; returns how many there were. */
  drain(limit: number): number;
  close(): void;
}

/** That an address is at a MAC: Ethernet source and announced address. `router` is the R flag of IPv6. */
export interface Announcement {
  readonly interface: string;
  readonly mac: Uint8Array;
  readonly family: Family;
  readonly address: Uint8Array;
  readonly router: boolean;
}

/** Gratuitous ARP and unsolicited neighbour advertisements, and asking who has an address. All over AF_PACKET. */
export interface Neighbours {
  /**
   * Announce each address once: IPv4 an ARP request with sender = target = address (vrrp.md 2.7), IPv6 an unsolicited NA (O=1, S=0).
   * Many leave with one system call. Returns how many have left: what the kernel refused is left out, there is nothing to be done about it.
   */
  announce(announcements: readonly Announcement[]): number;
  /**
   * Ask for the addresses (ARP probe per RFC 5227 with sender 0.0.0.0; NS from the unspecified address), `count` times `spacingMs` apart.
   * Answers with the first MAC heard that is not in `own`, or null after the last wait.
   */
  probe(
    request: {
      readonly interface: string;
      readonly mac: Uint8Array;
      readonly family: Family;
      readonly addresses: readonly Uint8Array[];
      readonly own: readonly Uint8Array[];
      readonly count: number;
      readonly spacingMs: number;
    },
    done: (foreign: { readonly address: string; readonly mac: string } | null) => void,
  ): void;
  close(): void;
}
