import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replacePrivateFile } from '../../../../config/private-file.ts';
import { USERS_FILE, readUsers, usersText } from '../../../../config/users/users.ts';
import { keepSessions } from '../../../../webui/server/access/kept-sessions.ts';
import { createSessions } from '../../../../webui/server/access/sessions.ts';
import type { Sessions } from '../../../../webui/server/access/sessions.ts';
import { startWebServer } from '../../../../webui/server/server.ts';
import { QUICK, passwordOf, startRig } from './web-rig.ts';

describe('logins over a restart of the manager', () => {
  let folder = '';
  let file = '';
  let now = 0;
  let marks: Record<string, string> = {};
  const said: string[] = [];
  const log = { info: () => undefined, warn: (text: string) => void said.push(text), error: () => undefined };
  const begin = (): Sessions =>
    createSessions(
      'a',
      1000,
      () => now,
      keepSessions(file, log, (user) => marks[user] ?? null),
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-sessions-'));
    file = join(folder, 'sessions.json');
    now = 0;
    marks = { ann: 'as she was', bob: 'as he was' };
    said.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('go on, with the same end; on disk is nothing that logs anybody in', () => {
    const before = begin();
    const { id, session } = before.open('ann', 'operator');
    assert.ok(!readFileSync(file, 'utf8').includes(id));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    before.stop();
    const after = begin();
    assert.deepEqual(after.find(id), session);
    now = 1000;
    assert.equal(after.find(id), 'expired');
    after.stop();
    assert.equal(begin().find(id), 'unknown');
  });

  it('not after a logout, nor where password, role or existence of the user have changed meanwhile', () => {
    const before = begin();
    const out = before.open('ann', 'viewer');
    before.end(out.session);
    const [ann, bob] = [before.open('ann', 'viewer'), before.open('bob', 'admin')];
    before.stop();
    marks = { ann: 'with another password' };
    const after = begin();
    assert.deepEqual(
      [out, ann, bob].map(({ id }) => after.find(id)),
      ['unknown', 'unknown', 'unknown'],
    );
    after.stop();
  });

  it('end where the file is damaged or cannot be written, which is said', () => {
    writeFileSync(file, '{"version":1,"sessions":[{"key":"../"}]}');
    const sessions = begin();
    assert.match(said[0] ?? '', /sessions\.json cannot be read as a file of sessions/);
    rmSync(folder, { recursive: true });
    const { id } = sessions.open('ann', 'viewer');
    assert.match(said[1] ?? '', /sessions\.json cannot be written/);
    assert.equal(typeof sessions.find(id), 'object', 'nobody is kept out for that');
    sessions.stop();
  });

  it('are those of the users of the server', async () => {
    const rig = await startRig();
    const { server, folder: stateFolder, port } = rig;
    const [admin, viewer] = [await rig.login('admin'), await rig.login('viewer')];
    await server.stop();
    const users = join(stateFolder, USERS_FILE);
    const read = readUsers(readFileSync(users, 'utf8'));
    assert.ok(read.ok);
    const promoted = read.value.map((user) => (user.name === 'viewer' ? { ...user, role: 'admin' as const } : user));
    replacePrivateFile(users, usersText(promoted));
    const again = await startWebServer(rig.services, {
      listen: [`127.0.0.1:${port}`],
      tls: { certFile: null, keyFile: null },
      sessionLifetimeMs: 3_600_000,
      stateFolder,
      socketPath: rig.socketPath,
      log,
      cost: QUICK,
      now: Date.now,
      pageFolder: join(stateFolder, 'page'),
    });
    try {
      assert.equal((await rig.ask('GET', '/api/v1/session', { as: admin })).status, 200);
      assert.equal((await rig.ask('GET', '/api/v1/session', { as: viewer })).status, 401);
      const password = { password: 'a-new-correct-horse', current: passwordOf('admin') };
      const changed = await rig.ask('PUT', '/api/v1/users/admin/password', { as: admin, body: password });
      assert.ok(changed.status < 300, `${changed.status} ${changed.text}: the CSRF token is still good`);
    } finally {
      await again.stop();
      rmSync(stateFolder, { recursive: true, force: true });
    }
  });
});
