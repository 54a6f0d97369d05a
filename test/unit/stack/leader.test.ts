import assert from 'node:assert/strict';
import type { Instant } from '../../../core/clock.ts';
import type { LeaderState } from '../../../core/leader.ts';
import type { ManagerReason } from '../../../core/manager-reason.ts';
import { fail } from '../../../core/result.ts';
import type { Status } from '../../../core/status.ts';
import { createLeader } from '../../../stack/leader/leader.ts';
import type { Leader } from '../../../stack/leader/leader.ts';
import { RECORD_KEY, STACK_KEY, readRecord } from '../../../stack/leader/records.ts';
import { createMemoryStore } from '../../../stack/store/memory.ts';
import { put } from '../../../stack/store/store.ts';
import type { Store, StoreState } from '../../../stack/store/store.ts';
import { until } from '../../support/until.ts';
import { samplePeer, sampleRouter, sampleStatus } from '../daemon/sample-status.ts';
import { embeddedRig, exchange } from './embedded-rig.ts';

/** Both see the same: who of `a` and `b` is active. */
const seenBy = (self: 'a' | 'b', active: 'a' | 'b' | null): Status => {
  const other = self === 'a' ? 'b' : 'a';
  const isActive = (name: string): boolean => name === active;
  const rank = { a: 200, b: 100 };
  return sampleStatus({
    instance: self,
    role: isActive(self) ? 'active' : active === null ? 'starting' : 'standby',
    routers: [sampleRouter({ state: isActive(self) ? 'active' : 'backup', priority: rank[self] })],
    peers: [
      samplePeer({
        name: other,
        role: isActive(other) ? 'active' : active === null ? 'starting' : 'standby',
        activeGroups: isActive(other) ? ['stack'] : [],
        priorities: { stack: rank[other] },
      }),
    ],
  });
};

interface Side {
  readonly leader: Leader;
  readonly notes: ManagerReason[];
  readonly warnings: string[];
  /** Terms with which the job was started; null = stopped. */
  readonly job: (number | null)[];
  see(status: Status | null): void;
}

