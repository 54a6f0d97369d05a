import assert from 'node:assert/strict';
import { DOWN, OTHER, type Rig, active, conditions, faults, plan, router, started } from './brain-rig.ts';

const r1 = router('r1', { group: 'r1' });
const OFF = plan([r1], { mode: 'off' });
const ON = plan([router('r1')]);

/** One that has asked the network for its first claim. */
function asking(): Rig {
  const rig = started(OFF);
  rig.pass(DOWN);
  return rig;
}

describe('in mode off', () => {
  it('nothing is sent, and the network is asked after a silence of Master_Down', () => {
    const rig = started(OFF);
    assert.deepEqual(rig.pass(DOWN - 1), []);
    assert.deepEqual(rig.pass(2), ['1 r1 probe claim']);
  });

  it('an address that nobody has is taken, without an advert', () => {
    const rig = asking();
    assert.deepEqual(rig.probed('r1', 'claim', false), ['r1 take']);
    assert.deepEqual(rig.instance.roleReason, { code: 'nobodyHasIt', router: 'r1' });
    assert.deepEqual(rig.pass(4000), []);
  });

  it('an address is not taken from somebody who advertises it, better or worse', () => {
    for (const priority of [200, 100, 1]) {
      const rig = started(OFF);
      for (let n = 0; n < 12; n++) {
        rig.hear('r1', priority);
        assert.deepEqual(rig.pass(1000), [], `priority ${priority}`);
      }
    }
  });

  it('an owner takes nothing at once either', () => {
    const rig = started(plan([router('r1', { group: 'r1', priority: 255 })], { mode: 'off' }));
    assert.equal(rig.states(), 'r1 backup');
  });

  it('an address that somebody answers for is not taken: addressInUse, asked again every ten seconds', () => {
    const rig = asking();
    assert.deepEqual(rig.probed('r1', 'claim', true), []);
    assert.deepEqual(faults(rig), ['r1 addressInUse']);
    assert.equal(rig.instance.role, 'fault');
    for (let n = 0; n < 3; n++) {
      assert.deepEqual(rig.pass(10_000), ['10000 r1 probe fault']);
      rig.probed('r1', 'fault', true);
    }
    rig.pass(10_000);
    rig.probed('r1', 'fault', false);
    assert.deepEqual(faults(rig), []);
    assert.deepEqual(rig.pass(DOWN), ['3609.4 r1 probe claim'], 'it listens and asks as at its start');
    assert.deepEqual(rig.probed('r1', 'claim', false), ['r1 take']);
  });

  it('an advert heard later takes the address away at once, and is a fault', () => {
    const rig = active(OFF);
    assert.deepEqual(rig.hear('r1', 1), ['r1 drop']);
    assert.deepEqual(faults(rig), ['r1 addressInUse']);
    assert.equal(rig.instance.faults[0]!.detail, `${OTHER} advertises it`);
    assert.ok(rig.said().some((text) => text.startsWith('role critical')));
    rig.pass(10_000);
    rig.probed('r1', 'fault', false);
    assert.equal(rig.states(), 'r1 backup');
  });

  it('priority 0 takes nothing away: its sender has gone', () => {
    const rig = active(OFF);
    assert.deepEqual(rig.hear('r1', 0), []);
    assert.equal(rig.instance.role, 'active');
  });

  it('a fault takes the address away at once, without a word on the wire', () => {
    const rig = active(OFF);
    assert.deepEqual(rig.transport('r1', { addressUp: false }), ['r1 drop']);
  });

  it('a stop takes the address away at once', () => {
    const rig = active(OFF);
    assert.deepEqual(rig.fact({ kind: 'stop', by: 'SIGTERM' }), ['r1 drop', 'stopped']);
  });
});

describe('a reload to mode off', () => {
  it('on an instance that is not active claims nothing until the next start', () => {
    const rig = started(ON);
    rig.hear('r1', 200);
    rig.reload(OFF);
    assert.deepEqual(rig.pass(60_000), []);
    assert.ok(
      rig.said().includes('role info: not allowed to become active: mode off claims nothing until the next start'),
    );
  });

  it('on an active instance keeps its addresses and sends nothing more', () => {
    const rig = active(ON);
    assert.deepEqual(rig.reload(OFF), []);
    assert.equal(rig.states(), 'r1 active');
    assert.deepEqual(rig.pass(4500), []);
    assert.deepEqual(rig.hear('r1', 50), ['r1 drop'], 'until somebody else is heard');
  });

  it('ends what is only wrong where adverts are sent', () => {
    const rig = started(ON);
    rig.transport('r1', { source: null });
    assert.deepEqual(faults(rig), ['r1 noSource']);
    rig.reload(OFF);
    assert.deepEqual(faults(rig), []);
    const failing = active(ON);
    failing.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    failing.now += DOWN;
    failing.fact({ kind: 'sent', router: 'r1', error: 'ENOBUFS' });
    assert.deepEqual(faults(failing), ['r1 cannotSend']);
    failing.reload(OFF);
    assert.deepEqual(faults(failing), []);
    assert.deepEqual(
      failing.pass(60_000).filter((what) => what.includes('advert')),
      [],
      'and nothing is tried',
    );
  });
});

describe('a reload from mode off', () => {
  it('lets an instance take part again that was not allowed to claim', () => {
    const rig = started(plan([r1], { mode: 'active-active' }));
    rig.reload(OFF);
    rig.reload(plan([r1], { mode: 'active-active' }));
    rig.pass(2 * DOWN);
    assert.equal(rig.states(), 'r1 active');
  });

  it('clears addressInUse: another active is no reason to stay away from an election', () => {
    const rig = asking();
    rig.probed('r1', 'claim', true);
    rig.reload(ON);
    assert.deepEqual(faults(rig), []);
    assert.equal(rig.states(), 'r1 backup');
    rig.pass(DOWN);
    assert.equal(rig.states(), 'r1 active');
  });

  it('takes no notice of an answer to what mode off had asked', () => {
    const rig = asking();
    rig.probed('r1', 'claim', true);
    rig.pass(10_000);
    rig.reload(ON);
    rig.probed('r1', 'fault', true);
    assert.deepEqual(faults(rig), []);
    rig.pass(5000);
    rig.probed('r1', 'fault', true);
    assert.deepEqual(faults(rig), ['r1 addressInUse'], 'later answers count');
  });

  it('makes an active advertise at once, which decides who keeps the address', () => {
    const rig = active(OFF);
    rig.reload(ON);
    assert.deepEqual(rig.pass(0), ['0 r1 advert 100']);
    assert.deepEqual(conditions(rig), []);
  });
});
