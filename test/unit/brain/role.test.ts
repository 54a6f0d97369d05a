import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addressBytes } from '../../../core/address.ts';
import { formatReason } from '../../../core/reason.ts';
import type { EventBody } from '../../../core/event.ts';
import type { Fact } from '../../../daemon/brain/fact.ts';
import { nextDue } from '../../../daemon/brain/due.ts';
import { DOWN, type Rig, UP, active, apart, createRig, plan, router, started, WHY } from './brain-rig.ts';

const TWO = plan([router('r1'), router('r2')]);

describe('the role', () => {
  it('is `starting` until something was heard on every router or the first wait is over', () => {
    const rig = createRig(TWO);
    assert.equal(rig.instance.role, 'starting');
    rig.fact({ kind: 'start', transports: { r1: UP, r2: UP }, reason: WHY });
    assert.equal(rig.instance.role, 'starting');
    rig.hear('r1', 200);
    assert.equal(rig.instance.role, 'starting');
    rig.hear('r2', 50);
    assert.equal(rig.instance.role, 'standby');
  });

  it('is `standby`, with whom we follow or are about to preempt', () => {
    const rig = started(plan([router('r1')]));
    rig.hear('r1', 50);
    assert.deepEqual(rig.instance.roleReason, { code: 'activeHeard', router: 'r1', source: '192.0.2.9', priority: 50 });
  });

  it('is `fault` only if no group is left', () => {
    const rig = started(
      plan([router('r1', { group: 'r1' }), router('r2', { group: 'r2' })], { mode: 'active-active' }),
    );
    for (const name of ['r1', 'r2']) rig.hear(name, 200);
    rig.transport('r1', { addressUp: false });
    assert.equal(rig.instance.role, 'standby');
    rig.transport('r2', { addressUp: false });
    assert.equal(rig.instance.role, 'fault');
  });

  it('says since when, and keeps that while only the reason changes', () => {
    const rig = active(plan([router('r1')]));
    assert.equal(rig.instance.roleSince, DOWN);
    rig.pass(5000);
    rig.fact({ kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: { kind: 'none' }, force: false });
    assert.equal(rig.instance.roleSince, DOWN + 5000);
  });

  it('that changes is told with what it was, what it is and why', () => {
    const rig = started(plan([router('r1')]));
    rig.pass(DOWN);
    const told = rig.events.filter((e) => e.kind === 'role');
    const [first] = told;
    assert.equal(told.length, 1);
    assert.deepEqual([first?.from, first?.to, first?.reason.code], ['starting', 'active', 'masterDown']);
  });

  it('is told louder the worse it is', () => {
    const severity = (rig: Rig): string | undefined => rig.events.findLast((e) => e.kind === 'role')?.severity;
    const rig = active(plan([router('r1')]));
    rig.transport('r1', { addressUp: false });
    assert.equal(severity(rig), 'critical');
    rig.transport('r1', { addressUp: true });
    rig.pass(1000 + DOWN);
    assert.equal(severity(rig), 'warning', 'nobody was heard: a person should know soon');
    const owner = createRig(plan([router('r1', { priority: 255 })]));
    owner.fact({ kind: 'start', transports: { r1: UP }, reason: WHY });
    assert.equal(severity(owner), 'info');
  });
});

describe('what is said', () => {
  it('comes after everything that moves traffic', () => {
    const rig = createRig(TWO);
    rig.fact({ kind: 'start', transports: { r1: UP, r2: UP }, reason: WHY });
    rig.events.length = 0;
    assert.ok(rig.pass(DOWN).length > 0);
    assert.deepEqual(rig.said(), [
      'router info: no advert for r1 for 3.61 s',
      'router info: no advert for r1 for 3.61 s',
      'role info: no advert for r1 for 3.61 s',
    ]);
  });

  it('of a predecessor that ended is critical', () => {
    const rig = createRig(TWO);
    const reason = { code: 'predecessorEnded', detail: 'the engine was killed (SIGKILL)' } as const;
    rig.fact({ kind: 'start', transports: { r1: UP, r2: UP }, reason });
    assert.equal(rig.events[0]?.severity, 'critical');
  });
});

