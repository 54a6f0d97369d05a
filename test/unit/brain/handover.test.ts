import assert from 'node:assert/strict';
import type { Hold } from '../../../core/action.ts';
import { NEVER } from '../../../core/clock.ts';
import { type Rig, plan, router } from './brain-rig.ts';
import { ASK, type Company, type Scripted, activeInCompany, followingB, peerPlan } from './peer-rig.ts';
import { moves, runningStack, stackPlans } from './stack-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });
const TEN_MINUTES: Hold = { kind: 'for', ms: 600_000 };
const NONE: Hold = { kind: 'none' };

function switchOver(rig: Rig, hold: Hold = NONE, more: { force?: boolean; to?: string } = {}): string[] {
  const { force = false, to = null } = more;
  return rig.fact({ kind: 'switchover', to, actionId: 'act-1', by: 'eva', hold, force });
}

function ended(rig: Rig): string[] {
  const endings = rig.events.flatMap((e) => (e.ended === undefined ? [] : [`${e.actionId} ${e.ended}`]));
  rig.events.length = 0;
  return endings;
}

/** `b` claims as it was asked to: its report says so, or only its message. */
const claims = (b: Scripted): string[] => b.sends('claimed');

const prioritiesSaid = (log: readonly string[], who: string): number[] =>
  log.flatMap((line) => {
    const found = new RegExp(`^\\S+ ${who} r1 advert (\\d+)$`).exec(line);
    return found === null ? [] : [Number(found[1])];
  });

const steps = (log: readonly string[]): string[] => log.map((line) => line.slice(line.indexOf(' ') + 1));

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

