import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SETTING_PATHS } from '../../../../core/api/settings.ts';
import type { SettingsSaved, SettingsView } from '../../../../core/api/settings.ts';
import type { JournalPage } from '../../../../core/api/journal.ts';
import { USER_ROLES } from '../../../../core/api/users.ts';
import type { UserRole } from '../../../../core/api/users.ts';
import type { WebContext } from '../../../../webui/server/context.ts';
import { createContext } from '../../../../webui/server/context.ts';
import { mayAct } from '../../../../webui/server/access/users.ts';
import { allRoutes } from '../../../../webui/server/routes/all.ts';
import type { Route } from '../../../../webui/server/route.ts';
import { packageFolder } from '../../../../daemon/where.ts';
import { createSampleServices } from '../../../support/sample-services.ts';
import { readText, startRig } from './web-rig.ts';
import type { Login, WebRig } from './web-rig.ts';

/** Who may do what: the table that a reviewer reads. */
const ACCESS: Readonly<Record<string, string>> = {
  'POST /api/v1/login': 'public',
  'POST /api/v1/logout': 'viewer',
  'GET /api/v1/session': 'viewer',
  'GET /api/v1/status': 'viewer',
  'GET /api/v1/snapshot': 'viewer',
  'GET /api/v1/instances': 'viewer',
  'GET /api/v1/why': 'viewer',
  'GET /api/v1/events': 'viewer',
  'GET /api/v1/settings': 'viewer',
  'PUT /api/v1/settings': 'admin',
  'GET /api/v1/settings/versions': 'viewer',
  'POST /api/v1/settings/restore': 'admin',
  'POST /api/v1/actions/switchover': 'operator',
  'POST /api/v1/actions/maintenance': 'operator',
  'POST /api/v1/actions/bypass': 'operator',
  'POST /api/v1/actions/flaps': 'operator',
  'POST /api/v1/actions/reload': 'admin',
  'GET /api/v1/journal': 'viewer',
  'GET /api/v1/journal/export': 'viewer',
  'GET /api/v1/journal/:id': 'viewer',
  'GET /api/v1/alerts': 'viewer',
  'POST /api/v1/alerts/test': 'operator',
  'GET /api/v1/users': 'admin',
  'POST /api/v1/users': 'admin',
  'PATCH /api/v1/users/:name': 'admin',
  'PUT /api/v1/users/:name/password': 'viewer',
  'DELETE /api/v1/users/:name': 'admin',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/:id': 'admin',
  'GET /api/v1/features': 'viewer',
  'GET /api/v1/sessions': 'viewer',
  'POST /api/v1/sessions': 'operator',
  'POST /api/v1/sessions/kill': 'operator',
  'GET /api/v1/sessions/:id': 'viewer',
  'DELETE /api/v1/sessions/:id': 'operator',
  'POST /api/v1/sessions/:id/heartbeat': 'operator',
  'GET /api/v1/sessions/:id/blocklist': 'viewer',
  'POST /api/v1/sessions/:id/blocklist': 'operator',
  'GET /api/v1/policies': 'viewer',
  'GET /api/v1/policies/:name': 'viewer',
  'PUT /api/v1/policies/:name': 'admin',
  'DELETE /api/v1/policies/:name': 'admin',
  'GET /api/v1/policies/:name/versions': 'viewer',
  'GET /api/v1/policies/:name/drafts': 'viewer',
  'POST /api/v1/policies/:name/drafts': 'operator',
  'DELETE /api/v1/policies/:name/drafts/:id': 'operator',
  'POST /api/v1/policies/:name/drafts/:id/publish': 'admin',
  'GET /api/v1/host': 'viewer',
  'GET /api/v1/doctor': 'operator',
  'GET /api/v1/support-bundle': 'operator',
  'GET /api/v1/drills': 'viewer',
  'POST /api/v1/drills/run': 'admin',
  'GET /api/v1/snapshots': 'viewer',
  'GET /v1/system/leader': 'public',
  'GET /v1/system/health': 'public',
  'GET /v1/system/info': 'viewer',
  'GET /v1/system/metrics': 'viewer',
  'GET /healthz': 'public',
  'GET /metrics': 'viewer',
};

