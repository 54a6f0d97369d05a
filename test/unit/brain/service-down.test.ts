import assert from 'node:assert/strict';
import { nextDue } from '../../../daemon/brain/due.ts';
import type { EnginePlan } from '../../../config/plan.ts';
import { NO_PROTECTION } from '../../../daemon/channel.ts';
import { isHolder } from '../../../daemon/brain/holder.ts';
import { DOWN, type Rig, UP, conditions, plan, router } from './brain-rig.ts';
import { type Company, activeInCompany, inCompany, peerPlan } from './peer-rig.ts';

const BYPASS = { ...plan([]).bypass, driver: 'bridge' } as const;
/** The primary, with a driver and one gateway that it looks at. */
const HOLDER = plan([router('r1', { priority: 200 })], {
  primary: true,
  bypass: BYPASS,
  peers: [peerPlan('b')],
  tracks: [
    {
      name: 'gateway',
      target: { type: 'ping', target: '192.0.2.1' },
      intervalMs: 1000,
      timeoutMs: 500,
      fall: 1,
      rise: 1,
      weight: 0,
      routers: [],
    },
  ],
});
const NO_DRIVER: EnginePlan = { ...HOLDER, bypass: plan([]).bypass };

const inline = (rig: Rig): string[] => rig.fact({ kind: 'bypassRead', state: 'inline', detail: '' });
const engaged = (rig: Rig): string[] => rig.fact({ kind: 'bypassRead', state: 'bypass', detail: '' });
const track = (rig: Rig, good: boolean): string[] => {
  rig.instance = { ...rig.instance, tracks: rig.instance.tracks.map((t) => ({ ...t, running: 'yes' as const })) };
  return rig.fact({ kind: 'tracked', track: 'gateway', good, detail: good ? '' : 'no answer' });
};
const fail = (rig: Rig): string[] => rig.transport('r1', { addressUp: false, source: null, detail: 'eth0 is down' });
const mend = (rig: Rig): string[] => rig.transport('r1', { addressUp: true, source: UP.source, detail: '' });

/** Unfit, and not the primary: the primary is `a`, which is us. */
const unfit = ({ b }: Company): void =>
  void b.says(
    { role: 'fault', primary: false, eligible: false, faults: ['x'] },
    { standing: 'fault', eligible: false },
  );

const bypassOrders = (lines: readonly string[]): string[] =>
  lines.filter((line) => / ?bypass (inline|bypass)$/.test(line));

/** The holder is active, `b` is unfit. */
function alone(of: EnginePlan = HOLDER): Company {
  const company = inCompany(of);
  inline(company.rig);
  unfit(company);
  company.rig.pass(DOWN + 10);
  assert.equal(company.rig.instance.role, 'active');
  company.rig.said();
  return company;
}

/** It had a hard fault, and engaged. */
function serviceDown(of: EnginePlan = HOLDER): Company {
  const company = alone(of);
  fail(company.rig);
  company.rig.pass(DOWN + 10);
  engaged(company.rig);
  assert.equal(company.rig.instance.role, 'bypass');
  company.rig.said();
  return company;
}

