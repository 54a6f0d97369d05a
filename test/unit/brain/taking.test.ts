import assert from 'node:assert/strict';
import type { Hold } from '../../../core/action.ts';
import { formatReason } from '../../../core/reason.ts';
import { type Rig, plan, router } from './brain-rig.ts';
import { NONE, PAIR, TEN_MINUTES, ended } from './handover-rig.ts';
import { activeInCompany, followingB, inCompany } from './peer-rig.ts';
import { runningStack, stackPlans } from './stack-rig.ts';

const ME = PAIR.instance;
const take = (rig: Rig, hold: Hold = NONE): string[] =>
  rig.fact({ kind: 'switchover', to: ME, actionId: 'act-1', by: 'eva', hold, force: false });

/** Why the action failed; null = it has not. */
function failure(rig: Rig): string | null {
  const event = rig.events.findLast((one) => one.ended === 'failed');
  return event === undefined ? null : formatReason(event.reason);
}

describe('a switchover that is begun at the standby', () => {
  it('asks the active one for the role, and is done when that has let go', () => {
    const { rig, b } = followingB(PAIR);
    rig.events.length = 0;
    assert.deepEqual(take(rig, TEN_MINUTES), ['to b want']);
    const asked = b.asked.at(-1)!;
    assert.deepEqual([asked.purpose, asked.holdMs, asked.reason.text], ['switchover', 600_000, 'switched over by eva']);
    const giving = { purpose: 'switchover', holdMs: 600_000 } as const;
    b.sends('ask', giving);
    b.sends('go', giving);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(ended(rig), [], 'the other has not let go yet');
    b.sends('released', giving);
    assert.deepEqual(ended(rig), ['act-1 done']);
    assert.equal(rig.instance.undertaking, null);
    assert.ok(rig.instance.heldUntil > rig.now, 'and preemption is held here');
  });

  it('asks again every 20 ms, as the question may be lost, and gives up in the end', () => {
    const { rig, b } = followingB(PAIR);
    take(rig);
    rig.pass(100);
    const before = b.asked.length;
    assert.ok(before >= 5, `${before} questions`);
    rig.pass(1500);
    assert.equal(failure(rig), 'cannot take over: b did not hand over within 1500 ms');
    const asked = b.asked.length;
    rig.pass(500);
    assert.equal(b.asked.length, asked, 'and asks no more');
    assert.equal(rig.instance.role, 'standby');
  });

  it('fails with the reason of the one that keeps the role', () => {
    const { rig, b } = followingB(PAIR);
    take(rig);
    const { id } = b.asked.at(-1)!;
    b.sends('refused', { id: 'another', reason: { code: 'actionRefused', text: 'not meant' } });
    assert.equal(failure(rig), null);
    b.sends('refused', { id, reason: { code: 'actionRefused', text: 'owner of the addresses' } });
    assert.equal(failure(rig), 'cannot take over: b keeps stack: owner of the addresses');
    assert.equal(rig.instance.undertaking, null);
  });

  it('fails when the other is not active any more, and nobody gave the role to this one', () => {
    const { rig, b } = followingB(PAIR);
    take(rig);
    b.says({ role: 'standby' }, { standing: 'backup' });
    assert.match(failure(rig) ?? '', /^cannot take over: b is not active for stack any more/);
  });

  it('is refused at once where there is nothing to take, and to whoever may not have it', () => {
    const active = activeInCompany(PAIR).rig;
    const alone = inCompany(PAIR).rig;
    const ill = followingB(PAIR).rig;
    ill.transport('r1', { source: null });
    const off = inCompany(plan([router('r1', { group: 'r1' })], { mode: 'off' })).rig;
    const cases: readonly (readonly [Rig, RegExp])[] = [
      [active, /this instance is active already$/],
      [alone, /no peer is known to be active: there is nobody to take over from$/],
      [ill, /this instance may not have stack: /],
      [off, /mode off has nobody/],
    ];
    for (const [rig, why] of cases) {
      rig.events.length = 0;
      take(rig);
      assert.match(failure(rig) ?? '', why);
      assert.deepEqual(ended(rig), ['act-1 failed']);
      assert.equal(rig.instance.undertaking, null);
    }
  });

  it('is one switchover: no other action of the kind beside it, and a stop ends it', () => {
    const { rig } = followingB(PAIR);
    take(rig);
    rig.events.length = 0;
    rig.fact({ kind: 'switchover', to: ME, actionId: 'act-2', by: 'eva', hold: NONE, force: false });
    assert.equal(failure(rig), 'cannot take over: another switchover is in progress');
    assert.deepEqual(ended(rig), ['act-2 failed']);
    rig.fact({ kind: 'stop', by: 'eva' });
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });
});

describe('two brains, and a switchover that is begun at the standby', () => {
  const at = (name: string, to: string, hold: Hold = NONE) =>
    ({ kind: 'switchover', to, actionId: `act ${name}`, by: 'eva', hold, force: false }) as const;

  it('moves the role by a handover, although preemption was held where it is; the hold goes with the role', () => {
    const stack = runningStack(stackPlans(['a', 'b']));
    assert.equal(stack.active(), 'a');
    stack.fact('b', at('b', 'b', TEN_MINUTES));
    stack.pass(100);
    assert.equal(stack.active(), 'b');
    assert.ok(stack.node('b').instance.heldUntil > stack.now);
    assert.ok(stack.said('a').some((line) => line.includes('handing over to b: switchover (switched over by eva)')));
    stack.pass(5000);
    assert.equal(stack.active(), 'b', 'held');

    stack.fact('a', at('a', 'a'));
    stack.pass(100);
    assert.equal(stack.active(), 'a');
    assert.equal(stack.node('b').instance.heldUntil, Number.NEGATIVE_INFINITY, 'no hold is left behind');
    for (const name of ['a', 'b']) assert.equal(stack.node(name).instance.undertaking, null);
  });

  it('has an end, and changes nothing, where no message gets through', () => {
    const stack = runningStack(stackPlans(['a', 'b']));
    stack.fact('b', at('b', 'b'));
    stack.cutPath('a', 'b');
    stack.pass(3000);
    const { instance, events } = stack.node('b');
    assert.equal(instance.undertaking, null);
    assert.ok(events.some(({ actionId, ended }) => actionId === 'act b' && ended === 'failed'));
    assert.equal(stack.active(), 'a');
  });
});
