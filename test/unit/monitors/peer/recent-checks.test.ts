import assert from 'node:assert/strict';
import { Rig } from './session-rig.ts';

describe('the last checks of a path', () => {
  it('are remembered with their verdicts, sixty of them', () => {
    const rig = new Rig();
    rig.meet();
    const met = rig.path().recent;
    assert.match(met, /^p+$/);
    rig.pass(250);
    assert.match(rig.path().recent, new RegExp(`^${met}f{1,2}$`));
    rig.pass(10_000);
    assert.equal(rig.path().recent, 'f'.repeat(60));
  });
});
