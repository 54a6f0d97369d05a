import assert from 'node:assert/strict';
import { NEVER } from '../../../core/clock.ts';
import { formatReason } from '../../../core/reason.ts';
import { step } from '../../../vrrp/machine.ts';
import { type MachineEvent, dueAt, newMachine } from '../../../vrrp/machine-state.ts';
import { LINGER_MS } from '../../../vrrp/timers.ts';
import { routerPlan } from './edge-samples.ts';
import {
  HIGHER,
  LOWER,
  OURS,
  type Rig,
  WHY,
  active,
  advert,
  backup,
  createRig,
  releasing,
  round,
} from './machine-rig.ts';

/** Master_Down at priority 100 and 1 s. */
const DOWN = 3609.4;

const stateOf = (rig: Rig): string => rig.machine.state;

/** The timers and what was learnt; everything that an ignored advert must leave alone. */
function timersOf(rig: Rig) {
  const { downAt, advertAt, againAt, refreshAt, preemptAt, letGoAt, listenUntil, activeIntervalMs } = rig.machine;
  return { downAt, advertAt, againAt, refreshAt, preemptAt, letGoAt, listenUntil, activeIntervalMs };
}

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

describe('a backup that becomes active', () => {
  it('changes its state, sends its advert, and takes its addresses, in that order', () => {
    assert.deepEqual(backup().tell({ kind: 'claim', reason: WHY }), ['backup → active', 'advert 100', 'take']);
  });

  it('sends the next advert after one interval of its own, not of the one that it had learnt', () => {
    const rig = backup();
    rig.hear(200, { intervalMs: 40 });
    rig.tell({ kind: 'claim', reason: WHY });
    assert.equal(rig.due(), 1000);
    assert.equal(rig.machine.activeIntervalMs, 1000);
  });

  it('forgets whom it followed', () => {
    const rig = backup({ preemptDelayMs: 5000 });
    rig.hear(50);
    rig.tell({ kind: 'claim', reason: WHY });
    const { active: other, worse, resigner, downAt, preemptAt, unheard } = rig.machine;
    assert.deepEqual(
      { other, worse, resigner, downAt, preemptAt, unheard },
      { other: null, worse: null, resigner: null, downAt: NEVER, preemptAt: NEVER, unheard: false },
    );
  });
});

