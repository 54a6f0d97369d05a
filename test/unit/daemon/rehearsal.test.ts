import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import { rehearse } from '../../../daemon/engine/rehearsal.ts';
import { type Rig, createRig, plan, router, started } from '../brain/brain-rig.ts';
import { activeInCompany, followingB, peerPlan } from '../brain/peer-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });

const played = (rig: Rig): string[] =>
  rehearse(rig.instance, rig.now as Instant, { shellOf: () => undefined, told: () => [] }).map((effects) =>
    effects
      .map((effect) => effect.do)
      .filter((what) => ['advert', 'take', 'drop', 'send'].includes(what))
      .join(' '),
  );

describe('the rehearsal of a takeover', () => {
  it('goes all the way of a standby whose active resigns, or dies, when nobody is left to be told', () => {
    assert.deepEqual(played(followingB(PAIR).rig), ['advert take send', 'advert take']);
  });

  it('goes all the way of a standby whose active is a stranger and falls silent', () => {
    const rig = started(plan([router('r1')]));
    rig.hear('r1', 200);
    assert.deepEqual(played(rig), ['advert take']);
  });

  it('goes all the way of an active that loses its carrier', () => {
    const { rig } = activeInCompany(PAIR);
    assert.match(played(rig)[0] ?? '', /advert send drop/);
  });

  it('changes nothing: the real thing goes as if it had never been rehearsed', () => {
    const company = followingB(PAIR);
    const before = JSON.stringify(company.rig.instance);
    for (let n = 0; n < 3; n += 1) played(company.rig);
    assert.equal(JSON.stringify(company.rig.instance), before);
    assert.deepEqual(company.b.dies(), ['r1 advert 100', 'r1 take']);
  });

  it('does not take place where it would hold up adverts, or before there is anything to lose', () => {
    const many = Array.from({ length: 17 }, (_, n) => router(`r${n + 1}`));
    assert.deepEqual(played(activeInCompany(plan(many, { peers: [peerPlan('b')] })).rig), []);
    assert.deepEqual(played(createRig(PAIR)), []);
  });
});
