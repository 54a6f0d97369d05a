import assert from 'node:assert/strict';
import { KernelTable } from '../../../vrrp/kernel-table.ts';
import type { KernelChange, KernelInterface } from '../../../vrrp/ports.ts';
import type { KernelMessage } from '../../../vrrp/rtnetlink.ts';
import { kernelAddress } from './edge-samples.ts';

const common = { sequence: 0, interrupted: false };

function link(name: string, index: number, changes: Partial<KernelInterface> = {}, removed = false): KernelMessage {
  const mac = Uint8Array.of(2, 0, 0, 0, 0, index);
  return { ...common, kind: 'link', removed, link: { name, index, mac, up: true, arp: true, mtu: 1500, ...changes } };
}

function address(
  text: string,
  ifindex: number,
  changes: { tagged?: boolean; prefix?: number } = {},
  removed = false,
): KernelMessage {
  const { interface: _, ...rest } = kernelAddress(text, { ifindex, ...changes });
  return { ...common, kind: 'address', removed, address: rest };
}

/** A table with eth0 (2) and eth1 (3) and an address on each. */
function sample(): KernelTable {
  const table = new KernelTable();
  table.beginDump();
  for (const message of [link('eth0', 2), link('eth1', 3), address('192.0.2.1', 2), address('198.51.100.1', 3)]) {
    table.apply(message);
  }
  table.endDump();
  return table;
}

const told = (changes: readonly KernelChange[]): string[] =>
  changes.map((change) =>
    change.kind === 'interface'
      ? `interface ${change.name}`
      : change.kind === 'resynchronised'
        ? change.kind
        : `${change.kind} ${change.address.address} ${change.address.interface}`,
  );

describe('the copy of the kernel', () => {
  it('knows interfaces and addresses by name', () => {
    const table = sample();
    assert.equal(table.interface('eth0')?.index, 2);
    assert.deepEqual(
      table.addresses('eth1').map((a) => a.address),
      ['198.51.100.1'],
    );
    assert.equal(table.allAddresses().length, 2);
    assert.equal(table.interface('eth9'), null);
    assert.deepEqual(table.addresses('eth9'), []);
  });

  it('tells a change of carrier once, and nothing when nothing changed', () => {
    const table = sample();
    assert.deepEqual(told(table.apply(link('eth0', 2, { up: false }))), ['interface eth0']);
    assert.deepEqual(table.apply(link('eth0', 2, { up: false })), []);
  });

  it('tells an added and a removed address', () => {
    const table = sample();
    assert.deepEqual(told(table.apply(address('192.0.2.9', 2))), ['addressAdded 192.0.2.9 eth0']);
    assert.deepEqual(told(table.apply(address('192.0.2.9', 2, {}, true))), ['addressRemoved 192.0.2.9 eth0']);
    assert.deepEqual(table.apply(address('192.0.2.9', 2, {}, true)), []);
  });

  it('tells an address whose flags changed as added', () => {
    const table = sample();
    assert.deepEqual(told(table.apply(address('192.0.2.1', 2, { tagged: true }))), ['addressAdded 192.0.2.1 eth0']);
    assert.equal(table.addresses('eth0')[0]?.tagged, true);
    assert.deepEqual(table.apply(address('192.0.2.1', 2, { tagged: true })), []);
  });

  it('keeps one address with two prefixes apart', () => {
    const table = sample();
    table.apply(address('192.0.2.1', 2, { prefix: 32 }));
    table.apply(address('192.0.2.1', 2, {}, true));
    assert.deepEqual(
      table.addresses('eth0').map((a) => a.prefix),
      [32],
    );
  });

  it('tells the addresses of a removed interface as removed', () => {
    const table = sample();
    assert.deepEqual(told(table.apply(link('eth0', 2, {}, true))), ['addressRemoved 192.0.2.1 eth0', 'interface eth0']);
    assert.equal(table.interface('eth0'), null);
    assert.deepEqual(table.apply(link('eth0', 2, {}, true)), []);
  });

  it('follows a new name: the old one is gone, the addresses stay', () => {
    const table = sample();
    assert.deepEqual(told(table.apply(link('wan0', 2))), ['interface eth0', 'interface wan0']);
    assert.equal(table.interface('eth0'), null);
    assert.equal(table.addresses('wan0')[0]?.interface, 'wan0');
  });

  it('follows two interfaces that swap their names by way of a third', () => {
    const table = sample();
    for (const message of [link('tmp', 2), link('eth0', 3), link('eth1', 2)]) table.apply(message);
    assert.deepEqual([table.interface('eth0')?.index, table.interface('eth1')?.index], [3, 2]);
    assert.equal(table.addresses('eth0')[0]?.address, '198.51.100.1');
  });

  it('takes another index under a name for a recreated interface', () => {
    const table = sample();
    const changes = table.apply(link('eth0', 9));
    assert.deepEqual(told(changes), ['addressRemoved 192.0.2.1 eth0', 'interface eth0', 'interface eth0']);
    assert.equal(table.interface('eth0')?.index, 9);
    assert.deepEqual(table.apply(link('eth0', 2, {}, true)), [], 'the removal of the old one comes too late to matter');
    assert.equal(table.interface('eth0')?.index, 9);
  });

  it('drops what a new dump does not mention, and tells it', () => {
    const table = sample();
    table.beginDump();
    table.apply(link('eth0', 2));
    table.apply(address('192.0.2.7', 2));
    const gone = told(table.endDump()).toSorted();
    assert.deepEqual(gone, ['addressRemoved 192.0.2.1 eth0', 'addressRemoved 198.51.100.1 eth1', 'interface eth1']);
  });

  it('keeps what an event brought while the dump was under way', () => {
    const table = sample();
    table.beginDump();
    for (const message of [link('eth0', 2), link('eth1', 3), link('eth2', 4), address('203.0.113.1', 4)])
      table.apply(message);
    table.apply(address('192.0.2.1', 2));
    table.apply(address('198.51.100.1', 3));
    assert.deepEqual(table.endDump(), []);
  });

  it('passes over the address of an interface that it does not know', () => {
    assert.deepEqual(sample().apply(address('192.0.2.1', 77)), []);
  });
});
