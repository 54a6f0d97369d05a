import assert from 'node:assert/strict';
import type { PolicyAsked, PolicyView } from '../../../../core/api/policies.ts';
import type { Refused } from '../../../../core/services.ts';
import type { Result } from '../../../../core/result.ts';
import { createSampleSessions } from '../../../support/sample-sessions.ts';
import type { SampleSessions } from '../../../support/sample-sessions.ts';
import { until } from '../../../support/until.ts';
import { embeddedRig, exchange } from '../embedded-rig.ts';

const asked = (base: number | null, rate = '10Mbps'): PolicyAsked => ({
  base,
  document: {
    features: [
      { name: 'ratelimit', rate },
      { name: 'blocklist', sources: ['198.51.100.0/24', '2001:db8::/32'] },
    ],
    maxTime: '2h',
  },
});
const good = <T>(result: Result<T, Refused>): T => (result.ok ? result.value : assert.fail(result.error.text));
const code = (result: Result<unknown, Refused>): string | null => (result.ok ? null : result.error.code);
const rateOf = ({ document }: PolicyView): unknown => document.features.find(({ name }) => name === 'ratelimit');

describe('policies of a stack', () => {
  const rig = embeddedRig();
  const made: SampleSessions[] = [];
  const sample = (options: Parameters<typeof createSampleSessions>[0] = {}): SampleSessions => {
    const one = createSampleSessions(options);
    made.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of made.splice(0)) await one.stop();
  });

  it('count their versions, and keep the last ten of them', async () => {
    const { policies } = sample();
    for (let version = 1; version <= 12; version += 1) {
      const put = good(await policies.put('edge', asked(version === 1 ? null : version - 1, `${version}Mbps`), 'eve'));
      assert.deepEqual([put.version, put.by], [version, 'eve']);
    }
    const { versions } = good(await policies.versions('edge'));
    assert.deepEqual(
      versions.map(({ version }) => version),
      [12, 11, 10, 9, 8, 7, 6, 5, 4, 3],
    );
    assert.deepEqual(rateOf(good(await policies.get('edge'))), { name: 'ratelimit', rate: '12Mbps' });
  });

  it('are not overwritten by whoever has not seen what is in force', async () => {
    const { policies } = sample();
    good(await policies.put('edge', asked(null), 'eve'));
    for (const base of [null, 2]) assert.equal(code(await policies.put('edge', asked(base), 'bob')), 'policyChanged');
    assert.equal(code(await policies.put('other', asked(1), 'bob')), 'policyChanged');
    const both = await Promise.all([policies.put('edge', asked(1), 'a'), policies.put('edge', asked(1), 'b')]);
    assert.equal(both.filter(({ ok }) => ok).length, 1);
  });

  it('have drafts, of which one goes into force over what is seen then', async () => {
    const { policies } = sample();
    const draft = good(await policies.addDraft('edge', asked(null, '5Mbps'), 'bob'));
    assert.equal(code(await policies.get('edge')), 'noSuchPolicy');
    good(await policies.put('edge', asked(null), 'eve'));
    assert.equal(code(await policies.publish('edge', draft.id, null, 'eve')), 'policyChanged');
    assert.equal(good(await policies.list()).policies[0]?.drafts, 1);
    const published = good(await policies.publish('edge', draft.id, 1, 'eve'));
    assert.deepEqual([published.version, rateOf(published)], [2, { name: 'ratelimit', rate: '5Mbps' }]);
    assert.deepEqual(good(await policies.drafts('edge')).drafts, []);
    assert.equal(code(await policies.removeDraft('edge', draft.id)), 'noSuchDraft');
  });

  it('go with everything of theirs, and begin anew with the first version', async () => {
    const { policies, store } = sample();
    good(await policies.put('edge', asked(null), 'eve'));
    good(await policies.addDraft('edge', asked(1), 'bob'));
    good(await policies.remove('edge'));
    const left = await store.list('');
    assert.deepEqual(left.ok && left.value, []);
    assert.equal(code(await policies.remove('edge')), 'noSuchPolicy');
    assert.equal(good(await policies.put('edge', asked(null), 'eve')).version, 1);
  });

  it('are refused with the field that is wrong', async () => {
    const { policies } = sample();
    const refused = async (document: PolicyAsked['document']): Promise<string> => {
      const result = await policies.put('edge', { base: null, document }, 'eve');
      return result.ok ? '' : result.error.text;
    };
    assert.match(await refused({ features: [] }), /^document\.features/);
    assert.match(await refused({ features: [{ name: 'ratelimit' }] }), /^document\.ratelimit/);
    assert.match(await refused({ features: [{ name: 'blocklist', sources: ['x'] }] }), /^document\.sources/);
    assert.match(await refused({ features: [{ name: 'blocklist' }], maxTime: 'soon' }), /^document\.maxTime/);
  });

  it('are what a session that names them begins with; it keeps that when they change', async () => {
    const { policies, sessions, mirror } = sample();
    await until('the store has answered', () => mirror.sessions() !== null);
    assert.equal(code(await sessions.start({ target: '203.0.113.1', policy: 'edge' }, 'bob')), 'noSuchPolicy');
    good(await policies.put('edge', asked(null), 'eve'));
    const first = good(await sessions.start({ target: '203.0.113.1', policy: 'edge', hold: true }, 'bob'));
    assert.deepEqual([first.policy, first.maxTimeMs, first.sources], [{ name: 'edge', version: 1 }, 7_200_000, 1]);
    assert.deepEqual(
      first.features.map(({ name }) => name),
      ['ratelimit', 'blocklist'],
    );
    good(await policies.put('edge', asked(1, '20Mbps'), 'eve'));
    assert.deepEqual(good(sessions.get(first.id)).features, first.features);
    const features = [{ name: 'ratelimit', packetsPerSecond: 7 }] as const;
    const second = good(
      await sessions.start({ target: '2001:db8::1', policy: 'edge', features, maxTime: '1h', hold: true }, 'bob'),
    );
    assert.deepEqual([second.policy?.version, second.maxTimeMs, second.sources], [2, 3_600_000, 1]);
    assert.deepEqual(second.features[0], {
      name: 'ratelimit',
      per: 'target',
      bitsPerSecond: null,
      packetsPerSecond: 7,
    });
    assert.equal(good(await policies.list()).policies[0]?.sessions, 2);
  });

  it('are changed on the leader alone', async () => {
    const { policies } = sample({ leads: false });
    for (const result of [
      await policies.put('edge', asked(null), 'eve'),
      await policies.remove('edge'),
      await policies.addDraft('edge', asked(null), 'eve'),
      await policies.removeDraft('edge', 'x'),
      await policies.publish('edge', 'x', null, 'eve'),
    ])
      assert.equal(code(result), 'notLeader');
    assert.equal((await policies.list()).ok, true);
  });

  it('that two parts of a cut stack changed both stay: one in force, the other as a draft that can be published', async () => {
    const a = sample({ store: rig.open('a') });
    const b = sample({ store: rig.open('b'), instance: 'b' });
    const [one, other] = [a.store, b.store] as [ReturnType<typeof rig.open>, ReturnType<typeof rig.open>];
    good(await a.policies.put('edge', asked(null), 'eve'));
    await exchange(one, other);
    good(await a.policies.put('edge', asked(1, '1Mbps'), 'anna'));
    good(await b.policies.put('edge', asked(1, '2Mbps'), 'ben'));
    await exchange(one, other);
    const kept = good(await b.policies.get('edge'));
    const { drafts } = good(await b.policies.drafts('edge'));
    assert.deepEqual(
      drafts.map(({ cause, base }) => [cause, base]),
      [['conflict', 1]],
    );
    assert.deepEqual(
      [kept.by, drafts[0]?.by].toSorted((one, other) => String(one).localeCompare(String(other))),
      ['anna', 'ben'],
    );
    const published = good(await a.policies.publish('edge', drafts[0]?.id ?? '', kept.version, 'eve'));
    assert.equal(published.version, 3);
    assert.deepEqual(published.document, drafts[0]?.document);
  });
});
