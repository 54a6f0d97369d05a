import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { readSecret } from '../../../cli/secret-prompt.ts';
import { verifyPassword } from '../../../config/users/password.ts';
import { readUsers } from '../../../config/users/users.ts';
import { tandem } from './fake-engine.ts';

describe('tandem passwd', function () {
  this.timeout(20_000);
  let state: string;
  const file = (): string => join(state, 'manager/users.json');
  const users = () => {
    const read = readUsers(readFileSync(file(), 'utf8'));
    return read.ok ? read.value : assert.fail(read.error);
  };

  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'tandem-passwd-'));
    mkdirSync(join(state, 'manager'));
  });

  afterEach(() => rmSync(state, { recursive: true }));

  /** Lines that somebody pipes in, or types. */
  function passwd(argv: readonly string[], lines: readonly string[], typed = false) {
    const left = [...lines];
    const secret = () => Promise.resolve(left.shift() ?? null);
    return tandem(['passwd', ...argv, '--state', state], { secret, typed: () => typed });
  }

  it('makes the first user an admin, in a file that nobody else reads', async () => {
    const { exit, out, err } = await passwd(['admin'], ['correct horse']);
    assert.deepEqual([exit, out, err], [0, 'added: admin, admin\n', '']);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    const [user] = users();
    assert.equal(await verifyPassword('correct horse', user?.hash ?? ''), true);
    assert.doesNotMatch(readFileSync(file(), 'utf8'), /correct horse/);
  });

  it('sets the password of one who is locked out, and leaves the others', async () => {
    await passwd(['admin'], ['correct horse']);
    await passwd(['ann'], ['battery staple'], false);
    const before = users();
    const { exit, out } = await passwd(['admin'], ['another horse'], false);
    assert.deepEqual([exit, out], [0, 'password set: admin, admin\n']);
    assert.deepEqual(users()[1], before[1]);
    assert.equal(users()[1]?.role, 'viewer');
    assert.equal(await verifyPassword('another horse', users()[0]?.hash ?? ''), true);
  });

  it('asks a person twice, and changes nothing where the two differ', async () => {
    const wrong = await passwd(['admin'], ['correct horse', 'correct house'], true);
    assert.equal(wrong.exit, 1);
    assert.match(wrong.err, /not the same/);
    assert.throws(() => readFileSync(file()), /ENOENT/);
    assert.equal((await passwd(['admin'], ['correct horse', 'correct horse'], true)).exit, 0);
  });

  for (const [argv, lines, exit, text] of [
    [['admin'], ['short'], 1, /at least 10 characters/],
    [['admin'], [], 1, /no password was given/],
    [['a b'], ['correct horse'], 2, /a user name is/],
    [['admin', '--role', 'king'], ['correct horse'], 2, /--role is one of viewer, operator, admin/],
    [['admin', 'correct horse'], [], 2, /unexpected/],
  ] as const) {
    it(`refuses '${argv.join(' ')}' with ${lines.length} lines: ${text.source}`, async () => {
      const outcome = await passwd(argv, lines);
      assert.equal(outcome.exit, exit);
      assert.match(outcome.err, text);
    });
  }

  it('keeps an admin, and a file that it cannot read', async () => {
    await passwd(['admin'], ['correct horse']);
    assert.match((await passwd(['admin', '--role', 'viewer'], ['correct horse'])).err, /the last admin/);
    writeFileSync(file(), 'no JSON');
    assert.match((await passwd(['admin'], ['correct horse'])).err, /it is no JSON; it was left as it is/);
    assert.equal(readFileSync(file(), 'utf8'), 'no JSON');
  });

  it('says where the state directory is not what it thinks', async () => {
    rmSync(join(state, 'manager'), { recursive: true });
    const { exit, err } = await passwd(['admin'], ['correct horse']);
    assert.equal(exit, 1);
    assert.match(err, /there is no folder .*manager: start tandemd once/);
  });
});

describe('a secret that is asked for', () => {
  it('is the first line of what is piped in', async () => {
    const stdin = new PassThrough();
    stdin.end('correct horse\nand more\n');
    assert.equal(await readSecret('?', { stdin, ask: () => assert.fail('nobody is there to ask') }), 'correct horse');
  });

  it('is nothing where nothing came', async () => {
    const stdin = new PassThrough();
    stdin.end();
    assert.equal(await readSecret('?', { stdin, ask: () => undefined }), null);
  });

  /** A terminal on which somebody types. */
  function terminal() {
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => modes.push(raw) });
    let shown = '';
    const secret = readSecret('new password: ', { stdin, ask: (text) => void (shown += text) });
    return { stdin, secret, modes, shown: () => shown };
  }

  it('is not shown while it is typed, and can be mended', async () => {
    const { stdin, secret, modes, shown } = terminal();
    for (const key of ['c', 'x', '\u007f', 'a', 'fé\r']) stdin.write(key);
    assert.equal(await secret, 'café');
    assert.equal(shown(), 'new password: \n');
    assert.deepEqual(modes, [true, false]);
  });

  it('can be broken off', async () => {
    const { stdin, secret, modes } = terminal();
    stdin.write('abc\u0003');
    assert.equal(await secret, null);
    assert.deepEqual(modes, [true, false]);
  });
});
