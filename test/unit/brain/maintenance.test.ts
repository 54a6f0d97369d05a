import assert from 'node:assert/strict';
import type { Fact } from '../../../daemon/brain/fact.ts';
import type { Protection } from '../../../daemon/channel.ts';
import { DOWN, LET_GO, type Rig, plan, router, started } from './brain-rig.ts';
import { type Company, activeInCompany, followingB, inCompany, peerPlan } from './peer-rig.ts';
import { runningStack } from './stack-rig.ts';

const PAIR = plan([router('r1')], { peers: [peerPlan('b')] });

type Maintenance = Extract<Fact, { kind: 'maintenance' }>;

const order = (change: Partial<Maintenance> = {}): Maintenance => ({
  kind: 'maintenance',
  actionId: 'act-1',
  by: 'eva',
  on: true,
  forMs: null,
  untilReboot: false,
  force: false,
  ...change,
});

const enter = (rig: Rig, change: Partial<Maintenance> = {}): string[] => rig.fact(order(change));
const leave = (rig: Rig): string[] => rig.fact(order({ on: false }));

function ended(rig: Rig): string[] {
  return rig.events.splice(0).flatMap((e) => (e.ended === undefined ? [] : [`${e.actionId} ${e.ended}`]));
}

const kept = (rig: Rig): Protection => rig.effects.flatMap((e) => (e.do === 'protect' ? [e.protection] : [])).at(-1)!;

/** What was to be kept is on the disk. */
const save = (rig: Rig): void => void rig.fact({ kind: 'protected', seq: rig.instance.protectSeq });

describe('maintenance of an active (brain 5)', () => {
  it('gives the role away first, and is in effect when the other has it', () => {
    const { rig, b } = activeInCompany(PAIR);
    assert.deepEqual(enter(rig), ['to b ask']);
    assert.equal(rig.instance.maintenance, null);
    assert.equal(rig.instance.role, 'active');
    b.sends('prepared');
    b.sends('claimed');
    assert.deepEqual(ended(rig), []);
    rig.pass(20);
    assert.equal(rig.instance.role, 'maintenance');
    save(rig);
    assert.deepEqual(ended(rig), ['act-1 done']);
  });

  it('is done when it is on the disk, and not before (brain 12)', () => {
    const { rig } = followingB(PAIR);
    enter(rig);
    assert.equal(rig.instance.role, 'maintenance');
    assert.deepEqual(ended(rig), []);
    rig.fact({ kind: 'protected', seq: rig.instance.protectSeq - 1 });
    assert.deepEqual(ended(rig), [], 'an older text');
    save(rig);
    assert.deepEqual(ended(rig), ['act-1 done']);
    rig.pass(10_000);
    assert.deepEqual(ended(rig), [], 'told once');
  });

  it('is never told as done where it was left before it was on the disk', () => {
    const { rig } = followingB(PAIR);
    enter(rig);
    rig.fact({
      kind: 'maintenance',
      actionId: 'act-2',
      by: 'eva',
      on: false,
      forMs: null,
      untilReboot: false,
      force: false,
    });
    assert.deepEqual(ended(rig), ['act-1 failed']);
    save(rig);
    assert.deepEqual(ended(rig), ['act-2 done']);
  });

  it('is in effect, and told as not kept, where the disk takes it not within five seconds', () => {
    const { rig } = followingB(PAIR);
    enter(rig);
    rig.pass(4990);
    assert.deepEqual(ended(rig), []);
    rig.pass(20);
    assert.equal(rig.instance.role, 'maintenance');
    assert.deepEqual(ended(rig), ['act-1 failed']);
    save(rig);
    assert.deepEqual(ended(rig), [], 'told once');
  });

  it('does not begin if nobody takes over: nothing has changed', () => {
    const { rig } = activeInCompany(PAIR);
    enter(rig);
    rig.pass(2000);
    assert.equal(rig.instance.role, 'active');
    assert.equal(rig.instance.maintenance, null);
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });

  it('begins when the other has it, and lasts its whole time from then on', () => {
    const { rig, b } = activeInCompany(PAIR);
    const askedAt = rig.now;
    enter(rig, { forMs: 60_000 });
    rig.pass(100);
    b.sends('prepared');
    rig.pass(50);
    b.sends('claimed');
    rig.pass(20);
    const { since, until } = rig.instance.maintenance!;
    assert.ok(since >= askedAt + 150, `since ${since}, asked for at ${askedAt}`);
    assert.equal(until - since, 60_000);
    assert.equal(kept(rig).maintenance?.leftMs, 60_000);
  });

  /** Active for r1 and r2, each a group of its own; b can take r1 alone. */
  function activeForTwo(): Company {
    const two = ['r1', 'r2'].map((name) => router(name, { group: name }));
    const company = inCompany(plan(two, { mode: 'active-active', peers: [peerPlan('b')] }));
    const { rig, b } = company;
    const [group] = b.report.groups;
    b.says({
      groups: [
        { ...group!, name: 'r1' },
        { ...group!, name: 'r2', standing: 'fault', eligible: false },
      ],
    });
    rig.pass(DOWN + 1);
    assert.equal(rig.states(), 'r1 active, r2 active');
    rig.said();
    return company;
  }

  it('serves what nobody can take until the rest is given away; that goes by resigning, and late (brain 5.6)', () => {
    const { rig, b } = activeForTwo();
    assert.deepEqual(enter(rig, { force: true }), ['to b ask']);
    rig.pass(100);
    assert.equal(rig.router('r2').machine.state, 'active');
    b.sends('prepared');
    b.sends('claimed');
    rig.pass(20);
    assert.equal(rig.router('r2').machine.state, 'releasing');
    const { since } = rig.instance.maintenance!;
    const drops = rig.pass(LET_GO).filter((line) => line.endsWith('r2 drop'));
    assert.equal(drops.length, 1);
    assert.equal(rig.router('r2').machine.since, since + LET_GO, 'counted from the moment at which it took effect');
  });

  it('that nobody takes leaves all of it where it is, also what no one could have taken', () => {
    const { rig } = activeForTwo();
    enter(rig, { force: true });
    rig.pass(2000);
    assert.equal(rig.states(), 'r1 active, r2 active');
    assert.deepEqual(ended(rig), ['act-1 failed']);
  });

  it('moves the role without a moment without addresses, and back again', () => {
    const stack = runningStack();
    const seen = new Set<string>();
    const watch = (ms: number): void => {
      for (let n = 0; n < ms; n++) {
        stack.pass(1);
        seen.add(stack.holders());
      }
    };
    stack.fact('a', order());
    watch(500);
    assert.equal(stack.holders(), 'b');
    assert.equal(stack.node('a').instance.role, 'maintenance');
    watch(5000);
    stack.fact('a', order({ on: false }));
    watch(8000);
    assert.equal(stack.active(), 'a');
    assert.ok(!seen.has(''), [...seen].join());
  });
});

