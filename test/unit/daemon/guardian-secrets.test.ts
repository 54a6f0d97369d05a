import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecrets } from '../../../daemon/guardian/secrets.ts';

const NEW = Buffer.alloc(32, 1).toString('base64');
const OLD = Buffer.alloc(32, 2).toString('base64');
const peers = [{ name: 'b', paths: ['192.0.2.2'] }];

describe('the secret of the stack', () => {
  let folder = '';
  let path = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-secret-'));
    path = join(folder, 'stack.key');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (text: string, mode = 0o600): void => {
    writeFileSync(path, text);
    chmodSync(path, mode);
  };
  const read = async () => loadSecrets({ secretFile: path, peers });
  const refusal = async (): Promise<string> => {
    const result = await read();
    assert.equal(result.ok, false);
    return result.ok ? '' : result.error;
  };

  it('is one key a line, newest first; empty lines and comments are left out', async () => {
    write(`# made by hand\n${NEW}\n\n  ${OLD}  \n`);
    assert.deepEqual(await read(), { ok: true, value: [NEW, OLD] });
  });

  it('is not read where nobody is to be spoken to', async () => {
    assert.deepEqual(await loadSecrets({ secretFile: path, peers: [] }), { ok: true, value: [] });
    assert.deepEqual(await loadSecrets({ secretFile: null, peers }), { ok: true, value: [] });
  });

  it('is refused when others can read or write it, whatever it holds', async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610]) {
      write(NEW, mode);
      const text = await refusal();
      assert.match(text, new RegExp(`${path} .*mode ${mode.toString(8)}.*chmod 600`));
    }
  });

  it('is refused in one sentence that names the file and what to do, and never quotes what it holds', async () => {
    const almost = NEW.slice(0, -2);
    for (const text of ['', '# nothing\n', almost, `${NEW}\n!${OLD.slice(1)}`, Buffer.alloc(31).toString('base64')]) {
      write(text);
      const said = await refusal();
      assert.match(said, new RegExp(`^the secret ${path}[ :].*tandem keygen`));
      assert.doesNotMatch(said, /\n|AQEB|AgIC/);
    }
    write(`${NEW}\n`.repeat(100));
    assert.match(await refusal(), /longer than 4096 bytes.*tandem keygen/);
  });

  it('is refused when it is missing, a folder, or a pipe that nobody writes to', async () => {
    assert.match(await refusal(), /cannot be read \(ENOENT.*tandem keygen/);
    mkdirSync(path);
    assert.match(await refusal(), /is no regular file.*tandem keygen/);
    rmSync(path, { recursive: true });
    execFileSync('mkfifo', [path]);
    assert.match(await refusal(), /is no regular file/);
  });
});
