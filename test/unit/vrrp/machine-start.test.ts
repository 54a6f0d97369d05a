import assert from 'node:assert/strict';
import { NEVER } from '../../../core/clock.ts';
import { dueAt, newMachine } from '../../../vrrp/machine-state.ts';
import { routerPlan } from './edge-samples.ts';
import { HIGHER, type Rig, WHY, backup, createRig } from './machine-rig.ts';

/** Master_Down at priority 100 and 1 s. */
const DOWN = 3609.4;

const stateOf = (rig: Rig): string => rig.machine.state;

describe('a virtual router that starts', () => {
  it('is in init, waits for nothing and obeys no advert', () => {
    const rig = createRig();
    assert.equal(stateOf(rig), 'init');
    assert.equal(dueAt(rig.machine), NEVER);
    assert.deepEqual(rig.hear(200), []);
    assert.deepEqual(rig.pass(10_000), []);
    assert.deepEqual(rig.tell({ kind: 'claim', reason: WHY }), [], 'nor may it claim');
  });

  it('listens as a backup for the whole of Master_Down, whatever its priority', () => {
    for (const [priority, down] of [
      [100, DOWN],
      [200, 3218.8],
      [255, 3003.9],
    ] as const) {
      const rig = createRig({ priority });
      assert.deepEqual(rig.tell({ kind: 'startup', reason: WHY }), ['init → backup']);
      assert.equal(rig.due(), down);
    }
  });

  it('knows since when and why it is what it is', () => {
    const rig = createRig();
    rig.now = 42;
    rig.tell({ kind: 'startup', reason: { code: 'started', priority: 100 } });
    assert.equal(rig.machine.since, 42);
    assert.deepEqual(rig.machine.reason, { code: 'started', priority: 100 });
  });

  it('is fresh until it heard something or its first wait is over', () => {
    const heard = backup();
    assert.equal(heard.machine.fresh, true);
    heard.hear(200);
    assert.equal(heard.machine.fresh, false);
    for (const priority of [50, 0]) {
      const other = backup();
      other.hear(priority);
      assert.equal(other.machine.fresh, false, `after priority ${priority}`);
    }
    const silent = backup();
    silent.pass(DOWN + 1);
    assert.equal(silent.machine.fresh, false);
  });

  it('in fault may not listen, and its start is the end of the fault', () => {
    const rig = createRig();
    assert.deepEqual(rig.tell({ kind: 'fault', reason: WHY }), ['init → fault']);
    assert.deepEqual(rig.hear(200), []);
    assert.deepEqual(rig.pass(10_000), []);
    assert.deepEqual(rig.tell({ kind: 'startup', reason: WHY }), ['fault → backup']);
  });

  it('remembers the checksum style of an earlier run only for `auto`', () => {
    const style = (checksum: 'auto' | 'rfc9568' | 'rfc5798', remembered: 'rfc9568' | null) =>
      newMachine(routerPlan({ checksum }), 0 as never, remembered).style;
    assert.equal(style('auto', null), 'rfc5798', 'auto begins with the pseudo-header, as installed routers have it');
    assert.equal(style('auto', 'rfc9568'), 'rfc9568');
    assert.equal(style('rfc5798', 'rfc9568'), 'rfc5798');
  });
});

describe('a router in fault', () => {
  const faulty = (options = {}): Rig => {
    const rig = backup(options);
    rig.hear(200, { intervalMs: 40 });
    rig.tell({ kind: 'fault', reason: WHY });
    return rig;
  };

  it('ignores adverts, time and claims', () => {
    const rig = faulty();
    assert.deepEqual([...rig.hear(0), ...rig.hear(200), ...rig.pass(60_000)], []);
    assert.deepEqual(rig.tell({ kind: 'claim', reason: WHY }), []);
    assert.deepEqual(rig.tell({ kind: 'late', lateMs: 9000 }), []);
  });

  it('listens for the whole of Master_Down at its own interval when the fault is gone', () => {
    const rig = faulty();
    assert.deepEqual(rig.tell({ kind: 'startup', reason: WHY }), ['fault → backup']);
    assert.equal(rig.due(), DOWN);
  });

  it('announces its own address when it returns to unicast, so that the active’s adverts reach it', () => {
    const rig = faulty({ unicastPeers: [HIGHER] });
    assert.deepEqual(rig.tell({ kind: 'startup', reason: WHY }), ['fault → backup', 'announceSelf']);
    assert.deepEqual(createRig({ unicastPeers: [HIGHER] }).tell({ kind: 'startup', reason: WHY }), ['init → backup']);
  });

  it('takes a new priority', () => {
    const rig = faulty();
    rig.tell({ kind: 'priority', priority: 200 });
    rig.tell({ kind: 'startup', reason: WHY });
    assert.equal(rig.due(), 3218.8);
  });

  it('stops without a word', () => {
    assert.deepEqual(faulty().tell({ kind: 'stop', reason: WHY }), ['fault → init']);
  });
});
