import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { groupId } from '../../../daemon/group.ts';
import { ApiRig } from './api-rig.ts';

describe('the socket of the API', () => {
  let rig: ApiRig;

  beforeEach(async () => {
    rig = new ApiRig();
    await rig.api.start();
  });

  afterEach(() => rig.remove());

  it('can be used by owner and group alone, and is gone after stop', async () => {
    assert.equal(statSync(rig.socketPath).mode & 0o777, 0o660);
    await rig.api.stop();
    await rig.api.stop();
    assert.equal(existsSync(rig.socketPath), false);
    await rig.api.start();
  });

  it('is not taken from an engine that answers', async () => {
    await assert.rejects(rig.make().start(), /another engine answers on .*engine\.sock/);
    assert.equal((await rig.ask('GET', '/status')).status, 200);
  });

  it('is taken when it was left by a dead one', async () => {
    await rig.api.stop();
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(rig.socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    assert.ok(lstatSync(rig.socketPath).isSocket());
    await rig.api.start();
    assert.equal((await rig.ask('GET', '/status')).status, 200);
  });

  it('does not replace a file that is no socket', async () => {
    await rig.api.stop();
    writeFileSync(rig.socketPath, 'precious');
    await assert.rejects(rig.api.start(), /exists and is no socket/);
    rmSync(rig.socketPath);
  });

  it('is refused where its path is too long for the kernel', async () => {
    const long = rig.make(join(rig.directory, 'x'.repeat(100), 'engine.sock'));
    await assert.rejects(long.start(), /longer than 107 bytes/);
  });

  it('is refused with a sentence where the folder is missing', async () => {
    await rig.api.stop();
    rmSync(rig.directory, { recursive: true });
    await assert.rejects(rig.api.start(), /the run directory .* does not exist/);
  });

  it('survives more connections than it takes', async () => {
    const sockets = Array.from({ length: 100 }, () => createConnection(rig.socketPath));
    for (const socket of sockets) rig.opened.push(socket.on('error', () => {}));
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const socket of sockets) socket.destroy();
    let code = 0;
    // The engine notices the closed ones in its own time.
    while (code !== 200) {
      code = await rig.ask('GET', '/status').then(
        (reply) => reply.status,
        () => 0,
      );
    }
  });

  it('reads the id of a group from the file', () => {
    const file = join(rig.directory, 'group');
    writeFileSync(file, 'root:x:0:\ntandem:x:998:ann,bob\nbad:x::\n');
    assert.deepEqual(
      [groupId('tandem', file), groupId('bad', file), groupId('x', file), groupId('x', `${file}2`)],
      [998, null, null, null],
    );
  });

  it('answers an address that somebody else listens on without HTTP as in use', async () => {
    await rig.api.stop();
    const other = createServer().listen(rig.socketPath);
    await new Promise((resolve) => other.on('listening', resolve));
    await assert.rejects(rig.api.start(), /another engine answers/);
    await new Promise((resolve) => other.close(resolve));
  });
});
