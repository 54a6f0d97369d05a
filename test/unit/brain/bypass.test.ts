import assert from 'node:assert/strict';
import type { EnginePlan, PairPlan } from '../../../config/plan.ts';
import { NO_PROTECTION } from '../../../daemon/channel.ts';
import { bypassWantedBy } from '../../../daemon/brain/bypass.ts';
import type { Instance } from '../../../daemon/brain/state.ts';
import { DOWN, type Rig, faults, plan, router } from './brain-rig.ts';
import { type Company, activeInCompany, inCompany, peerPlan } from './peer-rig.ts';

const BYPASS = { ...plan([]).bypass, driver: 'bridge' } as const;
const ALONE = plan([router('r1', { priority: 200 })], { primary: true, bypass: BYPASS });
const PAIR: EnginePlan = { ...ALONE, peers: [peerPlan('b')] };
const SEGMENT: PairPlan = { name: 'wan1', outside: 'eth3', inside: 'eth4' };

const read = (rig: Rig, state: 'inline' | 'bypass' | 'unknown' | 'notFitted', detail = ''): string[] =>
  rig.fact({ kind: 'bypassRead', state, detail });
const operate = (rig: Rig, engage: boolean): string[] =>
  rig.fact({ kind: 'bypass', actionId: 'act-1', by: 'eva', engage });
const orders = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => / ?(bypass (inline|bypass)|watchdog \w+)$/.test(line))
    .map((line) => line.replace(/^\d\S* /, ''));
const commands = (lines: readonly string[]): string[] => orders(lines).filter((line) => line.startsWith('bypass'));

function ended(rig: Rig): string[] {
  return rig.events.splice(0).flatMap((e) => (e.ended === undefined ? [] : [`${e.actionId} ${e.ended}`]));
}

/** Started with a driver that reads inline, and active; `b` is a standby that is fit. */
function activeInline(of = PAIR): Company {
  return activeInCompany(of, ({ rig, b }) => {
    read(rig, 'inline');
    if (of.peers.length > 0) b.says({ primary: false });
  });
}

describe('the wanted state of the bypass (brain 1.6)', () => {
  const { rig } = inCompany(ALONE);
  const wanted = (change: Partial<Instance>): string | null => bypassWantedBy({ ...rig.instance, ...change });
  const at = rig.instance.startedAt;
  const { bypass, serviceDown } = rig.instance;

  it('is a function of the latch, the operator and service down alone', () => {
    assert.equal(wanted({}), null);
    assert.equal(wanted({ latched: { since: at, saved: true } }), 'flaps');
    assert.equal(wanted({ bypass: { ...bypass, operator: { by: 'eva', since: at } } }), 'operator');
    assert.equal(wanted({ serviceDown: { ...serviceDown, engaged: true } }), 'serviceDown');
    assert.equal(wanted({ bypass: { ...bypass, read: 'bypass' } }), null);
  });

  it('is nothing where no driver is configured', () => {
    assert.equal(wanted({ plan: plan([]), latched: { since: at, saved: true } }), null);
  });

  it('is told to the driver until it reads so, every two seconds', () => {
    const { rig: each } = inCompany(ALONE);
    read(each, 'inline');
    assert.deepEqual(commands(operate(each, true)), ['bypass bypass']);
    assert.deepEqual(commands(each.pass(5000)), ['bypass bypass', 'bypass bypass']);
    read(each, 'bypass');
    assert.deepEqual(commands(each.pass(60_000)), []);
  });

  it('shows as the role `bypass`, which is a display only', () => {
    const { rig: each } = inCompany(ALONE);
    read(each, 'inline');
    operate(each, true);
    assert.notEqual(each.instance.role, 'bypass');
    read(each, 'bypass');
    assert.equal(each.instance.role, 'bypass');
  });

  it('is a fault, `bypassStuck`, if the driver does not go back inline', () => {
    const { rig: each } = inCompany(ALONE);
    read(each, 'inline');
    operate(each, true);
    read(each, 'bypass');
    operate(each, false);
    each.pass(7000);
    assert.deepEqual(faults(each), [' bypassStuck']);
    read(each, 'inline');
    assert.deepEqual(faults(each), []);
  });
});