describe('priority 254 after a handover (brain 5.2)', () => {
  for (const purpose of ['preemption', 'maintenance', 'stop'] as const) {
    it(`lasts until \`released\` for ${purpose}`, () => {
      const { rig, b } = followingB(PAIR);
      b.sends('ask', { purpose });
      b.sends('go');
      assert.equal(rig.router('r1').machine.priority, 254);
      rig.pass(10);
      b.sends('released');
      const said = rig.pass(100).filter((line) => line.endsWith('r1 advert 100'));
      assert.equal(said.length, 1, 'at once, but for the echo of the giver’s last advert');
      assert.equal(rig.router('r1').machine.priority, 100);
      assert.equal(rig.instance.heldUntil, Number.NEGATIVE_INFINITY);
    });
  }

  it('outlasts the last advert of the giver, which may come after its `released` by another wire', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask', { purpose: 'maintenance' });
    b.sends('go');
    b.sends('released');
    rig.pass(5);
    b.advertises(200);
    assert.equal(rig.instance.role, 'active');
  });

  it('begins to end with a report that the giver is not active any more, if its `released` is lost', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask', { purpose: 'stop' });
    b.sends('go');
    b.says({ role: 'standby' }, { standing: 'backup', priority: 200 });
    assert.equal(rig.instance.groups[0]!.handover, null);
    rig.pass(60);
    assert.equal(rig.router('r1').machine.priority, 100);
  });

  it('lasts until the hold ends for a switchover', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask', { purpose: 'switchover', holdMs: 60_000 });
    b.sends('go');
    b.sends('released');
    b.says({ role: 'standby' }, { standing: 'backup', priority: 200 });
    rig.schedule.length = 0;
    rig.pass(59_900);
    assert.equal(rig.router('r1').machine.priority, 254);
    rig.pass(200);
    assert.equal(rig.router('r1').machine.priority, 100);
    assert.ok(rig.said().some((line) => line.includes('preemption no longer held')));
  });

  it('lasts until it is released for a switchover without an end', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask', { purpose: 'switchover', holdMs: null });
    b.sends('go');
    b.sends('released');
    b.says({ role: 'standby' }, { standing: 'backup', priority: 200 });
    rig.schedule.length = 0;
    rig.pass(600_000);
    assert.equal(rig.router('r1').machine.priority, 254);
    assert.equal(rig.instance.heldUntil, NEVER);
    rig.fact({ kind: 'releaseHold', actionId: 'x', by: 'eva' });
    assert.equal(rig.router('r1').machine.priority, 100);
  });

  it('ends at once if the target may not be active any more', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask', { purpose: 'switchover', holdMs: 60_000 });
    b.sends('go');
    b.sends('released');
    rig.transport('r1', { addressUp: false, source: null });
    assert.equal(rig.router('r1').machine.priority, 100);
  });

  it('makes foreign nodes honour it too: it is in the first advert, and every one until then', () => {
    const stack = runningStack();
    stack.fact('a', { kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: TEN_MINUTES, force: false });
    stack.pass(5000);
    assert.deepEqual([...new Set(prioritiesSaid(stack.log(), 'b'))], [254]);
    assert.equal(stack.active(), 'b');
  });

  it('is answered by a giver that owns the addresses, which does not beat it with 255', () => {
    const plans = stackPlans(['a', 'b'], (name) =>
      name === 'a' ? { routers: [router('r1', { priority: 255 })] } : {},
    );
    const stack = runningStack(plans);
    stack.fact('a', {
      kind: 'maintenance',
      actionId: 'x',
      by: 'eva',
      on: true,
      forMs: null,
      untilReboot: false,
      force: false,
    });
    stack.pass(1000);
    assert.equal(stack.active(), 'b');
    assert.equal(stack.holders(), 'b');
    const takes = stack.log().filter((line) => line.includes('b r1 take'));
    assert.equal(takes.length, 1);
  });

  it('holds against the advert of an owner that does not know yet', () => {
    const { rig, b } = followingB(PAIR, 255);
    b.sends('ask', { purpose: 'maintenance' });
    b.sends('go');
    b.advertises(255);
    assert.equal(rig.instance.role, 'active');
    b.sends('released');
    rig.schedule.length = 0;
    b.advertises(255);
    assert.equal(rig.instance.role, 'standby', 'afterwards it is an advert like any other');
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

describe('one handover at a time (brain 5.5)', () => {
  it('an `ask` that meets one’s own is refused as busy', () => {
    const { rig, b } = activeInCompany(PAIR);
    switchOver(rig);
    assert.deepEqual(b.sends('ask', { id: 'b-7' }), ['to b refused']);
    assert.match(b.asked.at(-1)!.reason.text, /busy/);
    assert.equal(rig.instance.groups[0]!.handover?.stage, 'asking');
  });

  it('a second `ask` is refused as busy by a target', () => {
    const { rig, b, c } = followingB(plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] }));
    b.sends('ask');
    c.sends('ask', { id: 'c-1' });
    assert.match(c.asked.at(-1)!.reason.text, /busy/);
    assert.equal(rig.instance.groups[0]!.handover?.peer, 'b');
  });

  it('a second one is refused to the operator', () => {
    const { rig } = activeInCompany(PAIR);
    switchOver(rig);
    rig.events.length = 0;
    rig.fact({ kind: 'switchover', to: null, actionId: 'act-2', by: 'eva', hold: NONE, force: false });
    assert.deepEqual(ended(rig), ['act-2 failed']);
  });

  it('any other change of role cancels it: a fault of the giver', () => {
    const { rig, b } = activeInCompany(PAIR);
    switchOver(rig);
    rig.transport('r1', { source: null, detail: 'no address' });
    assert.equal(rig.instance.groups[0]!.handover, null);
    assert.deepEqual(ended(rig), ['act-1 failed']);
    assert.deepEqual(b.sends('prepared'), []);
  });

  it('any other change of role cancels it: a better active is heard', () => {
    const { rig } = activeInCompany(PAIR);
    switchOver(rig);
    rig.hear('r1', 150, { from: '192.0.2.77' });
    assert.equal(rig.instance.groups[0]!.handover, null);
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });

  it('any other change of role cancels it: the target is told that the role is free', () => {
    const { rig, b } = followingB(PAIR);
    b.sends('ask');
    b.says({ role: 'fault', eligible: false }, { standing: 'resigned' });
    assert.equal(rig.instance.role, 'active');
    assert.equal(rig.instance.groups[0]!.handover, null);
    assert.equal(rig.router('r1').machine.priority, 100);
  });

  it('an owner of the addresses does not give them away for preemption or a switchover', () => {
    const owner = plan([router('r1', { priority: 255 })], { peers: [peerPlan('b')] });
    const { rig, b } = activeInCompany(owner);
    b.sends('want', { id: 'want', purpose: 'preemption' });
    assert.match(b.asked.at(-1)!.reason.text, /owner/);
    assert.deepEqual(switchOver(rig), []);
    assert.deepEqual(ended(rig), ['act-1 failed']);
    assert.deepEqual(
      rig.fact({
        kind: 'maintenance',
        actionId: 'act-2',
        by: 'eva',
        on: true,
        forMs: null,
        untilReboot: false,
        force: false,
      }),
      ['to b ask'],
    );
  });

  it('is one for each group: two groups go at the same time', () => {
    const both = plan([router('r1', { group: 'r1' }), router('r2', { group: 'r2' })], {
      mode: 'active-active',
      peers: [peerPlan('b')],
    });
    const groups = ['r1', 'r2'].map((name) => ({
      name,
      standing: 'backup' as const,
      priority: 50,
      source: '192.0.2.9',
      intervalMs: 1000,
      eligible: true,
    }));
    const { rig, b } = activeInCompany(both, (company) => void company.b.says({ groups }));
    assert.deepEqual(switchOver(rig), ['to b ask', 'to b ask']);
    const [first, second] = b.asked.slice(-2);
    b.sends('prepared', { id: first!.id, group: 'r1' });
    b.sends('claimed', { id: first!.id, group: 'r1' });
    rig.pass(20);
    assert.deepEqual(ended(rig), []);
    b.sends('prepared', { id: second!.id, group: 'r2' });
    b.sends('claimed', { id: second!.id, group: 'r2' });
    rig.pass(20);
    assert.deepEqual(ended(rig), ['act-1 done']);
  });
});

