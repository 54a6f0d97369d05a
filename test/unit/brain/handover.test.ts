import assert from 'node:assert/strict';
import { plan, router } from './brain-rig.ts';
import { PAIR, NONE, switchOver, ended, claims, prioritiesSaid, steps } from './handover-rig.ts';
import { ASK, activeInCompany, followingB, peerPlan, type Company, type Scripted } from './peer-rig.ts';
import { runningStack } from './stack-rig.ts';

describe('the giver of a handover (brain 5.1)', () => {
  it('asks, says `go` when the target is prepared, and `released` when it has claimed', () => {
    const { rig, b } = activeInCompany(PAIR);
    assert.deepEqual(switchOver(rig), ['to b ask']);
    assert.deepEqual(b.sends('prepared'), ['to b go']);
    assert.deepEqual(claims(b), ['to b released']);
    assert.deepEqual(ended(rig), [], 'its addresses are still there');
    assert.ok(rig.pass(20).some((line) => line.endsWith('r1 drop')));
    assert.deepEqual(ended(rig), ['act-1 done']);
    assert.equal(new Set(b.asked.map(({ id }) => id)).size, 1);
  });

  it('repeats every message that is not answered every 20 ms', () => {
    const { rig, b } = activeInCompany(PAIR);
    const times = (lines: readonly string[], kind: string): number[] =>
      lines.filter((line) => line.endsWith(kind)).map((line) => Number(line.split(' ')[0]));
    switchOver(rig);
    assert.deepEqual(times(rig.pass(60), 'ask'), [20, 40, 60]);
    b.sends('prepared');
    assert.deepEqual(times(rig.pass(60), 'go'), [20, 40, 60]);
    claims(b);
    assert.deepEqual(times(rig.pass(60), 'released'), [20, 40, 60]);
  });

  it('sends on every path', () => {
    const { rig } = activeInCompany(plan([router('r1')], { peers: [peerPlan('b', '10.0.0.1', '10.1.0.1')] }));
    switchOver(rig);
    assert.deepEqual(
      rig.effects.flatMap((e) => (e.do === 'send' && e.message.type === 'handover' ? [e.path] : [])),
      [null],
    );
  });

  it('gives up when it is refused, and says why', () => {
    const { rig, b } = activeInCompany(PAIR);
    switchOver(rig);
    b.sends('refused', { reason: { code: 'actionRefused', text: 'link pairs 0 of 1' } });
    assert.equal(rig.instance.groups[0]!.handover, null);
    assert.ok(
      rig.effects.some((e) => e.do === 'will'),
      'the last will is written anew (brain 5.4)',
    );
    assert.ok(rig.said().some((line) => line.includes('nothing has changed: link pairs 0 of 1')));
    assert.equal(rig.instance.role, 'active');
  });

  it('gives up when nobody answers', () => {
    const { rig } = activeInCompany(PAIR);
    switchOver(rig);
    rig.pass(600);
    assert.equal(rig.instance.groups[0]!.handover, null);
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });

  it('takes no notice of another id, or of another peer', () => {
    const { rig, b } = activeInCompany(PAIR);
    switchOver(rig);
    assert.deepEqual(b.sends('prepared', { id: 'something else' }), []);
    const third = activeInCompany(plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] }));
    switchOver(third.rig);
    const { id } = third.c.asked[0]!;
    assert.deepEqual(third.b.sends('prepared', { id }), []);
    for (const each of [rig, third.rig]) assert.equal(each.instance.groups[0]!.handover?.stage, 'asking');
  });
});

describe('the target of a handover (brain 5.1, 5.3)', () => {
  const CLAIM = ['r1 takeFirst', 'r1 advert 254', 'to b claimed'];

  it('is prepared, claims at `go`: addresses first, then the advert, then `claimed`', () => {
    const { b } = followingB(PAIR);
    assert.deepEqual(b.sends('ask'), ['to b prepared']);
    assert.deepEqual(b.sends('go'), CLAIM);
  });

  it('says that it is claiming between `prepared` and its claim', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask');
    assert.equal(rig.instance.report.groups[0]!.standing, 'claiming');
    b.sends('go');
    assert.equal(rig.instance.report.groups[0]!.standing, 'active');
  });

  it('does not claim without `go`', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask');
    rig.pass(1000);
    assert.equal(rig.instance.role, 'standby');
  });

  it('claims only within 200 ms of its first `prepared`, however often it is asked', () => {
    for (const [wait, claimed] of [
      [199, true],
      [201, false],
    ] as const) {
      const { rig, b } = followingB(PAIR);
      b.sends('ask');
      rig.pass(150);
      b.sends('ask');
      rig.pass(wait - 150);
      b.sends('go');
      assert.equal(rig.instance.role, claimed ? 'active' : 'standby', `${wait} ms`);
    }
  });

  it('announces again after `released`', () => {
    const { b } = followingB(PAIR);
    b.sends('ask');
    b.sends('go');
    assert.ok(b.sends('released').includes('r1 announce'));
  });

  it('refuses with the reason if it could not claim', () => {
    const { rig, b } = followingB(PAIR);
    rig.transport('r1', { addressUp: false, source: null, detail: 'eth0 has no carrier' });
    assert.deepEqual(b.sends('ask'), ['to b refused']);
    assert.match(b.asked.at(-1)!.reason.text, /eth0 has no carrier/);
  });

  it('refuses if it is active itself', () => {
    const { b } = activeInCompany(PAIR);
    assert.deepEqual(b.sends('ask'), ['to b refused']);
  });

  it('forgets it when the giver says `cancel`', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask');
    b.sends('cancel', { id: ASK.id });
    b.sends('go', { id: ASK.id });
    assert.equal(rig.instance.role, 'standby');
  });
});

