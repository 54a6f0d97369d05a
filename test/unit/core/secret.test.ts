import assert from 'node:assert/strict';
import { MOST_SECRETS, readSecrets } from '../../../core/secret.ts';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const refused = (text: string): string => {
  const result = readSecrets(text);
  return result.ok ? 'accepted' : result.error;
};

describe('the file of the stack secret', () => {
  it('holds a key a line, the first one first, with comments and blank lines between', () => {
    const text = `\uFEFF# keys\n\n${key(1)}\r\n  ${key(2)}  \n# old\n${key(3)}`;
    assert.deepEqual(readSecrets(text), { ok: true, value: [key(1), key(2), key(3)] });
  });

  it('names a key once, and takes one without its padding', () => {
    assert.deepEqual(readSecrets(`${key(1)}\n${key(1).replace('=', '')}\n`), { ok: true, value: [key(1)] });
  });

  it('is refused with the line and without what stands there', () => {
    assert.equal(
      refused(`${key(1)}\nc2hvcnQ=\n`),
      'line 2: expected 32 bytes in base64 (44 characters), found 5 bytes',
    );
    assert.equal(refused('my secret!'), 'line 1: expected 32 bytes in base64 (44 characters), found something else');
    assert.match(refused(`${key(1)}AAAA`), /^line 1: /);
  });

  it('is refused without a key, and with too many', () => {
    assert.match(refused('# nothing\n\n'), /^holds no key/);
    const many = Array.from({ length: MOST_SECRETS + 1 }, (_, n) => key(n)).join('\n');
    assert.equal(refused(many), 'holds 9 keys: expected at most 8');
  });
});
