import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { connect as connectPlain } from 'node:net';
import { passwordOf, startRig, until } from './web-rig.ts';
import type { Login, WebRig } from './web-rig.ts';

describe('what the web server refuses', function () {
  this.timeout(30_000);
  let rig: WebRig;
  let admin: Login;

  beforeEach(async () => {
    rig = await startRig({ limits: { headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50 } });
    admin = await rig.login('admin');
  });

  afterEach(() => rig.stop());

  /** The one refusal in the journal, and that the engine was asked for nothing. */
  function kept(status: number, text: RegExp, user = '-'): void {
    const refusals = rig.audit('requestRefused');
    assert.equal(refusals.length, 1);
    const [entry] = refusals;
    assert.match(entry?.reason.text ?? '', text);
    assert.match(entry?.reason.text ?? '', new RegExp(`refused with ${status}`));
    assert.deepEqual(entry?.actor, { user, from: '127.0.0.1' });
    assert.deepEqual(rig.services.asked, []);
  }

  it('refuses a wrong password as it does an unknown user, and keeps who it was said to be', async () => {
    const wrong = await rig.ask('POST', '/api/v1/login', { body: { user: 'admin', password: 'something else' } });
    const unknown = await rig.ask('POST', '/api/v1/login', { body: { user: 'nobody', password: 'something else' } });
    assert.equal(wrong.status, 401);
    assert.equal(unknown.text, wrong.text);
    assert.equal(wrong.headers['set-cookie'], undefined);
    assert.deepEqual(
      rig.audit('loginFailed').map(({ actor, reason }) => [actor?.user, reason.text]),
      [
        ['admin', 'login of admin refused: wrong user or password'],
        ['nobody', 'login of nobody refused: wrong user or password'],
      ],
    );
  });

  it('lets nobody guess: after ten wrong passwords from one address it says when to come back', async () => {
    for (let i = 0; i < 10; i += 1) {
      await rig.ask('POST', '/api/v1/login', { body: { user: `user${i}`, password: 'something else' } });
    }
    const body = { user: 'admin', password: passwordOf('admin') };
    const limited = await rig.ask('POST', '/api/v1/login', { body });
    assert.equal(limited.status, 429);
    assert.ok(Number(limited.headers['retry-after']) > 0);
    rig.later(11 * 60_000);
    assert.equal((await rig.ask('POST', '/api/v1/login', { body })).status, 200);
  });

  it('ends a session when its time is over, however much it is used', async () => {
    assert.equal((await rig.ask('GET', '/api/v1/session', { as: admin })).status, 200);
    rig.later(3_600_001);
    const answer = await rig.ask('POST', '/api/v1/actions/flaps', { as: admin, body: { reset: true } });
    assert.deepEqual([answer.status, answer.code], [401, 'sessionExpired']);
    kept(401, /POST \/api\/v1\/actions\/flaps refused with 401: the session has ended/);
  });

  it("refuses a viewer's write", async () => {
    const viewer = await rig.login('viewer');
    const answer = await rig.ask('POST', '/api/v1/actions/switchover', { as: viewer, body: {} });
    assert.deepEqual([answer.status, answer.code], [403, 'roleTooLow']);
    kept(403, /this needs the role operator; viewer is viewer/, 'viewer');
  });

  it('refuses a write without the CSRF token, or with another one', async () => {
    const headers = { cookie: admin.cookie };
    const missing = await rig.ask('POST', '/api/v1/actions/flaps', { headers, body: { reset: true } });
    assert.deepEqual([missing.status, missing.code], [403, 'csrfMissing']);
    kept(403, /x-csrf-token is missing/, 'admin');
    const other = await rig.ask('POST', '/api/v1/actions/flaps', {
      headers: { ...headers, 'x-csrf-token': 'x'.repeat(43) },
      body: { reset: true },
    });
    assert.deepEqual([other.status, other.code], [403, 'csrfWrong']);
  });

  it('refuses a write that another site asked for, a login too', async () => {
    const headers = { origin: 'https://evil.example' };
    const write = await rig.ask('POST', '/api/v1/actions/flaps', { as: admin, headers, body: { reset: true } });
    assert.deepEqual([write.status, write.code], [403, 'otherOrigin']);
    const body = { user: 'admin', password: passwordOf('admin') };
    const login = await rig.ask('POST', '/api/v1/login', { headers, body });
    assert.deepEqual([login.status, login.code], [403, 'otherOrigin']);
    const own = { origin: `https://127.0.0.1:${rig.port}` };
    assert.equal((await rig.ask('POST', '/api/v1/login', { headers: own, body })).status, 200);
  });

  it('refuses a body over 64 kB', async () => {
    const raw = JSON.stringify({ sink: 'x'.repeat(70_000) });
    const answer = await rig.ask('POST', '/api/v1/alerts/test', { as: admin, raw });
    assert.deepEqual([answer.status, answer.code], [413, 'bodyTooLarge']);
    kept(413, /POST \/api\/v1\/alerts\/test/, 'admin');
  });

  for (const path of [
    '/../../etc/passwd',
    '/assets/..%2f..%2fusers.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/%252e%252e/etc/passwd',
    '/assets/..\\users.json',
    '/api/v1/../../etc/passwd',
    '/assets/a%00b',
    '/%zz',
  ]) {
    it(`refuses the path ${path}`, async () => {
      const answer = await rig.ask('GET', path);
      assert.deepEqual([answer.status, answer.code], [400, 'badPath']);
      kept(400, /^GET /);
    });
  }

  it('writes no line break and no escape sequence of a caller into journal or log', async () => {
    const user = 'admin\r\nuser root logged in\u001b[2J\u202e';
    const answer = await rig.ask('POST', '/api/v1/login', { body: { user, password: 'something else' } });
    assert.equal(answer.status, 401);
    await rig.ask('GET', '/api%0d%0aSet-Cookie:%20a=b');
    for (const { reason, actor } of rig.services.journal.entries) {
      assert.doesNotMatch(`${reason.text}${actor?.user}`, /[\p{Cc}\p{Cf}]/u);
    }
    for (const line of rig.lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
    assert.match(rig.audit('loginFailed')[0]?.reason.text ?? '', /admin\\u000d\\u000auser root/);
  });

  it('puts nothing of a caller into the head of an answer', async () => {
    const answer = await rig.ask('GET', '/nothing%0d%0aset-cookie:%20x=y');
    assert.equal(answer.status, 400);
    assert.equal(answer.headers['set-cookie'], undefined);
  });

  /** What comes back for these bytes until the server closes. */
  function speak(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect({ host: '127.0.0.1', port: rig.port, rejectUnauthorized: false }, () => {
        socket.write(bytes);
      });
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
  }

  it('refuses a header that holds a line of its own', async () => {
    assert.match(await speak('GET / HTTP/1.1\r\nHost: a\r\nX: a\nb: c\r\nY\0: d\r\n\r\n'), /^HTTP\/1\.1 400 /);
    kept(400, /no HTTP request/);
  });

  it('refuses headers over 16 kB', async () => {
    const answer = await speak(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 431 [^]*"headersTooLarge"/);
    kept(431, /larger than 16 kB/);
  });

  it('ends a client that sends its request too slowly', async () => {
    const answer = await speak('GET /api/v1/status HTTP/1.1\r\nHost: a\r\n');
    assert.match(answer, /^HTTP\/1\.1 408 [^]*"tooSlow"/);
    kept(408, /took too long/);
  });

  it('closes a connection on which nothing was ever asked, and does not call that a refusal', async () => {
    assert.equal(await speak(''), '');
    assert.equal(rig.audit('requestRefused').length, 0);
  });

  it('ends a client that sends its body too slowly', async () => {
    const head =
      'POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    assert.match(await speak(head), /^HTTP\/1\.1 408 /);
    assert.equal(rig.audit('requestRefused').length, 1);
  });

  it('tells who speaks plain HTTP to the TLS port to use https', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connectPlain({ host: '127.0.0.1', port: rig.port });
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    });
    assert.match(text, /^HTTP\/1\.1 400 [^]*https:\/\//);
  });

  it('takes no TLS older than 1.2', async () => {
    const error = await new Promise<Error | null>((resolve) => {
      const options = { host: '127.0.0.1', port: rig.port, rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0' };
      const socket = connect({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }, () => {
        socket.destroy();
        resolve(null);
      });
      socket.on('error', resolve);
    });
    assert.notEqual(error, null);
  });

  it('keeps a flood of refusals out of the journal and says how many there were', async () => {
    for (let i = 0; i < 40; i += 1) await rig.ask('GET', '/%2e%2e/x');
    assert.equal(rig.audit('requestRefused').length, 10);
    rig.later(61_000);
    await rig.ask('GET', '/%2e%2e/x');
    assert.deepEqual(rig.audit('requestRefused').at(-1)?.details, { refusalsNotKept: 30 });
  });

  it('drops a reader of events that does not read, and keeps that', async () => {
    const socket = connect({ host: '127.0.0.1', port: rig.port, rejectUnauthorized: false }, () => {
      socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: a\r\nCookie: ${admin.cookie}\r\n\r\n`);
    });
    socket.pause();
    socket.on('error', () => undefined);
    const long = 'x'.repeat(100_000);
    await until(() => {
      rig.services.say('peer', long);
      return rig.audit('requestRefused').length > 0;
    }, 'the slow reader was dropped');
    kept(408, /GET \/api\/v1\/events refused with 408: the reader left 1 MB unread/, 'admin');
    socket.destroy();
  });
});
