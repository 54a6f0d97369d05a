import assert from 'node:assert/strict';
import type { Hold } from '../../../core/action.ts';
import { NEVER } from '../../../core/clock.ts';
import { plan, router } from './brain-rig.ts';
import { PAIR, TEN_MINUTES, NONE, switchOver, ended, prioritiesSaid, steps } from './handover-rig.ts';
import { activeInCompany, followingB, peerPlan } from './peer-rig.ts';
import { moves, runningStack, stackPlans } from './stack-rig.ts';

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