describe('an active', () => {
  it('sends an advert every interval, and deadlines do not drift', () => {
    const rig = active();
    assert.deepEqual(rig.pass(2000), ['1000 advert 100', '2000 advert 100']);
    rig.now += 1300;
    assert.deepEqual(rig.tell({ kind: 'time' }), ['advert 100']);
    assert.equal(rig.due(), 700, 'late by 300 ms: the next one is due when it would have been');
    rig.now += 5000;
    assert.deepEqual(rig.tell({ kind: 'time' }).slice(0, 1), ['advert 100']);
    assert.equal(round(rig.machine.advertAt - rig.now), 1000, 'after more than an interval it does not catch up');
  });

  it('announces again after `again`, and every `refresh` from then on', () => {
    const rig = active({ announce: { repeat: 5, againMs: 5000, refreshMs: 60_000 } });
    const announcements = rig.pass(180_000).filter((what) => what.endsWith('announce'));
    assert.deepEqual(announcements, ['5000 announce', '60000 announce', '120000 announce', '180000 announce']);
  });

  it('announces once only where `again` and `refresh` are 0', () => {
    const rig = active({ announce: { repeat: 5, againMs: 0, refreshMs: 0 } });
    assert.ok(rig.pass(200_000).every((what) => what.endsWith('advert 100')));
  });

  it('answers priority 0 at once, stays, and sends the next advert an interval later', () => {
    const rig = active();
    rig.pass(400);
    assert.deepEqual(rig.hear(0), ['advert 100']);
    assert.equal(rig.due(), 1000);
    assert.equal(stateOf(rig), 'active');
  });

  it('answers priority 0 at most every 10 ms, however much of it comes, and its timers do not suffer', () => {
    const rig = active();
    let sent = 0;
    for (let n = 0; n < 1000; n++) {
      sent += rig.hear(0).length;
      sent += rig.pass(1).length;
    }
    assert.equal(sent, 100);
    assert.equal(stateOf(rig), 'active');
  });

  it('answers a losing advert at once (RFC 9568 6.4.3) and announces its addresses, as the sender has claimed them too', () => {
    const rig = active();
    rig.pass(5500);
    assert.deepEqual(rig.hear(50), ['advert 100', 'announce', 'announced again']);
    assert.equal(rig.due(), 1000);
    const announcements = rig.pass(6000).filter((what) => what.endsWith('announce'));
    assert.deepEqual(announcements, ['5000 announce'], 'and a second burst follows');
  });

  it('answers losing adverts at most every 10 ms', () => {
    const rig = active();
    rig.pass(500);
    rig.hear(50);
    rig.pass(9);
    const before = timersOf(rig);
    assert.deepEqual(rig.hear(50), []);
    assert.deepEqual(timersOf(rig), before);
    rig.pass(1);
    assert.equal(rig.hear(50)[0], 'advert 100');
  });

  it('compares addresses with one of equal priority: the higher wins', () => {
    assert.deepEqual(active().hear(100, { from: LOWER })[0], 'advert 100');
    assert.deepEqual(active().hear(100, { from: HIGHER }), ['tell betterHeard']);
  });

  it('compares addresses as unsigned numbers in network order, not as text', () => {
    assert.deepEqual(active({ source: '10.0.0.100' }).hear(100, { from: '10.0.0.20' })[0], 'advert 100');
    assert.deepEqual(active({ source: '9.0.0.1' }).hear(100, { from: '200.0.0.1' }), ['tell betterHeard']);
  });

  it('compares all 128 bits of IPv6 addresses', () => {
    const ours = 'fe80::1:0:0:1';
    assert.deepEqual(active({ source: ours }).hear(100, { from: 'fe80::1:0:0:2' }), ['tell betterHeard']);
    assert.deepEqual(active({ source: ours }).hear(100, { from: 'fe80::2:0:0:0' }), ['tell betterHeard']);
    assert.deepEqual(active({ source: ours }).hear(100, { from: 'fe80::1:0:0:0' })[0], 'advert 100');
    assert.deepEqual(active({ source: ours }).hear(100, { from: 'fe80::ffff:ffff' })[0], 'advert 100');
  });

  it('stays against an equal one that has our own address, or when we have none', () => {
    assert.equal(active().hear(100, { from: OURS })[0], 'advert 100');
    assert.equal(active({ source: null }).hear(100)[0], 'advert 100');
  });

  it('tells of a better one, with both priorities, and leaves the decision to the group', () => {
    const rig = active();
    const heard = advert(200, { intervalMs: 300 });
    const { effects, machine } = step(rig.machine, { kind: 'heard', heard }, rig.orders, rig.now as never);
    const reason = { code: 'betterHeard', router: 'wan', source: HIGHER, theirs: 200, ours: 100 };
    assert.deepEqual(effects, [{ do: 'tell', tell: { kind: 'betterHeard', heard, reason } }]);
    assert.deepEqual(machine, rig.machine);
  });

  it('that yields drops its addresses and follows the better one at the better one’s interval', () => {
    const rig = active();
    const heard = advert(200, { intervalMs: 300 });
    assert.deepEqual(rig.tell({ kind: 'yield', reason: WHY, heard }), ['active → backup', 'drop']);
    assert.equal(rig.due(), round(3 * 300 + (156 / 256) * 300));
    assert.equal(rig.machine.active?.priority, 200);
    assert.deepEqual(rig.pass(1000), [], 'no advert any more');
  });

  it('that yields with its group, without having heard anybody itself, waits the whole of Master_Down', () => {
    const rig = active();
    rig.tell({ kind: 'yield', reason: WHY, heard: null });
    assert.equal(rig.due(), DOWN);
    assert.equal(rig.machine.active, null);
  });

  it('with a new priority sends it from the next advert on', () => {
    const rig = active();
    rig.tell({ kind: 'priority', priority: 120 });
    assert.deepEqual(rig.pass(1000), ['1000 advert 120']);
    assert.equal(rig.machine.downAt, NEVER);
  });

  it('resigns with priority 0, sends no more adverts and keeps its addresses', () => {
    const rig = active();
    assert.deepEqual(rig.tell({ kind: 'resign', reason: WHY, next: 'backup', keep: true }), [
      'active → releasing',
      'advert 0',
    ]);
    assert.deepEqual(rig.pass(1990), []);
  });

  it('resigns with priority 0 and drops its addresses at once where they may not stay', () => {
    for (const next of ['fault', 'init'] as const) {
      const rig = active();
      assert.deepEqual(rig.tell({ kind: 'resign', reason: WHY, next, keep: false }), [
        `active → ${next}`,
        'advert 0',
        'drop',
      ]);
      assert.equal(dueAt(rig.machine), NEVER);
    }
    const rig = active();
    rig.tell({ kind: 'resign', reason: WHY, next: 'backup', keep: false });
    assert.equal(stateOf(rig), 'backup');
    assert.equal(rig.due(), DOWN, 'a backup always has a deadline');
  });

  it('takes no notice of lateness that is shorter than the others wait', () => {
    const rig = active();
    const before = timersOf(rig);
    assert.deepEqual(rig.tell({ kind: 'late', lateMs: 900 }), []);
    assert.deepEqual(timersOf(rig), before);
  });
});

