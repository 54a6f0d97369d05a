import assert from 'node:assert/strict';
import type { Hold } from '../../../core/action.ts';
import { LET_GO, type Rig, UP, active, plan, router } from './brain-rig.ts';
import { activeInCompany, followingB, inCompany, peerPlan } from './peer-rig.ts';
import { runningStack } from './stack-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });
const NONE: Hold = { kind: 'none' };

const noSource = (rig: Rig): string[] => rig.transport('r1', { source: null, detail: 'no address' });
const dropAt = (lines: readonly string[]): number =>
  Number(lines.find((line) => line.endsWith('r1 drop'))?.split(' ')[0]);

function switchOver(rig: Rig, more: { force?: boolean; to?: string } = {}): string[] {
  const { force = false, to = null } = more;
  return rig.fact({ kind: 'switchover', to, actionId: 'act-1', by: 'eva', hold: NONE, force });
}

function maintain(rig: Rig, force = false): string[] {
  const how = { on: true, forMs: null, untilReboot: false, force } as const;
  return rig.fact({ kind: 'maintenance', actionId: 'act-1', by: 'eva', ...how });
}

/** Why an action was refused; empty if it was not. */
const refusal = (rig: Rig): string =>
  rig.events.flatMap((e) => (e.reason.code === 'actionRefused' ? [e.reason.detail] : [])).join();

describe('letting go (brain 5.6)', () => {
  it('tells peers and says priority 0, and keeps the addresses', () => {
    const { rig } = activeInCompany(PAIR);
    assert.deepEqual(noSource(rig), ['r1 advert 0']);
    const told = rig.effects.flatMap((e) => (e.do === 'send' && e.message.type === 'push' ? [e.message.report] : []));
    assert.deepEqual(
      told.map((report) => [report.groups[0]!.standing, report.groups[0]!.eligible]),
      [['resigned', false]],
    );
    assert.equal(rig.router('r1').machine.state, 'releasing');
  });

  it('takes 50 ms at most where a peer was told that is known to be eligible', () => {
    const { rig } = activeInCompany(PAIR);
    noSource(rig);
    assert.equal(dropAt(rig.pass(5000)), 50);
  });

  it('takes an advert interval and the largest skew where none was', () => {
    const { rig } = activeInCompany(PAIR, ({ b }) => void b.says({ eligible: false }, { eligible: false }));
    noSource(rig);
    assert.equal(dropAt(rig.pass(5000)), Math.round(LET_GO * 10) / 10);
  });

  it('ends with the advert of another, of whatever priority', () => {
    const { rig } = activeInCompany(PAIR, ({ b }) => void b.says({ eligible: false }, { eligible: false }));
    noSource(rig);
    rig.pass(100);
    assert.deepEqual(rig.hear('r1', 1), ['r1 drop']);
  });

  it('ends with the report of another as active', () => {
    const { rig, b } = activeInCompany(PAIR);
    noSource(rig);
    rig.pass(10);
    b.says({ role: 'active' }, { standing: 'active', priority: 50 });
    assert.ok(dropAt(rig.pass(30)) < 20);
  });

  it('says `resigned` until somebody is seen active, and not afterwards', () => {
    const { rig, b } = activeInCompany(PAIR);
    noSource(rig);
    rig.pass(500);
    assert.equal(rig.instance.report.groups[0]!.standing, 'resigned');
    b.says({ role: 'active' }, { standing: 'active', priority: 50 });
    assert.notEqual(rig.instance.report.groups[0]!.standing, 'resigned');
  });

  it('does not wait where the addresses must not be here any longer', () => {
    const { rig } = activeInCompany(PAIR);
    assert.deepEqual(rig.transport('r1', { addressUp: false, source: null }), ['r1 advert 0', 'r1 drop']);
    for (const purpose of ['fault', 'source'] as const) {
      const other = activeInCompany(PAIR).rig;
      assert.deepEqual(other.probed('r1', purpose, true), ['r1 advert 0', 'r1 drop']);
    }
  });

  it('of a stop removes the addresses although nobody took over', () => {
    const rig = active(plan([router('r1')]));
    rig.fact({ kind: 'stop', by: 'SIGTERM' });
    assert.deepEqual(
      rig.pass(3000).map((line) => line.slice(line.indexOf(' ') + 1)),
      ['r1 drop', 'stopped'],
    );
  });

  it('of a switchover that nobody took is taken back', () => {
    const { rig } = activeInCompany(PAIR, ({ b }) => void b.says({ eligible: false }, { eligible: false }));
    assert.deepEqual(switchOver(rig, { force: true }), ['r1 advert 0']);
    rig.pass(3000);
    assert.equal(rig.instance.role, 'active');
  });

  it('leaves the wire with addresses from the fault of one to the claim of the other', () => {
    const stack = runningStack();
    const holders: string[] = ['a'];
    stack.fact('a', { kind: 'transport', router: 'r1', transport: { ...UP, source: null, detail: 'no address' } });
    for (let n = 0; n < 200; n++) {
      stack.pass(0.5);
      holders.push(stack.holders());
    }
    assert.deepEqual(
      holders.filter((who, n) => who !== holders[n - 1]),
      ['a', 'a b', 'b'],
    );
  });
});

describe('an action that would leave nobody eligible (brain 5.7)', () => {
  it('is refused, and says which peer cannot and why', () => {
    for (const act of [switchOver, maintain] as const) {
      const { rig, b } = activeInCompany(PAIR);
      b.says({ eligible: false, faults: ['link pairs 0 of 1'] }, { eligible: false });
      rig.said();
      assert.deepEqual(act(rig), []);
      assert.match(refusal(rig), /b is in fault: link pairs 0 of 1/);
      assert.equal(rig.instance.role, 'active');
      assert.equal(rig.instance.maintenance, null);
    }
  });

  it('is refused if the peer does not answer checks', () => {
    const { rig, b } = activeInCompany(PAIR);
    b.silent();
    rig.pass(1000);
    rig.said();
    switchOver(rig);
    assert.match(refusal(rig), /b does not answer checks/);
  });

  it('is refused if the one that is named cannot, although another could', () => {
    const { rig, c } = activeInCompany(plan([router('r1')], { peers: [peerPlan('b'), peerPlan('c')] }));
    c.says({ maintenance: true, eligible: false }, { eligible: false });
    rig.said();
    switchOver(rig, { to: 'c' });
    assert.equal(refusal(rig), 'c is in maintenance');
    rig.said();
    switchOver(rig, { to: 'z' });
    assert.match(refusal(rig), /there is no peer z; there are b, c/);
  });

  it('is done with --force: the addresses answer nowhere in maintenance', () => {
    const { rig, b } = activeInCompany(PAIR);
    b.says({ eligible: false }, { eligible: false });
    maintain(rig, true);
    rig.pass(3000);
    assert.equal(rig.instance.role, 'maintenance');
    assert.equal(rig.router('r1').machine.state, 'fault');
  });

  it('says before what --force will do', () => {
    const { rig } = inCompany(PAIR);
    const { rig: alone } = { rig: active(plan([router('r1')])) };
    for (const each of [alone]) {
      each.said();
      maintain(each);
      assert.match(refusal(each), /--force does it all the same: its addresses will answer nowhere/);
    }
    assert.equal(rig.instance.maintenance, null);
  });

  it('of a standby is allowed while the active is fit', () => {
    const { rig } = followingB(PAIR);
    maintain(rig);
    assert.equal(refusal(rig), '');
    assert.equal(rig.instance.role, 'maintenance');
  });
});
