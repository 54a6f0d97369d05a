import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import { createTold } from '../../../daemon/engine/told.ts';

describe('what somebody says again and again', () => {
  it('is not known before, the last that was said after, and not known once it is old', () => {
    let now = 1000;
    const told = createTold<boolean>({ now: () => now as Instant, wall: () => 0 }, 500);
    assert.equal(told.read(), null);
    told.say(true);
    assert.equal(told.read(), true);
    now += 500;
    told.say(false);
    now += 500;
    assert.equal(told.read(), false);
    now += 1;
    assert.equal(told.read(), null);
  });
});
