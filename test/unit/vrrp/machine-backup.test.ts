import assert from 'node:assert/strict';
import { NEVER } from '../../../core/clock.ts';
import { step } from '../../../vrrp/machine.ts';
import { type MachineEvent, dueAt } from '../../../vrrp/machine-state.ts';
import { HIGHER, LOWER, type Rig, WHY, backup, round } from './machine-rig.ts';

/** Master_Down at priority 100 and 1 s. */
const DOWN = 3609.4;

/** The timers and what was learnt; everything that an ignored advert must leave alone. */
function timersOf(rig: Rig) {
  const { downAt, advertAt, againAt, refreshAt, preemptAt, letGoAt, listenUntil, activeIntervalMs } = rig.machine;
  return { downAt, advertAt, againAt, refreshAt, preemptAt, letGoAt, listenUntil, activeIntervalMs };
}

describe('a backup', () => {
  it('waits Master_Down anew at every advert of a better one', () => {
    const rig = backup();
    rig.pass(3000);
    assert.deepEqual(rig.hear(200), []);
    assert.equal(rig.due(), DOWN);
  });

  it('obeys one of equal priority and does not compare addresses', () => {
    for (const from of [LOWER, HIGHER]) {
      const rig = backup();
      rig.pass(3000);
      assert.deepEqual(rig.hear(100, { from }), []);
      assert.equal(rig.due(), DOWN);
    }
  });

  it('learns the interval of the active router (version 3)', () => {
    const rig = backup();
    rig.hear(200, { intervalMs: 200 });
    assert.equal(rig.due(), 721.9);
    rig.hear(200, { intervalMs: 2000 });
    assert.equal(rig.due(), 7218.8);
  });

  it('keeps to its own interval in version 2', () => {
    const rig = backup({ version: 2 });
    rig.hear(200, { intervalMs: 2000 });
    assert.equal(rig.due(), DOWN);
  });

  it('waits only Skew_Time when the active router says priority 0', () => {
    const rig = backup();
    rig.hear(200);
    rig.pass(500);
    assert.deepEqual(rig.hear(0), []);
    assert.equal(rig.due(), 609.4);
    assert.deepEqual(rig.pass(610), ['609.4 tell unheard']);
  });

  it('says that a worse one gave up, which is not the same as being preempted', () => {
    const rig = backup();
    rig.hear(50);
    rig.hear(0);
    rig.now += 610;
    const [effect] = step(rig.machine, { kind: 'time' }, rig.orders, rig.now as never).effects;
    assert.ok(effect?.do === 'tell' && effect.tell.kind === 'unheard');
    assert.equal(effect.tell.cause.code, 'resigned');
  });

  it('waits the Skew_Time of the interval that it has learnt, not of the advert that says priority 0', () => {
    const rig = backup();
    rig.hear(200, { intervalMs: 100 });
    rig.hear(0, { intervalMs: 1000 });
    assert.equal(rig.due(), 60.9);
  });

  it('waits Skew_Time as a fraction of a second in version 2', () => {
    const rig = backup({ version: 2, advertIntervalMs: 5000 });
    rig.hear(0);
    assert.equal(rig.due(), 609.4);
  });

  it('says who gave up when the Skew_Time after priority 0 is over', () => {
    const rig = backup();
    rig.hear(0, { from: LOWER });
    rig.pass(609);
    rig.now += 1;
    const { effects } = step(rig.machine, { kind: 'time' }, rig.orders, rig.now as never);
    assert.deepEqual(effects, [
      {
        do: 'tell',
        tell: { kind: 'unheard', cause: { code: 'resigned', router: 'wan', source: LOWER }, again: false },
      },
    ]);
  });

  it('tells that nobody is heard, for how long, and does not claim by itself', () => {
    const rig = backup();
    rig.hear(200);
    rig.now = 3609;
    assert.deepEqual(rig.tell({ kind: 'time' }), [], 'not before its time');
    rig.now = 3610;
    const { effects, machine } = step(rig.machine, { kind: 'time' }, rig.orders, rig.now as never);
    const cause = { code: 'masterDown', router: 'wan', silentMs: 3610 };
    assert.deepEqual(effects, [{ do: 'tell', tell: { kind: 'unheard', cause, again: false } }]);
    assert.equal(machine.state, 'backup');
  });

  it('has a deadline again at once when it was not allowed to claim, and tells again', () => {
    const rig = backup();
    assert.deepEqual(rig.pass(3 * DOWN + 10), ['3609.4 tell unheard', '7218.8 tell unheard', '10828.1 tell unheard']);
    assert.equal(rig.machine.unheard, true);
    rig.hear(200);
    assert.equal(rig.machine.unheard, false);
  });

  it('says that it tells again', () => {
    const rig = backup();
    const told: boolean[] = [];
    for (let n = 0; n < 2; n++) {
      rig.now += 4000;
      const { effects, machine } = step(rig.machine, { kind: 'time' }, rig.orders, rig.now as never);
      rig.machine = machine;
      for (const effect of effects)
        if (effect.do === 'tell' && effect.tell.kind === 'unheard') told.push(effect.tell.again);
    }
    assert.deepEqual(told, [false, true]);
  });

  it('with Preempt off obeys a worse one', () => {
    const rig = backup({ preempt: false });
    rig.pass(3000);
    assert.deepEqual(rig.hear(50), []);
    assert.equal(rig.due(), DOWN);
  });

  it('with Preempt does not let a worse one touch its timer, and preempts when it runs out', () => {
    const rig = backup();
    for (let n = 0; n < 3; n++) {
      rig.pass(1000);
      const before = timersOf(rig);
      assert.deepEqual(rig.hear(50, { intervalMs: 40_000 }), []);
      assert.deepEqual(timersOf(rig), before);
    }
    rig.now += 700;
    const { effects } = step(rig.machine, { kind: 'time' }, rig.orders, rig.now as never);
    const cause = { code: 'preempting', router: 'wan', source: HIGHER, theirs: 50, ours: 100 };
    assert.deepEqual(effects, [{ do: 'tell', tell: { kind: 'unheard', cause, again: false } }]);
  });

  it('with a delay obeys a worse one until the delay is over, which runs from its first advert', () => {
    const rig = backup({ preemptDelayMs: 10_000 });
    const happened: string[] = [];
    for (let n = 0; n < 12; n++) {
      happened.push(...rig.pass(1000).map((what) => `${n} s and ${what}`));
      rig.hear(50);
      if (n < 10) assert.equal(rig.machine.active?.priority, 50);
    }
    assert.deepEqual(happened, ['10 s and 1000 tell unheard']);
  });

  it('does not obey a worse one any more when the delay is over, so that a group can meet', () => {
    const rig = backup({ preemptDelayMs: 2500 });
    rig.hear(50);
    for (let n = 0; n < 2; n++) {
      rig.pass(1000);
      rig.hear(50);
    }
    assert.deepEqual(rig.pass(600), ['500 tell unheard']);
    rig.hear(50);
    assert.equal(rig.machine.unheard, true, 'another router of its group may still wait');
    rig.hear(100);
    assert.equal(rig.machine.unheard, false, 'an equal one ends that');
    rig.hear(50);
    assert.equal(rig.machine.active?.priority, 50, 'and the next delay begins at its beginning');
  });

  for (const [who, priority] of [
    ['better', 200],
    ['equal', 100],
    ['resigning', 0],
  ] as const) {
    it(`cancels the delay when a ${who} one is heard`, () => {
      const rig = backup({ preemptDelayMs: 2000 });
      rig.hear(50);
      rig.pass(500);
      rig.hear(priority);
      assert.equal(rig.machine.preemptAt, NEVER);
    });
  }

  it('does not preempt after the delay if Preempt was taken away meanwhile', () => {
    const rig = backup({ preemptDelayMs: 2000 });
    rig.hear(50);
    rig.pass(1000);
    rig.hear(50);
    rig.orders = { ...rig.orders, preempt: false };
    assert.deepEqual(rig.pass(1100), []);
    assert.equal(rig.machine.preemptAt, NEVER);
  });

  it('begins the delay anew when Preempt was taken away and given back', () => {
    const rig = backup({ preemptDelayMs: 2000 });
    rig.hear(50);
    rig.pass(1000);
    rig.orders = { ...rig.orders, preempt: false };
    rig.hear(50);
    rig.orders = { ...rig.orders, preempt: true };
    rig.pass(500);
    rig.hear(50);
    assert.deepEqual(rig.pass(2000), ['2000 tell unheard']);
  });

  it('says the newest cause when nobody is heard: neither a worse one nor a resignation from before', () => {
    const causeOf = (rig: Rig) => {
      rig.now = rig.machine.downAt;
      const [effect] = step(rig.machine, { kind: 'time' }, rig.orders, rig.now as never).effects;
      assert.ok(effect?.do === 'tell' && effect.tell.kind === 'unheard');
      return effect.tell.cause;
    };
    for (const before of [50, 0]) {
      const rig = backup();
      rig.hear(before);
      rig.pass(100);
      rig.hear(200);
      assert.deepEqual(causeOf(rig), { code: 'masterDown', router: 'wan', silentMs: 3609.375 }, `after ${before}`);
    }
    const recovered = backup();
    recovered.hear(0);
    recovered.tell({ kind: 'fault', reason: WHY });
    recovered.pass(60_000);
    recovered.tell({ kind: 'startup', reason: WHY });
    assert.deepEqual(causeOf(recovered), { code: 'masterDown', router: 'wan', silentMs: 3609.375 });
  });

  it('needs no delay when nobody is heard any more', () => {
    const rig = backup({ preemptDelayMs: 60_000 });
    rig.hear(50);
    assert.deepEqual(rig.pass(4000), [`${DOWN} tell unheard`]);
    assert.equal(rig.machine.preemptAt, NEVER);
  });

  it('with a new priority moves what is left of its wait by the difference of the skews', () => {
    const rig = backup();
    rig.pass(3000);
    assert.deepEqual(rig.tell({ kind: 'priority', priority: 200 }), []);
    assert.equal(rig.due(), round(3218.75 - 3000));
    rig.tell({ kind: 'priority', priority: 100 });
    assert.equal(rig.due(), round(3609.375 - 3000));
  });

  it('with a new priority moves its wait by the skews of the interval that it has learnt', () => {
    const rig = backup();
    rig.hear(250, { intervalMs: 100 });
    rig.tell({ kind: 'priority', priority: 200 });
    assert.equal(rig.due(), 321.9);
  });

  it('does not hold its own lateness against the other: the wait moves by it', () => {
    const rig = backup();
    rig.pass(1000);
    rig.tell({ kind: 'late', lateMs: 300 });
    assert.equal(rig.due(), round(DOWN - 1000 + 300));
  });

  it('moves its wait by one interval at most, and once per Master_Down', () => {
    const rig = backup();
    rig.tell({ kind: 'late', lateMs: 60_000 });
    assert.equal(rig.due(), round(DOWN + 1000));
    rig.pass(3600);
    rig.tell({ kind: 'late', lateMs: 500 });
    assert.equal(rig.due(), round(DOWN + 1000 - 3600), 'no second one so soon');
    rig.hear(200);
    rig.pass(20);
    rig.tell({ kind: 'late', lateMs: 500 });
    assert.equal(rig.due(), round(DOWN - 20 + 500));
  });

  it('sends nothing and takes nothing when it goes into fault or stops', () => {
    for (const [event, change] of [
      [{ kind: 'fault', reason: WHY }, 'backup → fault'],
      [{ kind: 'stop', reason: WHY }, 'backup → init'],
    ] as const) {
      const rig = backup();
      rig.hear(200);
      assert.deepEqual(rig.tell(event), [change]);
      assert.equal(dueAt(rig.machine), NEVER);
      assert.equal(rig.machine.active, null);
      assert.deepEqual(rig.hear(200), []);
    }
  });

  it('takes no notice of what only an active can be told', () => {
    const rig = backup();
    const before = rig.machine;
    const events: readonly MachineEvent[] = [
      { kind: 'woke', gapMs: 5000 },
      { kind: 'yield', reason: WHY, heard: null },
      { kind: 'resign', reason: WHY, next: 'fault', keep: true },
      { kind: 'letGo', heard: null },
      { kind: 'reclaim', reason: WHY },
      { kind: 'startup', reason: WHY },
    ];
    for (const event of events) assert.deepEqual(rig.tell(event), [], event.kind);
    assert.deepEqual(rig.machine, before);
  });
});