describe('service down (brain 7.1)', () => {
  it('is when self and every peer are ineligible for Master_Down, and not before', () => {
    const { rig } = alone();
    fail(rig);
    assert.deepEqual(bypassOrders(rig.pass(3210)), []);
    assert.equal(bypassOrders(rig.pass(20)).length, 1);
    assert.ok(conditions(rig).includes(' serviceDown'));
    assert.ok(rig.said().some((line) => line.startsWith('bypass critical: no instance of the stack is eligible')));
  });

  it('takes a second at least, however short Master_Down is', () => {
    const { rig } = alone({ ...HOLDER, routers: [router('r1', { priority: 200, advertIntervalMs: 100 })] });
    fail(rig);
    assert.deepEqual(bypassOrders(rig.pass(990)), []);
    assert.equal(bypassOrders(rig.pass(20)).length, 1);
  });

  it('is not while a peer is eligible', () => {
    const { rig } = activeInCompany(HOLDER, (company) => {
      inline(company.rig);
      company.b.says({ primary: false });
    });
    fail(rig);
    assert.deepEqual(bypassOrders(rig.pass(20_000)), []);
  });

  it('begins anew when there was a break', () => {
    const { rig, b } = alone();
    fail(rig);
    rig.pass(3000);
    b.says({ eligible: true }, { eligible: true });
    b.says({ eligible: false }, { eligible: false });
    assert.deepEqual(bypassOrders(rig.pass(3000)), []);
    assert.equal(bypassOrders(rig.pass(700)).length, 1);
  });

  it('is not while a peer is uncertain, and is when it is gone: by time alone', () => {
    const { rig, b } = activeInCompany(HOLDER, (company) => {
      inline(company.rig);
      company.b.says({ primary: false });
    });
    fail(rig);
    b.silent();
    rig.pass(9000);
    assert.ok(!conditions(rig).includes(' serviceDown'));
    assert.match(bypassOrders(rig.pass(7000)).join(), /bypass bypass/);
  });

  it('is cancelled by any advert with priority > 0', () => {
    const { rig } = alone();
    fail(rig);
    rig.pass(3000);
    rig.hear('r1', 1, { from: '192.0.2.77' });
    assert.deepEqual(bypassOrders(rig.pass(DOWN - 10)), []);
    // And Master_Down after it the count begins.
    assert.equal(bypassOrders(rig.pass(DOWN + 20)).length, 1);
  });

  it('is not cancelled by priority 0', () => {
    const { rig } = alone();
    fail(rig);
    rig.pass(3000);
    rig.hear('r1', 0, { from: '192.0.2.77' });
    assert.equal(bypassOrders(rig.pass(700)).length, 1);
  });

  it('is blocked while this instance starts, for 30 s at most', () => {
    const protection = { ...NO_PROTECTION, operatorBypass: { by: 'eva', ageMs: 1000 } };
    const { rig, b } = inCompany(HOLDER, { protection });
    b.says({ eligible: false, primary: false }, { eligible: false });
    // Not fit, but the driver was not read yet either.
    rig.pass(29_900);
    assert.equal(rig.instance.role, 'starting');
    assert.equal(rig.instance.serviceDown.since, Number.POSITIVE_INFINITY);
    rig.pass(200);
    assert.notEqual(rig.instance.serviceDown.since, Number.POSITIVE_INFINITY);
  });
});

describe('who engages (brain 7.2)', () => {
  it('is the primary; others of an active-passive stack never', () => {
    const secondary = { ...HOLDER, primary: false, ownsFirst: true };
    const { rig } = alone(secondary);
    fail(rig);
    assert.deepEqual(bypassOrders(rig.pass(20_000)), []);
    assert.ok(conditions(rig).includes(' serviceDown'), 'it says so all the same');
  });

  it('is the owner of the first router in active-active and cluster, where nobody is primary', () => {
    for (const mode of ['active-active', 'cluster'] as const) {
      const of = { ...HOLDER, mode, primary: false };
      const holder = (change: Partial<EnginePlan>, primary: boolean): boolean => {
        const company = inCompany({ ...of, ...change });
        company.b.says({ primary });
        return isHolder(company.rig.instance);
      };
      assert.equal(holder({ ownsFirst: true }, false), true);
      assert.equal(holder({ ownsFirst: false }, false), false);
      assert.equal(holder({ ownsFirst: true }, true), false, 'the other is the primary');
      assert.equal(holder({ primary: true }, false), true);
    }
  });

  it('is the instance itself in mode off', () => {
    const { rig } = inCompany({ ...HOLDER, mode: 'off', primary: false, peers: [] });
    assert.equal(isHolder(rig.instance), true);
  });

  it('is nobody with `onServiceDown: false`, or without a bypass', () => {
    for (const bypass of [{ ...BYPASS, onServiceDown: false }, plan([]).bypass]) {
      const { rig } = alone({ ...HOLDER, bypass });
      fail(rig);
      assert.deepEqual(bypassOrders(rig.pass(20_000)), []);
      assert.ok(conditions(rig).includes(' serviceDown'));
    }
  });

  it('lets go when it is not the holder any more, or may not, by a reload', () => {
    for (const change of [{ primary: false }, { bypass: { ...BYPASS, onServiceDown: false } }]) {
      const { rig } = serviceDown();
      rig.reload({ ...HOLDER, ...change });
      rig.pass(12_000);
      assert.ok(rig.instance.bypass.commanded === 'inline', JSON.stringify(change));
    }
  });

  it('leaves it to a person while it is in maintenance', () => {
    const { rig } = alone();
    const how = { on: true, forMs: null, untilReboot: false, force: true } as const;
    rig.fact({ kind: 'maintenance', actionId: 'x', by: 'eva', ...how });
    assert.deepEqual(bypassOrders(rig.pass(20_000)), []);
  });
});

