import assert from 'node:assert/strict';
import type { LeaderState } from '../../../../core/leader.ts';
import { concernsStack, redirectionOf, splitHops } from '../../../../webui/server/redirection.ts';
import { startRig } from './web-rig.ts';
import type { WebRig } from './web-rig.ts';

/** `b` leads, and `a` is asked. */
const B_LEADS: LeaderState = {
  haEnabled: true,
  leader: 'b',
  isSelf: false,
  address: 'https://fw-b.example.com:8443',
  term: 4,
  ownAddress: 'https://fw-a.example.com:8443',
  failed: false,
  text: '',
};
const URL_OF_A = 'fw-a.example.com:8443';

const answerOf = (url: string, change: Partial<LeaderState> = {}, host = URL_OF_A): readonly [number, string] => {
  const failure = redirectionOf(url, host, { ...B_LEADS, ...change });
  if (failure === null) return [0, ''];
  return [failure.status, failure.more.headers?.['location'] ?? failure.code];
};

describe('a request that concerns the stack', () => {
  it('is known by its path', () => {
    for (const path of ['/api/v1/sessions', '/api/v1/sessions/s-1/kill', '/api/v1/policies/edge', '/api/v1/drafts'])
      assert.ok(concernsStack(path), path);
    for (const path of [
      '/api/v1/session',
      '/api/v1/sessionsx',
      '/api/v1/status',
      '/v1/system/leader',
      '/',
      '/api/v1/snapshots',
    ])
      assert.ok(!concernsStack(path), path);
  });

  it('is answered here by the leader', () => assert.deepEqual(answerOf('/api/v1/sessions', { isSelf: true }), [0, '']));

  it('is sent to the leader with path and query as they were', () => {
    const url = '/api/v1/sessions/s%201?target=203.0.113.9%2F32&state=a&state=b&x';
    assert.deepEqual(answerOf(url), [307, `https://fw-b.example.com:8443${url}`]);
  });

  it('is sent below the path that the leader advertises', () => {
    const address = 'https://gate.example.com/fw-b/';
    assert.deepEqual(answerOf('/api/v1/policies?x=1', { address }), [
      307,
      'https://gate.example.com/fw-b/api/v1/policies?x=1',
    ]);
  });

  it('waits where there is no leader, or nobody knows where it is', () => {
    const none = redirectionOf('/api/v1/sessions', URL_OF_A, {
      ...B_LEADS,
      leader: null,
      address: null,
      text: 'every instance is starting',
    });
    assert.deepEqual([none?.status, none?.code, none?.more.retryAfter], [503, 'noLeader', 1]);
    assert.match(none?.message ?? '', /every instance is starting/);
    assert.deepEqual(answerOf('/api/v1/sessions', { address: null }), [503, 'leaderNotReachable']);
  });

  it('fails with the store, whoever may lead', () => {
    const failed = redirectionOf('/api/v1/sessions', URL_OF_A, { ...B_LEADS, failed: true, text: 'the disk is full' });
    assert.deepEqual([failed?.status, failed?.code], [500, 'storeFailed']);
    assert.match(failed?.message ?? '', /the disk is full/);
  });

  describe('behind a load balancer whose address every instance advertises', () => {
    const shared = { address: 'https://lb.example.com', ownAddress: 'https://lb.example.com:443/' };

    it('is counted in the query, because it may come back', () => {
      assert.deepEqual(answerOf('/api/v1/sessions?x=1', shared, 'lb.example.com'), [
        307,
        'https://lb.example.com/api/v1/sessions?x=1&tandem-hop=1',
      ]);
      assert.deepEqual(answerOf('/api/v1/sessions?tandem-hop=1&x=1', shared, 'lb.example.com'), [
        307,
        'https://lb.example.com/api/v1/sessions?x=1&tandem-hop=2',
      ]);
    });

    it('is counted though the load balancer says another host', () => {
      assert.deepEqual(answerOf('/api/v1/sessions', shared, '10.0.0.7:8443'), [
        307,
        'https://lb.example.com/api/v1/sessions?tandem-hop=1',
      ]);
    });

    it('is counted where only the leader advertises what led here', () => {
      const change = { address: 'http://lb.example.com' };
      assert.deepEqual(answerOf('/api/v1/sessions', change, 'lb.example.com'), [
        307,
        'http://lb.example.com/api/v1/sessions?tandem-hop=1',
      ]);
    });

    it('is a loop after a few times, and the answer names it and says what to do', () => {
      const loop = redirectionOf('/api/v1/sessions?tandem-hop=5', 'lb.example.com', { ...B_LEADS, ...shared });
      assert.deepEqual([loop?.status, loop?.code], [508, 'redirectLoop']);
      assert.match(
        loop?.message ?? '',
        /sent to https:\/\/lb\.example\.com 5 times.*does not lead to b.*own manager\.clusterAdvertiseAddr/,
      );
    });
  });

  it('is no loop where it came to the wrong instance directly, whatever its query says', () => {
    assert.deepEqual(answerOf('/api/v1/sessions?tandem-hop=9'), [307, 'https://fw-b.example.com:8443/api/v1/sessions']);
  });

  it('has a count only where one stands', () => {
    assert.deepEqual(splitHops('/p?a=1&tandem-hop=x'), { target: '/p?a=1', hops: 0 });
    assert.deepEqual(splitHops('/p?tandem-hop=2&tandem-hop=3'), { target: '/p', hops: 3 });
    assert.deepEqual(splitHops('/p?atandem-hop=2&'), { target: '/p?atandem-hop=2&', hops: 0 });
    assert.deepEqual(splitHops('/p'), { target: '/p', hops: 0 });
  });
});

