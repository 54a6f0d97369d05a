import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeldAddress, Will } from '../../../daemon/channel.ts';
import { NO_PROTECTION } from '../../../daemon/channel.ts';
import type { Protection } from '../../../daemon/channel.ts';
import { createFileWriter } from '../../../daemon/guardian/file-writer.ts';
import { bootId, openMemory } from '../../../daemon/guardian/memory.ts';
import { WAN, willOf as willOfRouters } from './guardian-wills.ts';

const A: HeldAddress = { address: '192.0.2.10', prefix: 24, family: 'ipv4', interface: 'eth0' };
const B: HeldAddress = { address: '2001:db8::10', prefix: 64, family: 'ipv6', interface: 'eth1' };

const willOf = (...addresses: readonly HeldAddress[]): Will => willOfRouters({ ...WAN, addresses });

describe('the memory of the guardian', () => {
  let folder = '';
  let warnings: string[] = [];
  const clock = { up: 0, wall: 0 };
  const open = (boot = 'boot-1') =>
    openMemory(folder, boot, (text) => warnings.push(text), { uptime: () => clock.up, wall: () => clock.wall });
  const pass = (ms: number): void => {
    clock.up += ms;
    clock.wall += ms;
  };
  const saved = (memory: ReturnType<typeof open>, protection: Protection): Promise<void> =>
    new Promise((resolve) => memory.protect(protection, resolve));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-memory-'));
    warnings = [];
    clock.up = 1000;
    clock.wall = 1_000_000_000;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is empty on a new machine', () => {
    assert.deepEqual(open().remembered(), { checksumStyles: {}, addresses: [], protection: NO_PROTECTION });
    assert.deepEqual(warnings, []);
  });

  it('gives back after a restart what the engine said and what its will holds', async () => {
    const memory = open();
    memory.remember({ checksumStyles: { 'eth0/51': 'rfc9568' }, addresses: [A] });
    memory.willTaken(willOf(A, B));
    await memory.flush();
    const { checksumStyles, addresses } = open().remembered();
    assert.deepEqual({ checksumStyles, addresses }, { checksumStyles: { 'eth0/51': 'rfc9568' }, addresses: [A, B] });
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
    const { checksumStyles, addresses } = open('boot-2').remembered();
    assert.deepEqual({ checksumStyles, addresses }, { checksumStyles: { 'eth0/51': 'rfc5798' }, addresses: [] });
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

  it('keeps what is held in the journal beside the will of the engine that may adopt it', async () => {
    const memory = open();
    memory.willTaken(willOf(A));
    memory.hold();
    memory.willTaken(willOf(B));
    memory.remember({ checksumStyles: {}, addresses: [] });
    memory.reconciled();
    await memory.flush();
    assert.deepEqual(open().remembered().addresses, [A, B]);
    memory.endHold(true);
    await memory.flush();
    assert.deepEqual(open().remembered().addresses, [B], 'adopted: its will names what it has');
  });

  it('keeps in the journal what was held in vain until it is gone', async () => {
    const memory = open();
    memory.willTaken(willOf(A, B));
    memory.hold();
    memory.endHold(false);
    memory.gone([A]);
    await memory.flush();
    assert.deepEqual(open().remembered().addresses, [B]);
  });

  describe('of protection', () => {
    const FULL: Protection = {
      flapAges: [300, 200],
      latched: { ageMs: 100 },
      maintenance: { by: 'ann', ageMs: 50, leftMs: 10_000, reboot: false },
      operatorBypass: { by: 'bob', ageMs: 20 },
      bandwidthMove: { by: 'a', ageMs: 10, recovered: false },
    };

    it('is on disk when it is answered, and gives everything back after a restart, older by the time between', async () => {
      await saved(open(), FULL);
      assert.equal(statSync(join(folder, 'protection.json')).mode & 0o777, 0o600);
      pass(1000);
      assert.deepEqual(open().remembered().protection, {
        flapAges: [1300, 1200],
        latched: { ageMs: 1100 },
        maintenance: { by: 'ann', ageMs: 1050, leftMs: 9000, reboot: false },
        operatorBypass: { by: 'bob', ageMs: 1020 },
        bandwidthMove: { by: 'a', ageMs: 1010, recovered: false },
      });
      assert.deepEqual(warnings, []);
    });

    it('answers each asker once, in order, although the newest text replaces a waiting one', async () => {
      const memory = open();
      const answered: number[] = [];
      for (const seq of [1, 2, 3]) memory.protect({ ...FULL, flapAges: [seq] }, () => answered.push(seq));
      assert.deepEqual(answered, [], 'never before it is on disk');
      await memory.flush();
      assert.deepEqual(answered, [1, 2, 3]);
      assert.deepEqual(open().remembered().protection.flapAges, [3]);
    });

    it('does not answer what could not be written', async () => {
      const memory = open();
      rmSync(folder, { recursive: true });
      let answered = false;
      memory.protect(FULL, () => (answered = true));
      await memory.flush();
      assert.equal(answered, false);
      assert.deepEqual(memory.remembered().protection, FULL, 'but it is known');
    });

    it('ages while the daemon runs, and ends maintenance whose time is over', async () => {
      const memory = open();
      await saved(memory, FULL);
      pass(9999);
      assert.equal(memory.remembered().protection.maintenance?.leftMs, 1);
      pass(1);
      assert.equal(memory.remembered().protection.maintenance, null);
      assert.deepEqual(memory.remembered().protection.latched, { ageMs: 10_100 });
      assert.equal(open().remembered().protection.maintenance, null);
    });

    it('loses over a reboot what was done by hand for this boot, and nothing else', async () => {
      await saved(open(), FULL);
      clock.up = 5;
      clock.wall += 1000;
      const { operatorBypass, maintenance, latched, flapAges, bandwidthMove } = open('boot-2').remembered().protection;
      assert.equal(operatorBypass, null);
      assert.deepEqual(maintenance, { by: 'ann', ageMs: 1050, leftMs: 9000, reboot: false });
      assert.deepEqual([latched, flapAges], [{ ageMs: 1100 }, [1300, 1200]]);
      assert.equal(bandwidthMove?.ageMs, 1010);
      const untilReboot = { by: 'ann', ageMs: 0, leftMs: null, reboot: true };
      await saved(open(), { ...FULL, maintenance: untilReboot });
      assert.deepEqual(open().remembered().protection.maintenance, untilReboot);
      assert.equal(open('boot-2').remembered().protection.maintenance, null);
    });

    it('never has a negative age, whatever the clocks do', async () => {
      await saved(open(), { ...FULL, flapAges: [-5, 0] });
      clock.wall -= 10_000_000;
      assert.deepEqual(open('boot-2').remembered().protection.flapAges, [0, 0]);
      assert.equal(open('boot-2').remembered().protection.maintenance?.leftMs, 10_000, 'nor is a time stretched');
      pass(100);
      assert.deepEqual(
        open().remembered().protection.flapAges,
        [100, 100],
        'within a boot the wall clock counts for nothing',
      );
    });

    it('adds the flaps of the guardian to the list of the engine, and each counts once', async () => {
      const memory = open();
      await saved(memory, FULL);
      memory.flapped();
      pass(10);
      // The last word of the engine that has just died is still in the channel.
      memory.protect(FULL, () => undefined);
      assert.deepEqual(memory.remembered().protection.flapAges, [300, 200, 10]);
      await memory.flush();
      assert.deepEqual(open().remembered().protection.flapAges, [300, 200, 10]);
      memory.begun();
      pass(1);
      assert.deepEqual(memory.remembered().protection.flapAges, [301, 201, 11]);
      await saved(memory, { ...FULL, flapAges: [] });
      assert.deepEqual(
        memory.remembered().protection.flapAges,
        [],
        'the new engine was told, and its word is the truth',
      );
    });

    it('sets a damaged file aside, says loudly what is forgotten, and starts without', () => {
      const at = { format: 1, boot: 'boot-1', uptime: 1, wall: 1 };
      const bad: readonly unknown[] = [
        {},
        { ...at, format: 2, protection: NO_PROTECTION },
        { ...at, uptime: 'x', protection: NO_PROTECTION },
        { ...at, protection: null },
        { ...at, protection: { ...NO_PROTECTION, flapAges: ['x'] } },
        { ...at, protection: { ...NO_PROTECTION, flapAges: [-1] } },
        { ...at, protection: { ...NO_PROTECTION, latched: true } },
        { ...at, protection: { ...NO_PROTECTION, latched: undefined } },
        { ...at, protection: { ...NO_PROTECTION, operatorBypass: { ageMs: 1 } } },
        { ...at, protection: { ...NO_PROTECTION, maintenance: { by: 'x', ageMs: 1, leftMs: 'long', reboot: false } } },
        { ...at, protection: { ...NO_PROTECTION, maintenance: { by: 'x', ageMs: 1, leftMs: null } } },
        { ...at, protection: { ...NO_PROTECTION, bandwidthMove: { by: 'x', ageMs: 1 } } },
      ];
      for (const value of bad) {
        const text = JSON.stringify(value);
        writeFileSync(join(folder, 'protection.json'), text);
        warnings = [];
        assert.deepEqual(open().remembered().protection, NO_PROTECTION, text);
        assert.match(
          warnings.join(),
          /protection\.json is damaged .*flaps, latch, maintenance and bypass by hand are forgotten/,
          text,
        );
        assert.equal(readFileSync(join(folder, 'protection.json.damaged'), 'utf8'), text);
      }
    });
  });
});