/** Anything that may happen to an instance of routers r1 (mutable to mute) and r2. */
const anyFact: fc.Arbitrary<Fact> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fact>({ kind: 'time' }) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        router: fc.constantFrom('r1', 'r2'),
        priority: fc.constantFrom(0, 1, 50, 100, 200, 255),
        intervalMs: fc.constantFrom(10, 1000, 40_950),
        from: fc.constantFrom('192.0.2.1', '192.0.2.9'),
        style: fc.constantFrom('rfc5798' as const, 'rfc9568' as const),
      })
      .map(({ router: name, from, ...rest }): Fact => ({
        kind: 'heard',
        router: name,
        heard: { source: addressBytes(from)!, sameAddresses: true, ...rest },
      })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        router: fc.constantFrom('r1', 'r2'),
        advertUp: fc.boolean(),
        addressUp: fc.boolean(),
        source: fc.boolean(),
      })
      .map(({ router: name, source, ...rest }): Fact => ({
        kind: 'transport',
        router: name,
        transport: { ...rest, source: source ? UP.source : null, detail: 'x' },
      })),
  },
  fc
    .record({
      router: fc.constantFrom('r1', 'r2'),
      purpose: fc.constantFrom('claim' as const, 'fault' as const, 'source' as const),
      foreign: fc.constantFrom(null, { address: '192.0.2.101', mac: '02:00:00:00:00:09' }),
    })
    .map((rest): Fact => ({ kind: 'probed', ...rest })),
  fc
    .record({ router: fc.constantFrom('r1', 'r2'), error: fc.constantFrom(null, 'ENOBUFS') })
    .map((rest): Fact => ({ kind: 'sent', ...rest })),
  fc.constantFrom<Fact>(
    { kind: 'late', lateMs: 700 },
    { kind: 'late', lateMs: 9000 },
    { kind: 'ownSource', router: 'r1' },
    { kind: 'intervalMismatch', router: 'r2', detail: 'x' },
    { kind: 'switchover', to: null, actionId: 's', by: 'eva', hold: { kind: 'none' }, force: false },
    { kind: 'switchover', to: null, actionId: 's', by: 'eva', hold: { kind: 'untilReleased' }, force: false },
    { kind: 'releaseHold', actionId: 'h', by: 'eva' },
  ),
  fc
    .record({
      mode: fc.constantFrom('off' as const, 'active-passive' as const, 'active-active' as const),
      preempt: fc.boolean(),
      preemptDelayMs: fc.constantFrom(0, 1500),
      priority: fc.constantFrom(1, 100, 255),
      second: fc.boolean(),
    })
    .map(({ mode, preempt, preemptDelayMs, priority, second }): Fact => {
      const group = (name: string) => (mode === 'active-passive' ? 'stack' : name);
      const routers = [apart('r1', { priority, group: group('r1') }), router('r2', { priority, group: group('r2') })];
      const next = plan(second ? routers : routers.slice(0, 1), { mode, preempt, preemptDelayMs });
      return { kind: 'plan', plan: next, transports: {}, actionId: null };
    }),
);

describe('whatever happens to an instance, in whatever order', () => {
  const history = fc.array(fc.tuple(anyFact, fc.constantFrom(0, 1, 500, 1000, 4000)), { maxLength: 60 });

  /** Replay a history; `look` sees the instance and what was just said after every fact. */
  function replay(
    facts: readonly (readonly [Fact, number])[],
    look: (rig: Rig, said: readonly EventBody[]) => void,
  ): void {
    const rig = started(plan([apart('r1'), router('r2')]));
    for (const [fact, wait] of facts) {
      rig.events.length = 0;
      rig.pass(wait);
      rig.fact(fact);
      look(rig, rig.events);
    }
  }

  it('it has a role, since when and why, and every reason is a sentence', () => {
    fc.assert(
      fc.property(history, (facts) =>
        replay(facts, ({ instance, now }, said) => {
          assert.ok(instance.roleSince <= now);
          assert.ok(formatReason(instance.roleReason).length > 3);
          for (const { machine } of instance.routers) assert.ok(formatReason(machine.reason).length > 3);
          for (const { reason } of said) assert.doesNotMatch(formatReason(reason), /undefined|NaN|\[object|Infinity/);
        }),
      ),
      { numRuns: 300 },
    );
  });

  it('every backup has a deadline, nothing stays due, and a fault never stands beside an active router', () => {
    fc.assert(
      fc.property(history, (facts) =>
        replay(facts, (rig) => {
          rig.pass(0);
          const { instance } = rig;
          assert.ok(nextDue(instance) > rig.now);
          for (const { machine, plan: of } of instance.routers) {
            if (machine.state === 'backup') assert.ok(Number.isFinite(machine.downAt), of.name);
            if (machine.state !== 'active') continue;
            assert.ok(Number.isFinite(machine.advertAt) || Number.isFinite(machine.listenUntil), of.name);
            const group = instance.routers.filter((r) => r.plan.group === of.group).map((r) => r.plan.name);
            assert.deepEqual(
              instance.faults.filter((f) => group.includes(f.router)),
              [],
            );
          }
        }),
      ),
      { numRuns: 300 },
    );
  });

  it('a switchover comes to an end', () => {
    fc.assert(
      fc.property(history, (facts) =>
        replay(facts, (rig) => {
          if (rig.instance.undertaking !== null)
            assert.ok(rig.instance.routers.some((r) => r.machine.state === 'releasing'));
        }),
      ),
      { numRuns: 300 },
    );
  });

  it('a stop ends it: the addresses gone, `stopped` said once', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const rig = started(plan([apart('r1'), router('r2')]));
        for (const [fact, wait] of facts) {
          rig.pass(wait);
          rig.fact(fact);
        }
        const all = [...rig.fact({ kind: 'stop', by: 'SIGTERM' }), ...rig.pass(90_000)];
        assert.equal(all.filter((effect) => effect.endsWith('stopped')).length, 1);
        assert.ok(
          rig.instance.routers.every((r) => r.machine.state === 'init'),
          rig.states(),
        );
      }),
      { numRuns: 300 },
    );
  });
});
