import assert from 'node:assert/strict';
import type { EnginePlan } from '../../../config/plan.ts';
import { NO_PROTECTION } from '../../../daemon/channel.ts';
import { DOWN, type Rig, UP, active, conditions, faults, plan, router } from './brain-rig.ts';
import { type Company, inCompany, peerPlan } from './peer-rig.ts';

const FLAPS = { max: 2, windowMs: 900_000, action: 'bypass' } as const;
const BYPASS = { ...plan([]).bypass, driver: 'bridge', onServiceDown: false } as const;
/** The holder, with a driver and a peer. */
const HOLDER = plan([router('r1', { priority: 200 })], {
  primary: true,
  flaps: FLAPS,
  bypass: BYPASS,
  peers: [peerPlan('b')],
});
const NO_DRIVER: EnginePlan = { ...HOLDER, bypass: { ...BYPASS, driver: 'none' } };

const fail = (rig: Rig): string[] => rig.transport('r1', { source: null, detail: 'no address' });
const mend = (rig: Rig): string[] => rig.transport('r1', { source: UP.source, detail: '' });
const count = (rig: Rig): number => rig.instance.flaps.length;
const commands = (lines: readonly string[]): string[] => lines.filter((line) => / ?bypass (inline|bypass)$/.test(line));

/** Started; `b` is a standby that is fit, or not. */
function begun(of = HOLDER, fit = true): Company {
  const company = inCompany(of);
  company.rig.fact({ kind: 'bypassRead', state: 'inline', detail: '' });
  company.b.says({ primary: !of.primary, eligible: fit }, { eligible: fit });
  company.rig.pass(DOWN + 10);
  assert.equal(company.rig.instance.role, 'active');
  company.rig.said();
  return company;
}

/** Active, a fault that is gone again, and active. */
function flap(rig: Rig): void {
  fail(rig);
  mend(rig);
  rig.pass(3 * DOWN);
}

/** Every `protect` that was ordered is on the disk. */
const saved = (rig: Rig): string[] => rig.fact({ kind: 'protected', seq: rig.instance.protectSeq });

describe('a flap (brain 8.1)', () => {
  it('is leaving active by a fault', () => {
    const { rig } = begun();
    flap(rig);
    assert.equal(count(rig), 1);
    assert.ok(rig.said().some((line) => line.startsWith('flap warning: left the active role 1 time of 2 allowed')));
  });

  it('is counted once for an instance that is active for several groups: with the last', () => {
    const two = [router('r1', { group: 'r1' }), router('r2', { group: 'r2' })];
    const { rig } = begun({ ...NO_DRIVER, mode: 'active-active', routers: two });
    fail(rig);
    assert.equal(count(rig), 0, 'still active for the other');
    rig.transport('r2', { source: null });
    assert.equal(count(rig), 1);
  });

  const none: readonly (readonly [string, (company: Company) => void])[] = [
    [
      'maintenance',
      ({ rig, b }) => {
        maintain(rig);
        b.sends('prepared');
        b.sends('claimed');
      },
    ],
    ['a stop', ({ rig }) => void rig.fact({ kind: 'stop', by: 'SIGTERM' })],
    [
      'a switchover',
      ({ rig, b }) => {
        rig.fact({ kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: { kind: 'none' }, force: false });
        b.sends('prepared');
        b.sends('claimed');
      },
    ],
    [
      'preemption by the better one',
      ({ b }) => {
        b.sends('want', { id: 'want', purpose: 'preemption' });
        b.sends('prepared');
        b.sends('claimed');
      },
    ],
    ['yielding to a better one', ({ rig }) => void rig.hear('r1', 250)],
    [
      'losing to a better one that only reports',
      ({ b }) => void b.says({ role: 'active' }, { standing: 'active', priority: 250 }),
    ],
  ];
  for (const [what, happens] of none) {
    it(`is not ${what}`, () => {
      const company = begun();
      happens(company);
      company.rig.pass(1000);
      assert.notEqual(company.rig.instance.role, 'active');
      assert.equal(count(company.rig), 0);
    });
  }

  it('is forgotten when it has left the window', () => {
    const { rig } = begun();
    flap(rig);
    rig.pass(900_000);
    flap(rig);
    assert.equal(count(rig), 1);
  });

  it('is kept, and counts after a restart: also what the guardian has added (brain 8.2)', () => {
    const protection = { ...NO_PROTECTION, flapAges: [60_000, 30_000, 10] };
    const again = inCompany(NO_DRIVER, { protection });
    assert.equal(count(again.rig), 3);
    again.b.says({ primary: false });
    assert.deepEqual(faults(again.rig), [' flapLimit']);
  });

  it('is told to the guardian when it happens', () => {
    const { rig } = begun();
    fail(rig);
    const kept = rig.effects.flatMap((e) => (e.do === 'protect' ? [e.protection.flapAges.length] : []));
    assert.deepEqual(kept, [1]);
  });
});

