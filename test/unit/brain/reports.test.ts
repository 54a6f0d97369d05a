import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import { type Standing, standingOf } from '../../../daemon/brain/peer-queries.ts';
import { DOWN, type Rig, conditions, plan, router, withoutAdverts } from './brain-rig.ts';
import { type Company, activeInCompany, followingB, inCompany, peerPlan } from './peer-rig.ts';
import { createStack, stackPlans } from './stack-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });
const THREE = plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] });
const NO_FAST = { ...PAIR, fastTakeover: false };

/** `b` reports that it is active, but no advert of it arrives. */
function reportedOnly(of = PAIR): Company {
  const company = inCompany(of);
  company.b.says({ role: 'active' }, { standing: 'active', priority: 200 });
  return company;
}

describe('a report of an active, for a standby (brain 1.4)', () => {
  it('is an advert: nobody is taken over from whose adverts alone do not arrive', () => {
    const { rig } = reportedOnly();
    assert.deepEqual(rig.pass(20_000), []);
    assert.equal(rig.instance.role, 'standby');
  });

  it('raises a critical alarm when adverts alone would have expired, and not before', () => {
    const { rig } = reportedOnly();
    rig.pass(DOWN - 10);
    assert.deepEqual(conditions(rig), []);
    rig.said();
    rig.pass(20);
    assert.deepEqual(conditions(rig), ['r1 advertsBlocked']);
    assert.ok(rig.said().some((line) => line.startsWith('condition critical: r1: the active is known by its reports')));
  });

  it('ends the alarm when an advert arrives', () => {
    const { rig, b } = reportedOnly();
    rig.pass(DOWN + 10);
    b.advertises(200);
    assert.deepEqual(conditions(rig), []);
  });

  it('makes its down timer run from the last one, as from an advert', () => {
    const { rig, b } = reportedOnly(NO_FAST);
    rig.pass(10_050);
    // The last question that was answered went out at 10 s.
    b.silent();
    assert.deepEqual(withoutAdverts(rig.pass(DOWN - 60)), []);
    assert.deepEqual(rig.pass(20), ['10 r1 advert 100', '10 r1 take']);
    assert.deepEqual(
      conditions(rig).filter((c) => c.includes('advertsBlocked')),
      [],
      'it is over',
    );
  });

  it('holds while it is fresh, which may be longer than Master_Down, and no longer', () => {
    const slow = { ...NO_FAST.peerCheck, intervalMs: 1000, failureThreshold: 5 };
    const { rig, b } = reportedOnly({ ...NO_FAST, peerCheck: slow });
    rig.pass(10_000);
    b.silent();
    rig.pass(DOWN + 500);
    assert.equal(rig.instance.role, 'standby');
    rig.pass(7000);
    assert.equal(rig.instance.role, 'active');
  });

  it('is ignored by its down timer with `splitBrainGuard: false`', () => {
    const { rig, b } = inCompany({ ...PAIR, splitBrainGuard: false });
    b.says({ role: 'active' }, { standing: 'active', priority: 50 });
    rig.pass(DOWN + 1);
    assert.equal(rig.instance.role, 'active');
  });

  it('counts in mode off even so (brain 10): the network is not asked for an address that a peer says it has', () => {
    const { rig, b } = inCompany({ ...PAIR, mode: 'off', splitBrainGuard: false });
    b.says({ role: 'active' }, { standing: 'active', priority: 50 });
    assert.deepEqual(
      rig.pass(DOWN + 1).filter((line) => line.includes('probe')),
      [],
    );
    b.says({ role: 'standby' }, { standing: 'backup', priority: 50 });
    assert.ok(rig.pass(2 * DOWN).some((line) => line.includes('r1 probe claim')));
  });
});

describe('a report of an active, for another active (brain 1.4, 4.5)', () => {
  const says = (rig: Rig): string => `${rig.instance.role}: ${rig.instance.roleReason.code}`;

  it('that is better makes it step down, as an advert would', () => {
    const { rig, b } = activeInCompany(PAIR);
    assert.deepEqual(b.says({ role: 'active' }, { standing: 'active', priority: 101 }), ['r1 drop']);
    assert.equal(says(rig), 'standby: betterReported');
  });

  it('counts with `splitBrainGuard: false` too', () => {
    const { rig, b } = activeInCompany({ ...PAIR, splitBrainGuard: false });
    b.says({ role: 'active' }, { standing: 'active', priority: 101 });
    assert.equal(says(rig), 'standby: betterReported');
  });

  it('that is worse does not', () => {
    const { rig, b } = activeInCompany(PAIR);
    b.says({ role: 'active' }, { standing: 'active', priority: 99 });
    rig.pass(1000);
    assert.equal(rig.instance.role, 'active');
  });

  it('of the same priority: the higher source wins, then the first name', () => {
    const cases: readonly (readonly [string | null, string])[] = [
      ['192.0.2.9', 'standby'],
      ['192.0.2.2', 'active'],
      // Ours is `a`, which comes first.
      [null, 'active'],
    ];
    for (const [source, role] of cases) {
      const { rig, b } = activeInCompany(PAIR);
      b.says({ role: 'active' }, { standing: 'active', priority: 100, source });
      assert.equal(rig.instance.role, role, String(source));
    }
  });

  it('is confirmed by every good answer: what was not pushed counts with the next check', () => {
    const { rig, b } = activeInCompany(PAIR);
    b.becomes({ role: 'active' }, { standing: 'active', priority: 101 });
    rig.pass(100);
    assert.equal(rig.instance.role, 'standby');
  });

  it('lets the winner announce again when the loser has stopped', () => {
    const { b } = activeInCompany(PAIR);
    b.says({ role: 'active' }, { standing: 'active', priority: 50 });
    assert.deepEqual(b.says({ role: 'standby' }, { standing: 'backup' }), ['r1 announce']);
  });

  it('ends two actives that share nothing but a path: one is left, the better one, and it announces', () => {
    const stack = createStack(stackPlans());
    for (const name of ['a', 'b']) {
      stack.node(name).deaf = true;
      stack.start(name);
    }
    stack.cutPath('a', 'b');
    stack.pass(20_000);
    assert.equal(stack.active(), 'a b');
    stack.log();
    stack.mendPath('a', 'b', 1);
    stack.pass(500);
    assert.equal(stack.active(), 'a');
    assert.equal(stack.holders(), 'a');
    const log = stack.log().map((line) => line.slice(line.indexOf(' ') + 1));
    assert.ok(log.indexOf('b r1 drop') < log.lastIndexOf('a r1 announce'), log.join(', '));
  });
});