describe('eligibility with a driver (brain 2.1)', () => {
  it('is given only where it reads inline, or is not fitted', () => {
    for (const [state, eligible] of [
      ['inline', true],
      ['notFitted', true],
      ['bypass', false],
    ] as const) {
      const { rig } = inCompany(ALONE);
      assert.equal(rig.instance.report.eligible, false, 'not read yet');
      read(rig, state);
      rig.pass(DOWN + 10);
      assert.equal(rig.instance.role === 'active', eligible, state);
    }
  });

  it('is not lost by one or two readings that fail, and is by three', () => {
    const { rig } = activeInline();
    read(rig, 'unknown', 'no such file');
    read(rig, 'unknown', 'no such file');
    assert.equal(rig.instance.role, 'active');
    read(rig, 'unknown', 'no such file');
    assert.deepEqual(faults(rig), [' bypassUnknown']);
    assert.notEqual(rig.instance.role, 'active');
  });

  it('counts those readings in a row', () => {
    const { rig } = activeInline();
    for (let n = 0; n < 5; n++) {
      read(rig, 'unknown');
      assert.deepEqual(faults(rig), []);
      read(rig, 'unknown');
      read(rig, 'inline');
    }
    assert.deepEqual(faults(rig), []);
  });

  it('comes back when it can be read again', () => {
    const { rig } = activeInline();
    for (let n = 0; n < 3; n++) read(rig, 'unknown');
    read(rig, 'inline');
    assert.deepEqual(faults(rig), []);
    assert.equal(rig.instance.report.eligible, true);
  });
});

describe('link pairs while the bypass is engaged (brain 2.5)', () => {
  const LINKS = { ...ALONE, links: { intervalMs: 100, minimumActive: 1, pairs: [SEGMENT] } };
  const port = (rig: Rig, up: boolean): void => {
    for (const name of ['eth3', 'eth4']) rig.fact({ kind: 'port', interface: name, up });
  };

  it('are not measured, and neither set nor hold the fault', () => {
    const { rig } = inCompany(LINKS);
    port(rig, true);
    rig.pass(1000);
    read(rig, 'inline');
    operate(rig, true);
    read(rig, 'bypass');
    port(rig, false);
    rig.pass(2000);
    assert.deepEqual(faults(rig), []);
    assert.equal(rig.instance.pairs.pairs[0]!.state, 'notMeasured');
  });

  it('do not hold a fault that they raised before', () => {
    const { rig } = inCompany(LINKS);
    read(rig, 'inline');
    port(rig, false);
    assert.deepEqual(faults(rig), [' linkPairs']);
    operate(rig, true);
    read(rig, 'bypass');
    assert.deepEqual(faults(rig), []);
  });

  it('are judged again when they have had time to settle', () => {
    const { rig } = inCompany(LINKS);
    read(rig, 'inline');
    operate(rig, true);
    read(rig, 'bypass');
    port(rig, false);
    operate(rig, false);
    read(rig, 'inline');
    rig.pass(4900);
    assert.deepEqual(faults(rig), []);
    rig.pass(200);
    assert.deepEqual(faults(rig), [' linkPairs']);
  });
});

describe('an operator’s bypass', () => {
  it('makes an active resign first, and never passes traffic by while it is active (brain 12)', () => {
    const { rig } = activeInline();
    const lines = operate(rig, true);
    assert.ok(
      lines.indexOf('r1 advert 0') < lines.indexOf('bypass bypass') && lines.includes('r1 advert 0'),
      lines.join(),
    );
    read(rig, 'bypass');
    assert.deepEqual(ended(rig), [], 'it is not on the disk yet');
    rig.fact({ kind: 'protected', seq: rig.instance.protectSeq });
    assert.deepEqual(ended(rig), ['act-1 done']);
    assert.equal(rig.instance.report.eligible, false);
  });

  it('is no flap (brain 8.1)', () => {
    const { rig } = activeInline();
    operate(rig, true);
    assert.deepEqual(rig.instance.flaps, []);
  });

  it('lasts over a restart of the daemon (brain 7.7)', () => {
    const { rig } = activeInline();
    operate(rig, true);
    const kept = rig.effects.flatMap((e) => (e.do === 'protect' ? [e.protection] : [])).at(-1)!;
    assert.equal(kept.operatorBypass?.by, 'eva');
    const again = inCompany(PAIR, { protection: kept }).rig;
    assert.equal(bypassWantedBy(again.instance), 'operator');
    assert.deepEqual(commands(read(again, 'inline')), ['bypass bypass']);
  });

  it('ends by an operator', () => {
    const { rig } = activeInline();
    operate(rig, true);
    read(rig, 'bypass');
    assert.deepEqual(commands(operate(rig, false)), ['bypass inline']);
    read(rig, 'inline');
    assert.equal(rig.instance.bypass.operator, null);
    assert.deepEqual(commands(rig.pass(60_000)), []);
  });

  it('is never told as engaged where it was released before that was on the disk', () => {
    const { rig } = activeInline();
    operate(rig, true);
    read(rig, 'bypass');
    rig.fact({ kind: 'bypass', actionId: 'act-2', by: 'eva', engage: false });
    assert.deepEqual(ended(rig), ['act-1 failed']);
    read(rig, 'inline');
    rig.fact({ kind: 'protected', seq: rig.instance.protectSeq });
    assert.deepEqual(ended(rig), ['act-2 done']);
  });

  it('is refused where there is none, or nothing to release', () => {
    const none = inCompany(plan([router('r1')])).rig;
    const missing = inCompany(ALONE).rig;
    read(missing, 'notFitted', 'no card');
    const idle = inCompany(ALONE).rig;
    read(idle, 'inline');
    for (const [rig, engage] of [
      [none, true],
      [missing, true],
      [idle, false],
    ] as const) {
      rig.said();
      operate(rig, engage);
      assert.deepEqual(ended(rig), ['act-1 failed']);
    }
  });

  it('that was kept does not keep an instance out of service that has no bypass any more', () => {
    const protection = { ...NO_PROTECTION, operatorBypass: { by: 'eva', ageMs: 1000 } };
    const { rig } = inCompany(plan([router('r1')]), { protection });
    rig.pass(DOWN + 10);
    assert.equal(rig.instance.role, 'active');
  });
});