describe('an active that stood still for longer than the others wait', () => {
  const woken = (): Rig => {
    const rig = active();
    rig.now = 80_000;
    rig.tell({ kind: 'woke', gapMs: 70_000 });
    return rig;
  };

  it('listens for one interval before it sends or announces anything, however much fell due meanwhile', () => {
    const rig = woken();
    assert.deepEqual(rig.tell({ kind: 'time' }), []);
    assert.deepEqual(rig.pass(999), []);
    assert.deepEqual(rig.pass(1), ['1 advert 100', '1 announce']);
  });

  it('goes on as before when nobody was heard, with a second burst of announcements', () => {
    const rig = woken();
    rig.pass(1000);
    assert.deepEqual(
      rig.pass(5000).filter((what) => what.endsWith('announce')),
      ['5000 announce'],
    );
    assert.equal(rig.machine.listenUntil, NEVER);
  });

  for (const [who, priority, from] of [
    ['better', 200, LOWER],
    ['equal', 100, LOWER],
    ['worse', 1, LOWER],
  ] as const) {
    it(`gives way to a ${who} one that took over meanwhile`, () => {
      const rig = woken();
      rig.now += 500;
      const { effects } = step(
        rig.machine,
        { kind: 'heard', heard: advert(priority, { from }) },
        rig.orders,
        rig.now as never,
      );
      assert.equal(effects.length, 1);
      const [effect] = effects;
      assert.ok(effect?.do === 'tell' && effect.tell.kind === 'betterHeard');
      assert.deepEqual(effect.tell.reason, {
        code: 'activeHeardAfterPause',
        router: 'wan',
        source: from,
        gapMs: 70_500,
      });
      assert.ok(formatReason(effect.tell.reason).includes('stood still'));
    });
  }

  it('does not answer priority 0 while it listens', () => {
    const rig = woken();
    assert.deepEqual(rig.hear(0), []);
    assert.equal(rig.due(), 1000);
  });

  it('may yield, resign and be claimed by a fault while it listens', () => {
    const yielding = woken();
    assert.deepEqual(yielding.tell({ kind: 'yield', reason: WHY, heard: advert(50) }), ['active → backup', 'drop']);
    assert.equal(yielding.machine.listenUntil, NEVER);
    const resigning = woken();
    resigning.tell({ kind: 'resign', reason: WHY, next: 'fault', keep: true });
    assert.equal(resigning.machine.listenUntil, NEVER);
  });
});

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

describe('the checksum of `auto`', () => {
  it('follows what is heard, in backup and in active', () => {
    for (const rig of [backup(), active()]) {
      assert.equal(rig.hear(200, { style: 'rfc9568' })[0], 'style rfc9568');
      assert.equal(rig.machine.style, 'rfc9568');
      assert.ok(!rig.hear(200, { style: 'rfc9568' }).includes('style rfc9568'), 'it is told once');
      assert.equal(rig.hear(200, { style: 'rfc5798' })[0], 'style rfc5798');
    }
  });

  it('follows before a losing advert is answered, so that its sender understands the answer', () => {
    assert.deepEqual(active().hear(50, { style: 'rfc9568' }).slice(0, 2), ['style rfc9568', 'advert 100']);
  });

  it('does not follow where there is only one way', () => {
    const rig = backup();
    assert.deepEqual(rig.hear(200, { style: 'any' }), []);
    assert.equal(rig.machine.style, 'rfc5798');
  });

  it('does not follow where one is configured', () => {
    const rig = backup({ checksum: 'rfc5798' });
    assert.deepEqual(rig.hear(200, { style: 'rfc9568' }), []);
    assert.equal(rig.machine.style, 'rfc5798');
  });
});
