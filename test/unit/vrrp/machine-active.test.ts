import assert from 'node:assert/strict';
import { NEVER } from '../../../core/clock.ts';
import { formatReason } from '../../../core/reason.ts';
import { step } from '../../../vrrp/machine.ts';
import { dueAt } from '../../../vrrp/machine-state.ts';
import { HIGHER, LOWER, OURS, type Rig, WHY, active, advert, backup, round } from './machine-rig.ts';

/** Master_Down at priority 100 and 1 s. */
const DOWN = 3609.4;

const stateOf = (rig: Rig): string => rig.machine.state;

/** The timers and what was learnt; everything that an ignored advert must leave alone. */
function timersOf(rig: Rig) {
  const { downAt, advertAt, againAt, refreshAt, preemptAt, letGoAt, listenUntil, activeIntervalMs } = rig.machine;
  return { downAt, advertAt, againAt, refreshAt, preemptAt, letGoAt, listenUntil, activeIntervalMs };
}

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

  it('that yields says so by a last, losing advert, which makes the better one announce again, drops its addresses and follows the better one at the better one’s interval', () => {
    const rig = active();
    const heard = advert(200, { intervalMs: 300 });
    assert.deepEqual(rig.tell({ kind: 'yield', reason: WHY, heard }), ['active → backup', 'advert 100', 'drop']);
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
