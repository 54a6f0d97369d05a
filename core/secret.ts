/**
 * The secret of a stack as it stands in its file (`ha.secretFile`): a key a line, the newest first. The first signs, all verify (brain 3.4).
 * An error names the line and never what stands there.
 */
import { type Result, fail, ok } from './result.ts';

/** Length of a key, bytes. */
export const SECRET_BYTES = 32;

/** More keys than a rotation needs only make every forged datagram dearer to refuse. */
export const MOST_SECRETS = 8;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The keys in the text of a secret file, newest first, in canonical base64. Blank lines and lines that begin with `#` are left out.
 * The error is what is wrong, without the name of the file: `line 2: expected …`.
 */
export function readSecrets(text: string): Result<readonly string[], string> {
  const secrets: string[] = [];
  for (const [index, whole] of text.split('\n').entries()) {
    const line = whole.trim();
    if (line === '' || line.startsWith('#')) continue;
    const key = BASE64.test(line) ? Buffer.from(line, 'base64') : null;
    if (key?.length !== SECRET_BYTES) {
      const found = key === null ? 'something else' : `${key.length} bytes`;
      return fail(`line ${index + 1}: expected ${SECRET_BYTES} bytes in base64 (44 characters), found ${found}`);
    }
    const canonical = key.toString('base64');
    if (!secrets.includes(canonical)) secrets.push(canonical);
  }
  if (secrets.length === 0)
    return fail('holds no key: expected 32 bytes in base64 on a line (tandem keygen makes one)');
  if (secrets.length > MOST_SECRETS) return fail(`holds ${secrets.length} keys: expected at most ${MOST_SECRETS}`);
  return ok(secrets);
}
