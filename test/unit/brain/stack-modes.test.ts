import assert from 'node:assert/strict';
import { DOWN, UP, apart, conditions, createRig, faults, plan, router, withoutAdverts } from './brain-rig.ts';
import { type Company, activeInCompany, inCompany, peerPlan } from './peer-rig.ts';
import { runningStack, stackPlans } from './stack-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });

describe('the primary of an active-passive stack (design section 6)', () => {
  const conflict = ({ rig }: Company): string[] =>
    rig.instance.conditions.filter((c) => c.name === 'primaryConflict').map((c) => c.detail);

  it('that there are two of is a critical alarm that names both', () => {
    const company = inCompany({ ...PAIR, primary: true });
    assert.deepEqual(conflict(company), ['a and b are']);
    const said = inCompany({ ...PAIR, primary: true }).rig;
    assert.ok(said.instance.conditions.some((c) => c.name === 'primaryConflict'));
  });

  it('that there is none of is one too, and names everybody', () => {
    const company = inCompany(PAIR);
    company.b.says({ primary: false });
    assert.deepEqual(conflict(company), ['none of a, b is']);
    assert.ok(company.rig.said().some((line) => line.startsWith('condition critical: exactly one instance')));
  });

  it('that there is one of is none, and ends the alarm', () => {
    const company = inCompany(PAIR);
    assert.deepEqual(conflict(company), []);
    company.b.says({ primary: false });
    company.b.says({ primary: true });
    assert.deepEqual(conflict(company), []);
  });

  it('is judged again when this instance itself is made one, or is one no more', () => {
    const company = inCompany(PAIR);
    company.rig.reload({ ...PAIR, primary: true });
    assert.deepEqual(conflict(company), ['a and b are']);
    company.rig.reload(PAIR);
    assert.deepEqual(conflict(company), []);
    company.b.says({ primary: false });
    company.rig.reload({ ...PAIR, mode: 'active-active', routers: [router('r1', { group: 'r1' })] });
    assert.deepEqual(conflict(company), [], 'nor is one asked for in another mode');
  });

  it('is judged when everybody has reported', () => {
    const company = inCompany(plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] }));
    company.c.silent();
    company.rig.pass(1000);
    company.b.says({ primary: false });
    assert.deepEqual(conflict(company), []);
  });

  it('is not asked for in active-active and cluster', () => {
    for (const mode of ['active-active', 'cluster'] as const) {
      const company = inCompany({ ...PAIR, mode, routers: [router('r1', { group: 'r1' })] });
      company.b.says({ primary: false });
      assert.deepEqual(conflict(company), []);
    }
  });
});

describe('mode off with peers (brain 10)', () => {
  const OFF = plan([router('r1', { group: 'r1' })], { mode: 'off', peers: [peerPlan('b')] });

  it('takes nothing while a peer reports that its group is active', () => {
    const { rig, b } = inCompany(OFF);
    const groups = b.report.groups.map((g) => ({ ...g, name: 'r1', standing: 'active' as const }));
    b.says({ groups });
    rig.pass(DOWN + 10);
    rig.probed('r1', 'claim', false);
    rig.pass(20_000);
    assert.equal(rig.router('r1').machine.state, 'backup');
  });

  it('takes it when nobody does, nobody advertises and nobody answers', () => {
    const { rig } = inCompany(OFF);
    rig.pass(DOWN + 10);
    assert.deepEqual(rig.probed('r1', 'claim', false), ['r1 take']);
  });

  it('never takes over by *fast*, and tells nobody that it resigned', () => {
    const { rig, b } = inCompany(OFF);
    const groups = b.report.groups.map((g) => ({ ...g, name: 'r1', standing: 'active' as const }));
    b.says({ groups });
    b.silent();
    assert.deepEqual(rig.pass(1000), []);
    const own = inCompany(OFF).rig;
    own.pass(DOWN + 10);
    own.probed('r1', 'claim', false);
    own.transport('r1', { addressUp: false, source: null });
    assert.notEqual(own.instance.report.groups[0]!.standing, 'resigned');
  });

  it('moves no role, neither by an operator nor by preemption', () => {
    const { rig, b } = inCompany(OFF);
    rig.pass(DOWN + 10);
    rig.probed('r1', 'claim', false);
    rig.said();
    rig.fact({ kind: 'switchover', to: null, actionId: 'x', by: 'eva', hold: { kind: 'none' }, force: true });
    assert.ok(rig.said().some((line) => line.includes('mode off has nobody to switch over to')));
    assert.equal(b.asked.length, 0);
  });
});

