import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeManagerDoor } from '../../../daemon/guardian/manager-door.ts';

describe("the way to the manager's socket", () => {
  let run: string;

  beforeEach(() => {
    run = mkdtempSync(join(tmpdir(), 'tandem-run-'));
  });

  afterEach(() => rmSync(run, { recursive: true, force: true }));

  it('is a folder of its own, closed to others, and the name that the contract has', () => {
    writeFileSync(join(run, 'manager.sock'), 'left by somebody');
    for (const time of ['first', 'again']) {
      assert.equal(makeManagerDoor(run, { account: null }), null, time);
      assert.equal(readlinkSync(join(run, 'manager.sock')), 'manager/sock');
      assert.equal(statSync(join(run, 'manager')).mode & 0o777, 0o750);
    }
  });

  it('is the name alone where the manager has a unit of its own, which makes the folder', () => {
    assert.equal(makeManagerDoor(run, 'unit'), null);
    assert.equal(readlinkSync(join(run, 'manager.sock')), 'manager/sock');
    assert.equal(existsSync(join(run, 'manager')), false);
  });

  it('is told where it cannot be made', () => {
    assert.match(makeManagerDoor(join(run, 'manager.sock/none\0'), { account: null }) ?? '', /^cannot make /);
  });
});