describe('the last resort (brain 2.3)', () => {
  it('with soft faults only, and nobody else, an active stays in service, with a critical alarm', () => {
    for (const of of [
      NO_DRIVER,
      { ...HOLDER, primary: false },
      { ...HOLDER, bypass: { ...BYPASS, onServiceDown: false } },
    ]) {
      const { rig } = alone(of);
      track(rig, false);
      rig.pass(60_000);
      assert.equal(rig.instance.role, 'active');
      assert.ok(conditions(rig).includes('r1 lastResort'));
      assert.ok(rig.said().some((line) => line.startsWith('condition critical: r1: in service in spite of a fault')));
    }
  });

  it('resigns as soon as a peer is known to be eligible', () => {
    const { rig, b } = alone(NO_DRIVER);
    track(rig, false);
    rig.pass(5000);
    assert.deepEqual(b.says({ role: 'standby', eligible: true }, { standing: 'backup', eligible: true }), [
      'r1 advert 0',
    ]);
    assert.ok(!conditions(rig).includes('r1 lastResort'));
  });

  it('resigns at once where a peer is eligible already', () => {
    const { rig } = activeInCompany(NO_DRIVER, ({ b }) => void b.says({ primary: false }));
    assert.deepEqual(track(rig, false), ['r1 advert 0']);
  });

  it('resigns at once with a hard fault, although nobody else is eligible', () => {
    const { rig } = alone(NO_DRIVER);
    assert.deepEqual(fail(rig), ['r1 advert 0', 'r1 drop']);
  });

  it('is the bypass on its holder: the active resigns when service down is declared, then it is engaged', () => {
    const { rig } = alone();
    track(rig, false);
    rig.pass(3000);
    assert.equal(rig.instance.role, 'active');
    const lines = rig.pass(700).map((line) => line.slice(line.indexOf(' ') + 1));
    assert.ok(
      lines.indexOf('r1 advert 0') >= 0 && lines.indexOf('r1 advert 0') < lines.indexOf('bypass bypass'),
      lines.join(),
    );
  });

  it('is over when the fault is gone', () => {
    const { rig } = alone(NO_DRIVER);
    track(rig, false);
    track(rig, true);
    assert.ok(!conditions(rig).includes('r1 lastResort'));
    assert.equal(rig.instance.role, 'active');
  });
});

describe('a driver that does not engage when told', () => {
  it('is not told again while a group is active here, and nothing is due then', () => {
    const { rig } = alone();
    fail(rig);
    assert.equal(bypassOrders(rig.pass(DOWN + 10)).length, 1);
    mend(rig);
    for (let n = 0; n < 60 && rig.instance.role !== 'active'; n++) rig.pass(100);
    assert.equal(rig.instance.role, 'active');
    assert.deepEqual(bypassOrders(rig.pass(2500)), []);
    assert.ok(nextDue(rig.instance) > rig.now);
  });
});

