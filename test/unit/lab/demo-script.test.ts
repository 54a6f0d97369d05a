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
        { verb: 'cut', what: 'data', target: 'b' },
        { verb: 'cut', what: 'ha', target: 'active' },
        { verb: 'freeze', target: 'a' },
        { verb: 'switchover' },
        { verb: 'stop', target: 'active' },
        { verb: 'restore' },
      ],
    });
  });

  it('cuts every cable by its name, starves, flaps, and does what an operator does', () => {
    const script = readScript(
      'cut data;cut backup a;cut pair active;starve;flap;switch over;maintenance on;maintenance on b;maintenance off;release bypass',
    );
    assert.deepEqual(script, {
      ok: true,
      value: [
        { verb: 'cut', what: 'data', target: 'active' },
        { verb: 'cut', what: 'backup', target: 'a' },
        { verb: 'cut', what: 'pair', target: 'active' },
        { verb: 'starve' },
        { verb: 'flap' },
        { verb: 'switchover' },
        { verb: 'maintenance', on: true, target: 'active' },
        { verb: 'maintenance', on: true, target: 'b' },
        { verb: 'maintenance', on: false },
        { verb: 'releaseBypass' },
      ],
    });
  });

  for (const [text, says] of [
    ['explode', "there is no step 'explode'"],
    ['kill c', "'c' is no instance"],
    ['cut', 'cut what'],
    ['cut toString', 'cut what'],
    ['cut link c', "'c' is no instance"],
    ['wait', 'wait how long'],
    ['wait 5', 'wait how long'],
    ['restore a', "'a' is too much"],
    ['kill a b', "'b' is too much"],
    ['cut link a b', "'b' is too much"],
    ['switch', 'switch over'],
    ['switch over a', "'a' is too much"],
    ['maintenance', 'maintenance on or off'],
    ['maintenance on c', "'c' is no instance"],
    ['maintenance off a', "'a' is too much"],
    ['release', 'release what'],
    ['starve a', "'a' is too much"],
  ] as const) {
    it(`refuses '${text}' and says why`, () => {
      const script = readScript(`kill active; ${text}`);
      assert.ok(!script.ok && script.error.startsWith(`'${text}': ${says}`), JSON.stringify(script));
    });
  }
});
