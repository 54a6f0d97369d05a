/** Sessions over HTTP, with the real ones behind it (test/support/sample-sessions.ts). */
import assert from 'node:assert/strict';
import type { SessionList, SessionView, SourcePage } from '../../../../core/api/sessions.ts';
import { startRig } from './web-rig.ts';
import type { Answer, Login, WebRig } from './web-rig.ts';

describe('the sessions of the API', function () {
  this.timeout(30_000);
  let rig: WebRig;
  let operator: Login;

  before(async () => {
    rig = await startRig();
    operator = await rig.login('operator');
  });
  after(() => rig.stop());

  const post = (path: string, body?: unknown): Promise<Answer> =>
    rig.ask('POST', `/api/v1/${path}`, { as: operator, body });
  const get = async <T>(path: string): Promise<T> =>
    (await rig.ask('GET', `/api/v1/${path}`, { as: operator })).json() as T;
  const HELD = { target: '203.0.113.0/24', features: [{ name: 'blocklist', sources: ['198.51.100.7'] }], hold: true };

  it('begin, are used, and end, and the journal has who did it', async () => {
    const answer = await post('sessions', { ...HELD, hold: false, maxTime: '2h' });
    assert.equal(answer.status, 201, answer.text);
    const { id, state, by, maxTimeMs, features } = answer.json() as SessionView;
    assert.deepEqual([state, by, maxTimeMs, features], ['setup', 'operator', 7_200_000, [{ name: 'blocklist' }]]);
    assert.equal(((await post(`sessions/${id}/heartbeat`)).json() as SessionView).state, 'inUse');
    assert.equal((await get<SessionView>(`sessions/${id}`)).state, 'inUse');
    const killed = await rig.ask('DELETE', `/api/v1/sessions/${id}`, { as: operator });
    assert.equal((killed.json() as SessionView).ended?.reason, 'Killed');
    assert.equal((await post(`sessions/${id}/heartbeat`)).code, 'sessionEnded');
    const list = await get<SessionList>('sessions');
    assert.equal(list.sessions.find((one) => one.id === id)?.state, 'ended');
    const [entry] = rig.audit('sessionStarted');
    assert.match(entry?.reason.text ?? '', /session ms-\w+ for 203\.0\.113\.0\/24 started: blocklist/);
    assert.equal(entry?.actor?.user, 'operator');
    assert.equal(rig.audit('sessionKilled').length, 1);
  });

  it('have a blocklist that is read in pages and changed', async () => {
    const { id } = (await post('sessions', HELD)).json() as SessionView;
    const changed = await post(`sessions/${id}/blocklist`, {
      add: ['192.0.2.0/24', '192.0.2.9'],
      remove: ['198.51.100.7'],
    });
    assert.deepEqual(changed.json(), { sources: [], next: null, total: 2 } satisfies SourcePage);
    const page = await get<SourcePage>(`sessions/${id}/blocklist?limit=1`);
    assert.deepEqual(page, { sources: ['192.0.2.0/24'], next: '192.0.2.0/24', total: 2 });
    const rest = await get<SourcePage>(`sessions/${id}/blocklist?after=${encodeURIComponent(page.next ?? '')}`);
    assert.deepEqual(rest, { sources: ['192.0.2.9'], next: null, total: 2 });
    assert.match(rig.audit('sourcesChanged')[0]?.reason.text ?? '', /2 added, 1 removed/);
  });

  it('are all ended at once, where that is said', async () => {
    assert.equal((await post('sessions/kill', {})).status, 400);
    await post('sessions', HELD);
    const { killed } = (await post('sessions/kill', { all: true })).json() as { killed: number };
    assert.ok(killed >= 1);
    const { sessions } = await get<SessionList>('sessions');
    assert.ok(sessions.every(({ state }) => state === 'ended'));
  });

  it('are refused with the field that is wrong', async () => {
    const bad: readonly (readonly [object, RegExp])[] = [
      [{}, /target/],
      [{ target: '203.0.113.1/24' }, /did you mean 203\.0\.113\.0\/24/],
      [{ target: '203.0.113.1' }, /features/],
      [{ target: '203.0.113.1', features: ['blocklist'] }, /feature/],
      [{ target: '203.0.113.1', features: [{ name: 'magic' }] }, /blocklist, ratelimit, copy, capture or command/],
      [{ target: '203.0.113.1', features: [{ name: 'blocklist', sources: ['2001:db8::1'] }] }, /different families/],
      [{ target: '203.0.113.1', features: [{ name: 'copy', interface: 'eth0; x' }] }, /interface/],
      [{ target: '203.0.113.1', features: [{ name: 'command', command: 'none' }] }, /declares scrubber/],
      [{ ...HELD, maxTime: 'soon' }, /maxTime/],
      [{ ...HELD, unusedAfter: '1y' }, /unusedAfter/],
      [{ ...HELD, more: 1 }, /more/],
    ];
    for (const [body, text] of bad) {
      const answer = await post('sessions', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(answer.text, text);
    }
    assert.equal((await post('sessions/none/heartbeat')).code, 'noSuchSession');
    assert.equal((await post('sessions/none/blocklist', {})).status, 400);
  });
});
