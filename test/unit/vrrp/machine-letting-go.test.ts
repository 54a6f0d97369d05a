import assert from 'node:assert/strict';
import { NEVER } from '../../../core/clock.ts';
import { step } from '../../../vrrp/machine.ts';
import { dueAt } from '../../../vrrp/machine-state.ts';
import { LINGER_MS } from '../../../vrrp/timers.ts';
import { LOWER, type Rig, WHY, advert, releasing } from './machine-rig.ts';

/** Master_Down at priority 100 and 1 s. */
const DOWN = 3609.4;

const stateOf = (rig: Rig): string => rig.machine.state;

describe('a router that lets go', () => {
  it('does so for one interval and the largest skew at most', () => {
    const rig = releasing('init');
    assert.equal(rig.due(), 1996.1);
    assert.deepEqual(rig.pass(2500), ['1996.1 tell letGoDue']);
  });

  it('asks once when nobody was heard', () => {
    const rig = releasing('backup');
    rig.pass(2000);
    assert.equal(dueAt(rig.machine), NEVER);
  });

  for (const priority of [200, 1, 100]) {
    it(`tells of another with priority ${priority} a moment after it was heard: its addresses come after its advert`, () => {
      const rig = releasing('backup');
      assert.deepEqual(rig.hear(priority, { from: LOWER }), []);
      assert.equal(dueAt(rig.machine), rig.now + LINGER_MS);
      assert.deepEqual(rig.hear(priority, { from: LOWER }), [], 'a second advert puts nothing off');
      rig.now += LINGER_MS;
      assert.deepEqual(rig.tell({ kind: 'time' }), ['tell anotherHeard']);
      assert.equal(dueAt(rig.machine), NEVER);
      assert.equal(stateOf(rig), 'releasing');
    });
  }

  it('waits on when priority 0 is heard', () => {
    const rig = releasing('backup');
    const due = dueAt(rig.machine);
    assert.deepEqual(rig.hear(0), []);
    assert.equal(dueAt(rig.machine), due);
  });

  for (const next of ['init', 'fault'] as const) {
    it(`drops its addresses and goes to ${next} when it is told to`, () => {
      const rig = releasing(next);
      assert.deepEqual(rig.tell({ kind: 'letGo', heard: advert(50) }), [`releasing → ${next}`, 'drop']);
      assert.equal(dueAt(rig.machine), NEVER);
    });
  }

  it('follows whoever was heard when it goes to backup, and says after whom it let go', () => {
    const rig = releasing('backup');
    const heard = advert(50, { intervalMs: 200 });
    const { effects, machine } = step(rig.machine, { kind: 'letGo', heard }, rig.orders, rig.now as never);
    assert.deepEqual(effects[1], { do: 'drop', heard: heard.source });
    assert.equal(machine.active?.priority, 50);
    assert.equal(machine.activeIntervalMs, 200);
    assert.ok(machine.downAt < NEVER);
  });

  it('listens anew when it goes to backup although nobody was heard', () => {
    const rig = releasing('backup');
    rig.tell({ kind: 'letGo', heard: null });
    assert.equal(rig.due(), DOWN);
  });

  it('takes the role back when nobody took over: advert, addresses, announcements as at any claim', () => {
    const rig = releasing('backup');
    rig.pass(2000);
    assert.deepEqual(rig.tell({ kind: 'reclaim', reason: WHY }), ['releasing → active', 'advert 100', 'take']);
    assert.equal(rig.due(), 1000);
    assert.equal(rig.machine.letGoAt, NEVER);
  });

  it('goes where the last order says when it is told to resign again', () => {
    const rig = releasing('backup');
    assert.deepEqual(rig.tell({ kind: 'resign', reason: WHY, next: 'init', keep: true }), []);
    assert.equal(stateOf(rig), 'releasing');
    assert.equal(rig.due(), 1996.1, 'and its time does not begin anew');
    assert.deepEqual(rig.tell({ kind: 'letGo', heard: null }), ['releasing → init', 'drop']);
  });

  it('drops its addresses at once when they may not stay any longer', () => {
    const rig = releasing('backup');
    assert.deepEqual(rig.tell({ kind: 'resign', reason: WHY, next: 'fault', keep: false }), [
      'releasing → fault',
      'drop',
    ]);
    const other = releasing('fault');
    other.tell({ kind: 'resign', reason: WHY, next: 'backup', keep: false });
    assert.equal(other.due(), DOWN, 'a backup always has a deadline');
  });

  it('keeps a new priority for later', () => {
    const rig = releasing('backup');
    rig.tell({ kind: 'priority', priority: 7 });
    assert.equal(rig.due(), 1996.1);
    assert.equal(rig.tell({ kind: 'reclaim', reason: WHY })[1], 'advert 7');
  });
});