describe('the role after a handover, seen by everybody', () => {
  it('is given to the named target', () => {
    const stack = runningStack(stackPlans(['a', 'b', 'c']));
    stack.fact('a', { kind: 'switchover', to: 'c', actionId: 'x', by: 'eva', hold: TEN_MINUTES, force: false });
    stack.pass(2000);
    assert.equal(stack.active(), 'c');
  });

  it('is given to the best where none is named', () => {
    const stack = runningStack(stackPlans(['a', 'b', 'c']));
    stack.fact('a', { kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: TEN_MINUTES, force: false });
    stack.pass(2000);
    assert.equal(stack.active(), 'b');
    assert.equal(stack.holders(), 'b');
  });

  it('comes back without loss when the hold is over (brain 4.4)', () => {
    const stack = runningStack();
    const hold: Hold = { kind: 'for', ms: 20_000 };
    stack.fact('a', { kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold, force: false });
    stack.pass(19_000);
    assert.equal(stack.active(), 'b');
    stack.log();
    stack.pass(5000);
    assert.equal(stack.active(), 'a');
    assert.deepEqual(prioritiesSaid(stack.log(), 'b').includes(0), false);
  });

  it('moves with a stop before the daemon leaves, and it says nothing with priority 0', () => {
    const stack = runningStack();
    stack.fact('a', { kind: 'stop', by: 'SIGTERM' });
    stack.pass(100);
    assert.equal(stack.active(), 'b');
    assert.equal(stack.holders(), 'b');
    const log = stack.log();
    assert.ok(steps(log).includes('a stopped'), steps(log).join(', '));
    assert.ok(!steps(moves(log)).includes('a r1 advert 0'));
  });

  it('moves by resigning where the daemon stops and nobody answers in time', () => {
    const { rig, b } = activeInCompany(PAIR);
    rig.fact({ kind: 'stop', by: 'SIGTERM' });
    assert.equal(b.asked.at(-1)!.kind, 'ask');
    const lines = rig.pass(5000);
    assert.ok(lines.some((line) => line.endsWith('r1 advert 0')));
    assert.ok(lines.some((line) => line.endsWith('stopped')));
  });
});