describe('an instance that does not lead', () => {
  let rig: WebRig;
  before(async () => {
    rig = await startRig();
  });
  after(() => rig.stop());
  beforeEach(() => rig.services.setLeader(B_LEADS));

  it('sends everybody to the leader, before it looks at credentials or body', async () => {
    const body = 'x'.repeat(200_000);
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { cookie: 'nonsense' }]) {
      const answer = await rig.ask('POST', '/api/v1/sessions?dry=1', { raw: body, headers });
      assert.deepEqual(
        [answer.status, answer.headers['location'], answer.code, answer.headers['cache-control']],
        [307, 'https://fw-b.example.com:8443/api/v1/sessions?dry=1', 'notLeader', 'no-store'],
      );
    }
    assert.equal(rig.audit('requestRefused').length, 0);
  });

  it('is not got around by another way to write the path', async () => {
    for (const path of ['/api/v1/%73essions', '/api/v1/sessions/%2e', '/api/v1/sessions/x?', '/api/v1/policies/a%20b'])
      assert.ok([307, 400].includes((await rig.ask('GET', path)).status), path);
  });

  it('says the same over the Unix socket', async () => {
    const answer = await rig.ask('GET', '/api/v1/policies', { socketPath: rig.socketPath });
    assert.deepEqual(
      [answer.status, answer.headers['location']],
      [307, 'https://fw-b.example.com:8443/api/v1/policies'],
    );
  });

  it('answers 503 with Retry-After without a leader, and 500 where the store fails', async () => {
    rig.services.setLeader({ leader: null, address: null, text: 'every instance is starting' });
    const none = await rig.ask('GET', '/api/v1/sessions');
    assert.deepEqual([none.status, none.headers['retry-after'], none.code], [503, '1', 'noLeader']);
    rig.services.setLeader({ failed: true, text: 'the disk is full' });
    const failed = await rig.ask('GET', '/api/v1/sessions');
    assert.deepEqual([failed.status, failed.code, failed.headers['location']], [500, 'storeFailed', undefined]);
  });

  it('names a loop', async () => {
    rig.services.setLeader({ ...B_LEADS, address: `https://127.0.0.1:${rig.port}` });
    const headers = { host: `127.0.0.1:${rig.port}` };
    let path = '/api/v1/sessions?a=1';
    const seen: number[] = [];
    for (let tries = 0; tries < 10; tries += 1) {
      const answer = await rig.ask('GET', path, { headers });
      seen.push(answer.status);
      if (answer.status === 307)
        assert.equal(answer.headers['connection'], 'close', 'the next try is another connection');
      if (answer.status !== 307) {
        assert.equal(answer.code, 'redirectLoop');
        break;
      }
      path = (answer.headers['location'] ?? '').replace(`https://127.0.0.1:${rig.port}`, '');
    }
    assert.deepEqual(seen, [307, 307, 307, 307, 307, 508]);
  });

  it('answers what concerns itself', async () => {
    const login = await rig.login('viewer');
    assert.equal((await rig.ask('GET', '/api/v1/status', { as: login })).status, 200);
    assert.equal((await rig.ask('GET', '/api/v1/status')).status, 401);
  });
});

