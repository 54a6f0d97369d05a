import assert from 'node:assert/strict';
import { linesOf, secretsIn, withoutSecrets } from '../../../cli/redact.ts';

const PLANTED = 'sesame-4711';

describe('a support bundle has no secret, wherever one stands', () => {
  const places: readonly (readonly [string, unknown])[] = [
    ['under its name', { authentication: { password: PLANTED } }],
    ['in a list under its name', { tokens: [PLANTED] }],
    ['in the query of a URL', { url: `https://host/hook?token=${PLANTED}&x=1` }],
    ['as user information of a URL', { url: `https://user:${PLANTED}@host/` }],
    ['in a header', ['Authorization: Bearer ' + PLANTED]],
    ['as an argument of a program', { command: ['/bin/check', '--password', PLANTED, '-v'] }],
    ['as an argument with =', { command: ['/bin/check', `--api-key=${PLANTED}`] }],
    ['in an error that quotes YAML', { errors: `f:1:1: authentication.password: '${PLANTED}' is too long` }],
    ['as the name of a key', { [PLANTED]: 1 }],
    ['in the text of an event', { events: [{ reason: { text: `saved community ${PLANTED}` } }] }],
  ];
  for (const [place, value] of places) {
    it(place, () => {
      // The last ones are found because the value is known, from the configuration or from the file that it names.
      const text = JSON.stringify(withoutSecrets(value, secretsIn(`v2: { password: "${PLANTED}" }`)));
      assert.doesNotMatch(text, /sesame/);
    });
  }

  it('and what looks like none stays', () => {
    const value = {
      name: 'wan',
      hash: 'abc',
      secretFile: null,
      text: 'b missed 3 of 3 checks on every path',
      n: [1, true, null],
    };
    assert.deepEqual(withoutSecrets(value, ['abc', '']), value, 'too short to be taken for a secret');
    assert.deepEqual(linesOf('# comment\n\n key1 \nkey2\n'), ['key1', 'key2']);
  });
});
