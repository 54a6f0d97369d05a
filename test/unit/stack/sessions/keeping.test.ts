import assert from 'node:assert/strict';
import type { SessionAsked, SessionView } from '../../../../core/api/sessions.ts';
import type { Clock, Instant } from '../../../../core/clock.ts';
import type { SessionAnswer, FilterRequest } from '../../../../core/session-link.ts';
import { recordJson, sessionKey } from '../../../../stack/sessions/record.ts';
import { createMemoryStore } from '../../../../stack/store/memory.ts';
import { put } from '../../../../stack/store/store.ts';
import type { Store } from '../../../../stack/store/store.ts';
import { createSampleSessions } from '../../../support/sample-sessions.ts';
import type { SampleOptions, SampleSessions } from '../../../support/sample-sessions.ts';
import { until } from '../../../support/until.ts';
import { RECORD } from './sample-record.ts';

const HELD: SessionAsked = {
  target: '203.0.113.10',
  features: [{ name: 'blocklist', sources: ['198.51.100.7'] }],
  hold: true,
};

describe('sessions of a stack', () => {
  const made: SampleSessions[] = [];
  const sample = (options: SampleOptions = {}): SampleSessions => {
    const one = createSampleSessions({ everyMs: 5, ...options });
    made.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of made.splice(0)) await one.stop();
  });

  async function started(of: SampleSessions, asked: SessionAsked = HELD): Promise<SessionView> {
    const answer = await of.sessions.start(asked, 'admin');
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer.value;
  }
  const ready = async (of: SampleSessions): Promise<SampleSessions> => {
    await until('the store has answered', () => of.mirror.sessions() !== null);
    return of;
  };
  const view = (of: SampleSessions, id: string): SessionView => {
    const found = of.sessions.get(id);
    return found.ok ? found.value : assert.fail(found.error.text);
  };
  const keys = async (store: Store, prefix: string): Promise<readonly string[]> => {
    const found = await store.list(prefix);
    return found.ok ? found.value.map(({ key }) => key) : assert.fail();
  };
  const lastApply = (of: SampleSessions): Extract<FilterRequest, { kind: 'filter.apply' }> =>
    of.asked.findLast((request) => request.kind === 'filter.apply') ?? assert.fail('nothing was applied');

  it('are in the store and in effect when their start is acknowledged', async () => {
    const a = await ready(sample());
    const { id, sources, state, by } = await started(a);
    assert.deepEqual([sources, state, by], [1, 'inUse', 'admin']);
    assert.deepEqual(await keys(a.store, ''), [`blocklists/${id}/198.51.100.7`, `sessions/${id}`]);
    assert.deepEqual(
      lastApply(a).sessions.map(({ session, target }) => [session, target]),
      [[id, '203.0.113.10']],
    );
  });

  it('leave nothing behind where they could not be put into effect', async () => {
    const a = await ready(sample({ answer: () => ({ ok: false, text: 'no nft' }) }));
    const answer = await a.sessions.start(HELD, 'admin');
    assert.deepEqual(answer.ok ? null : [answer.error.status, answer.error.code], [503, 'notInEffect']);
    assert.match(answer.ok ? '' : answer.error.text, /no nft/);
    await until('nothing is left', async () => (await keys(a.store, '')).length === 0);
  });

  it('end when they are killed, with their rules at once and their sources after them', async () => {
    const a = await ready(sample());
    const { id } = await started(a);
    assert.equal((await a.sessions.kill(id, 'eve')).ok, true);
    assert.deepEqual(
      [view(a, id).state, view(a, id).ended?.reason, view(a, id).ended?.text],
      ['ended', 'Killed', 'killed by eve'],
    );
    await until('the rules are gone', () => lastApply(a).sessions.length === 0);
    await until('the sources are gone', async () => (await keys(a.store, 'blocklists/')).length === 0);
    const again = await a.sessions.kill(id, 'eve');
    assert.equal(again.ok ? null : again.error.code, 'sessionEnded');
    const late = await a.sessions.heartbeat(id);
    assert.equal(late.ok ? null : late.error.status, 409);
  });

  it('are all killed at once', async () => {
    const a = await ready(sample());
    await Promise.all([started(a), started(a), started(a)]);
    assert.deepEqual(await a.sessions.killAll('eve'), { ok: true, value: { killed: 3 } });
    assert.deepEqual(await a.sessions.killAll('eve'), { ok: true, value: { killed: 0 } });
  });

  it('end by their deadlines, which are told of', async () => {
    let ahead = 0;
    const clock: Clock = { now: () => (performance.now() + ahead) as Instant, wall: () => Date.now() };
    const a = await ready(sample({ clock }));
    const { id } = await started(a, { ...HELD, maxTime: '1h' });
    ahead = 3_590_000;
    await until('it has been looked at', () => (view(a, id).deadline?.inMs ?? 0) < 10_000);
    assert.equal(view(a, id).ended, null);
    ahead = 3_600_000;
    await until('it ended', () => a.told.includes(`ended ${id} TimeLimitExceeded`));
  });

  it('are changed on the leader alone, and known on all', async () => {
    const store = createMemoryStore();
    const a = await ready(sample({ store }));
    const b = await ready(sample({ store, instance: 'b', leads: false }));
    const { id } = await started(a);
    await until('b has rules', () => b.asked.length > 0);
    assert.deepEqual(
      lastApply(b).sessions.map(({ session }) => session),
      [id],
      'the rules are in effect on b ahead of time',
    );
    for (const answer of [
      await b.sessions.start(HELD, 'admin'),
      await b.sessions.kill(id, 'admin'),
      await b.sessions.killAll('admin'),
      await b.sessions.heartbeat(id),
      await b.sessions.changeSources(id, { add: ['192.0.2.1'] }),
    ])
      assert.deepEqual(answer.ok ? null : [answer.error.status, answer.error.code], [503, 'notLeader']);
  });

  it('that survive go on after a takeover, with id and start as they were; the others end with StateLost naming the feature', async () => {
    const store = createMemoryStore();
    const stopped: string[] = [];
    const local = { stop: (_record: unknown, why: string) => Promise.resolve(void stopped.push(why)) };
    const a = await ready(sample({ store, local }));
    const b = await ready(sample({ store, instance: 'b', leads: false }));
    const good = await started(a);
    const lost = await started(a, { ...HELD, features: [...(HELD.features ?? []), { name: 'capture' }] });
    await until('b has the rules of both', () => b.asked.length > 0 && lastApply(b).sessions.length === 2);
    const applied = b.asked.length;
    await a.keeper.stop();
    assert.deepEqual(stopped, ['moved', 'moved'], 'what runs on the old leader alone ends there');
    b.keeper.start();
    await until('one has ended', () => view(b, lost.id).ended !== null);
    assert.deepEqual([view(b, lost.id).ended?.reason, view(b, lost.id).ended?.feature], ['StateLost', 'capture']);
    await until('the other was taken over', () => view(b, good.id).home === 'b');
    const { startedAt, takeovers, ended } = view(b, good.id);
    assert.deepEqual([startedAt, takeovers, ended], [good.startedAt, 1, null]);
    const since = b.asked.slice(applied).filter((request) => request.kind === 'filter.apply');
    assert.ok(
      since.every(
        (request) =>
          request.kind === 'filter.apply' &&
          !request.whole &&
          request.sessions.some(({ session }) => session === good.id),
      ),
      'its rules were never touched',
    );
    await until('both are told of', () => b.told.length === 2);
    assert.deepEqual(b.told.toSorted(), [`ended ${lost.id} StateLost`, `restored ${good.id}`].toSorted());
  });

  it('go on where the same instance leads again, unless what they ran is gone', async () => {
    const store = createMemoryStore();
    const capture: SessionAsked = { ...HELD, features: [{ name: 'capture' }] };
    const a = await ready(sample({ store }));
    const first = await started(a, capture);
    await a.stop();
    const kept = await ready(sample({ store }));
    await until('it is kept', () => kept.keeper.life(first.id) !== null);
    assert.equal(view(kept, first.id).ended, null);
    await kept.stop();
    const bare = await ready(sample({ store, local: { missing: () => Promise.resolve(['capture']) } }));
    await until('it ended', () => view(bare, first.id).ended !== null);
    assert.equal(view(bare, first.id).ended?.reason, 'StateLost');
  });

  it('that another instance ended are over here too: a kill beats a renewal', async () => {
    const a = await ready(sample());
    const { id } = await started(a, { ...HELD, maxTime: '2h' });
    const ended = { reason: 'Killed', text: 'killed by somebody else', feature: null, at: RECORD.startedAt } as const;
    await put(a.store, sessionKey(id), recordJson({ ...RECORD, id, state: 'ended', ended }));
    await until('a has learnt it', () => a.told.includes(`ended ${id} Killed`));
    const beat = await a.sessions.heartbeat(id);
    assert.equal(beat.ok ? null : beat.error.code, 'sessionEnded');
    assert.equal(view(a, id).ended?.text, 'killed by somebody else');
  });

  it('that appear from another part of the stack are taken over', async () => {
    const a = await ready(sample());
    await put(a.store, sessionKey('ms-x'), recordJson({ ...RECORD, id: 'ms-x', state: 'inUse', home: 'b' }));
    await until('it was taken over', () => a.told.includes('restored ms-x'));
    assert.deepEqual([view(a, 'ms-x').home, view(a, 'ms-x').takeovers], ['a', 1]);
  });

  it('keep their blocklists in step, by what has changed', async () => {
    const a = await ready(sample());
    const { id } = await started(a);
    const changed = await a.sessions.changeSources(id, {
      add: ['192.0.2.0/24', '192.0.2.0/25', '198.51.100.8/32'],
      remove: ['198.51.100.7'],
    });
    assert.deepEqual(changed.ok && changed.value.total, 3);
    const { put: added, take, renew, whole } = lastApply(a);
    assert.deepEqual(
      [whole, added[0]?.sources, take[0]?.sources, renew],
      [false, ['192.0.2.0/24', '192.0.2.0/25', '198.51.100.8'], ['198.51.100.7'], []],
    );
    await a.sessions.changeSources(id, { remove: ['192.0.2.0/25', '203.0.113.99'] });
    assert.deepEqual(lastApply(a).renew, [{ session: id, sources: ['192.0.2.0/24'] }]);
    const page = a.sessions.sources(id, '192.0.2.0/24', 1);
    assert.deepEqual(page, { ok: true, value: { sources: ['198.51.100.8'], next: null, total: 2 } });
  });

  it('are put into effect anew where the helper does not know what it has', async () => {
    let again = true;
    const answer = (request: FilterRequest): SessionAnswer =>
      request.kind === 'filter.apply' && !request.whole && again
        ? { ok: false, text: 'who knows', again: true }
        : { ok: true, text: '' };
    const a = await ready(sample({ answer }));
    const { id } = await started(a);
    assert.equal(lastApply(a).whole, true);
    again = false;
    await a.sessions.changeSources(id, { add: ['192.0.2.1'] });
    assert.equal(lastApply(a).whole, false);
  });

  it('are put into effect again after trouble, which is told once', async () => {
    let broken = false;
    const a = await ready(sample({ answer: () => (broken ? { ok: false, text: 'no nft' } : { ok: true, text: '' }) }));
    const { id } = await started(a);
    broken = true;
    const refused = await a.sessions.changeSources(id, { add: ['192.0.2.1'] });
    assert.equal(refused.ok ? null : refused.error.code, 'notInEffect');
    assert.match(a.sessions.list().trouble, /no nft/);
    broken = false;
    await until('in effect again', () => a.sessions.list().trouble === '');
    assert.equal(lastApply(a).whole, true);
    assert.deepEqual(a.told, ['trouble rules of sessions: no nft', 'trouble ']);
  });

  it('with long blocklists are sent in pieces, and go into effect as one', async () => {
    const a = await ready(sample());
    const sources = Array.from({ length: 12_000 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);
    const { id } = await started(a, { ...HELD, features: [{ name: 'blocklist', sources }] });
    const staged = a.asked.filter((request) => request.kind === 'filter.stage');
    assert.deepEqual(
      staged.map((request) => request.sources.length),
      [5000, 5000, 2000],
    );
    const { load, sessions } = lastApply(a);
    assert.deepEqual([sessions[0]?.session, load], [id, staged[0]?.load]);
  });
});