describe('the routes of the system', () => {
  let rig: WebRig;
  before(async () => {
    rig = await startRig();
  });
  after(() => rig.stop());

  const json = async (path: string, as?: Awaited<ReturnType<WebRig['login']>>): Promise<unknown> => {
    const answer = await rig.ask('GET', path, as === undefined ? {} : { as });
    assert.equal(answer.status, 200, answer.text);
    return answer.json();
  };

  it('say who leads to everybody, with exactly the four keys', async () => {
    rig.services.setLeader({ ...B_LEADS, isSelf: true, leader: 'a', address: 'https://fw-a.example.com' });
    assert.deepEqual(await json('/v1/system/leader'), {
      IsSelf: true,
      HAEnabled: true,
      LeaderAddress: 'fw-a.example.com:443',
      LeaderClusterAddress: 'https://fw-a.example.com',
    });
    rig.services.setLeader({ ...B_LEADS, leader: null, address: null, haEnabled: false });
    assert.deepEqual(await json('/v1/system/leader'), {
      IsSelf: false,
      HAEnabled: false,
      LeaderAddress: '',
      LeaderClusterAddress: '',
    });
  });

  it('fail where nobody can be asked', async () => {
    rig.services.setLeader({ failed: true, text: 'the disk is full' });
    assert.deepEqual([(await rig.ask('GET', '/v1/system/leader')).status], [500]);
  });

  it('say what this instance is to whoever is logged in', async () => {
    assert.equal((await rig.ask('GET', '/v1/system/info')).status, 401);
    const info = await json('/v1/system/info', await rig.login('viewer'));
    assert.deepEqual(info, { StorageBackend: 'embedded', Version: '0.1.0', Stack: 'edge', Instance: 'a' });
  });

  it('say whether it is well to everybody', async () => {
    assert.deepEqual(await json('/v1/system/health'), { status: 'ok' });
    rig.services.show('engineGone');
    const answer = await rig.ask('GET', '/v1/system/health');
    assert.deepEqual([answer.status, answer.json()], [503, { status: 'engine not reachable' }]);
    rig.services.show('protected');
  });

  it('give the metrics in both forms', async () => {
    const as = await rig.login('viewer');
    const found = (await json('/v1/system/metrics', as)) as Record<string, { Name: string }[]> & { Timestamp: string };
    assert.deepEqual(Object.keys(found), ['Timestamp', 'Gauges', 'Points', 'Counters', 'Samples']);
    assert.match(found.Timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
    const role = { Name: 'tandem_role', Value: 1, Labels: { role: 'active' } };
    assert.ok(found['Gauges']?.some((one) => JSON.stringify(one) === JSON.stringify(role)));
    assert.ok(found['Counters']?.some(({ Name }) => Name === 'tandem_router_adverts_sent_total'));
    const text = await rig.ask('GET', '/v1/system/metrics?format=prometheus', { as });
    assert.match(text.headers['content-type'] ?? '', /^text\/plain/);
    assert.match(text.text, /^tandem_role\{role="active"\} 1$/m);
    assert.equal((await rig.ask('GET', '/v1/system/metrics?format=xml', { as })).status, 400);
  });
});