describe('an instance in maintenance', () => {
  it('says so, is not eligible, and takes nothing: not told, not by the timer, not by handover', () => {
    const { rig, b } = followingB(PAIR);
    enter(rig);
    assert.equal(rig.instance.role, 'maintenance');
    assert.deepEqual([rig.instance.report.maintenance, rig.instance.report.eligible], [true, false]);
    assert.deepEqual(b.sends('ask'), ['to b refused']);
    assert.match(b.asked.at(-1)!.reason.text, /maintenance/);
    rig.schedule.length = 0;
    assert.deepEqual(b.says({ role: 'fault', eligible: false }, { standing: 'resigned' }), []);
    b.silent();
    assert.deepEqual(rig.pass(20_000), []);
  });

  it('stays in it until it is left', () => {
    const { rig } = followingB(PAIR);
    enter(rig);
    rig.pass(1_800_000);
    assert.equal(rig.instance.role, 'maintenance');
    leave(rig);
    assert.equal(rig.instance.maintenance, null);
    save(rig);
    assert.deepEqual(ended(rig).at(-1), 'act-1 done');
    assert.notEqual(rig.instance.role, 'maintenance');
  });

  it('leaves it by itself where it is for a time', () => {
    const { rig } = followingB(PAIR);
    enter(rig, { forMs: 60_000 });
    rig.pass(59_990);
    assert.equal(rig.instance.role, 'maintenance');
    rig.pass(20);
    assert.notEqual(rig.instance.role, 'maintenance');
  });

  it('leaves it by itself too where nothing else ever happens', () => {
    const rig = started(plan([router('r1')]));
    enter(rig, { forMs: 60_000, force: true });
    assert.deepEqual(rig.pass(59_990), []);
    assert.equal(rig.instance.role, 'maintenance');
    rig.pass(20);
    assert.notEqual(rig.instance.role, 'maintenance');
  });

  it('listens first when it has left it', () => {
    const { rig, b } = followingB(PAIR);
    enter(rig);
    b.says({ role: 'standby' }, { standing: 'backup' });
    rig.schedule.length = 0;
    leave(rig);
    assert.equal(rig.router('r1').machine.state, 'backup');
    assert.deepEqual(rig.pass(DOWN - 10), []);
    rig.pass(20);
    assert.equal(rig.instance.role, 'active');
  });

  it('is written down when it begins and when it ends', () => {
    const { rig } = followingB(PAIR);
    enter(rig, { forMs: 60_000 });
    const { maintenance } = kept(rig);
    assert.deepEqual(maintenance, { by: 'eva', ageMs: 0, leftMs: 60_000, reboot: false });
    leave(rig);
    assert.equal(kept(rig).maintenance, null);
  });

  it('until the next reboot is written down as such', () => {
    const { rig } = followingB(PAIR);
    enter(rig, { untilReboot: true });
    assert.deepEqual(kept(rig).maintenance, { by: 'eva', ageMs: 0, leftMs: null, reboot: true });
  });

  it('is still in it after a restart of the daemon, for the time that is left', () => {
    const { rig } = followingB(PAIR);
    enter(rig, { forMs: 60_000 });
    const protection = kept(rig);
    const again = inCompany(PAIR, {
      protection: { ...protection, maintenance: { ...protection.maintenance!, leftMs: 20_000 } },
    });
    again.rig.pass(19_990);
    assert.equal(again.rig.instance.role, 'maintenance');
    again.rig.pass(20);
    assert.notEqual(again.rig.instance.role, 'maintenance');
  });

  it('is refused what it has: to enter it twice, to leave it while out of it', () => {
    const { rig } = followingB(PAIR);
    leave(rig);
    assert.deepEqual(ended(rig), ['act-1 failed']);
    enter(rig);
    rig.said();
    enter(rig, { actionId: 'act-2' });
    assert.deepEqual(ended(rig), ['act-2 failed']);
  });

  it('is no flap, not even by force (brain 8.1)', () => {
    const { rig } = activeInCompany(PAIR, ({ b }) => void b.says({ eligible: false }, { eligible: false }));
    enter(rig, { force: true });
    rig.pass(5000);
    assert.equal(rig.instance.role, 'maintenance');
    assert.deepEqual(rig.instance.flaps, []);
  });
});
