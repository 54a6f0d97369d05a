/** The units as systemd's own tools judge them. That they work is seen in test/lab/systemd.long.test.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../../daemon/where.ts';
import { need } from '../support/need.ts';

const UNITS = ['tandem.service', 'tandem-manager.service'];
/** Highest exposure that each may have, by `systemd-analyze security`. */
const EXPOSURE: Readonly<Record<string, number>> = { 'tandem.service': 3, 'tandem-manager.service': 1.8 };

describe('the units for systemd', function () {
  this.timeout(60_000);
  let root = '';

  before(function () {
    need(this, 'systemd-analyze');
    root = mkdtempSync(join(tmpdir(), 'tandem-units-'));
    // Verification looks for the program and asks man for the pages: they are where a package puts them.
    mkdirSync(join(root, 'man'));
    for (const unit of UNITS) {
      const text = readFileSync(join(packageFolder, 'systemd', unit), 'utf8');
      writeFileSync(
        join(root, unit),
        text.replaceAll('/usr/bin/tandemd', join(packageFolder, 'bin/tandemd')).replaceAll(/^Documentation=.*\n/gm, ''),
      );
    }
  });

  after(() => root !== '' && rmSync(root, { recursive: true, force: true }));

  const analyze = (...words: readonly string[]) => spawnSync('systemd-analyze', [...words], { encoding: 'utf8' });

  it('verify finds nothing to complain of', () => {
    const { status, stdout, stderr } = analyze('verify', ...UNITS.map((unit) => join(root, unit)));
    assert.deepEqual([status, stdout, stderr.split('\n').filter((line) => line.includes('tandem'))], [0, '', []]);
  });

  for (const unit of UNITS) {
    it(`${unit} is exposed to ${EXPOSURE[unit]} at most`, () => {
      const { stdout } = analyze('security', '--offline=true', '--no-pager', join(packageFolder, 'systemd', unit));
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN);
      assert.ok(exposure <= (EXPOSURE[unit] ?? 0), `${exposure}`);
    });
  }

  it('every directory and user that they name is made by them, by sysusers or by tmpfiles', () => {
    const sysusers = readFileSync(join(packageFolder, 'systemd/sysusers.conf'), 'utf8');
    const manager = readFileSync(join(packageFolder, 'systemd/tandem-manager.service'), 'utf8');
    const user = /^User=(.+)$/m.exec(manager)?.[1] ?? '';
    assert.match(sysusers, new RegExp(`^u ${user} `, 'm'));
    assert.doesNotMatch(manager, /^(Requires|BindsTo|PartOf|Requisite)=/m, 'the manager does not hang on the daemon');
  });
});
