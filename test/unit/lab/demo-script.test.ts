import assert from 'node:assert/strict';
import { readScript } from '../../../lab/demo-script.ts';

describe('a script of the demo', () => {
  it('is a list of steps, the active instance being meant where none is named', () => {
    const script = readScript('kill active; wait 5s; cut link b;cut ha; freeze a; switchover; stop; restore;');
    assert.deepEqual(script, {
      ok: true,
      value: [
        { verb: 'kill', target: 'active' },
        { verb: 'wait', ms: 5000 },
        { verb: 'cut', what: 'link', target: 'b' },
        { verb: 'cut', what: 'ha', target: 'active' },
        { verb: 'freeze', target: 'a' },
        { verb: 'switchover' },
        { verb: 'stop', target: 'active' },
        { verb: 'restore' },
      ],
    });
  });

  for (const [text, says] of [
    ['explode', "there is no step 'explode'"],
    ['kill c', "'c' is no instance"],
    ['cut', 'cut what'],
    ['cut link c', "'c' is no instance"],
    ['wait', 'wait how long'],
    ['wait 5', 'wait how long'],
    ['restore a', "'a' is too much"],
    ['kill a b', "'b' is too much"],
    ['cut link a b', "'b' is too much"],
  ] as const) {
    it(`refuses '${text}' and says why`, () => {
      const script = readScript(`kill active; ${text}`);
      assert.ok(!script.ok && script.error.startsWith(`'${text}': ${says}`), JSON.stringify(script));
    });
  }
});
