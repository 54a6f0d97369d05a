import assert from 'node:assert/strict';
import { DOWN, type Rig, UP, active, apart, conditions, faults, plan, router, started } from './brain-rig.ts';

const ONE = plan([apart('r1')]);
const TWO = plan([apart('r1'), apart('r2')]);
const CUT = { advertUp: false, source: null, detail: 'eth2 has no carrier' };
const BACK = { advertUp: true, source: UP.source, detail: '' };

/** A standby that hears an active until its cable for adverts is pulled. */
function muteStandby(of = ONE): Rig {
  const rig = started(of);
  for (const { name } of of.routers) rig.hear(name, 200);
  for (const { name } of of.routers) rig.transport(name, CUT);
  rig.said();
  return rig;
}

describe('a mute active', () => {
  it('stays active, with an alarm that is no fault', () => {
    const rig = active(ONE);
    assert.deepEqual(rig.transport('r1', CUT), []);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual([faults(rig), conditions(rig)], [[], ['r1 mute']]);
    assert.deepEqual(rig.said(), [
      'condition warning: r1: mute: adverts can be neither sent nor heard (eth2 has no carrier)',
    ]);
  });

  it('is told once, and told when it is over', () => {
    const rig = active(ONE);
    rig.transport('r1', CUT);
    rig.transport('r1', { ...CUT, detail: 'eth2 does not exist' });
    assert.equal(rig.said().length, 1);
    assert.equal(rig.instance.conditions[0]!.detail, 'eth2 does not exist');
    rig.transport('r1', BACK);
    assert.deepEqual(conditions(rig), []);
    assert.deepEqual(rig.said(), ['condition info: r1: no longer: mute: adverts can be neither sent nor heard']);
  });

  it('holds an election like everybody when it can hear again', () => {
    const rig = active(ONE);
    rig.transport('r1', CUT);
    rig.pass(60_000);
    rig.transport('r1', BACK);
    assert.deepEqual(rig.hear('r1', 200), ['r1 advert 100', 'r1 drop']);
  });
});

describe('a mute standby', () => {
  it('asks the network before it claims, and only after its down timer', () => {
    const rig = muteStandby();
    assert.deepEqual(rig.pass(DOWN - 1), []);
    assert.deepEqual(rig.pass(2), ['1 r1 probe claim']);
    assert.equal(rig.states(), 'r1 backup');
  });

  it('claims when nobody answers', () => {
    const rig = muteStandby();
    rig.pass(DOWN);
    rig.now += 60;
    assert.deepEqual(rig.probed('r1', 'claim', false), ['r1 advert 100', 'r1 take']);
    assert.equal(rig.instance.roleReason.code, 'masterDown');
  });

  it('asks with every router of its group and waits for all answers', () => {
    const rig = muteStandby(TWO);
    assert.deepEqual(rig.pass(DOWN), ['3609.4 r1 probe claim', '3609.4 r2 probe claim']);
    assert.deepEqual(rig.probed('r2', 'claim', false), []);
    assert.deepEqual(rig.probed('r1', 'claim', false), ['r1 advert 100', 'r1 take', 'r2 advert 100', 'r2 take']);
  });

  it('stays when somebody answers, with an alarm, and asks again every second', () => {
    const rig = muteStandby(TWO);
    rig.pass(DOWN);
    assert.deepEqual(rig.probed('r1', 'claim', true), []);
    assert.ok(conditions(rig).includes('r1 addressInUseWhileMute'));
    assert.deepEqual(rig.probed('r2', 'claim', false), [], 'the answer for another router does not make it good');
    for (let n = 0; n < 3; n++) {
      assert.deepEqual(rig.pass(1000), ['1000 r1 probe claim', '1000 r2 probe claim']);
      rig.probed('r1', 'claim', true);
      rig.probed('r2', 'claim', true);
    }
    assert.equal(rig.said().filter((text) => text.includes('02:00:00:00:00:09 answers')).length, 1, 'it is said once');
    rig.pass(1000);
    rig.probed('r1', 'claim', false);
    assert.deepEqual(rig.probed('r2', 'claim', false).length, 4, 'the other died: now it claims');
    assert.deepEqual(
      conditions(rig).filter((c) => c.endsWith('addressInUseWhileMute')),
      [],
    );
  });

  it('forgets the alarm when it can hear again', () => {
    const rig = muteStandby();
    rig.pass(DOWN);
    rig.probed('r1', 'claim', true);
    rig.transport('r1', BACK);
    assert.deepEqual(conditions(rig), []);
  });

  it('joins its group as soon as it can hear again, if that is active', () => {
    const own = [apart('r1', { group: 'r1' }), apart('r2', { group: 'r2' })];
    const rig = active(plan(own, { mode: 'active-active' }));
    rig.pass(1);
    rig.hear('r2', 200);
    rig.transport('r2', CUT);
    rig.reload(TWO);
    assert.equal(rig.states(), 'r1 active, r2 backup');
    rig.probed('r2', 'claim', true);
    assert.deepEqual(rig.transport('r2', BACK), ['r2 advert 100', 'r2 take']);
  });

  it('does not claim on answers that came after it heard an active again', () => {
    const rig = muteStandby();
    rig.pass(DOWN);
    rig.transport('r1', BACK);
    rig.hear('r1', 200);
    assert.deepEqual(rig.probed('r1', 'claim', false), []);
    assert.equal(rig.states(), 'r1 backup');
  });

  it('of a group of which only some are mute asks the network too', () => {
    const rig = started(plan([apart('r1'), router('r2')]));
    rig.hear('r1', 200);
    rig.hear('r2', 200);
    rig.transport('r1', CUT);
    assert.deepEqual(rig.pass(DOWN), ['3609.4 r1 probe claim', '3609.4 r2 probe claim']);
  });

  it('obeys whoever is heard on the routers that are not mute', () => {
    const rig = started(plan([apart('r1'), router('r2')]));
    rig.transport('r1', CUT);
    for (let n = 0; n < 12; n++) {
      rig.hear('r2', 200);
      assert.deepEqual(rig.pass(1000), []);
    }
    assert.ok(conditions(rig).includes('r1 partlyHeard'));
  });
});
