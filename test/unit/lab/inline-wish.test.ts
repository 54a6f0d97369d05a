import assert from 'node:assert/strict';
import { wish } from '../../../lab/inline-wish.ts';

describe("the stand-in for the appliance's software", () => {
  for (const [what, status, verb] of [
    ['an active instance', { role: 'active', peers: [] }, 'forwards'],
    ['an active instance of a version without peers', { role: 'active', peers: null }, 'forwards'],
    ['an active instance beside a standby', { role: 'active', peers: [{ name: 'b', role: 'standby' }] }, 'forwards'],
    ['an active instance beside a wire', { role: 'active', peers: [{ name: 'b', role: 'bypass' }] }, 'blocks'],
    ['a standby', { role: 'standby', peers: [] }, 'blocks'],
    ['an instance in bypass', { role: 'bypass', peers: [] }, 'blocks'],
    ['an answer that is no status', null, 'blocks'],
  ] as const) {
    it(`${what}: ${verb}`, () => {
      assert.equal(wish(status).verb, verb);
    });
  }
});
