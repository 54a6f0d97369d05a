import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import type { Status } from '../../../core/status.ts';
import { ApiRig, INFO, errorCode } from './api-rig.ts';
import { sampleRouter, sampleStatus } from './sample-status.ts';

describe('the API of the engine', () => {
  let rig: ApiRig;

  beforeEach(async () => {
    rig = new ApiRig();
    await rig.api.start();
  });

  afterEach(() => rig.remove());

  it('answers with the status', async () => {
    const reply = await rig.ask('GET', '/status');
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(JSON.parse(reply.text), sampleStatus());
  });

  it('answers with routers, version and why', async () => {
    assert.deepEqual(JSON.parse((await rig.ask('GET', '/routers')).text), { routers: [sampleRouter()] });
    const version = JSON.parse((await rig.ask('GET', '/version')).text) as Record<string, unknown>;
    assert.deepEqual([version['version'], version['instance'], version['pid']], ['0.1.0', 'a', process.pid]);
    const why = JSON.parse((await rig.ask('GET', '/why')).text) as Record<string, unknown>;
    assert.deepEqual([why['role'], why['chain']], ['active', ['no advert for wan for 3.61 s']]);
  });

  describe('actions', () => {
    it('accepts a switchover with what it says, and tells where its events begin', async () => {
      rig.log.append(INFO);
      const reply = await rig.ask('POST', '/actions/switchover', {
        hold: 'until-released',
        force: true,
        by: 'ann\u001b[31m',
      });
      assert.equal(reply.status, 202);
      assert.deepEqual(JSON.parse(reply.text), { actionId: 'act-1', after: 1, log: rig.log.id });
      assert.deepEqual(rig.asked, [
        { action: 'switchover', hold: { kind: 'untilReleased' }, force: true, by: 'ann[31m' },
      ]);
    });

    it('takes an empty body for the defaults', async () => {
      await rig.ask('POST', '/actions/switchover');
      await rig.ask('POST', '/actions/switchover', { releaseHold: true, by: 'ann' });
      await rig.ask('POST', '/actions/reload');
      assert.deepEqual(rig.asked, [
        { action: 'switchover', hold: { kind: 'for', ms: 600_000 }, force: false, by: 'the API' },
        { action: 'releaseHold', by: 'ann' },
        { action: 'reload', by: 'the API' },
      ]);
    });

    it('says why one is refused', async () => {
      rig.answer = { refused: { code: 'notActive', text: 'this instance is not active' } };
      const reply = await rig.ask('POST', '/actions/switchover');
      assert.equal(reply.status, 409);
      assert.deepEqual(JSON.parse(reply.text), { error: { code: 'notActive', text: 'this instance is not active' } });
    });

    for (const body of [
      { hold: 'soon' },
      { hold: 10 },
      { hold: '1ms' },
      { force: 'yes' },
      { by: 7 },
      { unknown: 1 },
      { releaseHold: 0 },
    ]) {
      it(`refuses ${JSON.stringify(body)} as a mistake`, async () => {
        const reply = await rig.ask('POST', '/actions/switchover', body);
        assert.deepEqual([reply.status, errorCode(reply), rig.asked.length], [400, 'invalidBody', 0]);
      });
    }

    it('answers 501 for what this version lacks', async () => {
      const lacking = [
        rig.ask('GET', '/peers'),
        rig.ask('GET', '/links'),
        rig.ask('POST', '/actions/maintenance', { on: true }),
        rig.ask('POST', '/actions/bypass'),
        rig.ask('POST', '/actions/flaps'),
        rig.ask('POST', '/actions/switchover', { to: 'b' }),
      ];
      for (const reply of await Promise.all(lacking))
        assert.deepEqual([reply.status, errorCode(reply)], [501, 'notInThisVersion']);
      assert.equal(rig.asked.length, 0);
    });

    it('sets the level of the log', async () => {
      assert.deepEqual(JSON.parse((await rig.ask('POST', '/log-level', { level: 'debug' })).text), { level: 'debug' });
      assert.equal((await rig.ask('POST', '/log-level', { level: 'loud' })).status, 400);
      assert.equal((await rig.ask('POST', '/log-level')).status, 400);
    });
  });

  describe('hostile input', () => {
    it('answers unknown paths 404 and wrong methods 405', async () => {
      const missing = await rig.ask('GET', '/__proto__');
      assert.deepEqual([missing.status, errorCode(missing)], [404, 'notFound']);
      const wrong = await rig.ask('DELETE', '/status');
      assert.deepEqual([wrong.status, errorCode(wrong), wrong.headers['allow']], [405, 'methodNotAllowed', 'GET']);
    });

    for (const body of ['{', '[]', 'null', '"x"', '\u0000']) {
      it(`answers the body ${JSON.stringify(body)} with 400`, async () => {
        const reply = await rig.ask('POST', '/actions/reload', body);
        assert.deepEqual([reply.status, errorCode(reply)], [400, 'invalidBody']);
      });
    }

    it('takes no body over 64 KiB', async () => {
      const text = await rig.raw(
        `POST /actions/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n${' '.repeat(70_000)}`,
      );
      assert.match(text, /^HTTP\/1\.1 413 /);
      assert.equal(rig.asked.length, 0);
    });

    it('takes no headers over 8 KiB', async () => {
      assert.match(
        await rig.raw(`GET /status HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`),
        /^HTTP\/1\.1 431 /,
      );
    });

    for (const bytes of [
      'garbage\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01',
      'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      it(`survives ${JSON.stringify(bytes)}`, async () => {
        const text = await rig.raw(bytes);
        assert.ok(text === '' || text.startsWith('HTTP/1.1 400'), text);
        assert.equal((await rig.ask('GET', '/status')).status, 200);
      });
    }

    for (const query of [
      'after=-1',
      'after=x',
      'after=1e3',
      'limit=',
      'follow=maybe',
      'since=1',
      'latest=9999999999999999999',
    ]) {
      it(`answers /events?${query} with 400`, async () =>
        assert.equal((await rig.ask('GET', `/events?${query}`)).status, 400));
    }

    it('turns a mistake of the engine into 500', async () => {
      rig.status = () => {
        throw new Error('no status today');
      };
      const reply = await rig.ask('GET', '/status');
      assert.deepEqual([reply.status, errorCode(reply)], [500, 'internal']);
      rig.status = sampleStatus;
      assert.equal((await rig.ask('GET', '/status')).status, 200);
    });
  });

  it('makes the status of 255 routers in one piece (prints how long that stands in the way of an advert)', async () => {
    const routers = Array.from({ length: 255 }, (_, i) =>
      sampleRouter({ name: `router-${i}`, id: i + 1, addresses: [`203.0.113.${i}/24`] }),
    );
    const large = sampleStatus({ routers });
    rig.status = () => large;
    const times: number[] = [];
    for (let i = 0; i < 30; i++) {
      const from = performance.now();
      JSON.stringify(large);
      times.push(performance.now() - from);
    }
    const reply = await rig.ask('GET', '/status');
    assert.equal((JSON.parse(reply.text) as Status).routers.length, 255);
    times.sort((a, b) => a - b);
    console.log(
      `      ${Math.round(reply.text.length / 1000)} kB, median ${times[15]!.toFixed(2)} ms, worst ${times[29]!.toFixed(2)} ms`,
    );
  });
});
