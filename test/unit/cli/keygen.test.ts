import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecrets } from '../../../core/secret.ts';
import { need } from '../../support/need.ts';
import { tandem } from './fake-engine.ts';

describe('tandem keygen', () => {
  let folder: string;
  let file: string;
  const read = (): string => readFileSync(file, 'utf8');
  const keys = (): readonly string[] => {
    const secrets = readSecrets(read());
    return secrets.ok ? secrets.value : assert.fail(secrets.error);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-key-'));
    file = join(folder, 'stack.key');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a key that its owner alone can read, and says what to do with it', async () => {
    const { exit, out, err } = await tandem(['keygen', file]);
    assert.deepEqual([exit, err], [0, '']);
    assert.match(out, /stack\.key: a new key[^]*copy the file to every other instance[^]*tandem reload/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(keys().length, 1);
    assert.deepEqual(readdirSync(folder), ['stack.key']);
  });

  it('makes another one each time', async () => {
    await tandem(['keygen', file]);
    const [first] = keys();
    rmSync(file);
    await tandem(['keygen', file]);
    assert.notEqual(keys()[0], first);
  });

  it('never prints the key', async () => {
    const said: string[] = [];
    for (const argv of [
      ['keygen', file],
      ['--json', 'keygen', '--rotate', file],
      ['keygen', file],
      ['keygen', file, '--rotate'],
    ]) {
      const { out, err } = await tandem(argv);
      said.push(out, err);
    }
    assert.equal(keys().length, 3);
    for (const key of keys()) assert.ok(!said.join('').includes(key.slice(0, 12)));
  });

  it('prints for programs with --json', async () => {
    assert.deepEqual((await tandem(['--json', 'keygen', file])).json(), { file, rotated: false, keys: 1 });
    assert.deepEqual((await tandem(['--json', 'keygen', file, '--rotate'])).json(), { file, rotated: true, keys: 2 });
  });

  it('leaves a file that exists as it is, and points to --rotate', async () => {
    writeFileSync(file, 'dear');
    const { exit, err, json } = await tandem(['--json', 'keygen', file]);
    assert.equal(exit, 1);
    assert.match(err, /exists already and was left as it is: --rotate/);
    assert.equal((json() as { error: { code: string } }).error.code, 'exists');
    assert.equal(read(), 'dear');
  });

  it('writes through no link', async () => {
    symlinkSync(join(folder, 'elsewhere'), file);
    assert.equal((await tandem(['keygen', file])).exit, 1);
    assert.deepEqual(readdirSync(folder), ['stack.key']);
    writeFileSync(join(folder, 'elsewhere'), Buffer.alloc(32).toString('base64'));
    const { exit, err } = await tandem(['keygen', file, '--rotate']);
    assert.deepEqual([exit, err], [1, `tandem: ${file} is a symbolic link: name the file itself\n`]);
    assert.ok(lstatSync(file).isSymbolicLink());
  });

  it('says which folder is missing', async () => {
    const { exit, err } = await tandem(['keygen', join(folder, 'none', 'stack.key')]);
    assert.deepEqual(
      [exit, err],
      [1, `tandem: cannot write ${folder}/none/stack.key: there is no folder ${folder}/none\n`],
    );
  });

  describe('--rotate', () => {
    it('puts a new key first and keeps the newest two old ones', async () => {
      await tandem(['keygen', file]);
      const [one] = keys();
      assert.match(
        (await tandem(['keygen', file, '--rotate'])).out,
        /a new key stands first, the old one is still valid/,
      );
      const [two] = keys();
      assert.deepEqual(keys(), [two, one]);
      await tandem(['keygen', file, '--rotate']);
      const [three] = keys();
      assert.match((await tandem(['keygen', '--rotate', file])).out, /2 old ones are still valid/);
      assert.deepEqual(keys().slice(1), [three, two]);
      assert.equal(new Set([one, two, three, keys()[0]]).size, 4);
    });

    it('keeps the owner, and nobody else can read it, whoever could before', async function () {
      need(this, 'root');
      await tandem(['keygen', file]);
      chownSync(file, 1, 2);
      chmodSync(file, 0o644);
      await tandem(['keygen', file, '--rotate']);
      const { uid, gid, mode } = statSync(file);
      assert.deepEqual([uid, gid, mode & 0o777], [1, 2, 0o600]);
    });

    it('replaces the file as a whole and leaves nothing beside it, also after a crash in the middle', async () => {
      await tandem(['keygen', file]);
      const before = statSync(file).ino;
      symlinkSync(file, `${file}.new`);
      await tandem(['keygen', file, '--rotate']);
      assert.notEqual(statSync(file).ino, before);
      assert.deepEqual(readdirSync(folder), ['stack.key']);
      assert.equal(keys().length, 2);
    });

    it('refuses where there is no key, and what is no file of keys, which stays as it is', async () => {
      const refused = async (pattern: RegExp): Promise<void> => {
        const { exit, err } = await tandem(['keygen', file, '--rotate']);
        assert.equal(exit, 1);
        assert.match(err, pattern);
      };
      await refused(/there is no key to rotate/);
      writeFileSync(file, `${Buffer.alloc(32).toString('base64')}\nmine\n`);
      await refused(/stack\.key: line 2: expected 32 bytes in base64[^]*left as it is/);
      assert.match(read(), /mine/);
      rmSync(file);
      mkdirSync(file);
      await refused(/it is no file of keys/);
    });
  });
});
