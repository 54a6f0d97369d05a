import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConfigStore, revisionOf } from '../../../daemon/guardian/config-store.ts';
import { program } from '../../../daemon/where.ts';
import type { Program } from '../../../daemon/where.ts';

/** A check that accepts everything: quicker than the real one. */
const YES = { nodeOptions: ['--eval', 'console.log("[]")'], script: 'check' };
const GOOD = '# ours\ninstance: a\nstack: edge\n';
const BETTER = '# ours\ninstance: a\nstack: edge\nflaps: { max: 3 }\n';

describe('the configuration file, as the guardian keeps it', () => {
  let folder = '';
  let file = '';
  let minute = 0;
  const store = (check: Program = YES) =>
    createConfigStore(file, join(folder, 'versions'), check, () => new Date(Date.UTC(2026, 10, 21, 1, minute++)));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-store-'));
    file = join(folder, 'tandem.yaml');
    writeFileSync(file, GOOD);
    chmodSync(file, 0o640);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes what is valid, keeps the mode of the file and the version before, with who replaced it', async () => {
    const kept = store();
    const written = await kept.write(BETTER, revisionOf(GOOD), 'ann@192.0.2.9');
    assert.deepEqual(written, { ok: true, value: { text: BETTER, revision: revisionOf(BETTER) } });
    assert.equal(readFileSync(file, 'utf8'), BETTER);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    const [version] = await kept.versions();
    assert.deepEqual([version?.revision, version?.by], [revisionOf(GOOD), 'ann@192.0.2.9']);
    assert.equal(await kept.version(version?.id ?? ''), GOOD);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('candidate') || name.includes('.new')),
      [],
    );
  });

  it('refuses what is not valid, by the name of the real file, and changes nothing', async () => {
    const refused = await store(program('daemon/main')).write(
      'instance: a\nstack: edge\nflaps: { max: -1 }\n',
      revisionOf(GOOD),
      'ann',
    );
    assert.ok(!refused.ok && refused.error.code === 'invalid');
    const [problem] = refused.error.problems;
    assert.deepEqual([problem?.file, problem?.line, problem?.path], [file, 3, 'flaps.max']);
    assert.equal(readFileSync(file, 'utf8'), GOOD);
  });

  it('refuses to replace another text than the one that was read, and shows it', async () => {
    writeFileSync(file, BETTER);
    const refused = await store().write(GOOD, revisionOf(GOOD), 'ann');
    assert.ok(!refused.ok && refused.error.code === 'conflict');
    assert.deepEqual(refused.error.current, { text: BETTER, revision: revisionOf(BETTER) });
    assert.equal(readFileSync(file, 'utf8'), BETTER);
  });

  it('serves one write after the other: of two that began from the same text one is refused', async () => {
    const kept = store();
    const both = await Promise.all([
      kept.write(BETTER, revisionOf(GOOD), 'ann'),
      kept.write(`${GOOD}# bob\n`, revisionOf(GOOD), 'bob'),
    ]);
    assert.deepEqual(
      both.map(({ ok }) => ok),
      [true, false],
    );
  });

  it('keeps ten versions, and gives none by a name that leads elsewhere', async () => {
    const kept = store();
    for (let n = 0; n < 12; n++) await kept.write(`${GOOD}# ${n}\n`, null, 'ann');
    assert.equal((await kept.versions()).length, 10);
    assert.equal(await kept.version('../tandem'), null);
  });
});
