import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { events, journalRig, own } from './rig.ts';

/** More ways to damage one, and managers that are killed: test/interop/journal.test.ts. */
describe('a journal whose file is damaged', function () {
  this.timeout(60_000);
  const rig = journalRig();

  it('is moved aside, and a new one says so; no more than two are kept', async () => {
    const before = await rig.open();
    await before.appendAll(events(500));
    await before.close();
    for (const name of ['damaged-1', 'damaged-2', 'damaged-3']) mkdirSync(join(rig.folder, name));
    const file = join(rig.folder, 'data.mdb');
    writeFileSync(file, readFileSync(file).fill(0x5a));
    const journal = await rig.open();
    const [entry] = journal.query({}).entries;
    assert.equal(entry?.reason.code, 'journalDamaged');
    assert.match(entry.reason.text, /could not be read .*damaged-2026-11-21T12-00-00-000Z.*a new one begins/);
    assert.ok(existsSync(join(journal.moved!.file, 'data.mdb')));
    assert.equal((await journal.append(own('x'))).seq, 2);
    const kept = readdirSync(rig.folder).filter((name) => name.startsWith('damaged-'));
    assert.deepEqual(kept.sort(), ['damaged-2026-11-21T12-00-00-000Z', 'damaged-3']);
  });
});