describe('mute, with peers (brain 2.4)', () => {
  const APART = plan([apart('r1')], { peers: [peerPlan('b')] });
  const muted = (company: Company): Company => {
    company.rig.transport('r1', { advertUp: false, source: null, detail: 'eth2 has no carrier' });
    return company;
  };

  it('never counts for service down, and takes no eligibility away', () => {
    const { rig } = muted(activeInCompany(APART));
    assert.deepEqual(faults(rig), []);
    assert.deepEqual(conditions(rig), ['r1 mute']);
    assert.equal(rig.instance.report.eligible, true);
    assert.equal(rig.instance.role, 'active');
    assert.equal(rig.instance.serviceDown.since, Number.POSITIVE_INFINITY);
  });

  it('a standby with a healthy path is governed by reports alone: it asks nobody, and obeys them', () => {
    const company = muted(inCompany(APART));
    const { rig, b } = company;
    b.says({ role: 'active' }, { standing: 'active', priority: 200 });
    assert.deepEqual(rig.pass(20_000), []);
    assert.deepEqual(b.says({ role: 'fault', eligible: false }, { standing: 'resigned' }), [
      'r1 advert 100',
      'r1 take',
    ]);
  });

  it('no report of an active: it claims after Master_Down, without asking the network', () => {
    const { rig } = muted(inCompany(APART));
    assert.deepEqual(
      rig.pass(DOWN + 10).map((line) => line.slice(line.indexOf(' ') + 1)),
      ['r1 advert 100', 'r1 take'],
    );
  });

  it('a standby without a path asks the network at the edge of *fast*, and stays if somebody answers', () => {
    const { rig, b } = muted(inCompany(APART));
    b.says({ role: 'active' }, { standing: 'active', priority: 200 });
    rig.pass(1000);
    b.silent();
    const lines = rig.pass(420).map((line) => line.slice(line.indexOf(' ') + 1));
    assert.deepEqual(lines, ['r1 probe claim']);
    assert.deepEqual(rig.probed('r1', 'claim', true), []);
    assert.ok(conditions(rig).includes('r1 addressInUseWhileMute'));
    assert.deepEqual(
      rig.pass(1010).map((line) => line.slice(line.indexOf(' ') + 1)),
      ['r1 probe claim'],
    );
    assert.deepEqual(rig.probed('r1', 'claim', false), ['r1 advert 100', 'r1 take']);
  });

  it('a pulled HA cable moves nothing between two that still have a path', () => {
    const plans = stackPlans(['a', 'b']).map((each) => ({
      ...each,
      routers: [apart('r1', { priority: each.routers[0]!.priority })],
    }));
    const stack = runningStack(plans);
    stack.cutPath('a', 'b', 0);
    for (const name of ['a', 'b']) {
      stack.node(name).deaf = true;
      stack.fact(name, { kind: 'transport', router: 'r1', transport: { ...UP, advertUp: false, source: null } });
    }
    stack.pass(30_000);
    assert.equal(stack.active(), 'a');
    assert.equal(stack.holders(), 'a');
    assert.deepEqual(
      withoutAdverts(stack.log()).filter((line) => / (take|drop)$/.test(line)),
      [],
    );
  });
});

describe('what outlives the engine', () => {
  it('is nothing at the first start', () => {
    const rig = createRig(PAIR);
    rig.fact({ kind: 'start', transports: { r1: UP }, reason: { code: 'starting' } });
    const { flaps, latched, maintenance, bandwidthDisarmed, bypass } = rig.instance;
    assert.deepEqual([flaps, latched, maintenance, bandwidthDisarmed, bypass.operator], [[], null, null, null, null]);
  });
});