function routesOf(): readonly Route[] {
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const { context, stop }: { context: WebContext; stop(): void } = createContext(createSampleServices(), {
    stateFolder: '/nonexistent',
    sessionLifetimeMs: 1000,
    log: quiet,
    now: Date.now,
  });
  stop();
  return allRoutes(context);
}

const routes = routesOf();
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const concrete = (path: string): string => path.replace(/:\w+/g, 'x');

describe('the routes of the API', function () {
  this.timeout(30_000);
  let rig: WebRig;
  const logins = new Map<UserRole, Login>();
  const as = (role: UserRole): Login => logins.get(role)!;

  before(async () => {
    rig = await startRig();
    for (const role of USER_ROLES) logins.set(role, await rig.login(role));
  });

  after(() => rig.stop());

  it('are these, for these roles', () => {
    assert.deepEqual(Object.fromEntries(routes.map((route) => [nameOf(route), route.access])), ACCESS);
  });

  for (const route of routes.filter(({ access }) => access !== 'public')) {
    const { method, path, access } = route;
    it(`${nameOf(route)} is refused without login and to every role below ${access}`, async () => {
      const url = concrete(path);
      assert.equal((await rig.ask(method, url)).code, 'loginNeeded');
      for (const role of USER_ROLES.filter((one) => !mayAct(one, access as UserRole))) {
        const answer = await rig.ask(method, url, { as: as(role) });
        assert.deepEqual([role, answer.status, answer.code], [role, 403, 'roleTooLow']);
      }
    });
  }

  it('stand in the OpenAPI document, every one with its role', async () => {
    const answer = await rig.ask('GET', '/api/docs/json', { as: as('viewer') });
    const { paths } = answer.json() as {
      paths: Record<string, Record<string, { description: string; responses: object }>>;
    };
    for (const { method, path, access } of routes) {
      const found = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      assert.ok(found !== undefined, `${method} ${path}`);
      assert.match(found.description, access === 'public' ? /No login/ : new RegExp(`Role: ${access}`));
    }
    assert.equal((await rig.ask('GET', '/api/docs/json')).status, 401);
  });

  it('stand in docs/rest-api.md with their role', () => {
    const rows = [...readText(join(packageFolder, 'docs/rest-api.md')).matchAll(/^\| `([A-Z]+ \/\S*)`\s*\| (\w+)/gm)];
    assert.deepEqual(Object.fromEntries(rows.map(([, name = '', access = '']) => [name, access])), ACCESS);
  });

  it('answer 404 and 405 in the form of every other error', async () => {
    const missing = await rig.ask('GET', '/api/v1/nothing', { as: as('admin') });
    assert.deepEqual([missing.status, missing.code], [404, 'notFound']);
    const wrong = await rig.ask('DELETE', '/api/v1/status', { as: as('admin') });
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'GET']);
  });

  it('send strict headers with everything', async () => {
    for (const path of ['/healthz', '/api/v1/status', '/', '/api/docs/']) {
      const { headers } = await rig.ask('GET', path, { as: as('viewer') });
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /default-src 'self'.*frame-ancestors 'none'.*script-src 'self'/, path);
      assert.doesNotMatch(policy, /unsafe|https:|\*/, path);
      assert.match(String(headers['strict-transport-security']), /max-age=\d{8}/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
  });

  it('answer the status as the engine said it, with ETag and age', async () => {
    const first = await rig.ask('GET', '/api/v1/status', { as: as('viewer') });
    assert.deepEqual(first.json(), rig.services.copy.status());
    assert.match(String(first.headers['x-tandem-age-ms']), /^\d+$/);
    const headers = { 'if-none-match': first.headers.etag };
    assert.equal((await rig.ask('GET', '/api/v1/status', { as: as('viewer'), headers })).status, 304);
    rig.services.tick();
    assert.equal((await rig.ask('GET', '/api/v1/status', { as: as('viewer'), headers })).status, 200);
  });

  for (const path of [
    'snapshot',
    'instances',
    'why',
    'host',
    'features',
    'sessions',
    'policies',
    'drills',
    'snapshots',
    'alerts',
    'journal',
    'settings/versions',
  ]) {
    it(`GET /api/v1/${path} answers a viewer`, async () => {
      assert.equal((await rig.ask('GET', `/api/v1/${path}`, { as: as('viewer') })).status, 200);
    });
  }

  it('take an action as the engine does, and keep who asked for it', async () => {
    const answer = await rig.ask('POST', '/api/v1/actions/switchover', {
      as: as('operator'),
      body: { to: 'b', hold: '10m' },
    });
    assert.equal(answer.status, 202);
    const { actionId } = answer.json() as { actionId: string };
    assert.deepEqual(rig.services.asked.at(-1), {
      action: 'switchover',
      to: 'b',
      hold: { kind: 'for', ms: 600_000 },
      force: false,
      by: 'operator@127.0.0.1',
    });
    const [entry] = rig.audit('actionAsked');
    assert.equal(entry?.actionId, actionId);
    assert.equal(entry?.reason.text, 'switchover asked for: to b, hold 10m');
    assert.deepEqual(entry?.actor, { user: 'operator', from: '127.0.0.1' });
  });

  it('keep the note of a maintenance or a bypass, which is not for the engine, and put it in the journal', async () => {
    const note = `New fans: ${'x'.repeat(190)}`;
    const body = { on: true, for: '2h', note };
    const answer = await rig.ask('POST', '/api/v1/actions/maintenance', { as: as('operator'), body });
    assert.equal(answer.status, 202);
    assert.deepEqual(rig.services.notes, [`maintenance: ${note}`]);
    assert.deepEqual(Object.keys(rig.services.asked.at(-1)!).toSorted(), [
      'action',
      'by',
      'forMs',
      'force',
      'on',
      'untilReboot',
    ]);
    const entry = rig.audit('actionAsked').find(({ reason }) => reason.text.startsWith('maintenance'));
    assert.deepEqual([entry?.reason.text, entry?.details], ['maintenance asked for: on, for 2h', { note }]);
    for (const bad of ['', `${note}x`, 'two\nlines']) {
      const refused = { on: true, note: bad };
      const { code } = await rig.ask('POST', '/api/v1/actions/maintenance', { as: as('operator'), body: refused });
      assert.equal(code, 'invalidBody', bad);
    }
    assert.equal(rig.services.notes.length, 1);
    const engage = { engage: true, note: 'Cabling.' };
    assert.equal((await rig.ask('POST', '/api/v1/actions/bypass', { as: as('operator'), body: engage })).status, 202);
    assert.equal(rig.services.notes.at(-1), 'bypass: Cabling.');
    const release = { engage: false, note: 'Cabling.' };
    assert.equal((await rig.ask('POST', '/api/v1/actions/bypass', { as: as('operator'), body: release })).status, 400);
  });

  it('refuse an action whose body the engine would refuse', async () => {
    for (const [action, body] of [
      ['switchover', { to: 'b', also: true }],
      ['switchover', { hold: 'soon' }],
      ['maintenance', { on: true, for: '2h', untilReboot: true }],
      ['bypass', {}],
      ['flaps', { reset: false }],
    ] as const) {
      const answer = await rig.ask('POST', `/api/v1/actions/${action}`, { as: as('operator'), body });
      assert.deepEqual([action, answer.status, answer.code], [action, 400, 'invalidBody']);
    }
  });

  it('save settings for whoever has seen the present ones, and show both sides to who has not', async () => {
    const admin = as('admin');
    const view = (await rig.ask('GET', '/api/v1/settings', { as: admin })).json() as SettingsView;
    const save = (revision: string | null, values: object) =>
      rig.ask('PUT', '/api/v1/settings', {
        as: admin,
        headers: revision === null ? {} : { 'if-match': `"${revision}"` },
        body: { values },
      });
    assert.equal((await save(null, { peerFailureThreshold: 4 })).status, 428);
    const saved = await save(view.revision, { peerFailureThreshold: 4 });
    assert.equal(saved.status, 200);
    const { revision, values } = saved.json() as SettingsSaved;
    assert.equal(values.peerFailureThreshold, 4);
    assert.equal(saved.headers.etag, `"${revision}"`);
    const late = await save(view.revision, { peerFailureThreshold: 5 });
    assert.equal(late.status, 412);
    const conflict = late.json() as { theirs: { peerFailureThreshold: number }; revision: string; changedBy: string };
    assert.deepEqual(
      [conflict.theirs.peerFailureThreshold, conflict.revision, conflict.changedBy],
      [4, revision, 'admin'],
    );
    assert.equal(late.code, 'conflict');
  });

  it('name what is wrong with a setting by its path in the file', async () => {
    const view = (await rig.ask('GET', '/api/v1/settings', { as: as('admin') })).json() as SettingsView;
    for (const value of [70_000, 'a number']) {
      const answer = await rig.ask('PUT', '/api/v1/settings', {
        as: as('admin'),
        headers: { 'if-match': `"${view.revision}"` },
        body: { values: { port: value } },
      });
      assert.equal(answer.status, 422);
      const { problems } = answer.json() as { problems: { path: string; message: string }[] };
      assert.deepEqual(
        problems.map(({ path }) => path),
        [SETTING_PATHS.port.join('.')],
      );
      assert.match(problems[0]?.message ?? '', /^expected/);
    }
  });

  it('filter the journal, and refuse a filter that is none', async () => {
    const answer = await rig.ask('GET', '/api/v1/journal?kinds=role,link&order=oldest&limit=2', { as: as('viewer') });
    assert.deepEqual(
      (answer.json() as JournalPage).entries.map(({ kind }) => kind),
      ['role', 'link'],
    );
    for (const query of ['kinds=nothing', 'limit=0', 'limit=1001', 'from=yesterday', 'colour=red']) {
      const refused = await rig.ask('GET', `/api/v1/journal?${query}`, { as: as('viewer') });
      assert.deepEqual([query, refused.status, refused.code], [query, 400, 'invalidQuery']);
    }
  });

  it('export the journal as JSON lines and as CSV', async () => {
    rig.services.say('peer', '=cmd|"/c calc"!A1');
    const lines = await rig.ask('GET', '/api/v1/journal/export?kinds=peer', { as: as('viewer') });
    assert.deepEqual(
      lines.text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { kind: string }).kind),
      ['peer'],
    );
    const csv = await rig.ask('GET', '/api/v1/journal/export?format=csv&kinds=peer', { as: as('viewer') });
    assert.match(csv.text, /^seq,at,instance[^]*,"'=cmd\|""\/c calc""!A1",/);
    assert.match(String(csv.headers['content-disposition']), /tandem-a-journal\.csv/);
  });

  it('say whether the manager has its engine, to anybody', async () => {
    assert.deepEqual((await rig.ask('GET', '/healthz')).text, 'ok\n');
    rig.services.show('engineGone');
    const answer = await rig.ask('GET', '/healthz');
    rig.services.show('protected');
    assert.equal(answer.status, 503);
    assert.match(answer.text, /^the engine does not answer: no daemon/);
  });

  it('send a test alert to one receiver that there is', async () => {
    const sink = 'syslog:192.0.2.9:514/udp';
    const answer = await rig.ask('POST', '/api/v1/alerts/test', { as: as('operator'), body: { sink } });
    assert.deepEqual(answer.json(), { results: [{ sink, ok: true, text: 'taken (2 ms)' }] });
    const none = await rig.ask('POST', '/api/v1/alerts/test', { as: as('operator'), body: { sink: 'none' } });
    assert.equal(none.status, 404);
    assert.equal(rig.audit('alertsTested').length, 1);
  });

  it('answer on the Unix socket without login, as an admin, for whoever says who asks', async () => {
    const { socketPath } = rig;
    const asked = { socketPath, headers: { 'x-tandem-user': 'ann' } };
    assert.equal((await rig.ask('GET', '/api/v1/users', asked)).status, 200);
    await rig.ask('POST', '/api/v1/actions/flaps', { ...asked, body: { reset: true } });
    assert.deepEqual(rig.audit('actionAsked').at(-1)?.actor, { user: 'ann', from: 'local' });
  });
});