describe('the end of a service-down bypass (brain 7.3)', () => {
  it('comes when a peer reports that it is eligible', () => {
    const { rig, b } = serviceDown();
    assert.deepEqual(bypassOrders(b.says({ eligible: true }, { standing: 'backup', eligible: true })), [
      'bypass inline',
    ]);
    assert.ok(rig.said().some((line) => line.includes('an instance of the stack is eligible again')));
  });

  it('comes when an advert with priority > 0 is heard', () => {
    const { rig } = serviceDown();
    assert.deepEqual(bypassOrders(rig.hear('r1', 1, { from: '192.0.2.77' })), ['bypass inline']);
  });

  it('does not come while the holder has a fault, nor by time', () => {
    const { rig } = serviceDown();
    assert.deepEqual(bypassOrders(rig.pass(600_000)), []);
  });

  it('is tried by the holder once it has no fault: inline, settle, and then it is eligible', () => {
    const { rig } = serviceDown();
    mend(rig);
    assert.match(bypassOrders(rig.pass(20_000)).join(), /bypass inline/);
    inline(rig);
    assert.equal(rig.instance.report.eligible, false, 'carrier has not had its time to return');
    rig.pass(4990);
    assert.notEqual(rig.instance.role, 'active');
    assert.equal(rig.instance.report.eligible, false);
    rig.pass(20);
    assert.equal(rig.instance.report.eligible, true);
    rig.pass(DOWN);
    assert.equal(rig.instance.role, 'active');
  });

  it('is followed by the bypass again, 10 s the first time, then twice as long up to 10 min', () => {
    const { rig } = serviceDown();
    const rounds: number[] = [];
    for (let n = 0; n < 9; n++) {
      mend(rig);
      let waited = 0;
      while (bypassOrders(rig.pass(1000)).length === 0) waited += 1000;
      rounds.push(waited);
      inline(rig);
      rig.pass(6000);
      fail(rig);
      while (bypassOrders(rig.pass(100)).length === 0) if (rig.now > 1e9) throw new Error('never');
      engaged(rig);
    }
    // The first began when it engaged.
    const expected = [10, 20, 40, 80, 160, 320, 600, 600, 600].map((s) => s * 1000);
    for (const [n, wait] of rounds.entries()) {
      assert.ok(Math.abs(wait - expected[n]!) <= 2000, `round ${n}: ${wait} ms, not ${expected[n]}`);
    }
  });

  it('begins the back-off anew after a trial that lasted', () => {
    const { rig } = serviceDown();
    mend(rig);
    rig.pass(20_000);
    inline(rig);
    rig.pass(600_000);
    assert.equal(rig.instance.role, 'active');
    fail(rig);
    rig.pass(DOWN + 10);
    engaged(rig);
    mend(rig);
    assert.match(bypassOrders(rig.pass(12_000)).join(), /bypass inline/);
  });

  it('is not missed while the only peer is uncertain: time goes by, and it is tried all the same', () => {
    const { rig, b } = serviceDown();
    b.silent();
    rig.pass(15_000);
    mend(rig);
    assert.match(bypassOrders(rig.pass(15_000)).join(), /bypass inline/);
  });

  it('by an operator gets the same settle', () => {
    const { rig } = serviceDown();
    mend(rig);
    rig.pass(1100);
    assert.deepEqual(bypassOrders(rig.fact({ kind: 'bypass', actionId: 'x', by: 'eva', engage: false })), [
      'bypass inline',
    ]);
    inline(rig);
    rig.pass(4900);
    assert.equal(rig.instance.report.eligible, false);
    rig.pass(200);
    assert.equal(rig.instance.report.eligible, true);
  });
});
