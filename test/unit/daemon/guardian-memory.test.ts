import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeldAddress, Will } from '../../../daemon/channel.ts';
import { createFileWriter } from '../../../daemon/guardian/file-writer.ts';
import { bootId, openMemory } from '../../../daemon/guardian/memory.ts';

const A: HeldAddress = { address: '192.0.2.10', prefix: 24, family: 'ipv4', interface: 'eth0' };
const B: HeldAddress = { address: '2001:db8::10', prefix: 64, family: 'ipv6', interface: 'eth1' };

const willOf = (...addresses: readonly HeldAddress[]): Will => ({
  routers: [
    {
      name: 'wan',
      id: 51,
      version: 3,
      family: 'ipv4',
      interface: 'eth0',
      password: null,
      unicastPeers: [],
      sources: ['192.0.2.1'],
      resign: [],
      addresses,
      letGoMs: 100,
      macvlans: [],
    },
  ],
});

describe('the memory of the guardian', () => {
  let folder = '';
  let warnings: string[] = [];
  const open = (boot = 'boot-1') => openMemory(folder, boot, (text) => warnings.push(text));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-memory-'));
    warnings = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is empty on a new machine', () => {
    assert.deepEqual(open().remembered(), { checksumStyles: {}, addresses: [] });
    assert.deepEqual(warnings, []);
  });

  it('gives back after a restart what the engine said and what its will holds', async () => {
    const memory = open();
    memory.remember({ checksumStyles: { 'eth0/51': 'rfc9568' }, addresses: [A] });
    memory.willTaken(willOf(A, B));
    await memory.flush();
    assert.deepEqual(open().remembered(), { checksumStyles: { 'eth0/51': 'rfc9568' }, addresses: [A, B] });
    assert.deepEqual(warnings, []);
    for (const name of readdirSync(folder)) {
      assert.match(name, /^(addresses|checksums)\.json$/);
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    }
  });

  it('drops the addresses, and only those, after a reboot', async () => {
    const memory = open('boot-1');
    memory.remember({ checksumStyles: { 'eth0/51': 'rfc5798' }, addresses: [A] });
    await memory.flush();
    assert.deepEqual(open('boot-2').remembered(), { checksumStyles: { 'eth0/51': 'rfc5798' }, addresses: [] });
  });

  it('forgets addresses that are gone', async () => {
    const memory = open();
    memory.willTaken(willOf(A, B));
    memory.gone([A]);
    await memory.flush();
    assert.deepEqual(open().remembered().addresses, [B]);
  });

  it('believes the engine alone once it has cleaned up', async () => {
    const first = open();
    first.willTaken(willOf(A));
    await first.flush();
    const second = open();
    second.willTaken(willOf(B));
    assert.deepEqual(second.remembered().addresses, [A, B]);
    second.reconciled();
    assert.deepEqual(second.remembered().addresses, [B]);
  });

  it('sets a damaged file aside with a warning and goes on', () => {
    const bad = [
      'not json',
      '{"format":1}',
      '{"format":2,"boot":"boot-1","addresses":[]}',
      '{"format":1,"boot":"boot-1","addresses":[{"address":"192.0.2.10","prefix":99,"family":"ipv4","interface":"eth0"}]}',
      '{"format":1,"boot":"boot-1","addresses":[{"address":"192.0.2.10","prefix":24,"family":"ipv6","interface":"eth0"}]}',
      '{"format":1,"boot":"boot-1","addresses":[{"address":"192.0.2.10","prefix":24,"family":"ipv4","interface":""}]}',
    ];
    for (const text of bad) {
      warnings = [];
      const path = join(folder, 'addresses.json');
      writeFileSync(path, text);
      assert.deepEqual(open().remembered().addresses, [], text);
      assert.equal(warnings.length, 1, text);
      assert.equal(existsSync(path), false);
      assert.equal(readFileSync(`${path}.damaged`, 'utf8'), text);
    }
  });

  it('says once that it cannot write, and loses nothing that it knows', async () => {
    const memory = open();
    rmSync(folder, { recursive: true });
    memory.willTaken(willOf(A));
    await memory.flush();
    memory.willTaken(willOf(A, B));
    await memory.flush();
    // Another test's memory may still find its folder gone.
    const ours = warnings.filter((text) => text.includes(folder));
    assert.equal(ours.length, 1);
    assert.match(ours[0] ?? '', /cannot write .*addresses\.json/);
    assert.deepEqual(memory.remembered().addresses, [A, B]);
  });

  it('writes the newest of many texts, one at a time', async () => {
    const path = join(folder, 'x.json');
    const writer = createFileWriter(path, (text) => warnings.push(text));
    for (let n = 0; n < 100; n += 1) writer.write(`text ${n}`);
    await writer.flush();
    assert.equal(readFileSync(path, 'utf8'), 'text 99');
    assert.deepEqual(readdirSync(folder), ['x.json']);
    assert.deepEqual(warnings, []);
  });

  it('knows this run of the kernel by its id', () => {
    assert.match(bootId(), /^[0-9a-f-]{36}$/);
    assert.equal(bootId(), bootId());
  });
});