describe('more flaps than `max` (brain 8.3)', () => {
  function latched(of = HOLDER): Company {
    const company = begun(of);
    for (let n = 0; n < 2; n++) flap(company.rig);
    assert.deepEqual(faults(company.rig), [], '`max` is allowed');
    fail(company.rig);
    mend(company.rig);
    assert.deepEqual(faults(company.rig), [' flapLimit']);
    return company;
  }

  it('puts the holder into bypass, and the latch is on the disk before the driver is told', () => {
    const { rig } = latched();
    assert.deepEqual(commands(rig.pass(500)), []);
    assert.equal(rig.instance.latched?.saved, false);
    assert.deepEqual(commands(saved(rig)), ['bypass bypass']);
    assert.ok(
      rig
        .said()
        .some((line) => line.startsWith('flap critical: left the active role 3 times, 2 are allowed: in bypass')),
    );
  });

  it('does not take an older confirmation for it', () => {
    const { rig } = latched();
    assert.deepEqual(commands(rig.fact({ kind: 'protected', seq: rig.instance.protectSeq - 1 })), []);
  });

  it('is a fault without a driver, with `action: fault`, and on others than the holder', () => {
    for (const of of [
      NO_DRIVER,
      { ...HOLDER, flaps: { ...FLAPS, action: 'fault' as const } },
      { ...HOLDER, primary: false },
    ]) {
      const { rig } = latched(of);
      saved(rig);
      assert.deepEqual(commands(rig.pass(60_000)), []);
      assert.equal(rig.instance.role, 'fault');
    }
  });

  it('lasts: no time opens it, and no restart', () => {
    for (const of of [HOLDER, NO_DRIVER]) {
      const { rig } = latched(of);
      rig.pass(2 * FLAPS.windowMs);
      assert.deepEqual(faults(rig), [' flapLimit']);
      const protection = { ...NO_PROTECTION, latched: { ageMs: 2 * FLAPS.windowMs } };
      const again = inCompany(of, { protection });
      assert.deepEqual(faults(again.rig), [' flapLimit']);
    }
  });

  it('is written down for a fault too, so that a restart does not end it', () => {
    const { rig } = begun(NO_DRIVER);
    flap(rig);
    flap(rig);
    fail(rig);
    const kept = rig.effects.flatMap((e) => (e.do === 'protect' ? [e.protection] : [])).at(-1)!;
    assert.notEqual(kept.latched, null);
  });

  it('engages again after a restart where it is a bypass', () => {
    const { rig } = inCompany(HOLDER, { protection: { ...NO_PROTECTION, latched: { ageMs: 1000 } } });
    assert.deepEqual(commands(rig.fact({ kind: 'bypassRead', state: 'inline', detail: '' })), ['bypass bypass']);
  });

  it('`bypass release` opens it, clears the fault and resets the count', () => {
    const { rig } = latched();
    saved(rig);
    rig.fact({ kind: 'bypassRead', state: 'bypass', detail: '' });
    assert.deepEqual(commands(rig.fact({ kind: 'bypass', actionId: 'x', by: 'eva', engage: false })), [
      'bypass inline',
    ]);
    assert.deepEqual([rig.instance.latched, faults(rig), count(rig)], [null, [], 0]);
  });

  it('`flaps reset` resets the count and leaves a latched bypass', () => {
    const { rig } = latched();
    saved(rig);
    rig.fact({ kind: 'bypassRead', state: 'bypass', detail: '' });
    rig.fact({ kind: 'flapsReset', actionId: 'x', by: 'eva' });
    assert.equal(count(rig), 0);
    assert.notEqual(rig.instance.latched, null);
    assert.deepEqual(faults(rig), [' flapLimit']);
    assert.deepEqual(commands(rig.pass(10_000)), []);
  });

  it('`flaps reset` ends a latch that is only a fault', () => {
    const { rig } = latched({ ...HOLDER, flaps: { ...FLAPS, action: 'fault' } });
    rig.fact({ kind: 'flapsReset', actionId: 'x', by: 'eva' });
    assert.deepEqual([rig.instance.latched, faults(rig)], [null, []]);
  });

  it('means nothing with `max: 0`', () => {
    const { rig } = begun({ ...HOLDER, flaps: { ...FLAPS, max: 0 } });
    for (let n = 0; n < 10; n++) flap(rig);
    assert.equal(rig.instance.role, 'active');
  });
});

describe('at the limit while nobody else is eligible (brain 8.4)', () => {
  const alone = (of: EnginePlan): Company => {
    const company = begun(of, false);
    for (let n = 0; n < 3; n++) flap(company.rig);
    return company;
  };

  it('an instance stays in service, with a critical alarm', () => {
    const { rig } = alone(NO_DRIVER);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(conditions(rig), [' flapLimitReached']);
    assert.ok(rig.said().some((line) => line.startsWith('condition critical: left the active role too often')));
  });

  it('but for the holder with a driver, which passes traffic by', () => {
    const { rig } = begun(HOLDER, false);
    for (let n = 0; n < 2; n++) flap(rig);
    fail(rig);
    assert.deepEqual(commands(saved(rig)), ['bypass bypass']);
    assert.ok(faults(rig).includes(' flapLimit'));
  });

  it('it gives up the role as soon as somebody else is eligible', () => {
    const { rig, b } = alone(NO_DRIVER);
    assert.deepEqual(b.says({ eligible: true }, { eligible: true }), ['r1 advert 0']);
    assert.deepEqual(faults(rig), [' flapLimit']);
    assert.deepEqual(conditions(rig), []);
  });

  it('the alarm ends by time alone, where nothing else happens', () => {
    const rig = active(plan([router('r1')], { flaps: FLAPS }));
    for (let n = 0; n < 3; n++) flap(rig);
    assert.deepEqual(conditions(rig), [' flapLimitReached']);
    rig.pass(FLAPS.windowMs);
    assert.deepEqual(conditions(rig), []);
  });

  it('the alarm ends when the flaps have left the window, and with `flaps reset`', () => {
    const { rig } = alone(NO_DRIVER);
    rig.pass(FLAPS.windowMs);
    assert.deepEqual(conditions(rig), []);
    const other = alone(NO_DRIVER).rig;
    other.fact({ kind: 'flapsReset', actionId: 'x', by: 'eva' });
    assert.deepEqual(conditions(other), []);
  });
});

function maintain(rig: Rig): void {
  const how = { on: true, forMs: null, untilReboot: false, force: true } as const;
  rig.fact({ kind: 'maintenance', actionId: 'x', by: 'eva', ...how });
}