describe('the leader', () => {
  const rig = embeddedRig();
  const sides: Side[] = [];
  let now = 0;

  beforeEach(() => (now = 10_000));
  afterEach(async () => {
    for (const { leader } of sides.splice(0)) await leader.stop();
  });

  function side(name: 'a' | 'b', store: Store, more: { stack?: string; alone?: boolean; address?: string } = {}): Side {
    let status: Status | null = null;
    const notes: ManagerReason[] = [];
    const warnings: string[] = [];
    const job: (number | null)[] = [];
    const other = name === 'a' ? 'b' : 'a';
    const leader = createLeader({
      store,
      instance: name,
      stack: more.stack ?? 'edge',
      clock: { now: () => now as Instant, wall: () => 1_795_222_800_000 },
      status: () => status,
      others: () => new Map(more.alone === true ? [] : [[other, `https://guess-${other}:8443`]]),
      ownAddress: () => more.address ?? `https://${name}.example.com:8443`,
      note: (reason) => notes.push(reason),
      warn: (text) => warnings.push(text),
    });
    leader.onLeading({ name: 'job', start: (term) => void job.push(term), stop: () => void job.push(null) });
    const made: Side = {
      leader,
      notes,
      warnings,
      job,
      see(next) {
        status = next;
        leader.look();
      },
    };
    sides.push(made);
    return made;
  }

  /** One store for all: as if everything were in step at once. */
  const shared = (): Store => ({ ...createMemoryStore(), kind: 'embedded', supportsHa: true });
  const settled = (one: Side, fits: (state: LeaderState) => boolean, what: string): Promise<unknown> =>
    until(what, () => fits(one.leader.state()));
  const leads = (one: Side, term: number): Promise<unknown> =>
    settled(one, (state) => state.isSelf && state.term === term, `it leads with term ${term}`);

  /** `a` is active, and both have settled. */
  async function pair(store = shared()): Promise<readonly [Side, Side]> {
    const [a, b] = [side('a', store), side('b', store)];
    await Promise.all([a.leader.start(), b.leader.start()]);
    a.see(seenBy('a', 'a'));
    b.see(seenBy('b', 'a'));
    await leads(a, 1);
    await settled(b, ({ address }) => address === 'https://a.example.com:8443', 'b knows where a is');
    return [a, b];
  }

  it('is the active instance, and the others know it with its address and term', async () => {
    const [, b] = await pair();
    assert.deepEqual(b.leader.state(), {
      haEnabled: true,
      leader: 'a',
      isSelf: false,
      address: 'https://a.example.com:8443',
      term: 1,
      ownAddress: 'https://b.example.com:8443',
      failed: false,
      text: '',
    });
  });

  it('moves with the role: jobs end on one side and begin on the other, with a higher term', async () => {
    const [a, b] = await pair();
    a.see(seenBy('a', 'b'));
    assert.equal(a.leader.state().isSelf, false);
    b.see(seenBy('b', 'b'));
    await leads(b, 2);
    await until('the job runs on b', () => b.job.length === 1);
    assert.deepEqual([a.job, b.job], [[1, null], [2]]);
    assert.deepEqual(
      b.notes.map(({ code }) => code),
      ['follows', 'leads'],
    );
  });

  it('has a new term after a restart, though nothing else has changed', async () => {
    const store = shared();
    const [first] = await pair(store);
    await first.leader.stop();
    assert.deepEqual(first.job, [1, null]);
    const again = side('a', store);
    await again.leader.start();
    again.see(seenBy('a', 'a'));
    await leads(again, 2);
  });

  it('is known by name at once, and by the likely address until it has said its own', async () => {
    const b = side('b', shared());
    await b.leader.start();
    b.see(seenBy('b', 'a'));
    const { leader, address, term } = b.leader.state();
    assert.deepEqual([leader, address, term], ['a', 'https://guess-a:8443', null]);
  });

  it('is nobody while all are starting, or the engine says nothing, and that is said', async () => {
    const b = side('b', shared());
    await b.leader.start();
    assert.match(b.leader.state().text, /the engine of b does not answer/);
    b.see(seenBy('b', null));
    const { leader, isSelf, text, failed } = b.leader.state();
    assert.deepEqual([leader, isSelf, text, failed], [null, false, 'every instance is starting', false]);
  });

  it('is this instance where there is no other, or the store is in memory, whatever the engine says', async () => {
    for (const [store, alone] of [
      [shared(), true],
      [createMemoryStore(), false],
    ] as const) {
      const a = side('a', store, { alone });
      await a.leader.start();
      await leads(a, 1);
      assert.equal(a.leader.state().haEnabled, false);
      assert.deepEqual([a.job, a.notes], [[1], []]);
    }
  });

  it('does not work with the store of another stack, and says what to do', async () => {
    const store = shared();
    const [a] = await pair(store);
    const c = side('b', store, { stack: 'core' });
    await c.leader.start();
    c.see(seenBy('b', 'b'));
    const { failed, isSelf, leader, text } = c.leader.state();
    assert.deepEqual([failed, isSelf, leader], [true, false, null]);
    assert.match(text, /belongs to the stack edge, the configuration says core: set 'stack' as it was/);
    assert.deepEqual([c.job, c.warnings.length], [[], 1]);
    assert.equal(a.leader.state().term, 1);
  });

  it('does not lead by a store that was never read, and goes on with one that fails later', async () => {
    const inner = shared();
    let state: StoreState = { available: false, text: 'the disk is full' };
    const error = { code: 'unavailable', text: state.text } as const;
    const store: Store = {
      ...inner,
      state: () => state,
      list: (prefix) => (state.available ? inner.list(prefix) : Promise.resolve(fail(error))),
      write: (write) => (state.available ? inner.write(write) : Promise.resolve(fail(error))),
    };
    const a = side('a', store);
    await a.leader.start();
    a.see(seenBy('a', 'a'));
    assert.deepEqual([a.leader.state().failed, a.leader.state().isSelf], [true, false]);
    assert.equal(a.leader.state().text, 'the disk is full');
    state = { available: true, text: '' };
    now += 1000;
    await leads(a, 1);
    state = { available: false, text: 'the disk is full' };
    a.leader.look();
    assert.deepEqual([a.leader.state().failed, a.leader.state().isSelf, a.leader.state().term], [false, true, 1]);
    a.see(seenBy('a', 'b'));
    assert.deepEqual([a.leader.state().failed, a.leader.state().text], [true, 'the disk is full']);
  });

  it('claims again when its record was written over, and its jobs begin anew', async () => {
    const store = shared();
    const [a] = await pair(store);
    now += 1000;
    const record = { instance: 'b', term: 7, since: '2026-11-21T01:00:00.000Z', address: null };
    assert.ok((await put(store, RECORD_KEY, record)).ok);
    await leads(a, 8);
    await until('the job runs again', () => a.job.length === 3);
    assert.deepEqual(a.job, [1, null, 8]);
  });

  it('says once when the others advertise the same address', async () => {
    const store = shared();
    const [a, b] = [side('a', store, { address: 'https://lb' }), side('b', store, { address: 'https://lb:443/' })];
    await Promise.all([a.leader.start(), b.leader.start()]);
    const said = (one: Side): number => one.notes.filter(({ code }) => code === 'addressShared').length;
    await until('both say it', () => said(a) === 1 && said(b) === 1);
    a.leader.look();
    assert.equal(said(a), 1);
  });

  it('of the half with the higher term is in the store after a split, and the other half has it', async () => {
    const [one, other] = [rig.open('a'), rig.open('b')];
    const [a, b] = [side('a', one), side('b', other)];
    await Promise.all([a.leader.start(), b.leader.start()]);
    const alone = (name: 'a' | 'b'): Status => ({ ...seenBy(name, name), peers: [] });
    a.see(alone('a'));
    await leads(a, 1);
    b.see(alone('b'));
    await leads(b, 1);
    await b.leader.stop();
    const again = side('b', other);
    await again.leader.start();
    again.see(alone('b'));
    await leads(again, 2);
    // They hear each other again, and a is the active one of both.
    a.see(seenBy('a', 'a'));
    again.see(seenBy('b', 'a'));
    now += 1000;
    await exchange(one, other);
    await leads(a, 3);
    await exchange(one, other);
    const found = await other.get(RECORD_KEY);
    assert.ok(found.ok);
    assert.equal(readRecord(found.value?.value)?.instance, 'a');
    const name = await other.get(STACK_KEY);
    assert.ok(name.ok && name.value?.value === 'edge');
  });
});