describe('the order of a handover (brain 5.3)', () => {
  it('leaves the wire never without addresses, and no longer with two than the linger', () => {
    const stack = runningStack();
    stack.fact('a', { kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: NONE, force: false });
    stack.pass(60);
    const log = stack.log();
    const order = ['a to b ask', 'b to a prepared', 'a to b go', 'b r1 takeFirst', 'b r1 advert 254', 'b to a claimed'];
    order.push('a to b released', 'a r1 drop');
    const at = order.map((step) => steps(log).indexOf(step));
    assert.deepEqual(
      at,
      at.toSorted((x, y) => x - y),
      steps(log).join(', '),
    );
    assert.ok(!at.includes(-1), steps(log).join(', '));
    assert.equal(stack.holders(), 'b');
    assert.deepEqual(prioritiesSaid(log, 'a'), [], 'no advert of the giver, and no priority 0');
  });

  it('lets the giver stop at the advert with 254 although `claimed` is lost', () => {
    const { rig, b } = activeInCompany(PAIR);
    switchOver(rig);
    b.sends('prepared');
    b.advertises(254);
    assert.equal(rig.router('r1').machine.state !== 'active', true);
    assert.deepEqual(
      rig.pass(2000).filter((line) => /r1 advert/.test(line)),
      [],
    );
  });
});

describe('what ends a handover (brain 5.4)', () => {
  function going(): Company {
    const company = activeInCompany(PAIR);
    switchOver(company.rig);
    company.b.sends('prepared');
    return company;
  }

  it('`claimed`, an advert, or a report of the target as active: the giver lets go', () => {
    const signs: readonly ((b: Scripted) => string[])[] = [
      claims,
      (b) => b.advertises(254),
      (b) => b.says({ role: 'active' }, { standing: 'active', priority: 254 }),
    ];
    for (const sign of signs) {
      const { rig, b } = going();
      sign(b);
      rig.pass(50);
      assert.equal(rig.router('r1').machine.state, 'backup');
      assert.deepEqual(ended(rig), ['act-1 done']);
    }
  });

  it('a report from after the 200 ms that it is neither active nor claiming: aborted, the role kept', () => {
    const { rig } = going();
    rig.pass(199);
    assert.equal(rig.instance.groups[0]!.handover?.stage, 'going');
    rig.pass(202);
    assert.equal(rig.instance.groups[0]!.handover, null);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });

  it('not by an answer that may have left before the 200 ms were over', () => {
    const { rig, b } = activeInCompany(PAIR);
    switchOver(rig);
    rig.pass(rig.instance.peers[0]!.session.paths[0]!.nextAt - rig.now + 5);
    b.sends('prepared');
    rig.pass(150);
    // Asked 195 ms after it was prepared; the answer comes after 203.
    b.delayMs = 8;
    rig.pass(70);
    assert.equal(rig.instance.groups[0]!.handover?.stage, 'going');
    rig.pass(100);
    assert.equal(rig.instance.groups[0]!.handover, null);
  });

  it('not while the target says that it is claiming', () => {
    const { rig, b } = going();
    b.becomes({}, { standing: 'claiming' });
    rig.pass(1000);
    assert.equal(rig.instance.groups[0]!.handover?.stage, 'going');
  });

  it('a target that falls silent on all paths: aborted, the role kept', () => {
    const { rig, b } = going();
    b.becomes({}, { standing: 'claiming' });
    rig.pass(100);
    b.silent();
    rig.pass(500);
    assert.equal(rig.instance.groups[0]!.handover, null);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });

  it('a giver that falls silent: the target that has claimed stays active, the one that has not forgets it', () => {
    for (const [go, role] of [
      [true, 'active'],
      [false, 'standby'],
    ] as const) {
      const { rig, b } = followingB(PAIR);
      b.sends('ask', { purpose: 'maintenance' });
      if (go) {
        b.sends('go');
        rig.schedule.length = 0;
      }
      b.silent();
      rig.pass(600);
      assert.equal(rig.instance.role, role);
      assert.equal(rig.instance.groups[0]!.handover, null);
      assert.equal(rig.router('r1').machine.priority, 100);
    }
  });

  it('both sides go on as before where `go` is lost on every path', () => {
    const stack = runningStack();
    stack.fact('a', { kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: NONE, force: false });
    stack.pass(1);
    for (const path of [0, 1]) stack.cutPath('a', 'b', path);
    stack.pass(60);
    for (const path of [0, 1]) stack.mendPath('a', 'b', path);
    stack.pass(5000);
    assert.equal(stack.active().length, 1);
    assert.equal(stack.holders(), stack.active());
    for (const name of ['a', 'b']) assert.equal(stack.group(name).handover, null);
  });
});
