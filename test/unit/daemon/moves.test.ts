import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import { movesOf } from '../../../daemon/engine/moves.ts';
import type { Moves } from '../../../daemon/engine/moves.ts';
import type { Rig } from '../brain/brain-rig.ts';
import { PAIR, claims, switchOver } from '../brain/handover-rig.ts';
import { activeInCompany, followingB } from '../brain/peer-rig.ts';

/** What the engine would be told of this. */
function moves(rig: Rig, act: () => unknown): Moves | null {
  const before = rig.instance;
  act();
  return movesOf(before, rig.instance, rig.effects, rig.now as Instant);
}

describe('turns in which the role moves', () => {
  it('at the giver of a handover: since it asked, at the word of the target, once', () => {
    const { rig, b } = activeInCompany(PAIR);
    const asked = rig.now;
    assert.equal(
      moves(rig, () => switchOver(rig)),
      null,
    );
    rig.now += 7;
    assert.equal(
      moves(rig, () => b.sends('prepared')),
      null,
    );
    rig.now += 5;
    assert.deepEqual(
      moves(rig, () => claims(b)),
      { taken: null, given: [{ peer: 'b', purpose: 'switchover', since: asked }] },
    );
    assert.equal(
      moves(rig, () => claims(b)),
      null,
      'it says so again, and is answered again',
    );
  });

  it('at the target of a handover: since it was asked', () => {
    const { rig, b } = followingB(PAIR);
    const asked = rig.now;
    assert.equal(
      moves(rig, () => b.sends('ask')),
      null,
    );
    rig.now += 9;
    assert.deepEqual(
      moves(rig, () => b.sends('go')),
      { taken: { since: asked, asked: true }, given: [] },
    );
  });

  it('in a failover: since the decision', () => {
    const { rig, b } = followingB(PAIR);
    assert.deepEqual(
      moves(rig, () => b.dies()),
      { taken: { since: rig.now, asked: false }, given: [] },
    );
  });

  it('not where a handover comes to nothing', () => {
    const { rig, b } = activeInCompany(PAIR);
    switchOver(rig);
    assert.equal(
      moves(rig, () => b.sends('refused')),
      null,
    );
  });
});