describe('what a peer is (brain 3.1)', () => {
  const is = ({ rig }: Company, group: string | null = 'stack'): Standing =>
    standingOf(rig.instance, rig.instance.peers[0]!, group, rig.now as Instant);

  it('is eligible or not by its fresh report', () => {
    const company = inCompany(PAIR);
    assert.equal(is(company), 'eligible');
    company.b.says({ eligible: false, faults: ['link pairs 0 of 1'] }, { eligible: false });
    assert.equal(is(company), 'ineligible');
    assert.equal(is(company, null), 'ineligible');
  });

  it('is uncertain when its report is stale, and gone after 10 s without a word', () => {
    const company = inCompany({ ...PAIR, fastTakeover: false });
    const { rig, b } = company;
    rig.pass(10);
    b.silent();
    rig.pass(580);
    assert.equal(is(company), 'eligible', 'the report is fresh for 2 × detection');
    rig.pass(30);
    assert.equal(is(company), 'uncertain');
    rig.pass(9370);
    assert.equal(is(company), 'uncertain');
    rig.pass(930);
    // Three times Master_Down is longer than 10 s.
    assert.equal(is(company), 'gone');
  });

  it('is eligible while its adverts arrive, whatever became of its checks', () => {
    const company = followingB(PAIR);
    const { rig, b } = company;
    b.silent();
    rig.pass(15_000);
    assert.equal(is(company), 'eligible');
  });

  it('is not known by what others say of it', () => {
    const { rig, b, c } = inCompany(THREE);
    rig.pass(10);
    b.silent();
    c.direct = { b: 1 };
    c.says({ others: { b: ['stack'] } });
    rig.pass(1000);
    assert.equal(standingOf(rig.instance, rig.instance.peers[0]!, 'stack', rig.now as Instant), 'uncertain');
  });
});

describe('a third instance that is in contact with the active (brain 3.6)', () => {
  /** `b` is active and lost to us on every path; `c` answers. */
  function lostButVouched(direct: number, others: Record<string, string[]> = { b: ['stack'] }): Company {
    const company = inCompany(THREE);
    const { rig, b, c } = company;
    b.says({ role: 'active' }, { standing: 'active', priority: 200 });
    b.advertises(200);
    c.direct = { b: direct };
    c.says({ others });
    rig.pass(1000);
    b.silent();
    return company;
  }

  it('forbids to take the role by *fast* and by the timer, and the history says why', () => {
    const { rig } = lostButVouched(20);
    assert.deepEqual(withoutAdverts(rig.pass(20_000)), []);
    assert.equal(rig.instance.role, 'standby');
    assert.ok(rig.said().some((line) => line.includes('another instance is in contact with the active (c)')));
  });

  it('allows it when that contact is older than 2 × detection', () => {
    const { rig } = lostButVouched(700);
    rig.pass(1000);
    assert.equal(rig.instance.role, 'active');
  });

  it('allows it when the third does not report it active', () => {
    const { rig } = lostButVouched(20, {});
    rig.pass(1000);
    assert.equal(rig.instance.role, 'active');
  });

  it('allows it when the third is not healthy', () => {
    const { rig, c } = lostButVouched(20);
    rig.pass(200);
    c.silent();
    rig.pass(10_000);
    assert.equal(rig.instance.role, 'active');
  });

  it('counts although we last knew the other as a standby: it became active after we lost it', () => {
    const { rig, b, c } = inCompany(THREE);
    rig.pass(200);
    b.silent();
    rig.pass(500);
    c.direct = { b: 20 };
    c.says({ others: { b: ['stack'] } });
    rig.pass(10_000);
    assert.equal(rig.instance.role, 'standby');
  });

  it('does not outweigh what the other says itself: it is known not to be active any more', () => {
    const { rig, b, c } = inCompany(THREE);
    b.says({ role: 'standby' }, { standing: 'backup' });
    c.direct = { b: 20 };
    c.says({ others: { b: ['stack'] } });
    rig.pass(DOWN + 10);
    assert.equal(rig.instance.role, 'active');
  });

  it('learns from our reports whom we are in contact with, since when, and what they hold', () => {
    const { rig } = followingB(THREE);
    assert.deepEqual(rig.instance.report.others, { b: ['stack'] });
    const sent: unknown[] = [];
    const wire = rig.wire!;
    rig.wire = (effect) => {
      if (effect.message.type === 'push') sent.push(Object.keys(effect.message.direct));
      return wire(effect);
    };
    rig.fact({ kind: 'maintenance', actionId: 'x', by: 'eva', on: true, forMs: null, untilReboot: false, force: true });
    assert.deepEqual(sent, [
      ['b', 'c'],
      ['b', 'c'],
    ]);
  });
});
