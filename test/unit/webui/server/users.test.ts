import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenMade } from '../../../../core/api/rest.ts';
import { hashPassword } from '../../../../config/users/password.ts';
import { readPrivateFile, replacePrivateFile } from '../../../../config/private-file.ts';
import { USERS_FILE, readUsers, usersText, withPassword } from '../../../../config/users/users.ts';
import { QUICK, passwordOf, readText, startRig, until } from './web-rig.ts';
import type { Login, WebRig } from './web-rig.ts';

describe('users and tokens', function () {
  this.timeout(30_000);
  let rig: WebRig;
  let admin: Login;

  beforeEach(async () => {
    rig = await startRig();
    admin = await rig.login('admin');
  });

  afterEach(() => rig.stop());

  const status = async (login: Login): Promise<number> =>
    (await rig.ask('GET', '/api/v1/session', { as: login })).status;

  it('are added, changed and removed by an admin, each with an entry in the journal', async () => {
    const body = { name: 'ann', role: 'viewer', password: 'a long password' };
    const added = await rig.ask('POST', '/api/v1/users', { as: admin, body });
    assert.equal(added.status, 201);
    assert.equal((await rig.ask('POST', '/api/v1/users', { as: admin, body })).code, 'userExists');
    assert.equal((await rig.ask('PATCH', '/api/v1/users/ann', { as: admin, body: { role: 'operator' } })).status, 200);
    assert.equal((await rig.ask('DELETE', '/api/v1/users/ann', { as: admin })).status, 204);
    assert.equal((await rig.ask('DELETE', '/api/v1/users/ann', { as: admin })).status, 404);
    for (const code of ['userAdded', 'roleChanged', 'userRemoved']) assert.equal(rig.audit(code).length, 1, code);
  });

  it('never show a hash', async () => {
    const users = await rig.ask('GET', '/api/v1/users', { as: admin });
    assert.doesNotMatch(users.text, /scrypt|hash/);
    assert.match(readText(join(rig.folder, USERS_FILE)), /\$scrypt\$ln=4,r=8,p=1\$/);
    assert.equal(statSync(join(rig.folder, USERS_FILE)).mode & 0o777, 0o600);
  });

  it('keep an admin', async () => {
    assert.equal((await rig.ask('DELETE', '/api/v1/users/admin', { as: admin })).code, 'lastAdmin');
    assert.equal(
      (await rig.ask('PATCH', '/api/v1/users/admin', { as: admin, body: { role: 'viewer' } })).code,
      'lastAdmin',
    );
  });

  it('refuse a password that is too short', async () => {
    const body = { name: 'ann', role: 'viewer', password: 'short' };
    const answer = await rig.ask('POST', '/api/v1/users', { as: admin, body });
    assert.deepEqual([answer.status, answer.code], [400, 'badPassword']);
  });

  it('lose their sessions with their password or role, and nobody else does', async () => {
    const [operator, viewer] = [await rig.login('operator'), await rig.login('viewer')];
    const body = { password: 'another long one' };
    assert.equal((await rig.ask('PUT', '/api/v1/users/operator/password', { as: admin, body })).status, 204);
    await rig.ask('PATCH', '/api/v1/users/viewer', { as: admin, body: { role: 'operator' } });
    assert.deepEqual([await status(operator), await status(viewer), await status(admin)], [401, 401, 200]);
  });

  it('change their own password if they know the present one', async () => {
    const viewer = await rig.login('viewer');
    const change = (name: string, body: object) =>
      rig.ask('PUT', `/api/v1/users/${name}/password`, { as: viewer, body });
    const password = 'another long one';
    assert.equal((await change('viewer', { password })).code, 'currentMissing');
    assert.equal((await change('viewer', { password, current: 'wrong' })).code, 'wrongPassword');
    assert.equal((await change('admin', { password })).code, 'roleTooLow');
    assert.equal((await change('viewer', { password, current: passwordOf('viewer') })).status, 204);
    assert.equal(await status(viewer), 401);
  });

  it('are taken up when somebody else changes the file, and their sessions end', async () => {
    const file = join(rig.folder, USERS_FILE);
    const users = readUsers(readPrivateFile(file)?.text ?? '');
    assert.ok(users.ok);
    const hash = await hashPassword('set as root by hand', QUICK);
    const set = { name: 'admin', hash, role: null, at: new Date().toISOString() };
    replacePrivateFile(file, usersText(withPassword(users.value, set).users));
    await until(() => rig.audit('passwordSet').length > 0, 'the change of the file');
    assert.equal(await status(admin), 401);
    const body = { user: 'admin', password: 'set as root by hand' };
    assert.equal((await rig.ask('POST', '/api/v1/login', { body })).status, 200);
  });

  it('stay as they are when the file becomes unreadable', async () => {
    replacePrivateFile(join(rig.folder, USERS_FILE), 'no JSON');
    assert.ok(await rig.login('viewer'));
    assert.match(rig.lines.join('\n'), /users\.json: it is no JSON; the users before are kept/);
  });

  it('end a session at logout, and the cookie with it', async () => {
    const answer = await rig.ask('POST', '/api/v1/logout', { as: admin, body: {} });
    assert.equal(answer.status, 204);
    assert.match(String(answer.headers['set-cookie']), /__Host-tandem-a=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/);
    assert.equal(await status(admin), 401);
  });

  it('get a cookie that no script reads and no other site sends', async () => {
    const answer = await rig.ask('POST', '/api/v1/login', { body: { user: 'viewer', password: passwordOf('viewer') } });
    assert.match(
      String(answer.headers['set-cookie']),
      /^__Host-tandem-a=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  async function makeToken(body: object): Promise<TokenMade> {
    const answer = await rig.ask('POST', '/api/v1/tokens', { as: admin, body });
    assert.equal(answer.status, 201, answer.text);
    return answer.json() as TokenMade;
  }

  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it('give programs tokens that need no CSRF token and have a role', async () => {
    const { token, name } = await makeToken({ name: 'prometheus', role: 'operator' });
    assert.match(token, /^tdm_[\w-]{43}$/);
    const asked = { ...bearer(token), body: { reset: true } };
    assert.equal((await rig.ask('POST', '/api/v1/actions/flaps', asked)).status, 202);
    assert.equal(rig.audit('actionAsked').at(-1)?.actor?.user, `token:${name}`);
    assert.equal((await rig.ask('GET', '/api/v1/users', bearer(token))).status, 403);
  });

  it('keep the hash of a token alone, and show it never again', async () => {
    const { token, id } = await makeToken({ name: 'prometheus', role: 'viewer' });
    await rig.ask('GET', '/api/v1/status', bearer(token));
    const list = await rig.ask('GET', '/api/v1/tokens', { as: admin });
    const [listed] = (list.json() as { tokens: { id: string; lastUsedAt: string | null }[] }).tokens;
    assert.equal(listed?.id, id);
    assert.notEqual(listed?.lastUsedAt, null);
    const file = join(rig.folder, 'manager/tokens.json');
    assert.ok(![list.text, readText(file), ...rig.lines].some((text) => text.includes(token)));
    assert.doesNotMatch(list.text, /hash/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('refuse a token that ended, was removed, or never was', async () => {
    const { token, id } = await makeToken({ name: 'gone', role: 'viewer' });
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { token: short } = await makeToken({ name: 'short', role: 'viewer', expiresAt });
    await rig.ask('DELETE', `/api/v1/tokens/${id}`, { as: admin });
    rig.later(61_000);
    for (const [given, code] of [
      [token, 'unknownToken'],
      [short, 'tokenExpired'],
      ['tdm_nonsense', 'unknownToken'],
    ] as const) {
      const answer = await rig.ask('GET', '/api/v1/status', bearer(given));
      assert.deepEqual([answer.status, answer.code], [401, code]);
    }
    assert.equal(rig.audit('requestRefused').length, 3);
  });
});