describe('somebody’s hand (brain 7.4)', () => {
  it('is what engaged a bypass that nobody commanded: an operator’s bypass, a resignation and an alarm', () => {
    const { rig } = activeInline();
    assert.ok(read(rig, 'bypass', 'wan1 bypass').includes('r1 advert 0'));
    assert.match(rig.instance.bypass.operator!.by, /somebody/);
    assert.ok(rig.said().some((line) => line.startsWith('bypass critical: bypass reads bypass (wan1 bypass)')));
    assert.deepEqual(commands(rig.pass(600_000)), [], 'it is not taken back');
    assert.deepEqual(rig.instance.flaps, []);
  });

  it('that takes it back ends it, after the settle', () => {
    const { rig } = activeInline();
    read(rig, 'bypass');
    read(rig, 'inline');
    assert.equal(rig.instance.bypass.operator, null);
    rig.pass(5010);
    assert.equal(rig.instance.report.eligible, true);
  });

  it('is not what was found at the start: a crash left it, and it is taken back', () => {
    const { rig } = inCompany(ALONE);
    assert.deepEqual(commands(read(rig, 'bypass')), ['bypass inline']);
    assert.ok(rig.said().some((line) => line.startsWith('bypass critical: bypass found engaged')));
  });

  it('is not what was commanded', () => {
    const { rig } = activeInline();
    operate(rig, true);
    read(rig, 'bypass');
    assert.equal(rig.instance.bypass.operator!.by, 'eva');
  });
});

describe('the watchdog of the card (brain 7.5)', () => {
  const armed = ({ rig }: Company): boolean => rig.instance.bypass.armed === true;

  it('is armed on the holder while it is active', () => {
    assert.equal(armed(activeInline()), true);
  });

  it('is armed on a standby holder only while no peer is eligible', () => {
    const company = inCompany(PAIR);
    const { rig, b } = company;
    b.says({ primary: false });
    rig.hear('r1', 250, { from: '192.0.2.77' });
    read(rig, 'inline');
    assert.equal(armed(company), false);
    assert.deepEqual(orders(b.says({ eligible: false }, { eligible: false })), ['watchdog armed']);
    assert.deepEqual(orders(b.says({ eligible: true }, { eligible: true })), ['watchdog disarmed']);
  });

  it('is never armed on another instance than the holder', () => {
    assert.equal(armed(activeInline({ ...PAIR, primary: false })), false);
  });

  it('is not armed while the bypass is engaged', () => {
    const company = activeInline(ALONE);
    assert.equal(armed(company), true);
    operate(company.rig, true);
    read(company.rig, 'bypass');
    assert.equal(armed(company), false);
  });

  it('is disarmed by an orderly stop with an eligible peer, which leaves the ports inline and says so', () => {
    const { rig } = activeInline();
    rig.said();
    const lines = rig.fact({ kind: 'stop', by: 'SIGTERM' });
    assert.deepEqual(orders([...lines, ...rig.pass(5000)]), ['watchdog disarmed']);
    assert.ok(rig.said().some((line) => line.includes('the watchdog is disarmed, the ports stay inline')));
  });

  it('stays armed in a stop with nobody to take over: traffic passes when it is not fed', () => {
    const { rig } = activeInline(ALONE);
    rig.fact({ kind: 'stop', by: 'SIGTERM' });
    assert.deepEqual(orders(rig.pass(5000)), []);
    assert.equal(rig.instance.bypass.armed, true);
  });
});
