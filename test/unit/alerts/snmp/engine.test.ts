import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOST_BOOTS, createSnmpEngine, parseKept } from '../../../../alerts/snmp/engine.ts';

describe('the SNMP engine of an instance', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-snmp-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (): string => join(folder, 'alerts', 'snmp-engine.json');
  const start = (monotonicMs?: () => number) => createSnmpEngine(join(folder, 'alerts'), monotonicMs);

  it('keeps its ID, and counts its starts, over restarts', () => {
    const first = start().now();
    assert.equal(first.boots, 1);
    assert.match(first.id.toString('hex'), /^80007ed905[0-9a-f]{16}$/);
    const second = start().now();
    assert.deepEqual([second.id, second.boots], [first.id, 2]);
    const third = start();
    assert.equal(third.now().boots, 3);
    assert.equal(third.now().boots, 3, 'once for a start');
    assert.deepEqual(readdirSync(join(folder, 'alerts')), ['snmp-engine.json'], 'no temporary file is left');
  });

  it('counts the seconds since its start', () => {
    let ms = 5000;
    const engine = start(() => ms);
    assert.equal(engine.now().time, 0);
    ms += 61_999;
    assert.equal(engine.now().time, 61);
    assert.equal(engine.upMs(), 61_999);
  });

  it('has a new ID where the old one cannot be used again: a damaged file, no starts left', () => {
    const first = start().now();
    for (const text of [
      '',
      '{',
      '{"engineId":"80","boots":3}',
      JSON.stringify({ engineId: first.id.toString('hex'), boots: MOST_BOOTS }),
    ]) {
      writeFileSync(file(), text);
      const next = start().now();
      assert.equal(next.boots, 1, text);
      assert.notDeepEqual(next.id, first.id);
    }
  });

  it('says why it cannot be used while its folder cannot be written, and can as soon as it can', () => {
    writeFileSync(join(folder, 'alerts'), 'a file where the folder should be');
    const engine = start();
    assert.throws(() => engine.now(), /SNMP v3 waits: .*snmp-engine\.json cannot be/);
    rmSync(join(folder, 'alerts'));
    assert.equal(engine.now().boots, 1);
    assert.equal(parseKept(readFileSync(file(), 'utf8'))?.boots, 1);
  });

  it('takes from its file what it has written, and nothing else', () => {
    const good = { engineId: '80007ed9050102030405060708', boots: 4 };
    assert.equal(parseKept(JSON.stringify(good))?.boots, 4);
    for (const wrong of [
      { boots: 0 },
      { boots: 1.5 },
      { boots: 2 ** 31 },
      { boots: '4' },
      { engineId: 'xyz' },
      { engineId: 5 },
    ]) {
      assert.equal(parseKept(JSON.stringify({ ...good, ...wrong })), null, JSON.stringify(wrong));
    }
    assert.equal(parseKept('null'), null);
  });
});
