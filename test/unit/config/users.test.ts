import assert from 'node:assert/strict';
import { COST, hashPassword, passwordProblem, verifyPassword } from '../../../config/users/password.ts';
import { readUsers, userNameProblem, usersText, withPassword } from '../../../config/users/users.ts';

const QUICK = { ln: 4, r: 8, p: 1 };
const AT = '2026-11-21T01:00:00.000Z';

describe('passwords', () => {
  it('are long and more than the name', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['short', /at least 10 characters/],
      ['aaaaaaaaaaaa', /different characters/],
      ['abababababab', /different characters/],
      ['x'.repeat(257), /at most 256/],
      ['twelve chars\n', /control characters/],
      ['annannannann1', /different|more than the name/],
    ];
    for (const [password, text] of wrong) assert.match(passwordProblem('ann', password) ?? '', text, password);
    assert.equal(passwordProblem('ann', 'correct horse'), null);
  });

  it('are recognised by their hash, and no other is', async () => {
    const hash = await hashPassword('correct horse', QUICK);
    assert.match(hash, /^\$scrypt\$ln=4,r=8,p=1\$/);
    assert.equal(await verifyPassword('correct horse', hash), true);
    assert.equal(await verifyPassword('correct horsf', hash), false);
    assert.notEqual(await hashPassword('correct horse', QUICK), hash);
  });

  it('can be typed in both ways that Unicode knows', async () => {
    const hash = await hashPassword('gr\u00fcn und lang', QUICK);
    assert.equal(await verifyPassword('gru\u0308n und lang', hash), true);
  });

  it('match no hash that nobody made here, and none at all', async () => {
    for (const hash of ['', '$scrypt$ln=30,r=8,p=1$AAAA$AAAA', '$scrypt$ln=4,r=8,p=1$AAAA$AAAA', 'plain']) {
      assert.equal(await verifyPassword('correct horse', hash, QUICK), false);
    }
    assert.equal(await verifyPassword('correct horse', null, QUICK), false);
  });

  it('cost 32 MiB to try', () => assert.equal(128 * COST.r * 2 ** COST.ln, 32 * 1024 * 1024));
});

describe('the file of users', () => {
  it('reads what it wrote', async () => {
    const hash = await hashPassword('correct horse', QUICK);
    const { users } = withPassword([], { name: 'ann', hash, role: null, at: AT });
    assert.deepEqual(readUsers(usersText(users)), { ok: true, value: users });
  });

  it('has an admin first, then viewers, unless somebody says more', () => {
    const first = withPassword([], { name: 'ann', hash: 'h', role: null, at: AT });
    const second = withPassword(first.users, { name: 'bob', hash: 'h', role: null, at: AT });
    const third = withPassword(second.users, { name: 'eve', hash: 'h', role: 'operator', at: AT });
    assert.deepEqual(
      third.users.map(({ name, role }) => [name, role]),
      [
        ['ann', 'admin'],
        ['bob', 'viewer'],
        ['eve', 'operator'],
      ],
    );
    const again = withPassword(third.users, { name: 'eve', hash: 'other', role: null, at: '2027' });
    assert.deepEqual([again.added, again.user.role, again.user.createdAt], [false, 'operator', AT]);
  });

  it('is refused where it is not as it was written, without a word of what stands in it', () => {
    for (const [text, error] of [
      ['{', /no JSON/],
      ['{"version":2,"users":[]}', /version/],
      [
        '{"version":1,"users":[{"name":"ann","role":"admin","hash":"secret","createdAt":"","passwordChangedAt":""}]}',
        /no hash/,
      ],
    ] as const) {
      const read = readUsers(text);
      assert.ok(!read.ok);
      assert.match(read.error, error);
      assert.doesNotMatch(read.error, /secret/);
    }
  });

  it('takes names that can stand in a log', () => {
    for (const name of ['', '-a', 'a b', 'a/b', 'a\n', 'x'.repeat(64)]) assert.notEqual(userNameProblem(name), null);
    for (const name of ['admin', 'ann.b-c_9']) assert.equal(userNameProblem(name), null);
  });
});
