/**
 * The copy of the kernel's links and addresses: messages in, changes out. Pure bookkeeping, no socket.
 * A resynchronisation is a new dump that goes over the old copy: what it did not mention is gone.
 */
import type { KernelAddress, KernelChange, KernelInterface } from './ports.ts';
import type { KernelMessage } from './rtnetlink.ts';

interface Row<T> {
  value: T;
  /** Number of the dump that last confirmed it. */
  seen: number;
}

interface Link extends Row<KernelInterface> {
  readonly addresses: Map<string, Row<KernelAddress>>;
  /** The addresses as a list, made when asked for. */
  list: readonly KernelAddress[] | null;
}

const NONE: readonly KernelAddress[] = [];

/** The table. Methods that change it return what changed, in the order in which it did. */
export class KernelTable {
  readonly #links = new Map<number, Link>();
  readonly #byName = new Map<string, Link>();
  #dump = 0;

  interface(name: string): KernelInterface | null {
    return this.#byName.get(name)?.value ?? null;
  }

  addresses(name: string): readonly KernelAddress[] {
    const link = this.#byName.get(name);
    return link === undefined ? NONE : (link.list ??= [...link.addresses.values()].map((row) => row.value));
  }

  allAddresses(): readonly KernelAddress[] {
    return [...this.#byName.keys()].flatMap((name) => this.addresses(name));
  }

  /** A dump begins: everything has to be confirmed by it, or by an event, until `endDump`. */
  beginDump(): void {
    this.#dump += 1;
  }

  /** The dump is complete: what was not confirmed is gone. */
  endDump(): KernelChange[] {
    const changes: KernelChange[] = [];
    for (const link of this.#links.values()) {
      if (link.seen !== this.#dump) changes.push(...this.#dropLink(link));
      else {
        for (const row of link.addresses.values()) {
          if (row.seen !== this.#dump) changes.push(...dropAddress(link, row.value));
        }
      }
    }
    return changes;
  }

  apply(message: KernelMessage): KernelChange[] {
    if (message.kind === 'link') {
      const known = this.#links.get(message.link.index);
      if (!message.removed) return this.#putLink(message.link);
      return known === undefined ? [] : this.#dropLink(known);
    }
    if (message.kind !== 'address') return [];
    const link = this.#links.get(message.address.ifindex);
    if (link === undefined) return [];
    const address = { ...message.address, interface: link.value.name };
    return message.removed ? dropAddress(link, address) : this.#putAddress(link, address);
  }

  #putLink(value: KernelInterface): KernelChange[] {
    const changes: KernelChange[] = [];
    const namesake = this.#byName.get(value.name);
    // Another index under this name: the old interface went without our hearing of it.
    if (namesake !== undefined && namesake.value.index !== value.index) changes.push(...this.#dropLink(namesake));
    const known = this.#links.get(value.index);
    if (known === undefined) {
      const link: Link = { value, seen: this.#dump, addresses: new Map(), list: null };
      this.#links.set(value.index, link);
      this.#byName.set(value.name, link);
      return [...changes, { kind: 'interface', name: value.name }];
    }
    known.seen = this.#dump;
    const before = known.value;
    if (sameLink(before, value)) return changes;
    known.value = value;
    if (before.name !== value.name) {
      this.#byName.delete(before.name);
      this.#byName.set(value.name, known);
      for (const row of known.addresses.values()) row.value = { ...row.value, interface: value.name };
      known.list = null;
      changes.push({ kind: 'interface', name: before.name });
    }
    return [...changes, { kind: 'interface', name: value.name }];
  }

  #putAddress(link: Link, address: KernelAddress): KernelChange[] {
    const key = keyOf(address);
    const known = link.addresses.get(key);
    if (known !== undefined) {
      known.seen = this.#dump;
      if (sameAddress(known.value, address)) return [];
      known.value = address;
    } else link.addresses.set(key, { value: address, seen: this.#dump });
    link.list = null;
    return [{ kind: 'addressAdded', address }];
  }

  #dropLink(link: Link): KernelChange[] {
    const { index, name } = link.value;
    const addresses = [...link.addresses.values()].map((row) => row.value);
    this.#links.delete(index);
    if (this.#byName.get(name) === link) this.#byName.delete(name);
    return [
      ...addresses.map((address): KernelChange => ({ kind: 'addressRemoved', address })),
      { kind: 'interface', name },
    ];
  }
}

function dropAddress(link: Link, address: KernelAddress): KernelChange[] {
  const key = keyOf(address);
  const known = link.addresses.get(key);
  if (known === undefined) return [];
  link.addresses.delete(key);
  link.list = null;
  return [{ kind: 'addressRemoved', address: known.value }];
}

/** The kernel keeps one address with two prefixes apart. */
function keyOf(address: KernelAddress): string {
  return `${address.address}/${address.prefix}`;
}

function sameLink(a: KernelInterface, b: KernelInterface): boolean {
  const mac = a.mac === null || b.mac === null ? a.mac === b.mac : a.mac.every((byte, n) => byte === b.mac?.[n]);
  return mac && a.name === b.name && a.up === b.up && a.arp === b.arp && a.mtu === b.mtu;
}

function sameAddress(a: KernelAddress, b: KernelAddress): boolean {
  return a.tagged === b.tagged && a.tentative === b.tentative && a.scope === b.scope && a.secondary === b.secondary;
}
