import assert from 'node:assert/strict';
import { DOWN, plan, router, withoutAdverts } from './brain-rig.ts';
import { type Company, activeInCompany, followingB, inCompany, peerPlan } from './peer-rig.ts';
import { runningStack, stackPlans } from './stack-rig.ts';

const BETTER = plan([router('r1', { priority: 200 })], { primary: true, peers: [peerPlan('b')] });
const WORSE = plan([router('r1')], { peers: [peerPlan('b')] });

/** `b` is active and worse. */
const underB = (changes: Partial<typeof BETTER> = {}): Company => followingB({ ...BETTER, ...changes }, 100);

/** When it asked for the role, ms from now. */
const wants = (lines: readonly string[]): number[] =>
  lines.filter((line) => line.endsWith('to b want')).map((line) => Number(line.split(' ')[0]));

describe('the better standby of a healthy active peer (brain 4.4)', () => {
  it('does not take the role by its timer: the machine runs with Preempt off', () => {
    const { rig } = underB();
    assert.deepEqual(
      rig.pass(20_000).filter((line) => line.includes('take')),
      [],
    );
    assert.equal(rig.instance.role, 'standby');
  });

  it('does not either where the timer takes no notice of reports', () => {
    const { rig } = underB({ splitBrainGuard: false });
    assert.deepEqual(
      rig.pass(20_000).filter((line) => line.includes('take')),
      [],
    );
  });

  it('asks for it at once without a delay', () => {
    const { rig, b } = inCompany(BETTER);
    b.says({ role: 'active' }, { standing: 'active', priority: 100 });
    assert.ok(rig.pass(10).some((line) => line.endsWith('to b want')));
  });

  it('asks only after it was fit for `preemptDelay`', () => {
    const { rig, b } = inCompany({ ...BETTER, preemptDelayMs: 5000 });
    b.says({ role: 'active' }, { standing: 'active', priority: 100 });
    assert.deepEqual(wants(rig.pass(6000)), [5000, 6000]);
  });

  it('begins that delay anew after a fault', () => {
    const { rig } = underB({ preemptDelayMs: 5000 });
    rig.pass(2000);
    rig.transport('r1', { source: null });
    rig.transport('r1', { source: rig.router('r1').transport.source ?? Uint8Array.of(192, 0, 2, 5) });
    assert.deepEqual(wants(rig.pass(5500)), [5000]);
  });

  it('asks again 1 s after it was refused, then after 2, 4 … 30 s', () => {
    const { rig, b } = underB();
    const nextWant = (): number => {
      for (let waited = 100; waited < 60_000; waited += 100) if (wants(rig.pass(100)).length > 0) return waited;
      return Number.POSITIVE_INFINITY;
    };
    nextWant();
    const waits: number[] = [];
    for (let n = 0; n < 7; n++) {
      // Asked on two paths, it answers twice; that is one refusal.
      for (let path = 0; path < 2; path++)
        b.sends('refused', { id: 'want', reason: { code: 'actionRefused', text: 'preemption is held' } });
      waits.push(Math.round(nextWant() / 1000));
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
  });

  it('asks nothing of an equal one', () => {
    const { rig, b } = followingB(BETTER, 200);
    b.says({}, { source: '192.0.2.2' });
    assert.deepEqual(wants(rig.pass(10_000)), []);
  });

  it('asks nothing with `preempt: false`', () => {
    assert.deepEqual(wants(underB({ preempt: false }).rig.pass(10_000)), []);
  });

  it('asks nothing while it is not fit', () => {
    const { rig } = underB();
    rig.pass(2000);
    rig.transport('r1', { source: null });
    assert.deepEqual(wants(rig.pass(10_000)), []);
  });

  it('asks nothing while preemption is held here', () => {
    const { rig, b } = underB();
    b.sends('ask', { purpose: 'switchover', holdMs: 60_000 });
    b.sends('go');
    b.sends('released');
    rig.hear('r1', 255, { from: '192.0.2.9' });
    assert.equal(rig.instance.role, 'standby');
    assert.deepEqual(wants(rig.pass(50_000)), []);
  });
});

describe('the configured Preempt (brain 4.4)', () => {
  it('applies to a foreign active', () => {
    const { rig } = inCompany(BETTER);
    rig.hear('r1', 100, { from: '192.0.2.77' });
    rig.schedule.push({ at: rig.now, everyMs: 1000, run: () => rig.hear('r1', 100, { from: '192.0.2.77' }) });
    rig.pass(DOWN + 10);
    assert.equal(rig.instance.role, 'active');
  });

  it('applies to a peer whose checks are dead', () => {
    const { rig, b } = underB();
    b.silent();
    rig.pass(2 * DOWN);
    assert.equal(rig.instance.role, 'active');
  });

  it('off, leaves a worse one where it is', () => {
    const { rig, b } = underB({ preempt: false, fastTakeover: false });
    b.silent();
    rig.pass(20_000);
    assert.equal(rig.instance.role, 'standby');
  });
});

describe('the active that is asked for the role (brain 4.4)', () => {
  it('starts a handover', () => {
    const { rig, b } = activeInCompany(WORSE);
    assert.deepEqual(b.sends('want', { id: 'want', purpose: 'preemption' }), ['to b ask']);
    assert.equal(rig.instance.groups[0]!.handover?.purpose, 'preemption');
  });

  it('refuses while preemption is held', () => {
    const { rig, b } = followingB(WORSE);
    b.sends('ask', { purpose: 'switchover', holdMs: 60_000 });
    b.sends('go');
    rig.schedule.length = 0;
    b.says({ role: 'standby' }, { standing: 'backup', priority: 200 });
    b.sends('released');
    assert.deepEqual(withoutAdverts(b.sends('want', { id: 'want', purpose: 'preemption' })), ['to b refused']);
    assert.equal(b.asked.at(-1)!.reason.text, 'preemption is held');
    const order = { id: 'take-b-1', purpose: 'switchover', holdMs: 1000 } as const;
    assert.deepEqual(withoutAdverts(b.sends('want', order)), ['to b ask'], 'an order of an operator is no preemption');
    assert.deepEqual([b.asked.at(-1)!.purpose, b.asked.at(-1)!.holdMs], ['switchover', 1000]);
  });

  it('refuses while a handover to somebody else is under way', () => {
    const { b, c } = activeInCompany(plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] }));
    b.sends('want', { id: 'want', purpose: 'preemption' });
    assert.deepEqual(c.sends('want', { id: 'want', purpose: 'preemption' }), ['to c refused']);
    assert.match(c.asked.at(-1)!.reason.text, /busy/);
  });

  it('refuses if it is not active', () => {
    const { b } = followingB(WORSE);
    assert.deepEqual(b.sends('want', { id: 'want', purpose: 'preemption' }), ['to b refused']);
    assert.equal(b.asked.at(-1)!.reason.text, 'not active');
  });
});

describe('preemption from start to end (brain 4.4)', () => {
  it('moves the role once, without a moment without an active, and without priority 0', () => {
    const stack = runningStack(stackPlans(), 'a');
    stack.kill('a');
    stack.pass(5000);
    assert.equal(stack.active(), 'b');
    stack.log();
    stack.start('a');
    const seen = new Set<string>();
    for (let n = 0; n < 5000; n++) {
      stack.pass(1);
      seen.add(stack.holders());
    }
    assert.equal(stack.active(), 'a');
    assert.ok(!seen.has(''), [...seen].join());
    const log = stack.log();
    assert.equal(log.filter((line) => line.includes('a r1 take')).length, 1);
    assert.deepEqual(
      log.filter((line) => line.endsWith('advert 0')),
      [],
    );
  });

  it('waits for `preemptDelay` after the better one is back', () => {
    const stack = runningStack(
      stackPlans(['a', 'b'], () => ({ preemptDelayMs: 10_000 })),
      'a',
    );
    stack.kill('a');
    stack.pass(5000);
    stack.start('a');
    stack.pass(9900);
    assert.equal(stack.active(), 'b');
    stack.pass(1000);
    assert.equal(stack.active(), 'a');
  });
});
